/**
 * Reads datasets in the folder layout of MVTec AD.
 *
 * `<class>/train/good`, `<class>/test/good`, `<class>/test/<defect>` and, optionally,
 * `<class>/ground_truth/<defect>/<image>_mask.png` (or `<image>.png`).
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { closestName } from "@/closest_name.ts";
import { listFolder } from "@/io/datasets/listing.ts";
import { pairMasks } from "@/mask_pairing.ts";
import type { Dataset, Sample } from "@/sample.ts";

/** What to read of a dataset folder. */
export interface FolderOptions {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
  /** Name in results; default the folder's name. */
  readonly name?: string;
}

/**
 * Reads a dataset in MVTec layout: any class names, any defect names, any image format.
 *
 * A class is a folder with `train` inside. Images are PNG, JPEG, WebP or TIFF; hidden files are
 * ignored, files are not opened. The order is by class, training before testing, normal before
 * anomalous, defect, file name, each by character code, so that it is the same on every machine.
 *
 * @param folder The dataset folder.
 * @param options Classes and name; see `FolderOptions`.
 * @returns The dataset.
 * @throws {Error} If the folder is not such a dataset, a class is not in it or has no training
 *   images, or only some masks of a class are there.
 *
 * @example One class, no test images yet
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFolderDataset } from "@/io/datasets/folder.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/bolt/train/good`, { recursive: true });
 * await Deno.writeFile(`${folder}/bolt/train/good/1.png`, new Uint8Array());
 * const { classes, samples } = await readFolderDataset(folder);
 * assert.deepEqual(classes, ["bolt"]);
 * assert.equal(samples[0]?.image, "bolt/train/good/1.png");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readFolderDataset(
  folder: string,
  options: FolderOptions = {},
): Promise<Dataset> {
  const root = resolve(folder);
  const available = await findClasses(root);
  const classes = chooseClasses(available, { root, wanted: options.classes ?? "all" });
  const samples: Sample[] = [];
  for (const className of classes) samples.push(...await readClass(root, className));
  return { name: options.name ?? basename(root), folder: root, classes, samples };
}

async function findClasses(root: string): Promise<string[]> {
  if (!await isFolder(root)) fail(root, "there must be such a folder, got none");
  const { folders, images, others } = await listFolder(root);
  const classes: string[] = [];
  for (const name of folders) {
    if (await isFolder(join(root, name, "train"))) classes.push(name);
  }
  if (classes.length > 0) return classes;
  if (folders.includes("train")) {
    fail(root, `it must hold classes, got one class; its dataset is "${dirname(root)}"`);
  }
  const found = [...quoteSome(folders), `${images.length + others} files`].join(", ");
  return fail(root, `it must hold classes, folders with "train/good" inside, got ${found}`);
}

function chooseClasses(
  available: readonly string[],
  { root, wanted }: { root: string; wanted: "all" | readonly string[] },
): string[] {
  if (wanted === "all") return [...available];
  if (wanted.length === 0) fail(root, "at least one class must be named, got none");
  for (const name of wanted) {
    if (available.includes(name)) continue;
    const meant = closestName(name, available);
    const hint = meant === null
      ? `it has ${quoteSome(available).join(", ")}`
      : `did you mean "${meant}"?`;
    fail(root, `unknown class "${name}", ${hint}`);
  }
  return available.filter((name) => wanted.includes(name));
}

async function readClass(root: string, className: string): Promise<Sample[]> {
  const splits = { train: `${className}/train`, test: `${className}/test` };
  const train = await listFolder(join(root, splits.train));
  const test = await listFolder(join(root, splits.test));
  for (const [split, { images }] of [[splits.train, train], [splits.test, test]] as const) {
    if (images.length > 0) {
      fail(root, `images must lie in "${split}/good" and the like, got "${split}/${images[0]}"`);
    }
  }
  const other = train.folders.find((name) => name !== "good");
  if (other !== undefined) {
    fail(root, `"${splits.train}" must hold "good" alone, got "${other}" too`);
  }
  const normal = { className, isAnomalous: false, defect: null, mask: null };
  const listNormal = async (split: "train" | "test"): Promise<Sample[]> =>
    (await listImages(root, `${splits[split]}/good`)).map((image) => ({ ...normal, image, split }));
  const samples = await listNormal("train");
  if (samples.length === 0) fail(root, `"${splits.train}/good" must hold images, got none`);
  samples.push(...await listNormal("test"));
  const kinds = test.folders.filter((name) => name !== "good");
  return [...samples, ...await readAnomalous(root, { className, kinds })];
}

async function readAnomalous(
  root: string,
  { className, kinds }: { className: string; kinds: readonly string[] },
): Promise<Sample[]> {
  const masked = (await listFolder(join(root, className, "ground_truth"))).folders;
  const strange = masked.find((name) => name !== "good" && !kinds.includes(name));
  if (strange !== undefined) {
    fail(root, `"${className}/ground_truth/${strange}" must match a folder of "${className}/test"`);
  }
  const samples: Sample[] = [];
  for (const defect of kinds) {
    const images = await listImages(root, `${className}/test/${defect}`);
    const masks = pairMasks(images, await listImages(root, `${className}/ground_truth/${defect}`));
    for (const [i, image] of images.entries()) {
      samples.push({
        image,
        className,
        split: "test",
        isAnomalous: true,
        defect,
        mask: masks[i] ?? null,
      });
    }
  }
  const bare = samples.find(({ mask }) => mask === null);
  if (bare !== undefined && samples.some(({ mask }) => mask !== null)) {
    fail(
      root,
      `every anomalous image of "${className}" or none must have a mask, got none for "${bare.image}"`,
    );
  }
  return samples;
}

async function listImages(root: string, folder: string): Promise<string[]> {
  const { images, folders } = await listFolder(join(root, folder));
  if (folders.length > 0) {
    fail(root, `"${folder}" must hold images alone, got the folder "${folders[0]}"`);
  }
  return images.map((name) => `${folder}/${name}`);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

function quoteSome(names: readonly string[]): string[] {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? [...shown, `${names.length - 10} more`] : shown;
}

function fail(root: string, reason: string): never {
  throw new Error(`Cannot read dataset "${root}": ${reason}`);
}
