/**
 * The verdict on a dataset as records for a table: one row per kind of finding.
 *
 * @module
 */
import type { DatasetCheck } from "@/datasets/dataset_check.ts";
import { datasetFaultKinds, isRemark } from "@/datasets/faults.ts";
import type { TableRecord } from "@/tables.ts";

/**
 * Counts faults and remarks by kind, faults first.
 *
 * @param check What has been found.
 * @returns Rows with finding, severity, number, meaning and one example; a single row if there is
 *   nothing to find.
 *
 * @example Nothing is wrong
 * ```ts
 * import assert from "node:assert/strict";
 * import { tabulateFaults } from "@/datasets/fault_table.ts";
 *
 * const check = { name: "Folder", folder: "/nuts", classes: 1, images: 9, faults: [] };
 * const [row] = tabulateFaults(check);
 * assert.equal(row?.["finding"], "none");
 * ```
 */
export function tabulateFaults(check: DatasetCheck): TableRecord[] {
  const { faults, images, classes } = check;
  if (faults.length === 0) {
    const counted = `${images.toLocaleString("en-US")} images of ${classes} ` +
      `${classes === 1 ? "class" : "classes"} and all their masks were read`;
    return [{ finding: "none", number: 0, meaning: counted }];
  }
  const ordered = [...faults.filter((each) => !isRemark(each)), ...faults.filter(isRemark)];
  const first = new Map([...ordered].reverse().map((fault) => [fault.kind, fault]));
  return [...new Set(ordered.map(({ kind }) => kind))].flatMap((kind) => {
    const example = first.get(kind);
    return example === undefined ? [] : [{
      finding: kind,
      severity: isRemark(example) ? "remark" : "fault",
      number: ordered.filter((fault) => fault.kind === kind).length,
      meaning: datasetFaultKinds[kind],
      "for example": example.path ?? example.reason,
    }];
  });
}
