/**
 * The verdict on a dataset: all that is wrong with it, as text and for programs.
 *
 * @module
 */
import {
  type DatasetFault,
  type DatasetFaultKind,
  datasetFaultKinds,
  isRemark,
} from "@/datasets/faults.ts";

/** What a check has found. */
export interface DatasetCheck {
  /** Name of the dataset. */
  readonly name: string;
  /** Where it lies. */
  readonly folder: string;
  /** Number of classes. */
  readonly classes: number;
  /** Number of images, masks not counted. */
  readonly images: number;
  /** Faults and remarks, in the order of `mergeFaults`. */
  readonly faults: readonly DatasetFault[];
}

/** The verdict for programs. */
export interface DatasetCheckRecord {
  /** Version of this layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Where it lies. */
  readonly folder: string;
  /** Number of classes. */
  readonly classes: number;
  /** Number of images, masks not counted. */
  readonly images: number;
  /** What spoils results. */
  readonly faults: readonly DatasetFault[];
  /** What is worth knowing although results are what they should be. */
  readonly remarks: readonly DatasetFault[];
}

/** As many of one kind are shown one by one; of more only the first `few`. */
const most = 200, few = 20;

/**
 * Writes the verdict for a terminal: faults by kind, then remarks by kind, then their numbers.
 *
 * Of up to 200 faults of a kind every one is shown, of more the first twenty.
 *
 * @param check What has been found.
 * @returns Lines joined by newlines, without one at the end.
 *
 * @example Nothing is wrong
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetCheckText } from "@/datasets/dataset_check.ts";
 *
 * const check = { name: "Folder", folder: "/nuts", classes: 1, images: 9, faults: [] };
 * assert.equal(datasetCheckText(check), "Folder: /nuts\n\nno faults: 9 images of 1 class");
 * ```
 */
export function datasetCheckText(check: DatasetCheck): string {
  const { faults, remarks } = datasetCheckRecord(check);
  const parts = [`${check.name}: ${check.folder}`, ...groupTexts(faults)];
  if (remarks.length > 0) parts.push("Remarks; results are what they should be.");
  parts.push(...groupTexts(remarks), countsText(check, { faults, remarks }));
  return parts.join("\n\n");
}

/**
 * Turns the verdict into a record that `JSON.stringify` writes; nothing is left out.
 *
 * @param check What has been found.
 * @returns The record.
 *
 * @example A remark is not a fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetCheckRecord } from "@/datasets/dataset_check.ts";
 *
 * const small = { kind: "small image", path: "a.png", reason: "…" } as const;
 * const check = { name: "Folder", folder: "/nuts", classes: 1, images: 9, faults: [small] };
 * assert.deepEqual(datasetCheckRecord(check).faults, []);
 * assert.deepEqual(datasetCheckRecord(check).remarks, [small]);
 * ```
 */
export function datasetCheckRecord(check: DatasetCheck): DatasetCheckRecord {
  const { name, folder, classes, images, faults } = check;
  return {
    schema: 1,
    dataset: name,
    folder,
    classes,
    images,
    faults: faults.filter((fault) => !isRemark(fault)),
    remarks: faults.filter(isRemark),
  };
}

function groupTexts(faults: readonly DatasetFault[]): string[] {
  const groups = new Map<DatasetFaultKind, DatasetFault[]>();
  for (const fault of faults) {
    const group = groups.get(fault.kind);
    if (group === undefined) groups.set(fault.kind, [fault]);
    else group.push(fault);
  }
  return [...groups].map(([kind, group]) => {
    const shown = group.length > most ? group.slice(0, few) : group;
    const lines = [`${kind} (${group.length}): ${datasetFaultKinds[kind]}`];
    lines.push(...shown.map((fault) => `  ${describeFault(fault)}`));
    const rest = group.length - shown.length;
    if (rest > 0) lines.push(`  … and ${rest} more; --json lists them all`);
    return lines.join("\n");
  });
}

/** The reason, and the path where the reason says it in other words only. */
function describeFault({ path, reason }: DatasetFault): string {
  return path === null || reason.includes(path) ? reason : `${path}: ${reason}`;
}

function countsText(
  { images, classes }: DatasetCheck,
  { faults, remarks }: Pick<DatasetCheckRecord, "faults" | "remarks">,
): string {
  const counted = `${plural(images, "image")} of ${plural(classes, "class", "classes")}`;
  const counts = [plural(faults.length, "fault")];
  if (remarks.length > 0) counts.push(plural(remarks.length, "remark"));
  const found = counts.join(", ");
  if (images === 0) return found;
  return faults.length + remarks.length === 0 ? `${found}: ${counted}` : `${found} in ${counted}`;
}

function plural(count: number, one: string, several = `${one}s`): string {
  return `${count === 0 ? "no" : count.toLocaleString("en-US")} ${count === 1 ? one : several}`;
}
