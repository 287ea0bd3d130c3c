/** What `architecture_test.ts` checks, as functions of text, so that each can be shown to fail. */

/** A source text taken apart: both parts keep the length and the lines of the whole. */
export interface SourceParts {
  /** The code without comments. */
  readonly code: string;
  /** The code without comments and without what stands inside strings and regular expressions. */
  readonly bare: string;
  /** The comments. */
  readonly comments: string;
}

/** Tokens that matter here; a template's `${…}` is read by `takeApart` itself. */
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|\$\{|[{}]|[\w$]+|[^\s\w$]|\s+/y;
const regularExpression = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** Takes TypeScript apart into code, code without literals, and comments. */
export function takeApart(text: string): SourceParts {
  let code = "", bare = "", comments = "";
  const blank = (part: string): string => part.replaceAll(/[^\n]/g, " ");
  const add = (part: string, kind: "code" | "comment" | "literal"): void => {
    code += kind === "comment" ? blank(part) : part;
    bare += kind === "code" ? part : blank(part);
    comments += kind === "comment" ? part : blank(part);
  };
  /** One entry for every open brace: whether it began inside a template. */
  const braces: boolean[] = [];
  let previous = "";
  let position = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) position += found.length;
    return found;
  };
  const readTemplate = (): void => {
    add(match(templateText) ?? "", "literal");
    if (text.startsWith("${", position)) {
      add("${", "code");
      position += 2;
      braces.push(true);
    } else if (text[position] === "`") {
      add("`", "code");
      position++;
    }
    previous = "`";
  };
  while (position < text.length) {
    const beginsValue = previous === "" ||
      /^(?:[(,=:[!&|?{};+\-*%~^<>]|return|typeof|case|in|of|await|yield|void)$/.test(previous);
    const expression = text[position] === "/" && beginsValue ? match(regularExpression) : null;
    if (expression !== null) {
      add(expression, "literal");
      previous = "/x/";
      continue;
    }
    const part = match(token);
    if (part === null) throw new SyntaxError(`Cannot take a source apart: stuck at ${position}`);
    if (part.startsWith("//") || part.startsWith("/*")) add(part, "comment");
    else if (part.length > 1 && /^["']/.test(part)) add(part, "literal");
    else add(part, "code");
    if (part === "`") readTemplate();
    else if (part === "{") braces.push(false);
    else if (part === "}" && braces.pop() === true) readTemplate();
    if (/\S/.test(part) && !/^(?:\/\/|\/\*|`|\})/.test(part)) previous = part;
    else if (part === "}") previous = previous === "`" ? previous : "}";
  }
  return { code, bare, comments };
}

/** Lists the modules that a source text imports, re-exports or loads by a literal name. */
export function importsOf(text: string): string[] {
  const { code, bare } = takeApart(text);
  return [...bare.matchAll(/\b(?:from|import)\b/g)].flatMap(({ 0: keyword, index }) => {
    const name = code.slice(index + keyword.length).match(/^\s*\(?\s*["']([^"'\n]+)["']/)?.[1];
    return name === undefined ? [] : [name];
  });
}

/** Lists the values and functions that a module defines and exports; types do not count. */
export function runtimeExportsOf(text: string): string[] {
  const { bare } = takeApart(text);
  const found = bare.matchAll(
    /^export (?:default )?(?:async )?(?:function\*?|const|let|var|class|enum) +(\w+)/gm,
  );
  return [...found].map((match) => match[1]!);
}

const pureLibraries = ["simple-statistics"];
const worldly = [
  ...["Deno", "Date", "performance", "console", "crypto", "fetch", "navigator", "process"],
  ...["setTimeout", "setInterval", "queueMicrotask", "localStorage", "Worker", "globalThis"],
];

/** Says what a module of the pure core must not do. */
export function checkPurity(text: string): string[] {
  const problems = importsOf(text)
    .filter((name) => !/^@\/[a-z0-9_]+\.ts$/.test(name) && !pureLibraries.includes(name))
    .map((name) => `imports "${name}"`);
  const { bare } = takeApart(text);
  for (const name of worldly) {
    if (new RegExp(`(?<![.\\w$])${name}(?![\\w$]|\\??:)`).test(bare)) problems.push(`uses ${name}`);
  }
  if (/\bMath\s*\.\s*random\b/.test(bare)) problems.push("uses Math.random");
  return problems;
}

/** Says what no file of ours may contain. */
export function checkManners(path: string, text: string): string[] {
  const { bare, comments } = takeApart(text);
  const problems: string[] = [];
  if (/(?:^|[/_])utils?[._/]/.test(path)) problems.push('is named "utils"');
  if (/\b(?:TODO|FIXME|XXX)\b/.test(comments)) problems.push("has something left to do");
  if (/@ts-(?:ignore|nocheck|expect-error)/.test(comments)) problems.push("silences the compiler");
  const mentionsAny = /(?:[:<,|&(]|\bas|\bextends)\s*any\b(?!\s*[(.:])/.test(bare);
  if (mentionsAny && !path.startsWith("tests/")) problems.push('uses "any"');
  if (/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/.test(bare)) problems.push("has an empty catch");
  if (/\bDeno\s*\.\s*test\s*\.\s*(?:ignore|only)\b|\b(?:ignore|only)\s*:\s*true\b/.test(bare)) {
    problems.push("leaves tests out");
  }
  return problems;
}

/** Lists the entries of an import map that are neither ours nor pinned to one version. */
export function unpinned(imports: Readonly<Record<string, string>>): string[] {
  return Object.entries(imports)
    .filter(([, target]) =>
      !target.startsWith("./") &&
      !/^(?:npm|jsr):(?:@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(target)
    )
    .map(([name, target]) => `${name} → ${target}`);
}

/** Lists the lines of a requirements file that do not name one version. */
export function unpinnedRequirements(text: string): string[] {
  return text.split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .filter((line) => !/^[\w.-]+==\d[\w.]*$/.test(line));
}

/** Lists what in a text looks like a folder of one machine. */
export function machinePaths(text: string): string[] {
  const folders = ["root", "home/(?!me/|user/)[a-z][\\w-]*", "Users/[A-Za-z][\\w-]*", "work"].join(
    "|",
  );
  const pattern = new RegExp(
    `(?<![\\w.~$}>/+=)-])/(?:${folders})/[\\w.-]+|\\b[A-Z]:\\\\Users`,
    "g",
  );
  return [...text.matchAll(pattern)].map((match) => match[0]);
}

/** Lists addresses in a text. */
export function addresses(text: string): string[] {
  return [...text.matchAll(/\bhttps?:\/\/[^\s"']+/g)].map((match) => match[0]);
}

/** The middle value, or the mean of the two middle ones. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Counts the lines of a text. */
export function countLines(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
