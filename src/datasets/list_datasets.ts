/**
 * Lists the datasets that there are readers for.
 *
 * @module
 */
import { join, relative } from "node:path";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset_names.ts";
import { planSampleImages } from "@/datasets/sample/sample_plan.ts";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { statIfExists } from "@/files/read.ts";
import { textTable } from "@/text_table.ts";

/**
 * Says where a dataset is expected.
 *
 * @param name Name of its reader.
 * @param folder Folder that holds the datasets; default: the project's.
 * @returns Its absolute folder; `null` for `Folder`, which can lie anywhere.
 *
 * @example MVTec AD
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetFolder } from "@/datasets/list_datasets.ts";
 *
 * assert.match(datasetFolder("MVTec") ?? "", /data.mvtec$/);
 * assert.equal(datasetFolder("Folder"), null);
 * ```
 */
export function datasetFolder(name: DatasetName, folder: string = dataFolder()): string | null {
  return name === "Folder" ? null : join(folder, name.toLowerCase());
}

/**
 * Lists the datasets: where each is expected, whether it is there, its images and their licence.
 *
 * @param folder Folder that holds the datasets; default: the project's.
 * @returns A table as text.
 *
 * @example Nothing is here yet
 * ```ts
 * import assert from "node:assert/strict";
 * import { listDatasets } from "@/datasets/list_datasets.ts";
 *
 * const text = await listDatasets("/no/such/folder");
 * assert.match(text, /^MPDD +.*mpdd +not here +1,346  CC BY-NC-SA 4\.0/m);
 * ```
 */
export async function listDatasets(folder: string = dataFolder()): Promise<string> {
  const rows = await Promise.all(DATASET_NAMES.map(async (name) => {
    const path = datasetFolder(name, folder);
    return { name, path, isThere: path !== null && await holdsSomething(path) };
  }));
  return textTable(rows, [
    { title: "name", cell: ({ name }) => name, align: "left" },
    { title: "folder", cell: ({ path }) => path === null ? "any" : shorten(path), align: "left" },
    {
      title: "state",
      cell: ({ path, isThere }) => path === null ? "–" : isThere ? "here" : "not here",
      align: "left",
    },
    { title: "images", cell: ({ name }) => countImages(name) },
    { title: "licence", cell: ({ name }) => licenceOf(name), align: "left" },
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

function countImages(name: DatasetName): string {
  if (name === "Folder") return "–";
  const total = name === "Sample"
    ? planSampleImages().length
    : Object.values(benchmarks[name]?.classes ?? {})
      .reduce((sum, { train, normal, anomalous }) => sum + train + normal + anomalous, 0);
  return total.toLocaleString("en-US");
}

function licenceOf(name: DatasetName): string {
  if (name === "Sample") return "MIT, like this project, which draws them on first use";
  return benchmarks[name]?.licence ?? "that of your images, in the folder layout of MVTec AD";
}
