/**
 * The command `deno task data`: lists, downloads, checks and describes datasets.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Benchmark, benchmarks } from "@/datasets/benchmarks.ts";
import { classesOf, DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { datasetCheckRecord, datasetCheckText, isRemark } from "@/datasets/faults.ts";
import { datasetFolder, fetchDataset, listDatasets } from "@/datasets/fetch.ts";
import { checkDataset, describeDataset } from "@/datasets/inspect.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { datasetSummaryRecord, datasetSummaryText } from "@/datasets/summary.ts";
import { dataFolder } from "@/files/environment.ts";
import { type StartProgress, untilInterrupted } from "@/files/progress.ts";
import { loadConfig } from "@/load_config.ts";
import { closestName, plural } from "@/messages.ts";

/** What the command works with. */
export interface DataCommand {
  /** What follows the command: action, name, options and overrides; see `parseDataArguments`. */
  readonly args: readonly string[];
  /** Receives results. */
  readonly print: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /** Folder that holds the datasets; default: the project's. */
  readonly folder?: string;
}

/** Lists datasets, downloads one, or tells what one holds or what is wrong with it. */
export async function dataCommand(command: DataCommand): Promise<number> {
  const parsed = parseDataArguments(command.args);
  switch (parsed.action) {
    case "list":
      return await list(command);
    case "download":
      return await download(parsed, command);
    case "check":
      return await check(parsed, command);
    case "describe":
      return await describe(parsed, command);
  }
}

async function list({ print, folder = dataFolder() }: DataCommand): Promise<number> {
  print(await listDatasets(folder));
  print(
    "\ndeno task data download NAME              fetches, verifies and unpacks one\n" +
      "deno task data download NAME --from FILE  the same with an archive that is here already\n" +
      "deno task data check NAME                 finds everything that is wrong with it\n" +
      "deno task data describe NAME              tells what it consists of",
  );
  return 0;
}

async function download(parsed: DataArguments, command: DataCommand): Promise<number> {
  const { name, from, addresses, keepArchive } = parsed;
  const { print, startProgress } = command;
  const benchmark = requireBenchmark(name);
  if (from !== null && keepArchive) {
    throw new RangeError(
      `Cannot download "${name}": --keep-archive must not come with --from, whose file stays anyway`,
    );
  }
  const folder = parsed.folder ?? datasetFolder(benchmark.name, command.folder);
  const fetched = await untilInterrupted(
    (signal) =>
      fetchDataset(benchmark, {
        ...(folder === null ? {} : { folder }),
        from,
        ...(addresses.length === 0 ? {} : { addresses }),
        keepArchive,
        print,
        startProgress,
        signal,
      }),
    { message: `Cannot finish "${name}": interrupted; the same command goes on from there` },
  );
  const where = parsed.folder === null ? "" : ` --folder ${quote(parsed.folder)}`;
  const config = `configs/${benchmark.name.toLowerCase()}.yaml`;
  print(
    `next  deno task data check ${benchmark.name}${where}\n` +
      `      deno task run config=${config} DATASET.datadir=${quote(fetched.folder)}`,
  );
  return 0;
}

async function check(parsed: DataArguments, command: DataCommand): Promise<number> {
  const { print, startProgress } = command;
  const request = requestOf(parsed, command);
  // No image is cut here, so that any length of the short side is allowed.
  const config = await loadConfig(null, ["DATASET.imagesize=32", ...parsed.overrides]);
  const { resize, orientation } = config.DATASET;
  const found = await checkDataset(
    { ...request, classname: classesOf(config.DATASET.classname) },
    { resize, orientation, startProgress },
  );
  print(parsed.isJson ? toJson(datasetCheckRecord(found)) : datasetCheckText(found));
  const isMissing = found.faults.some(({ kind }) => kind === "no dataset");
  if (isMissing && !parsed.isJson && Object.hasOwn(benchmarks, request.name)) {
    print(`\ndeno task data download ${request.name} fetches it; --folder DIR looks elsewhere`);
  }
  return found.faults.every(isRemark) ? 0 : 1;
}

async function describe(parsed: DataArguments, command: DataCommand): Promise<number> {
  const { print, startProgress } = command;
  const request = requestOf(parsed, command);
  const { DATASET } = await loadConfig(null, parsed.overrides);
  const { summary, faults } = await describeDataset(
    { ...request, classname: classesOf(DATASET.classname) },
    { startProgress },
  );
  print(parsed.isJson ? toJson(datasetSummaryRecord(summary)) : datasetSummaryText(summary));
  if (faults.length > 0 && !parsed.isJson) {
    const counted = plural(faults.length, "fault");
    print(`\nIts layout has ${counted}, which "deno task data check ${request.name}" names.`);
  }
  return 0;
}

function requestOf(
  { name, folder, action }: DataArguments,
  command: DataCommand,
): DatasetRequest & { name: DatasetName } {
  if (name === null) throw fail(`"${action}" needs a dataset`);
  const datadir = folder ?? datasetFolder(name, command.folder);
  if (datadir !== null) return { name, datadir };
  throw fail(`"${action} ${name}" needs --folder DIR, got none`);
}

function requireBenchmark(name: DatasetName | null): Benchmark {
  const benchmark = benchmarks[name ?? ""];
  if (benchmark !== undefined) return benchmark;
  const reason = name === "Sample"
    ? "the sample data are drawn on first use"
    : "images of your own are here already";
  throw new RangeError(
    `Cannot download "${name}": it must be one of ${Object.keys(benchmarks).join(", ")}; ${reason}`,
  );
}

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Quotes a path for a shell where it has blanks. */
function quote(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

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

/** Takes the arguments of `deno task data` apart. */
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
