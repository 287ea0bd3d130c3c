/**
 * Words after a command: the file of a configuration and overrides of its keys.
 *
 * @module
 */

/** Tells `config=FILE` from overrides; the last file counts. */
export function readWords(
  words: readonly string[],
  command: string,
): { readonly configPath: string | null; readonly overrides: readonly string[] } {
  const isConfig = (word: string): boolean => word.startsWith("config=");
  const configPath = words.findLast(isConfig)?.slice("config=".length) ?? null;
  if (configPath === "") {
    throw new RangeError(`Cannot run "${command}": "config=" must name a file, got none`);
  }
  return { configPath, overrides: words.filter((word) => !isConfig(word)) };
}
