/**
 * The command `deno task data`: lists, downloads, checks and describes datasets.
 *
 * @module
 */
import { type Benchmark, benchmarks } from "@/datasets/benchmarks.ts";
import { classesOf, type DatasetName } from "@/datasets/dataset.ts";
import { datasetCheckRecord, datasetCheckText, isRemark } from "@/datasets/faults.ts";
import { datasetFolder, fetchDataset, listDatasets } from "@/datasets/fetch.ts";
import { checkDataset, describeDataset } from "@/datasets/inspect.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { datasetSummaryRecord, datasetSummaryText } from "@/datasets/summary.ts";
import { dataFolder } from "@/files/environment.ts";
import { type StartProgress, untilInterrupted } from "@/files/progress.ts";
import { type DataArguments, parseDataArguments } from "@/lab/commands/data_arguments.ts";
import { loadConfig } from "@/load_config.ts";

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

/**
 * Lists datasets, downloads one, or tells what one holds or what is wrong with it.
 *
 * @param command Arguments and where text goes.
 * @returns The exit code: 1 if a check has found faults, else 0; remarks are no faults.
 * @throws {RangeError} If an argument is not known or missing.
 * @throws {Error} If the dataset cannot be had or described.
 *
 * @example The list
 * ```ts
 * import assert from "node:assert/strict";
 * import { noProgress } from "@/files/progress.ts";
 * import { dataCommand } from "@/lab/commands/data.ts";
 *
 * const lines: string[] = [];
 * const print = (line: string) => lines.push(line);
 * await dataCommand({ args: [], print, startProgress: noProgress });
 * assert.match(lines.join("\n"), /^VisA +data.visa +(?:not )?here +10,821  CC BY 4\.0$/m);
 * ```
 */
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
  const folder = parsed.folder ?? datasetFolder(benchmark.name as DatasetName, command.folder);
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
    const faultsText = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    print(`\nIts layout has ${faultsText}, which "deno task data check ${request.name}" names.`);
  }
  return 0;
}

function requestOf(
  { name, folder, action }: DataArguments,
  command: DataCommand,
): DatasetRequest & { name: DatasetName } {
  if (name === null) throw new RangeError(`Cannot run "data": "${action}" needs a dataset`);
  const datadir = folder ?? datasetFolder(name, command.folder);
  if (datadir !== null) return { name, datadir };
  throw new RangeError(`Cannot run "data": "${action} ${name}" needs --folder DIR, got none`);
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

/** Classes as a configuration names them: all, one, several in one text, or a list. */
function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Quotes a path for a shell where it has blanks. */
function quote(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}
