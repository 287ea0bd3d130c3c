/**
 * Scans the layout that MVTec AD made common: `<class>/train/good`, `<class>/test/good`,
 * `<class>/test/<defect>` and, optionally, `<class>/ground_truth/<defect>/<image>_mask.png`.
 *
 * The mask of each image is found by name, never by position (`pairMasks`). A folder that is
 * called almost as one of these (`Good`, `OK`, `Train`) is a fault: its images would count as
 * something else. What is passed over is a remark.
 *
 * @module
 */
import { join } from "node:path";
import { quoteSome, type Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import {
  countExtensions,
  judgeListing,
  listFolder,
  type Listing,
  stemOf,
  whatLies,
} from "@/datasets/listing.ts";
import { plural } from "@/messages.ts";

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
  /** What is worth knowing about them: mainly what is not read. */
  readonly remarks: readonly DatasetFault[];
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
  const scans: ClassScan[] = [];
  for (const className of classes) scans.push(await scanClass(root, { className, normal }));
  return {
    samples: scans.flatMap(({ samples }) => samples),
    faults: scans.flatMap(({ faults }) => faults),
    remarks: scans.flatMap(({ remarks }) => remarks),
  };
}

/** Reads the folders of a class and keeps what is wrong with them, and what is worth knowing. */
export interface FolderReader extends Omit<ClassScan, "samples"> {
  /** What is wrong. */
  readonly faults: DatasetFault[];
  /** What is worth knowing. */
  readonly remarks: DatasetFault[];
  /** Lists a folder of the dataset. */
  readonly look: (path: string) => Promise<Listing>;
  /** Lists the images of a folder that must hold nothing else. */
  readonly list: (path: string) => Promise<string[]>;
}

/** Opens a reader of the folders below one. */
export function readFolders(root: string): FolderReader {
  const faults: DatasetFault[] = [], remarks: DatasetFault[] = [];
  const lookAt = async (path: string, isForImages: boolean): Promise<Listing> => {
    const listing = await listFolder(join(root, path));
    const found = judgeListing(listing, { path, isForImages });
    faults.push(...found.faults);
    remarks.push(...found.remarks);
    return listing;
  };
  const list = async (folder: string): Promise<string[]> => {
    const { images, folders } = await lookAt(folder, true);
    for (const name of folders) {
      faults.push({
        kind: "unexpected folder",
        path: `${folder}/${name}`,
        reason: `"${folder}" must hold images alone, got the folder "${name}"`,
      });
    }
    return images.map((name) => `${folder}/${name}`);
  };
  return { faults, remarks, look: (path) => lookAt(path, false), list };
}

/** Scans one class; image files are not opened. */
export async function scanClass(
  root: string,
  { className, normal }: ClassFolderNames & { className: string },
): Promise<ClassScan> {
  const reader = readFolders(root);
  const kinds = await listKinds(className, { ...reader, normal });
  const plain = { className, isAnomalous: false, defect: null, mask: null };
  const listNormal = async (split: "train" | "test"): Promise<Sample[]> =>
    (await reader.list(`${className}/${split}/${normal}`)).map((image) => ({
      ...plain,
      image,
      split,
    }));
  const samples = await listNormal("train");
  if (samples.length === 0) {
    reader.faults.push(await withoutImages(root, `${className}/train/${normal}`));
  }
  samples.push(
    ...await listNormal("test"),
    ...await listAnomalous(reader, {
      className,
      folders: kinds.map((defect) => ({
        defect,
        images: `${className}/test/${defect}`,
        masks: `${className}/ground_truth/${defect}`,
      })),
    }),
  );
  return { samples, faults: reader.faults, remarks: reader.remarks };
}

/** The fault of a folder of normal images for training that has none. */
export async function withoutImages(root: string, path: string): Promise<DatasetFault> {
  const { others } = await listFolder(join(root, path));
  const instead = others.length === 0 ? "none" : `others (${countExtensions(others)})`;
  return {
    kind: "empty split",
    path,
    reason: `"${path}" must hold images, got ${instead}`,
  };
}

/** The folders of a kind of defect. */
export interface DefectFolders {
  /** Its name. */
  readonly defect: string;
  /** Where its images lie. */
  readonly images: string;
  /** Where their masks lie, if there are any. */
  readonly masks: string;
}

/** Lists the anomalous images of a class with their masks. */
export async function listAnomalous(
  { faults, remarks, list }: FolderReader,
  { className, folders }: { className: string; folders: readonly DefectFolders[] },
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const folder of folders) {
    const { defect } = folder;
    const images = await list(folder.images);
    if (images.length === 0) remarks.push(emptyFolder(folder.images));
    const { masks, unused, clashes } = pairMasks(images, await list(folder.masks));
    images.forEach((image, i) => {
      const mask = masks[i] ?? null;
      samples.push({ image, className, split: "test", isAnomalous: true, defect, mask });
    });
    faults.push(...unused.map(withoutImage), ...clashes.map(sameName));
  }
  faults.push(...missingMasks(samples, className));
  return samples;
}

/** The kinds of defect of a class; what lies beside them is judged. */
async function listKinds(
  className: string,
  { normal, look, faults, remarks }: ClassFolderNames & FolderReader,
): Promise<string[]> {
  const own = await look(className);
  const [train, test, truth] = [
    await look(`${className}/train`),
    await look(`${className}/test`),
    await look(`${className}/ground_truth`),
  ];
  for (const [split, { images }] of [["train", train], ["test", test]] as const) {
    const folder = `${className}/${split}`;
    for (const name of images) {
      faults.push({
        kind: "misplaced file",
        path: `${folder}/${name}`,
        reason: `images must lie in "${folder}/${normal}" and the like, got "${folder}/${name}"`,
      });
    }
  }
  const found = judgeParts(own, className);
  faults.push(...found.faults);
  remarks.push(...found.remarks);
  for (const name of train.folders.filter((each) => each !== normal)) {
    faults.push(
      misnamedNormal(`${className}/train`, { name, normal }) ?? {
        kind: "unexpected folder",
        path: `${className}/train/${name}`,
        reason: `"${className}/train" must hold "${normal}" alone, got "${name}" too`,
      },
    );
  }
  const kinds = test.folders.filter((name) => name !== normal);
  faults.push(
    ...kinds.flatMap((name) => misnamedNormal(`${className}/test`, { name, normal }) ?? []),
  );
  for (const name of truth.folders.filter((each) => each !== normal && !kinds.includes(each))) {
    faults.push({
      kind: "unexpected folder",
      path: `${className}/ground_truth/${name}`,
      reason: `"${className}/ground_truth/${name}" must match a folder of "${className}/test"`,
    });
  }
  return kinds;
}

/** Letters of a name in lower case, by which names are compared that people mix up. */
function lettersOf(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll(/[^\p{L}]/gu, "");
}

/** What folders of normal images are called elsewhere, by their letters. */
const normalWords: ReadonlySet<string> = new Set([
  "good",
  "goods",
  "ok",
  "okay",
  "normal",
  "normals",
  "nodefect",
  "nodefects",
  "defectfree",
  "nondefective",
  "anomalyfree",
  "healthy",
  "intact",
]);

/** Tells whether a folder seems to hold normal images by its name, and is not called as it must. */
function seemsNormal(name: string, normal: string): boolean {
  const letters = lettersOf(name);
  return name !== normal && (normalWords.has(letters) || letters === lettersOf(normal));
}

/** The path of what lies in a folder of the dataset, whose own is empty. */
export function pathOf(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The fault of a folder that is called almost as the one of normal images; else `null`. */
export function misnamedNormal(
  folder: string,
  { name, normal }: ClassFolderNames & { readonly name: string },
): DatasetFault | null {
  if (!seemsNormal(name, normal)) return null;
  const path = pathOf(folder, name);
  const effect = folder.endsWith("/train")
    ? "its images would not be read; rename it"
    : "its images would count as anomalous; rename it, or give the kind of defect another name";
  const reason = `normal images must lie in "${pathOf(folder, normal)}", got "${path}": ${effect}`;
  return { kind: "near miss", path, reason };
}

/** The folders of a class, and what people call them. */
const parts: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training"],
  test: ["test", "tests", "testing"],
  ground_truth: ["groundtruth", "groundtruths", "gt", "mask", "masks", "label", "labels"],
};

/** Judges what lies in the folder of a class beside its parts. */
function judgeParts(
  { folders, images }: Listing,
  className: string,
): { faults: DatasetFault[]; remarks: DatasetFault[] } {
  const faults: DatasetFault[] = [], remarks: DatasetFault[] = [];
  for (const name of folders.filter((each) => !Object.hasOwn(parts, each))) {
    const path = `${className}/${name}`;
    const part = partOf(name);
    if (part === null) {
      remarks.push({ kind: "passed over", path, reason: `the folder "${path}" is not read` });
    } else if (part === "ground_truth" && lettersOf(name) !== "groundtruth") {
      const reason = `the folder "${path}" is not read: masks must lie in ` +
        `"${className}/ground_truth"`;
      remarks.push({ kind: "passed over", path, reason });
    } else {
      const reason = `"${path}" must be called "${part}" to be read: rename it`;
      faults.push({ kind: "near miss", path, reason });
    }
  }
  if (images.length > 0) {
    const reason = `${plural(images.length, "image")} in "${className}" beside its folders ` +
      `${images.length === 1 ? "is" : "are"} not read, such as "${images[0]}"`;
    remarks.push({ kind: "passed over", path: className, reason });
  }
  return { faults, remarks };
}

/** Which part of a class is meant by a name; `null` if none is. */
export function partOf(name: string): string | null {
  const letters = lettersOf(name);
  return Object.keys(parts).find((part) => parts[part]!.includes(letters)) ?? null;
}

/** Judges the folders beside the classes: what seems to be a class and is none. */
export async function judgeOthers(
  root: string,
  { classes, normal }: ClassFolderNames & { readonly classes: readonly string[] },
): Promise<{ faults: DatasetFault[]; remarks: DatasetFault[] }> {
  const listing = await listFolder(root);
  const { faults, remarks } = judgeListing(listing, { path: "", isForImages: false });
  for (const name of listing.folders.filter((each) => !classes.includes(each))) {
    const { folders, images } = await listFolder(join(root, name));
    const misnamed = folders.find((each) => partOf(each) === "train");
    if (misnamed !== undefined) {
      const path = `${name}/${misnamed}`;
      const reason = `"${path}" must be called "train" for "${name}" to be a class: rename it`;
      faults.push({ kind: "near miss", path, reason });
    } else if (folders.length + images.length > 0) {
      const moved = folders.find((each) => each === normal || seemsNormal(each, normal));
      const hint = moved === undefined
        ? ""
        : `; normal images of "${name}/${moved}" must lie in "${name}/train/${normal}"`;
      const reason = `the folder "${name}" is not read: a class holds "train/${normal}"${hint}`;
      remarks.push({ kind: "passed over", path: name, reason });
    }
  }
  if (listing.images.length > 0) {
    const reason = `${plural(listing.images.length, "image")} beside the classes ` +
      `${listing.images.length === 1 ? "is" : "are"} not read, such as "${listing.images[0]}"`;
    remarks.push({ kind: "passed over", path: null, reason });
  }
  return { faults, remarks };
}

function emptyFolder(path: string): DatasetFault {
  return { kind: "empty folder", path, reason: `"${path}" should hold images, got none` };
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
export async function noClasses(
  root: string,
  { normal, isFlat = false }: ClassFolderNames & {
    /** Whether normal images may lie in a class itself, without `train`; default: no. */
    readonly isFlat?: boolean;
  },
): Promise<DatasetFault> {
  const missing = await noFolder(root);
  if (missing !== null) return missing;
  const { folders, images, others } = await listFolder(root);
  if (folders.includes("train")) {
    return noDataset(`it must hold classes, got one class; its dataset is "${join(root, "..")}"`);
  }
  const found = [...quoteSome(folders), `${images.length + others.length} files`].join(", ");
  const { faults, remarks } = await judgeOthers(root, { classes: [], normal });
  const misnamed = faults.find(({ kind }) => kind === "near miss");
  const unnamed = remarks.find(({ reason }) => reason.includes("must lie in"));
  const hint = misnamed?.reason ?? unnamed?.reason.replace(/^.*; /, "") ??
    faults.find(({ kind }) => kind === "unreadable name")?.reason;
  return noDataset(
    `it must hold classes, folders with "train/${normal}" ${
      isFlat ? `or "${normal}" ` : ""
    }inside, got ${found}` +
      (hint === undefined ? "" : `; ${hint}`),
  );
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

function indexByStem(
  paths: readonly string[],
  clashes: [string, string][],
): Map<string, string> {
  const index = new Map<string, string>();
  for (const path of paths) {
    const stem = stemOf(path).normalize();
    const other = index.get(stem);
    if (other === undefined) index.set(stem, path);
    else clashes.push([other, path]);
  }
  return index;
}
