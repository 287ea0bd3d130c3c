/**
 * Arguments of benches: `name=value`, with a default for every name.
 *
 * @module
 */

/**
 * Reads arguments.
 *
 * @param args What the command line holds.
 * @param defaults Every name with its default. A number takes positive integers, or 0 where that is
 * the default; a text takes what comes.
 * @returns The defaults with what the arguments replace.
 * @throws {SyntaxError} If an argument has another name, or no such number.
 */
export function readArguments<Settings extends Readonly<Record<string, number | string>>>(
  args: readonly string[],
  defaults: Settings,
): { readonly [Name in keyof Settings]: Settings[Name] extends number ? number : string } {
  const settings: Record<string, number | string> = { ...defaults };
  for (const argument of args) {
    const at = argument.indexOf("=");
    const name = argument.slice(0, Math.max(0, at)), value = argument.slice(at + 1);
    const usual = defaults[name];
    if (typeof usual === "string") settings[name] = value;
    else if (usual !== undefined && isCount(value, usual === 0 ? 0 : 1)) {
      settings[name] = Number(value);
    } else {
      throw new SyntaxError(
        `Cannot run the bench: arguments must be ${Object.keys(defaults).join("=, ")}=, ` +
          `numbers whole and positive, got "${argument}"`,
      );
    }
  }
  return settings as ReturnType<typeof readArguments<Settings>>;
}

/**
 * Reads a list of sizes such as `8192,32768`.
 *
 * @param text Numbers separated by commas.
 * @returns The numbers.
 * @throws {SyntaxError} If one of them is not a positive integer.
 */
export function readSizes(text: string): number[] {
  const parts = text.split(",");
  if (!parts.every((each) => isCount(each, 1))) {
    throw new SyntaxError(
      `Cannot run the bench: sizes must be positive integers with commas between, got "${text}"`,
    );
  }
  return parts.map(Number);
}

function isCount(text: string, least: number): boolean {
  return text !== "" && Number.isInteger(Number(text)) && Number(text) >= least;
}
