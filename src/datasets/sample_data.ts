/**
 * The sample dataset: six made-up products, drawn on first use, so that everything can be tried
 * without a download.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import sharp from "sharp";
import { whatLies } from "@/datasets/listing.ts";
import type { DatasetScan } from "@/datasets/faults.ts";
import { scanFolder } from "@/datasets/folder.ts";
import {
  defaultSampleCounts,
  type PlannedImage,
  planSampleImages,
  sampleClasses,
  type SampleCounts,
} from "@/datasets/sample/classes.ts";
import type { SampleImage, SampleImageRequest } from "@/datasets/sample/image.ts";
import { samplePixels } from "@/datasets/sample/surface.ts";
import { dataFolder } from "@/files/environment.ts";
import { replaceFolder } from "@/files/write.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { createRandom } from "@/math/random.ts";

/** Where the sample data lie and what they are drawn from. */
export interface SampleDatasetOptions {
  /** Folder of the dataset; default `data/sample` of this project. */
  readonly folder?: string;
  /** Seed of every image; default 0. */
  readonly seed?: number;
  /** Images per class; default 40 for training, 16 normal and 10 of each defect for testing. */
  readonly counts?: SampleCounts;
  /** Names of the classes, in any order; default all six. */
  readonly classNames?: readonly string[];
  /** Threads that draw; default 0: one per core. */
  readonly threads?: number;
  /** Called after each image with the number of images drawn so far and of all images. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Raised whenever the same seed gives different pixels. */
const generatorVersion = 1;

/** The file in which a finished folder says what it holds, and the version of its layout. */
const manifestName = "manifest.json";
const schema = 1;

type Progress = NonNullable<SampleDatasetOptions["onProgress"]>;

/** What a finished folder says about itself. */
interface Manifest {
  readonly schema: number;
  readonly generator: number;
  readonly seed: number;
  readonly classes: readonly string[];
  readonly counts: SampleCounts;
  readonly images: number;
  readonly pixels_sha256: string;
}

/**
 * Makes sure that the sample data exist, and says where.
 *
 * The first call draws them, which takes about 20 seconds on two cores; later calls find the folder
 * finished. A folder of another seed, of other classes or counts, or of an older version of the
 * drawings is replaced, and so is one from which files are missing. The layout is MVTec's.
 *
 * @param options Folder, seed and size.
 * @returns Absolute folder of the dataset.
 * @throws {RangeError} If a count or the seed is out of range, or there is no such class.
 * @throws {Error} If the folder holds something else.
 *
 * @example The smallest dataset
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const counts = { train: 1, normal: 1, defective: 1 };
 * const options = { folder: `${parent}/sample`, counts, classNames: ["gear"] };
 * const folder = await prepareSampleDataset(options);
 * assert.ok((await Deno.stat(`${folder}/gear/test/rust/000.png`)).isFile);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function prepareSampleDataset(options: SampleDatasetOptions = {}): Promise<string> {
  const { seed = 0, threads = 0, onProgress = () => {} } = options;
  const folder = resolve(options.folder ?? dataFolder("sample"));
  const { train, normal, defective } = options.counts ?? defaultSampleCounts;
  const counts = { train, normal, defective };
  const names = new Set(options.classNames ?? sampleClasses.map(({ name }) => name));
  const classes = [...names].sort();
  const planned = planSampleImages(counts, classes);
  createRandom(seed);
  if (!Number.isInteger(threads) || threads < 0) {
    throw new RangeError(
      `Cannot prepare the sample data: threads must be an integer from 0, got ${threads}`,
    );
  }
  const images = planned.length;
  const wanted = { schema, generator: generatorVersion, seed, classes, counts, images };
  if (await isFinished(folder, { wanted, planned })) return folder;
  await checkReplaceable(folder);
  await replaceFolder(folder, async (temporary) => {
    const pixels_sha256 = await drawAll(planned, {
      seed,
      folder: temporary,
      threads: threads || navigator.hardwareConcurrency,
      onProgress,
    });
    const text = JSON.stringify({ ...wanted, pixels_sha256 }, null, 2);
    await Deno.writeTextFile(join(temporary, manifestName), `${text}\n`);
  });
  return folder;
}

/**
 * Draws and writes every image; returns the SHA-256 over those of each image with its mask, in
 * order.
 */
async function drawAll(
  planned: readonly PlannedImage[],
  options: { seed: number; folder: string; threads: number; onProgress: Progress },
): Promise<string> {
  const { seed, folder, threads, onProgress } = options;
  for (const parent of new Set(listFiles(planned).map(dirname))) {
    await Deno.mkdir(join(folder, parent), { recursive: true });
  }
  const artists = Array.from({ length: Math.min(threads, planned.length) }, hireArtist);
  const idle = [...artists];
  let done = 0;
  const draw = async (item: PlannedImage): Promise<Uint8Array> => {
    const { className, defect, name, image, mask } = item;
    const artist = idle.pop()!;
    const drawn = await artist.draw({ className, defect, name, seed });
    idle.push(artist);
    await writePng(join(folder, image), { values: drawn.pixels, channels: 3 });
    if (mask !== null && drawn.mask !== null) {
      const values = drawn.mask.map((value) => 255 * value);
      await writePng(join(folder, mask), { values, channels: 1 });
    }
    onProgress(++done, planned.length);
    return hashImage(drawn);
  };
  try {
    const hashes = await mapConcurrently(planned, { limit: artists.length, apply: draw });
    const total = createHash("sha256");
    for (const hash of hashes) total.update(hash);
    return total.digest("hex");
  } finally {
    for (const artist of artists) artist.dismiss();
  }
}

/** Starts a thread that draws one image at a time. */
function hireArtist(): {
  draw: (request: SampleImageRequest) => Promise<SampleImage>;
  dismiss: () => void;
} {
  const worker = new Worker(new URL("./sample_worker.ts", import.meta.url), { type: "module" });
  return {
    draw: (request) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<SampleImage>) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`Cannot draw "${request.className}/${request.name}": ${event.message}`));
        };
        worker.postMessage(request);
      }),
    dismiss: () => worker.terminate(),
  };
}

function hashImage({ pixels, mask }: SampleImage): Uint8Array {
  const hash = createHash("sha256").update(pixels);
  return (mask === null ? hash : hash.update(mask)).digest();
}

async function writePng(
  path: string,
  options: { values: Uint8Array; channels: 1 | 3 },
): Promise<void> {
  const { values, channels } = options;
  const raw = { width: samplePixels, height: samplePixels, channels };
  const image = sharp(values, { raw }).toColourspace(channels === 1 ? "b-w" : "srgb");
  await image.png({ compressionLevel: 4 }).toFile(path);
}

function listFiles(planned: readonly PlannedImage[]): string[] {
  return planned.flatMap(({ image, mask }) => mask === null ? [image] : [image, mask]);
}

/** Whether the folder holds what is wanted, every file of it. */
async function isFinished(
  folder: string,
  options: { wanted: Omit<Manifest, "pixels_sha256">; planned: readonly PlannedImage[] },
): Promise<boolean> {
  const manifest = await readManifest(folder);
  if (manifest === null) return false;
  const { pixels_sha256: _, ...found } = manifest;
  if (JSON.stringify(found) !== JSON.stringify(options.wanted)) return false;
  const present = new Map<string, Set<string>>();
  for (const path of listFiles(options.planned)) {
    const parent = dirname(path);
    const names = present.get(parent) ?? await listNames(join(folder, parent));
    present.set(parent, names);
    if (!names.has(basename(path))) return false;
  }
  return true;
}

async function readManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, manifestName);
  if (await whatLies(path) === "none") return null;
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Refuses to replace a folder that this module has not written. */
async function checkReplaceable(folder: string): Promise<void> {
  const own = new Set([manifestName, ...sampleClasses.map(({ name }) => name)]);
  const refuse = (found: string): Error =>
    new Error(
      `Cannot write the sample data to "${folder}": ` +
        `the folder must be empty or hold older sample data, got ${found}`,
    );
  if (await whatLies(folder) === "a file") throw refuse("a file");
  for (const name of await listNames(folder)) {
    if (!own.has(name)) throw refuse(`"${name}" in it`);
  }
}

async function listNames(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const entry of Deno.readDir(folder)) names.add(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

/** Which sample data to read. */
export interface SampleReaderOptions extends SampleDatasetOptions {
  /** Which classes; default all. All of them are drawn in any case. */
  readonly classes?: "all" | readonly string[];
}

/** Scans the sample data, which are drawn if need be. */
export async function scanSample(options: SampleReaderOptions = {}): Promise<DatasetScan> {
  const { classes = "all", ...drawn } = options;
  return await scanFolder(await prepareSampleDataset(drawn), { classes, name: "Sample" });
}
