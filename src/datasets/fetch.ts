/**
 * Public benchmarks, brought to where they can be read: downloaded or taken over, verified,
 * unpacked; and the list of all datasets that there are readers for.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { type Benchmark, benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { planSampleImages } from "@/datasets/sample/classes.ts";
import { extractArchive, readFreeSpace } from "@/files/archive.ts";
import { type Download, download } from "@/files/download.ts";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import type { StartProgress } from "@/files/progress.ts";
import { hashFile, statIfExists } from "@/files/read.ts";
import { textTable } from "@/tables.ts";

/** Where a benchmark comes from and goes to. */
export interface FetchDatasetOptions {
  /** Folder for its classes; default: `data/<name>` in the project. */
  readonly folder?: string;
  /** An archive that is here already, which stays; default `null`: it is downloaded. */
  readonly from?: string | null;
  /** Addresses to download from, tried in order; default: the published ones. */
  readonly addresses?: readonly string[];
  /** Whether a downloaded archive stays once it is unpacked; default: false. */
  readonly keepArchive?: boolean;
  /** Receives what there is to know. */
  readonly print: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /** Milliseconds without a byte before a connection counts as stalled; default: the download's. */
  readonly patience?: number;
  /** Interrupts; what was downloaded stays for the next time; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** A benchmark that can be read. */
export interface FetchedDataset {
  /** Where it lies. */
  readonly folder: string;
  /** Bytes that came over the network. */
  readonly fetched: number;
  /** Files that were unpacked; `null` if something was there already and nothing was done. */
  readonly files: number | null;
}

/** A benchmark to be brought, with every choice made. */
interface Task extends FetchDatasetOptions {
  readonly benchmark: Benchmark;
  /** The folder itself where the one that was given is a link to it, perhaps on another disk. */
  readonly place: string;
  readonly addresses: readonly string[];
}

/**
 * Brings a public benchmark into a folder.
 *
 * Its licence is printed before a byte is downloaded. The archive goes to `downloads` beside the
 * folder, where an interrupted download goes on the next time, and is removed once it is unpacked.
 * A folder that holds something is left alone. An archive that turns out to be damaged or to hold
 * what it must not is removed, too; after lack of room and interruptions it stays.
 *
 * @param benchmark The benchmark.
 * @param options Where it comes from and goes to.
 * @returns Where it lies, and what had to be done.
 * @throws {RangeError} If a copy is not the published file, both a copy and addresses are given, or
 *   the archive holds what must not be written.
 * @throws {SyntaxError} If the archive is damaged.
 * @throws {Error} If there is no address, none gives the file, or the disk has not enough room.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example MPDD is shared by hand alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { fetchDataset, findBenchmark } from "@/datasets/mod.ts";
 * import { noProgress } from "@/files/mod.ts";
 *
 * const lines: string[] = [];
 * const print = (line: string) => lines.push(line);
 * const options = { folder: "no/such/folder", print, startProgress: noProgress };
 * await assert.rejects(fetchDataset(findBenchmark("MPDD"), options), /--from FILE$/);
 * assert.match(lines.join("\n"), /^ +licence +CC BY-NC-SA 4\.0/m);
 * ```
 */
export async function fetchDataset(
  benchmark: Benchmark,
  options: FetchDatasetOptions,
): Promise<FetchedDataset> {
  const { from = null, print } = options;
  if (from !== null && options.addresses !== undefined) {
    throw fail(benchmark, "it must come from a file or from addresses, got both", RangeError);
  }
  const folder = options.folder ?? datasetFolder(benchmark.name);
  if (folder === null) throw fail(benchmark, "a folder must be given, got none", RangeError);
  const place = await findPlace(folder, benchmark);
  const { addresses = benchmark.archive.addresses } = options;
  const task: Task = { ...options, benchmark, place, addresses };
  print(
    `${benchmark.title}\n  licence  ${benchmark.licence}\n` +
      `  cite     ${benchmark.citation}\n  page     ${benchmark.page}`,
  );
  if (await holdsSomething(place)) {
    print(`"${folder}" holds files already; nothing was done`);
    return { folder, fetched: 0, files: null };
  }
  const got = from === null ? await fetchArchive(task) : await checkCopy(from, task);
  const files = await unpack(got.path, { ...task, isOurs: from === null });
  const counted = files === 1 ? "1 file is" : `${files.toLocaleString("en-US")} files are`;
  print(`${counted} in "${folder}"`);
  return { folder, fetched: got.fetched, files };
}

async function findPlace(folder: string, benchmark: Benchmark): Promise<string> {
  const stat = await statIfExists(folder);
  if (stat?.isFile) throw fail(benchmark, `"${folder}" must be a folder, got a file`, Error);
  return stat === null ? folder : await Deno.realPath(folder);
}

async function fetchArchive(task: Task): Promise<Download> {
  const { benchmark, place, addresses, print, startProgress, patience, signal } = task;
  const { name, archive: { file, sha256, bytes } } = benchmark;
  if (addresses.length === 0) throw fail(benchmark, instructions(benchmark), Error);
  const path = join(dirname(place), "downloads", file);
  if (bytes !== null) {
    const here = (await statIfExists(path) ?? await statIfExists(`${path}.partial`))?.size ?? 0;
    await checkRoom(Math.max(0, bytes - here) + bytes, task);
  }
  const progress = startProgress(`download ${name}`);
  const got = await download({
    addresses,
    path,
    sha256,
    ...(patience !== undefined && { patience }),
    ...(signal && { signal }),
    onProgress: (done, total) => {
      const size = total ?? bytes;
      if (size !== null && size > 0) progress.report(Math.min(1, done / size));
    },
  });
  progress.finish();
  tellHash(got.sha256, { benchmark, print });
  return got;
}

/** Takes an archive that is here already, if it is the published one. */
async function checkCopy(
  from: string,
  task: Task,
): Promise<{ readonly path: string; readonly fetched: number }> {
  const { benchmark, print, startProgress, signal } = task;
  const { name, archive: { sha256 } } = benchmark;
  const stat = await statIfExists(from);
  if (stat === null) throw fail(benchmark, `"${from}" must be a file, got none`, Error);
  if (!stat.isFile) throw fail(benchmark, `"${from}" must be a file, got a folder`, Error);
  await checkRoom(stat.size, task);
  const progress = startProgress(`check ${name}`);
  const hash = await hashFile(from, {
    onProgress: (done, total) => progress.report(done / total),
    ...(signal && { signal }),
  });
  progress.finish();
  if (sha256 !== null && hash !== sha256) {
    throw fail(benchmark, `SHA-256 of "${from}" must be ${sha256}, got ${hash}`, RangeError);
  }
  tellHash(hash, { benchmark, print });
  return { path: from, fetched: 0 };
}

function tellHash(
  hash: string,
  { benchmark, print }: { benchmark: Benchmark; print: (line: string) => void },
): void {
  print(
    benchmark.archive.sha256 === null
      ? `not verified: no SHA-256 of ${benchmark.title} is published; that of this file is ${hash}`
      : `verified: SHA-256 ${hash}`,
  );
}

async function unpack(
  archive: string,
  { benchmark, place, keepArchive = false, startProgress, signal, isOurs }: Task & {
    readonly isOurs: boolean;
  },
): Promise<number> {
  const progress = startProgress(`unpack ${benchmark.name}`);
  try {
    const { files } = await extractArchive({
      archive,
      folder: place,
      onProgress: (share) => progress.report(share),
      ...(signal && { signal }),
    });
    progress.finish();
    if (isOurs && !keepArchive) await removeArchive(archive);
    return files;
  } catch (error) {
    const isBad = error instanceof RangeError || error instanceof SyntaxError;
    if (isOurs && isBad) await removeArchive(archive);
    throw error;
  }
}

/** Removes an archive, and its folder if nothing else is in it. */
async function removeArchive(archive: string): Promise<void> {
  await Deno.remove(archive);
  if (!await holdsSomething(dirname(archive))) await Deno.remove(dirname(archive));
}

async function checkRoom(bytes: number, { benchmark, place }: Task): Promise<void> {
  const free = await readFreeSpace(dirname(place));
  if (free >= bytes) return;
  const [needed, got] = [bytes, free].map((count) => count.toLocaleString("en-US"));
  const what = `it needs about ${needed} bytes in "${dirname(place)}", got ${got} bytes free`;
  throw fail(benchmark, what, Error);
}

function instructions({ name, title, page, archive: { file } }: Benchmark): string {
  return `its authors share ${title} as a folder, which must be downloaded by hand. Open ${page}, ` +
    `follow the link to the dataset in its README, download the whole folder there as a zip file ` +
    `(${file}), then run: deno task data download ${name} --from FILE`;
}

function fail(
  { name }: Benchmark,
  what: string,
  Kind: ErrorConstructor | RangeErrorConstructor,
): Error {
  return new Kind(`Cannot download "${name}": ${what}`);
}

/** Says where a dataset is expected; `null` for `Folder`, which may lie anywhere. */
export function datasetFolder(name: DatasetName, folder: string = dataFolder()): string | null {
  return name === "Folder" ? null : join(folder, name.toLowerCase());
}

/** A dataset that there is a reader for. */
export interface ListedDataset {
  /** Name of its reader. */
  readonly name: DatasetName;
  /** Where it is expected; `null` where it can lie anywhere. */
  readonly folder: string | null;
  /** Whether something is there; `null` where it can lie anywhere. */
  readonly here: boolean | null;
  /** Images that it holds as published; `null` where nobody knows. */
  readonly images: number | null;
  /** Its licence. */
  readonly licence: string;
}

/** Lists the datasets: where each is expected, whether it is there, its images and their licence. */
export async function listDatasets(folder: string = dataFolder()): Promise<ListedDataset[]> {
  return await Promise.all(DATASET_NAMES.map(async (name): Promise<ListedDataset> => {
    const path = datasetFolder(name, folder);
    return {
      name,
      folder: path,
      here: path === null ? null : await holdsSomething(path),
      images: countImages(name),
      licence: licenceOf(name),
    };
  }));
}

/** The list as a table for people. */
export function datasetListText(datasets: readonly ListedDataset[]): string {
  const stateOf = (here: boolean | null): string =>
    here === null ? "–" : here ? "here" : "not here";
  return textTable(datasets, [
    { title: "name", cell: ({ name }) => name, align: "left" },
    {
      title: "folder",
      cell: ({ folder }) => folder === null ? "any" : shorten(folder),
      align: "left",
    },
    { title: "state", cell: ({ here }) => stateOf(here), align: "left" },
    { title: "images", cell: ({ images }) => images?.toLocaleString("en-US") ?? "–" },
    { title: "licence", cell: ({ licence }) => licence, align: "left" },
  ]);
}

async function holdsSomething(folder: string): Promise<boolean> {
  if (!(await statIfExists(folder))?.isDirectory) return false;
  for await (const _ of Deno.readDir(folder)) return true;
  return false;
}

/** A path inside the project is shown from the project's root on. */
function shorten(path: string): string {
  const short = relative(repositoryRoot, path);
  return short.startsWith("..") ? path : short;
}

function countImages(name: DatasetName): number | null {
  if (name === "Folder") return null;
  return name === "Sample"
    ? planSampleImages().length
    : Object.values(benchmarks[name]?.classes ?? {})
      .reduce((sum, { train, normal, anomalous }) => sum + train + normal + anomalous, 0);
}

function licenceOf(name: DatasetName): string {
  if (name === "Sample") return "MIT, like this project, which draws them on first use";
  return benchmarks[name]?.licence ?? "that of your images, in the folder layout of MVTec AD";
}
