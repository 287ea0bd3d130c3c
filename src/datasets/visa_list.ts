/**
 * Turns the rows of VisA's list of splits, `split_csv/1cls.csv`, into samples.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import { stemOf } from "@/datasets/mask_pairing.ts";

/** Columns of the list. */
export const visaColumns = ["object", "split", "label", "image", "mask"] as const;

/** One row with the line it stands on. */
export interface VisaRow {
  /** Cells by column. */
  readonly cells: Readonly<Record<typeof visaColumns[number], string>>;
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
 * Reads the rows of the list.
 *
 * Every anomalous image has the defect `anomaly`: the list tells no kinds. Image names repeat between
 * folders, so that paths tell images apart. A mask must have the stem of its image.
 *
 * @param rows The rows.
 * @param options What the list is called, for errors.
 * @returns Samples, and what is wrong with rows; a row with a fault is left out.
 *
 * @example A normal and an anomalous image
 * ```ts
 * import assert from "node:assert/strict";
 * import { readVisaRows } from "@/datasets/visa_list.ts";
 *
 * const nut = { object: "nut", split: "test" };
 * const { samples } = readVisaRows([
 *   { cells: { ...nut, label: "anomaly", image: "nut/a/1.JPG", mask: "nut/m/1.png" }, line: 2 },
 *   { cells: { ...nut, label: "normal", image: "nut/n/1.JPG", mask: "" }, line: 3 },
 * ], { list: "1cls.csv" });
 * assert.deepEqual(samples.map(({ image }) => image), ["nut/n/1.JPG", "nut/a/1.JPG"]);
 * ```
 */
export function readVisaRows(
  rows: readonly VisaRow[],
  { list }: { list: string },
): VisaList {
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
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
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
