/**
 * Reads MVTec AD, and makes sure that it is MVTec AD.
 *
 * @module
 */
import { closestName } from "@/closest_name.ts";
import { readFolderDataset } from "@/io/datasets/folder.ts";
import type { Dataset } from "@/sample.ts";

/** The fifteen classes of MVTec AD, sorted. */
export const mvtecClasses: readonly string[] = [
  "bottle",
  "cable",
  "capsule",
  "carpet",
  "grid",
  "hazelnut",
  "leather",
  "metal_nut",
  "pill",
  "screw",
  "tile",
  "toothbrush",
  "transistor",
  "wood",
  "zipper",
];

/**
 * Reads MVTec AD.
 *
 * "all" means all fifteen classes: a mean over fewer must not pass for a result on MVTec AD.
 *
 * @param folder The dataset folder, with the class folders inside.
 * @param options Which classes; default all.
 * @returns The dataset, named `MVTec`.
 * @throws {Error} If a class is not one of MVTec AD's, is missing, or cannot be read.
 *
 * @example A class of another dataset
 * ```ts
 * import assert from "node:assert/strict";
 * import { readMvtec } from "@/io/datasets/mvtec.ts";
 *
 * await assert.rejects(readMvtec("mvtec", { classes: ["cookie"] }), /unknown class "cookie"/);
 * ```
 */
export async function readMvtec(
  folder: string,
  options: { classes?: "all" | readonly string[] } = {},
): Promise<Dataset> {
  const { classes = "all" } = options;
  const wanted = classes === "all" ? mvtecClasses : classes;
  for (const name of wanted) {
    if (mvtecClasses.includes(name)) continue;
    const meant = closestName(name, mvtecClasses);
    const hint = meant === null
      ? "other classes are read with DATASET.name=Folder"
      : `did you mean "${meant}"?`;
    throw new Error(`Cannot read MVTec AD: unknown class "${name}", ${hint}`);
  }
  const dataset = await readFolderDataset(folder, { name: "MVTec" });
  const missing = wanted.find((name) => !dataset.classes.includes(name));
  if (missing !== undefined) {
    throw new Error(
      `Cannot read MVTec AD: "${dataset.folder}" must hold ` +
        `${classes === "all" ? "all 15 classes" : `the class "${missing}"`}, ` +
        `got ${dataset.classes.length} without "${missing}"`,
    );
  }
  const chosen = mvtecClasses.filter((name) => wanted.includes(name));
  return {
    ...dataset,
    classes: chosen,
    samples: dataset.samples.filter(({ className }) => chosen.includes(className)),
  };
}
