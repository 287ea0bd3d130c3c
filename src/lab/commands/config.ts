/**
 * The command `deno task config`, and the help on keys that other commands show: what a key is for,
 * what it may be, and what it is.
 *
 * @module
 */
import { type ConfigKey, configKeys } from "@/config.ts";
import type { ConfiguredCommand } from "@/lab/commands/run.ts";
import { closestName } from "@/messages.ts";
import { wrapText } from "@/tables.ts";

/** What `deno task config` works with. */
export interface ConfigCommand extends ConfiguredCommand {
  /** A key, a section or the last part of a key, to be explained; `null`: the whole is shown. */
  readonly explained: string | null;
}

/** Shows a resolved configuration, or explains keys of it. */
export async function configCommand(command: ConfigCommand): Promise<void> {
  const { configPath, overrides, output, explained } = command;
  const { loadConfig } = await import("@/load_config.ts");
  const config = await loadConfig(configPath, overrides);
  const valueOf = ({ path }: ConfigKey): unknown => {
    const [section, key] = path.split(".") as [keyof typeof config, string];
    return (config[section] as Readonly<Record<string, unknown>>)[key];
  };
  if (explained === null) {
    const { stringifyYaml } = await import("@/files/yaml.ts");
    output.text((await stringifyYaml(config)).trimEnd());
    output.document(config);
    return;
  }
  const keys = findKeys(explained);
  output.text(keys.map((key) => explainKey(key, valueOf(key))).join("\n\n"));
  output.document(keys.map((key) => ({ ...key, value: valueOf(key) })));
}

/** Keys that a word means: a whole path, a section, or the last part of a path. */
function findKeys(word: string): readonly ConfigKey[] {
  const meant = word.toLowerCase();
  const found = configKeys.filter(({ path }) => {
    const [section, key] = path.toLowerCase().split(".");
    return [path.toLowerCase(), section, key].includes(meant);
  });
  if (found.length > 0) return found;
  const names = configKeys.flatMap(({ path }) => [path, ...path.split(".")]);
  const similar = closestName(word, [...new Set(names)]);
  const hint = similar === null ? "" : `, did you mean "${similar}"?`;
  throw new RangeError(`Cannot explain "${word}": unknown key "${word}"${hint}`);
}

/** A key with everything that is known about it. */
function explainKey(key: ConfigKey, value: unknown): string {
  const { path, description, requirement } = key;
  return [
    path,
    ...wrapText(description, 96).map((line) => `  ${line}`),
    `  must be  ${requirement}`,
    `  default  ${show(key.default)}`,
    ...show(value) === show(key.default) ? [] : [`  here     ${show(value)}`],
  ].join("\n");
}

/** The keys of some sections as part of a command's help, 100 columns wide. */
export function keyHelp(isShown: (key: ConfigKey) => boolean): string {
  const lines = configKeys.filter(isShown).map((key) => {
    const left = `  ${key.path}=${show(key.default)}`;
    const right = wrapText(`${key.description} ${capitalize(key.requirement)}.`, 56);
    const [first = "", ...rest] = right;
    const margin = " ".repeat(44);
    const head = left.length > 42 ? [left, `${margin}${first}`] : [`${left.padEnd(44)}${first}`];
    return [...head, ...rest.map((line) => `${margin}${line}`)].join("\n");
  });
  return `Keys of the configuration, with their defaults:\n${lines.join("\n")}`;
}

/** A value as it is written behind a key on the command line. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(",")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function capitalize(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
