/**
 * VisA as it is published: raw class folders beside a list of splits, whose rows become samples
 * and which is compared with the files that are there.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { listClasses, noDataset, noFolder } from "@/datasets/class_folders.ts";
import { chooseClasses, compareText, quoteSome, type Sample } from "@/datasets/dataset.ts";
import type { DatasetFault, DatasetScan } from "@/datasets/faults.ts";
import { type BenchmarkOptions, findRoot } from "@/datasets/folder.ts";
import { judgeListing, listFolder, stemOf, whatLies } from "@/datasets/listing.ts";
import { parseCsv } from "@/files/text_records.ts";

/** The list of splits for one-class training, which all papers use. */
const list = "split_csv/1cls.csv";

/**
 * Scans VisA: images are `<class>/Data/Images/Normal` and `/Anomaly`, masks
 * `<class>/Data/Masks/Anomaly`; a folder `VisA` may lie around them. Images and masks are not
 * opened, but each that is listed must be there, and each that is there must be listed.
 */
export async function scanVisA(
  folder: string,
  options: BenchmarkOptions = {},
): Promise<DatasetScan> {
  const { name, title, wrappers, classes: published } = findBenchmark("VisA");
  const { classes: wanted = "all" } = options;
  const classes = chooseClasses(Object.keys(published), { title, wanted });
  const isRoot = async (path: string): Promise<boolean> =>
    await whatLies(join(path, list)) === "a file";
  const root = await findRoot(folder, { wrappers, isRoot });
  const nothing = { name, folder: root, classes: [], samples: [] };
  if (!await isRoot(root)) return { dataset: nothing, faults: [await notVisA(root)] };
  const listed = await readList(root);
  const faults = [...listed.faults];
  const present = classes.filter((each) => listed.samples.some((own) => own.className === each));
  const missing = classes.filter((each) => !present.includes(each));
  if (missing.length > 0) {
    const names = quoteSome(missing).join(", ");
    faults.push({
      kind: "missing class",
      path: list,
      reason: `"${list}" must list ${classes.length} classes, got none of ${names}`,
    });
  }
  const samples: Sample[] = [], remarks: DatasetFault[] = [];
  for (const className of present) {
    const own = listed.samples.filter((sample) => sample.className === className);
    const found = await compareFiles(root, { className, own });
    faults.push(...found.faults);
    remarks.push(...found.remarks);
    samples.push(...own);
  }
  return { dataset: { name, folder: root, classes: present, samples }, faults, remarks };
}

async function readList(root: string): Promise<VisaList> {
  const bad = (reason: string): VisaList => ({
    samples: [],
    faults: [{ kind: "bad list", path: list, reason }],
  });
  try {
    const text = (await Deno.readTextFile(join(root, list))).replace(/^\ufeff/, "");
    const { records, lines } = parseCsv(text, { source: list });
    const columns = Object.keys(records[0] ?? {});
    const missing = visaColumns.filter((column) => !columns.includes(column));
    if (missing.length > 0) {
      return bad(`"${list}" must have the columns ${visaColumns.join(", ")}, got no ${missing[0]}`);
    }
    const rows = records.map((cells, i) => ({ cells: cells as VisaRow["cells"], line: lines[i]! }));
    return readVisaRows(rows);
  } catch (error) {
    if (error instanceof SyntaxError) return bad(error.message);
    throw error;
  }
}

/** What is listed and not there, there and not listed, or has no mask. */
async function compareFiles(
  root: string,
  { className, own }: { className: string; own: readonly Sample[] },
): Promise<{ faults: DatasetFault[]; remarks: DatasetFault[] }> {
  const faults: DatasetFault[] = [], remarks: DatasetFault[] = [];
  const folders = ["Images/Normal", "Images/Anomaly", "Masks/Anomaly"].map((part) =>
    `${className}/Data/${part}`
  );
  const listed = new Set(own.flatMap(({ image, mask }) => mask === null ? [image] : [image, mask]));
  const there = new Set<string>();
  for (const folder of new Set([...folders, ...[...listed].map(dirname)])) {
    const listing = await listFolder(join(root, folder));
    for (const file of listing.images) there.add(`${folder}/${file}`);
    const found = judgeListing(listing, { path: folder, isForImages: true });
    faults.push(...found.faults);
    remarks.push(...found.remarks);
  }
  for (const { image, mask, isAnomalous } of own) {
    for (const path of mask === null ? [image] : [image, mask]) {
      if (there.has(path)) continue;
      const reason = `"${list}" lists "${path}", which must exist`;
      faults.push({ kind: "missing file", path, reason });
    }
    if (isAnomalous && mask === null) {
      const reason = `every anomalous image must have a mask in "${list}", got none for "${image}"`;
      faults.push({ kind: "missing mask", path: image, reason });
    }
  }
  for (const path of [...there].filter((each) => !listed.has(each)).sort()) {
    faults.push({
      kind: "misplaced file",
      path,
      reason: `every image and mask must be listed in "${list}", got "${path}"`,
    });
  }
  return { faults, remarks };
}

async function notVisA(root: string): Promise<DatasetFault> {
  const missing = await noFolder(root);
  if (missing !== null) return missing;
  const hint = (await listClasses(root)).length > 0
    ? "; its layout is that of MVTec AD, which DATASET.name=Folder reads"
    : "";
  return noDataset(`it must hold "${list}" beside the class folders, got none${hint}`);
}

/** A column of the list. */
export type VisaColumn = "object" | "split" | "label" | "image" | "mask";

/** All of them, in the order in which a message lists them. */
const visaColumns: readonly VisaColumn[] = ["object", "split", "label", "image", "mask"];

/** One row with the line it stands on. */
export interface VisaRow {
  /** Cells by column. */
  readonly cells: Readonly<Record<VisaColumn, string>>;
  /** Line of the list, from 1. */
  readonly line: number;
}

/** What the rows say. */
export interface VisaList {
  /** By class, training before testing, normal before anomalous, then by path. */
  readonly samples: readonly Sample[];
  /** Rows that cannot be understood. */
  readonly faults: readonly DatasetFault[];
}

/**
 * Reads the rows of the list; every anomalous image has the defect `anomaly`, for the list tells
 * no kinds. Image names repeat between folders, so that paths tell images apart.
 */
export function readVisaRows(rows: readonly VisaRow[]): VisaList {
  const samples: Sample[] = [], faults: DatasetFault[] = [];
  const lineOf = new Map<string, number>();
  for (const { cells, line } of rows) {
    const reason = faultOf(cells, lineOf.get(cells.image));
    if (reason !== null) {
      faults.push({ kind: "bad list", path: list, reason: `"${list}" line ${line}: ${reason}` });
      continue;
    }
    lineOf.set(cells.image, line);
    const isAnomalous = cells.label === "anomaly";
    samples.push({
      image: cells.image,
      className: cells.object,
      split: cells.split === "train" ? "train" : "test",
      isAnomalous,
      defect: isAnomalous ? "anomaly" : null,
      mask: cells.mask === "" ? null : cells.mask,
    });
  }
  const key = ({ className, split, isAnomalous, image }: Sample): string =>
    [className, split === "train" ? 0 : 1, isAnomalous ? 1 : 0, image].join("\0");
  const keyed = samples.map((sample) => ({ sample, key: key(sample) }));
  keyed.sort((a, b) => compareText(a.key, b.key));
  return { samples: keyed.map(({ sample }) => sample), faults };
}

/** What must hold for a row and does not; `null` if all is well. */
function faultOf(cells: VisaRow["cells"], earlier: number | undefined): string | null {
  const { object, split, label, image, mask } = cells;
  if (object === "" || image === "") return "it must name object and image, got none";
  if (split !== "train" && split !== "test") {
    return `split must be train or test, got "${split}"`;
  }
  if (label !== "normal" && label !== "anomaly") {
    return `label must be normal or anomaly, got "${label}"`;
  }
  if (earlier !== undefined) return `every image must be listed once, got "${image}" again`;
  const outside = [image, mask].find((path) => path !== "" && !isInside(path, object));
  if (outside !== undefined) return `paths must begin with "${object}/", got "${outside}"`;
  if (label === "anomaly" && split === "train") {
    return `training images must be normal, got "${image}"`;
  }
  if (label === "normal" && mask !== "") return `normal images must have no mask, got "${mask}"`;
  if (mask !== "" && stemOf(mask) !== stemOf(image)) {
    return `a mask must be called like its image, got "${mask}" for "${image}"`;
  }
  return null;
}

function isInside(path: string, object: string): boolean {
  return path.startsWith(`${object}/`) && !path.split(/[\\/]/).includes("..");
}
