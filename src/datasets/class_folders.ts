/**
 * Scans the layout that MVTec AD made common: `<class>/train/good`, `<class>/test/good`,
 * `<class>/test/<defect>` and, optionally, `<class>/ground_truth/<defect>/<image>_mask.png`.
 *
 * The mask of each image is found by name, never by position (`pairMasks`).
 *
 * @module
 */
import { join } from "node:path";
import { quoteSome, type Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";

/** How the folder of normal images is called in a variant of the layout. */
export interface ClassFolderNames {
  /** Such as `good` or `ok`. */
  readonly normal: string;
}

/** What a class holds. */
export interface ClassScan {
  /** Its images: training before testing, normal before anomalous, then by defect and file name. */
  readonly samples: readonly Sample[];
  /** What is wrong with its folders. */
  readonly faults: readonly DatasetFault[];
}

/** Lists the classes of a dataset folder: the folders with `train` inside; a file has none. */
export async function listClasses(root: string): Promise<string[]> {
  if (await whatLies(root) !== "a folder") return [];
  const classes: string[] = [];
  for (const name of (await listFolder(root)).folders) {
    if ((await listFolder(join(root, name))).folders.includes("train")) classes.push(name);
  }
  return classes;
}

/** Scans several classes, one after the other; see `scanClass`. */
export async function scanClasses(
  root: string,
  { classes, normal }: ClassFolderNames & { classes: readonly string[] },
): Promise<ClassScan> {
  const samples: Sample[] = [], faults: DatasetFault[] = [];
  for (const className of classes) {
    const scan = await scanClass(root, { className, normal });
    samples.push(...scan.samples);
    faults.push(...scan.faults);
  }
  return { samples, faults };
}

/** Scans one class; image files are not opened. */
export async function scanClass(
  root: string,
  { className, normal }: ClassFolderNames & { className: string },
): Promise<ClassScan> {
  const faults: DatasetFault[] = [];
  const list = async (folder: string): Promise<string[]> => {
    const { images, folders } = await listFolder(join(root, folder));
    for (const name of folders) {
      faults.push({
        kind: "unexpected folder",
        path: `${folder}/${name}`,
        reason: `"${folder}" must hold images alone, got the folder "${name}"`,
      });
    }
    return images.map((name) => `${folder}/${name}`);
  };
  const plain = { className, isAnomalous: false, defect: null, mask: null };
  const listNormal = async (split: "train" | "test"): Promise<Sample[]> =>
    (await list(`${className}/${split}/${normal}`)).map((image) => ({ ...plain, image, split }));
  const { kinds, misplaced } = await listKinds(root, { className, normal });
  faults.push(...misplaced);
  const samples = await listNormal("train");
  if (samples.length === 0) {
    const path = `${className}/train/${normal}`;
    faults.push({ kind: "empty split", path, reason: `"${path}" must hold images, got none` });
  }
  samples.push(...await listNormal("test"));
  for (const defect of kinds) {
    const images = await list(`${className}/test/${defect}`);
    const found = await list(`${className}/ground_truth/${defect}`);
    const { masks, unused, clashes } = pairMasks(images, found);
    images.forEach((image, i) => {
      const mask = masks[i] ?? null;
      samples.push({ image, className, split: "test", isAnomalous: true, defect, mask });
    });
    faults.push(...unused.map(withoutImage), ...clashes.map(sameName));
  }
  return { samples, faults: [...faults, ...missingMasks(samples, className)] };
}

/** The kinds of defect of a class, and what lies beside them. */
async function listKinds(
  root: string,
  { className, normal }: ClassFolderNames & { className: string },
): Promise<{ kinds: string[]; misplaced: DatasetFault[] }> {
  const misplaced: DatasetFault[] = [];
  const [train, test, truth] = [
    await listFolder(join(root, className, "train")),
    await listFolder(join(root, className, "test")),
    await listFolder(join(root, className, "ground_truth")),
  ];
  for (const [split, { images }] of [["train", train], ["test", test]] as const) {
    const folder = `${className}/${split}`;
    for (const name of images) {
      misplaced.push({
        kind: "misplaced file",
        path: `${folder}/${name}`,
        reason: `images must lie in "${folder}/${normal}" and the like, got "${folder}/${name}"`,
      });
    }
  }
  for (const name of train.folders.filter((each) => each !== normal)) {
    misplaced.push({
      kind: "unexpected folder",
      path: `${className}/train/${name}`,
      reason: `"${className}/train" must hold "${normal}" alone, got "${name}" too`,
    });
  }
  const kinds = test.folders.filter((name) => name !== normal);
  for (const name of truth.folders.filter((each) => each !== normal && !kinds.includes(each))) {
    misplaced.push({
      kind: "unexpected folder",
      path: `${className}/ground_truth/${name}`,
      reason: `"${className}/ground_truth/${name}" must match a folder of "${className}/test"`,
    });
  }
  return { kinds, misplaced };
}

/** Images without a mask, in a class that has masks. */
function missingMasks(samples: readonly Sample[], className: string): DatasetFault[] {
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous);
  if (anomalous.every(({ mask }) => mask === null)) return [];
  return anomalous.filter(({ mask }) => mask === null).map(({ image }) => ({
    kind: "missing mask",
    path: image,
    reason: `every anomalous image of "${className}" or none must have a mask, ` +
      `got none for "${image}"`,
  }));
}

function withoutImage(mask: string): DatasetFault {
  return {
    kind: "mask without image",
    path: mask,
    reason: `every mask must have an image of its own, got none for "${mask}"`,
  };
}

function sameName([one, other]: readonly [string, string]): DatasetFault {
  return {
    kind: "same name",
    path: other,
    reason: `files must differ in more than their extension, got "${one}" and "${other}"`,
  };
}

/** Says why a folder is no dataset in this layout. */
export async function noClasses(root: string, { normal }: ClassFolderNames): Promise<DatasetFault> {
  const missing = await noFolder(root);
  if (missing !== null) return missing;
  const { folders, images, others } = await listFolder(root);
  if (folders.includes("train")) {
    return noDataset(`it must hold classes, got one class; its dataset is "${join(root, "..")}"`);
  }
  const found = [...quoteSome(folders), `${images.length + others} files`].join(", ");
  return noDataset(`it must hold classes, folders with "train/${normal}" inside, got ${found}`);
}

/** Says that there is no such folder; `null` if there is. */
export async function noFolder(root: string): Promise<DatasetFault | null> {
  const found = await whatLies(root);
  return found === "a folder" ? null : noDataset(`there must be such a folder, got ${found}`);
}

/** The fault of what is no dataset at all. */
export function noDataset(reason: string): DatasetFault {
  return { kind: "no dataset", path: null, reason };
}

/** Tells what lies at a path, even one that leads through a file. */
export async function whatLies(path: string): Promise<"a folder" | "a file" | "none"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "a folder" : "a file";
  } catch (error) {
    if (isAbsence(error)) return "none";
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Which mask belongs to which image, and what fits nowhere. */
export interface MaskPairs {
  /** The mask of each image, in order, or `null` where there is none. */
  readonly masks: readonly (string | null)[];
  /** Masks without an image of their own. */
  readonly unused: readonly string[];
  /** Pairs of images, or of masks, that differ only in their extension. */
  readonly clashes: readonly (readonly [string, string])[];
}

/**
 * Pairs images with masks: that of `bent/003.png` is called `003_mask` or, where there is none,
 * `003`, with any extension. Of files that differ only in their extension the first counts.
 */
export function pairMasks(images: readonly string[], masks: readonly string[]): MaskPairs {
  const clashes: [string, string][] = [];
  const imageOf = indexByStem(images, clashes);
  const maskOf = indexByStem(masks, clashes);
  const stems = [...imageOf.keys()];
  // A file "a_mask" is the mask of image "a" before it can be that of an image "a_mask".
  const taken = new Set(stems.map((stem) => `${stem}_mask`).filter((stem) => maskOf.has(stem)));
  const maskOfImage = new Map<string, string>();
  for (const [stem, image] of imageOf) {
    let match = `${stem}_mask`;
    if (!maskOf.has(match)) {
      if (!maskOf.has(stem) || taken.has(stem)) continue;
      match = stem;
      taken.add(stem);
    }
    maskOfImage.set(image, maskOf.get(match)!);
  }
  return {
    masks: images.map((image) => maskOfImage.get(image) ?? null),
    unused: [...maskOf].filter(([stem]) => !taken.has(stem)).map(([, mask]) => mask),
    clashes,
  };
}

/** The name of a file without folder and extension. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

function indexByStem(
  paths: readonly string[],
  clashes: [string, string][],
): Map<string, string> {
  const index = new Map<string, string>();
  for (const path of paths) {
    const stem = stemOf(path);
    const other = index.get(stem);
    if (other === undefined) index.set(stem, path);
    else clashes.push([other, path]);
  }
  return index;
}

/** The names in a folder, sorted by character code; hidden ones are left out. */
export interface Listing {
  /** Folders. */
  readonly folders: readonly string[];
  /** Images, told by their extension. */
  readonly images: readonly string[];
  /** Number of other files. */
  readonly others: number;
}

/** Names that count as images. */
const imageName = /\.(png|jpe?g|webp|tiff?|bmp)$/i;

/** Lists a folder, as an empty one where there is none. Links count as what they lead to. */
export async function listFolder(folder: string): Promise<Listing> {
  const folders: string[] = [];
  const images: string[] = [];
  let others = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.startsWith(".")) continue;
      const kind = entry.isSymlink ? await follow(join(folder, entry.name)) : entry;
      if (kind.isDirectory) folders.push(entry.name);
      else if (imageName.test(entry.name)) images.push(entry.name);
      else others++;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) {
      throw new Error(`Cannot list "${folder}": it must be a folder, got a file`, { cause: error });
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { folders: folders.sort(), images: images.sort(), others };
}

async function follow(link: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(link);
  } catch (error) {
    if (!isAbsence(error)) throw error;
    throw new Error(`Cannot list "${link}": the link must lead to a file or folder, got nowhere`);
  }
}
