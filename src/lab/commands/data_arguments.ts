/**
 * Arguments of the command `deno task data`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { closestName } from "@/messages.ts";

/** What can be done with a dataset. */
export type DataAction = "download" | "check" | "describe";

/** Arguments, taken apart. */
export interface DataArguments {
  /** What is to be done; `list` when there are no arguments. */
  readonly action: DataAction | "list";
  /** Name of the dataset's reader; `null` for a list alone. */
  readonly name: DatasetName | null;
  /** `--folder`: where the dataset lies or is to lie. */
  readonly folder: string | null;
  /** `--json`: for programs. */
  readonly isJson: boolean;
  /** `--from`: an archive that is here already. */
  readonly from: string | null;
  /** `--address`, as often as it was given. */
  readonly addresses: readonly string[];
  /** `--keep-archive`. */
  readonly keepArchive: boolean;
  /** Overrides of the configuration, each `KEY=value`. */
  readonly overrides: readonly string[];
}

const optionTypes = {
  folder: { type: "string" },
  json: { type: "boolean" },
  from: { type: "string" },
  address: { type: "string", multiple: true },
  "keep-archive": { type: "boolean" },
} as const;

interface Accepted {
  readonly options: readonly (keyof typeof optionTypes)[];
  readonly keys: readonly string[];
}

/** Which options and keys each action takes. */
const accepted: Readonly<Record<DataAction, Accepted>> = {
  download: { options: ["folder", "from", "address", "keep-archive"], keys: [] },
  check: {
    options: ["folder", "json"],
    keys: ["DATASET.classname", "DATASET.resize", "DATASET.orientation"],
  },
  describe: { options: ["folder", "json"], keys: ["DATASET.classname"] },
};
const actions = Object.keys(accepted) as DataAction[];

/**
 * Takes the arguments of `deno task data` apart.
 *
 * @param args Action, name, options and overrides, in any order but that of action and name.
 * @returns What they say; names of datasets may have any capitals.
 * @throws {RangeError} If one is not known, is missing, or has no effect on the action.
 *
 * @example Any capitals
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseDataArguments } from "@/lab/commands/data_arguments.ts";
 *
 * const { action, name, isJson } = parseDataArguments(["check", "mvtec", "--json"]);
 * assert.deepEqual({ action, name, isJson }, { action: "check", name: "MVTec", isJson: true });
 * ```
 */
export function parseDataArguments(args: readonly string[]): DataArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: optionTypes,
  });
  const words = positionals.filter((each) => !each.includes("="));
  const overrides = positionals.filter((each) => each.includes("="));
  const [word, nameWord, extra] = words;
  if (word === undefined && args.length > 0) {
    throw fail(`an action must come first, one of ${actions.join(", ")}, got "${args[0]}"`);
  }
  const action = word === undefined ? "list" : findAction(word);
  if (action !== "list") {
    checkOptions(values, action);
    checkKeys(overrides, action);
    if (nameWord === undefined) {
      throw fail(`"${action}" needs a dataset, one of ${DATASET_NAMES.join(", ")}`);
    }
  }
  if (extra !== undefined) {
    throw fail(`one dataset must be named, got "${nameWord}" and "${extra}"`);
  }
  return {
    action,
    name: nameWord === undefined ? null : findDatasetName(nameWord),
    folder: textOf(values.folder),
    isJson: values.json === true,
    from: textOf(values.from),
    addresses: [values.address ?? []].flat().map(String),
    keepArchive: values["keep-archive"] === true,
    overrides,
  };
}

function findAction(word: string): DataAction {
  const action = actions.find((each) => each === word);
  if (action !== undefined) return action;
  const meant = closestName(word, actions);
  const hint = meant === null ? `known are ${actions.join(", ")}` : `did you mean "${meant}"?`;
  throw fail(`unknown action "${word}", ${hint}`);
}

type Values = Readonly<Record<string, undefined | OptionValue | OptionValue[]>>;
type OptionValue = string | boolean;

function checkOptions(values: Values, action: DataAction): void {
  const { options } = accepted[action];
  for (const [name, value] of Object.entries(values)) {
    const option = options.find((each) => each === name);
    if (option === undefined) {
      const known = options.map((each) => `--${each}`).join(", ");
      throw fail(`"${action}" must have no options but ${known}, got "--${name}"`);
    }
    const { type } = optionTypes[option];
    for (const each of [value].flat()) {
      if (type === "string" && (typeof each !== "string" || each === "")) {
        throw fail(`"--${name}" must have a value, got none`);
      }
      if (type === "boolean" && each !== true) {
        throw fail(`"--${name}" must stand alone, got "${each}"`);
      }
    }
  }
}

function checkKeys(overrides: readonly string[], action: DataAction): void {
  const { keys } = accepted[action];
  for (const override of overrides) {
    if (keys.some((key) => override.startsWith(`${key}=`))) continue;
    const known = keys.length === 0 ? "" : ` but ${keys.join(", ")}`;
    throw fail(`"${action}" must have no keys${known}, got "${override}"`);
  }
}

function findDatasetName(word: string): DatasetName {
  const name = DATASET_NAMES.find((each) => each.toLowerCase() === word.toLowerCase());
  if (name !== undefined) return name;
  const meant = closestName(word, DATASET_NAMES);
  const hint = meant === null
    ? `known are ${DATASET_NAMES.join(", ")}; your own is Folder with --folder DIR`
    : `did you mean "${meant}"?`;
  throw fail(`unknown dataset "${word}", ${hint}`);
}

function textOf(value: string | boolean | (string | boolean)[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function fail(reason: string): RangeError {
  return new RangeError(`Cannot run "data": ${reason}`);
}
