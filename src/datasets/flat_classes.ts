/**
 * Scans the layout in which people keep their own photographs: `<class>/good` beside
 * `<class>/<defect>`, without `train` and `test`, or `good` beside kinds of defect where the
 * dataset is one product; masks may lie in `ground_truth/<defect>`.
 *
 * A share of the normal images trains (`dealNormal`), the others and all anomalous ones are for
 * testing. Folders that have a meaning elsewhere are refused rather than taken for defects.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type ClassFolderNames,
  type ClassScan,
  listAnomalous,
  misnamedNormal,
  partOf,
  pathOf,
  readFolders,
  withoutImages,
} from "@/datasets/class_folders.ts";
import { compareText, quoteSome, type Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import { listFolder, type Listing, stemOf } from "@/datasets/listing.ts";
import { plural } from "@/messages.ts";

/** How normal images are dealt to training and testing. */
export interface DealOptions {
  /** Share that trains, above 0 and up to 1. */
  readonly split: number;
  /** Seed of the choice. */
  readonly seed: number;
}

/** Lists the classes of a folder that are laid out flat: those with `good` and without `train`. */
export async function listFlatClasses(
  root: string,
  { normal }: ClassFolderNames,
): Promise<string[]> {
  const classes: string[] = [];
  for (const name of (await listFolder(root)).folders) {
    if (isPartName(name)) continue;
    const { folders } = await listFolder(join(root, name));
    if (folders.includes(normal) && !folders.includes("train")) classes.push(name);
  }
  return classes;
}

/** Tells whether a folder is that of a split or of masks, and never a class. */
function isPartName(name: string): boolean {
  const part = partOf(name);
  return part === "train" || part === "test" || name === "ground_truth";
}

/** Tells whether the dataset is one product: `good` holds images, and no classes. */
export async function isOneProduct(root: string, { normal }: ClassFolderNames): Promise<boolean> {
  const { folders, images } = await listFolder(join(root, normal));
  return images.length > 0 && !folders.includes("train") && !folders.includes(normal);
}

/** Scans one class that is laid out flat; its folder is empty where it is the dataset itself. */
export async function scanFlatClass(
  root: string,
  options: ClassFolderNames & DealOptions & {
    readonly className: string;
    readonly folder: string;
  },
): Promise<ClassScan> {
  const { className, folder, normal, split, seed } = options;
  const reader = readFolders(root);
  const own = await reader.look(folder);
  const others = own.folders.filter((name) => name !== normal && name !== "ground_truth");
  const misnamed = new Map(others.map((name) => [name, judgeKind(name, { folder, normal })]));
  const kinds = others.filter((name) => misnamed.get(name)!.length === 0);
  reader.faults.push(...[...misnamed.values()].flat());
  const masks = pathOf(folder, "ground_truth");
  for (const name of (await reader.look(masks)).folders) {
    if (name === normal || kinds.includes(name)) continue;
    const path = `${masks}/${name}`;
    const reason = `"${path}" must match a folder beside "${pathOf(folder, normal)}"`;
    reader.faults.push({ kind: "unexpected folder", path, reason });
  }
  reader.remarks.push(...besideFolders(own, folder));
  const images = await reader.list(pathOf(folder, normal));
  if (images.length === 0) {
    reader.faults.push(await withoutImages(root, pathOf(folder, normal)));
  }
  const training = dealNormal(images, { split, seed });
  const normalOf = (split: "train" | "test"): Sample[] =>
    images.filter((image) => training.has(image) === (split === "train")).map((image) => ({
      image,
      className,
      split,
      isAnomalous: false,
      defect: null,
      mask: null,
    }));
  const anomalous = await listAnomalous(reader, {
    className,
    folders: kinds.map((defect) => ({
      defect,
      images: pathOf(folder, defect),
      masks: `${masks}/${defect}`,
    })),
  });
  const { faults, remarks } = reader;
  return { samples: [...normalOf("train"), ...normalOf("test"), ...anomalous], faults, remarks };
}

/** The fault of a folder that would be a kind of defect although its name means something else. */
function judgeKind(
  name: string,
  { folder, normal }: ClassFolderNames & { readonly folder: string },
): DatasetFault[] {
  const misnamed = misnamedNormal(folder, { name, normal });
  if (misnamed !== null) return [misnamed];
  const part = partOf(name), path = pathOf(folder, name);
  if (part === null) return [];
  const reason = part === "ground_truth"
    ? `masks must lie in "${pathOf(folder, part)}", got "${path}", whose images would count as ` +
      "anomalous: rename it"
    : `"${path}" must not lie beside "${pathOf(folder, normal)}": a class holds "train" and ` +
      `"test", or "${normal}" beside its kinds of defect`;
  return [{ kind: "near miss", path, reason }];
}

function besideFolders({ images }: Listing, folder: string): DatasetFault[] {
  if (images.length === 0) return [];
  const reason = `${plural(images.length, "image")} ${
    folder === "" ? "" : `in "${folder}" `
  }beside the folders ${images.length === 1 ? "is" : "are"} not read, such as "${images[0]}"`;
  return [{ kind: "passed over", path: folder === "" ? null : folder, reason }];
}

/**
 * Chooses the normal images that train: those whose file names, hashed with the seed, come first.
 *
 * It depends on the names alone, not on their order, their folder or the machine; an image that is
 * added moves few of the others. One image at least trains, and unless all do, one is left if
 * there are two.
 */
export function dealNormal(
  images: readonly string[],
  { split, seed }: DealOptions,
): ReadonlySet<string> {
  const most = split < 1 ? Math.max(1, images.length - 1) : images.length;
  const count = Math.min(most, Math.max(1, Math.round(split * images.length)));
  const hashOf = (image: string): string =>
    createHash("sha256").update(`${seed}\n${stemOf(image).normalize("NFC")}`).digest("hex");
  const hashed = images.map((image) => ({ image, hash: hashOf(image) }));
  hashed.sort((a, b) => compareText(a.hash, b.hash) || compareText(a.image, b.image));
  return new Set(hashed.slice(0, count).map(({ image }) => image));
}

/** Says in one remark how the normal images of flat classes were dealt. */
export function describeDeal(
  samples: readonly Sample[],
  options: DealOptions & { readonly classes: readonly string[] },
): DatasetFault {
  const { classes, split, seed } = options;
  const normal = samples.filter(({ className, isAnomalous }) =>
    !isAnomalous && classes.includes(className)
  );
  const train = normal.filter((sample) => sample.split === "train").length;
  const reason =
    `of ${plural(normal.length, "normal image")} of ${quoteSome(classes).join(", ")} ` +
    `${train} train and ${
      normal.length - train
    } test: DATASET.split=${split} deals them by their ` +
    `names and the seed ${seed}, as no folders do`;
  return { kind: "dealt", path: null, reason };
}
