/**
 * The command `deno task data`: lists, downloads, checks and describes datasets.
 *
 * @module
 */
import { type Benchmark, benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { datasetCheckRecord, datasetCheckText, isRemark } from "@/datasets/faults.ts";
import { datasetFolder, datasetListText, fetchDataset, listDatasets } from "@/datasets/fetch.ts";
import { checkDataset, describeDataset } from "@/datasets/inspect.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { datasetSummaryRecord, datasetSummaryText } from "@/datasets/summary.ts";
import { dataFolder } from "@/files/environment.ts";
import { untilInterrupted } from "@/files/interruption.ts";
import type { Output } from "@/lab/commands/output.ts";
import { readOddImages } from "@/lab/finished/odd_images.ts";
import { datasetLabel, datasetRequest } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { closestName, plural } from "@/messages.ts";

/** What can be done with datasets. */
export type DataAction = "list" | "download" | "check" | "describe";

/** What the command works with. */
export interface DataCommand {
  /** What is to be done. */
  readonly action: DataAction;
  /** The dataset as it was written, in any case; `null` for a list alone. */
  readonly name: string | null;
  /** Where it lies or is to lie; default: where it is expected. */
  readonly folder?: string | null;
  /** An archive that is here already, to be taken instead of a download. */
  readonly from?: string | null;
  /** Addresses to download from instead of the published ones. */
  readonly addresses?: readonly string[];
  /** Whether a downloaded archive stays; default: no. */
  readonly keepArchive?: boolean;
  /** Finished run whose odd training images are listed beside faults; default: none are. */
  readonly run?: string | null;
  /** Overrides of the configuration, each `KEY=value`. */
  readonly overrides?: readonly string[];
  /** Where results go. */
  readonly output: Output;
  /** Folder that holds the datasets; default: the project's. */
  readonly dataFolder?: string;
}

/** Keys of the configuration that an action heeds. */
export const dataKeys: Readonly<Record<DataAction, readonly string[]>> = {
  list: [],
  download: [],
  check: [
    "DATASET.classname",
    "DATASET.split",
    "DATASET.split_seed",
    "DATASET.resize",
    "DATASET.orientation",
    "DEFAULT.seed",
  ],
  describe: ["DATASET.classname", "DATASET.split", "DATASET.split_seed", "DEFAULT.seed"],
};

/** Lists datasets, downloads one, or tells what one holds or what is wrong with it. */
export async function dataCommand(command: DataCommand): Promise<number> {
  const { action, overrides = [] } = command;
  checkKeys(overrides, action);
  if (action === "list") return await list(command);
  if (command.name === null) {
    throw fail(`"${action}" needs a dataset, one of ${DATASET_NAMES.join(", ")}`);
  }
  const named = { ...command, overrides, name: findDatasetName(command.name) };
  if (action === "download") return await download(named);
  return action === "check" ? await check(named) : await describe(named);
}

/** A command about one dataset. */
interface NamedCommand extends DataCommand {
  readonly name: DatasetName;
  readonly overrides: readonly string[];
}

async function list({ output, dataFolder: folder = dataFolder() }: DataCommand): Promise<number> {
  const datasets = await listDatasets(folder);
  output.document(datasets);
  output.text(datasetListText(datasets));
  output.text(
    "\ndeno task data download NAME              fetches, verifies and unpacks one\n" +
      "deno task data download NAME --from FILE  the same with an archive that is here already\n" +
      "deno task data check NAME                 finds everything that is wrong with it\n" +
      "deno task data describe NAME              tells what it consists of",
  );
  return 0;
}

async function download(command: NamedCommand): Promise<number> {
  const { name, from = null, addresses = [], keepArchive = false, output } = command;
  const benchmark = requireBenchmark(name);
  if (from !== null && keepArchive) {
    throw new RangeError(
      `Cannot download "${name}": --keep-archive must not come with --from, whose file stays anyway`,
    );
  }
  const folder = command.folder ?? datasetFolder(benchmark.name, command.dataFolder);
  const fetched = await untilInterrupted(
    (signal) =>
      fetchDataset(benchmark, {
        ...(folder === null ? {} : { folder }),
        from,
        ...(addresses.length === 0 ? {} : { addresses }),
        keepArchive,
        print: (line) => output.notice(line),
        startProgress: output.startProgress,
        signal,
      }),
    { message: `Cannot finish "${name}": interrupted; the same command goes on from there` },
  );
  const where = command.folder ? ` --folder ${quote(command.folder)}` : "";
  const config = `configs/${benchmark.name.toLowerCase()}.yaml`;
  output.document({ dataset: benchmark.name, ...fetched });
  output.text(
    `next  deno task data check ${benchmark.name}${where}\n` +
      `      deno task run config=${config} DATASET.datadir=${quote(fetched.folder)}`,
  );
  return 0;
}

async function check(command: NamedCommand): Promise<number> {
  const { overrides, output } = command;
  const request = requestOf(command);
  const listed = typeof command.run !== "string" ? null : await readOddImages(command.run, {
    dataset: datasetLabel({ DATASET: { name: request.name, datadir: request.datadir ?? null } }),
  });
  // No image is cut here, so that any length of the short side is allowed.
  const config = await loadConfig(null, ["DATASET.imagesize=32", ...overrides]);
  const { resize, orientation } = config.DATASET;
  const found = await checkDataset(
    { ...datasetRequest(config), ...request },
    // A folder of normal images alone trains.
    {
      resize,
      orientation,
      needsTest: request.name !== "Folder",
      startProgress: output.startProgress,
    },
  );
  const odd = listed && { odd_training_images: listed.odd };
  output.document({ ...datasetCheckRecord(found), ...odd });
  output.text(datasetCheckText(found));
  if (listed !== null) output.text(`\n${listed.line}`);
  const isMissing = found.faults.some(({ kind }) => kind === "no dataset");
  if (isMissing && Object.hasOwn(benchmarks, request.name)) {
    output.text(
      `\ndeno task data download ${request.name} fetches it; --folder DIR looks elsewhere`,
    );
  }
  return found.faults.every(isRemark) ? 0 : 1;
}

async function describe(command: NamedCommand): Promise<number> {
  const { overrides, output } = command;
  const request = requestOf(command);
  const config = await loadConfig(null, overrides);
  const { summary, faults } = await describeDataset(
    { ...datasetRequest(config), ...request },
    { startProgress: output.startProgress },
  );
  output.document(datasetSummaryRecord(summary));
  output.text(datasetSummaryText(summary));
  if (faults.length > 0) {
    const counted = plural(faults.length, "fault");
    output.text(`\nIts layout has ${counted}, which "deno task data check ${request.name}" names.`);
  }
  return 0;
}

function requestOf(command: NamedCommand): DatasetRequest & { name: DatasetName } {
  const { name, action } = command;
  const datadir = command.folder ?? datasetFolder(name, command.dataFolder);
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

/** Quotes a path for a shell where it has blanks. */
function quote(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

function checkKeys(overrides: readonly string[], action: DataAction): void {
  const keys = dataKeys[action];
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

function fail(reason: string): RangeError {
  return new RangeError(`Cannot run "data": ${reason}`);
}
