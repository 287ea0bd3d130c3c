/**
 * Reads a folder in the layout of MVTec AD with any class and defect names.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import { chooseClasses } from "@/datasets/choose_classes.ts";
import { listClasses, noClasses, scanClasses } from "@/datasets/class_folders.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import { type DatasetScan, requireFaultless } from "@/datasets/faults.ts";

/** What to read of a dataset folder. */
export interface FolderOptions {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
  /** Name in results; default the folder's name. */
  readonly name?: string;
}

/**
 * Scans a dataset in MVTec layout: any class names, any defect names, any image format.
 *
 * A class is a folder with `train` inside. Images are PNG, JPEG, WebP, TIFF or BMP; hidden files are
 * ignored, files are not opened. The order is by class, training before testing, normal before
 * anomalous, defect, file name, each by character code, so that it is the same on every machine.
 * A class without masks, and one without test images, is allowed.
 *
 * @param folder The dataset folder.
 * @param options Classes and name; see `FolderOptions`.
 * @returns What can be read, and what is wrong with the layout.
 * @throws {RangeError} If a class is named that is not there.
 *
 * @example A class without training images
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanFolder } from "@/datasets/folder.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/bolt/train/good`, { recursive: true });
 * const { faults } = await scanFolder(folder);
 * assert.deepEqual(faults.map(({ kind }) => kind), ["empty split"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function scanFolder(
  folder: string,
  options: FolderOptions = {},
): Promise<DatasetScan> {
  const root = resolve(folder);
  const name = options.name ?? basename(root);
  const available = await listClasses(root);
  if (available.length === 0) {
    const faults = [await noClasses(root, { normal: "good" })];
    return { dataset: { name, folder: root, classes: [], samples: [] }, faults };
  }
  const { classes: wanted = "all" } = options;
  const classes = chooseClasses(available, { title: `dataset "${root}"`, wanted });
  const { samples, faults } = await scanClasses(root, { classes, normal: "good" });
  return { dataset: { name, folder: root, classes, samples }, faults };
}

/**
 * Reads a dataset in MVTec layout that has no faults; see `scanFolder`.
 *
 * @param folder The dataset folder.
 * @param options Classes and name; see `FolderOptions`.
 * @returns The dataset.
 * @throws {RangeError} If a class is named that is not there.
 * @throws {Error} If the folder is not such a dataset, a class has no training images, or only some
 *   masks of a class are there; the message names what is wrong.
 *
 * @example One class, no test images yet
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFolderDataset } from "@/datasets/folder.ts";
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
  return requireFaultless(await scanFolder(folder, options));
}
