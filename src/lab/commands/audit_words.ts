/**
 * The words of `deno task audit`: files, options and overrides.
 *
 * @module
 */

/** Options of `audit` as they can be written without dashes, too. */
const auditWords = {
  reference: "reference",
  format: "format",
  class_of: "classOf",
  folder: "folder",
} as const;

/** Tells files from options such as `reference=FILE` and from overrides. */
export function sortAuditWords(words: readonly string[]): {
  readonly paths: string[];
  readonly overrides: string[];
  readonly options: Record<string, string>;
} {
  const paths: string[] = [], overrides: string[] = [];
  const options: Record<string, string> = {};
  for (const word of words) {
    const key = /^([\w.]+)=/.exec(word)?.[1];
    if (key === undefined) paths.push(word);
    else if (Object.hasOwn(auditWords, key)) {
      options[auditWords[key as keyof typeof auditWords]] = word.slice(key.length + 1);
    } else if (/^(?:EVALUATION|DEFAULT)\./.test(key)) overrides.push(word);
    else {
      throw new RangeError(
        `Cannot audit scores: an option must be one of ${Object.keys(auditWords).join(", ")} ` +
          `or begin with EVALUATION. or DEFAULT., got "${word}"`,
      );
    }
  }
  return { paths, overrides, options };
}
