/**
 * What can be wrong with a dataset, as data.
 *
 * @module
 */
import type { Dataset } from "@/datasets/dataset.ts";
import { describeFaults } from "@/describe_faults.ts";

/** Every kind of fault; `datasetFaultKinds` says what each is. */
export type DatasetFaultKind = keyof typeof datasetFaultKinds;

/** One fault of a dataset. */
export interface DatasetFault {
  /** Its kind. */
  readonly kind: DatasetFaultKind;
  /** File or folder, relative to the dataset folder with forward slashes; `null` for the whole. */
  readonly path: string | null;
  /** What must hold and what came instead; names the path. */
  readonly reason: string;
}

/** The kinds of fault and what each means. Only remarks leave results as they should be. */
export const datasetFaultKinds = {
  "no dataset": "the folder is missing or not laid out as a dataset",
  "missing class": "a class of the benchmark, or a class that was named, is not there",
  "misplaced file": "an image lies where no image belongs",
  "unexpected folder": "a folder lies where none belongs",
  "empty split": "a split holds no images",
  "same name": "two files differ only in their extension, so that masks cannot be paired",
  "missing mask": "an anomalous image has no mask although others of its class have one",
  "mask without image": "a mask belongs to no image",
  "missing file": "a listed file does not exist",
  "bad list": "the list of splits cannot be understood",
  "unreadable image": "an image cannot be decoded",
  "unreadable mask": "a mask cannot be decoded",
  "mask size": "a mask is not as large as its image",
  "empty mask": "a mask marks no pixel, or every pixel",
  "train in test": "a training image and a test image have the same bytes",
  "contradiction": "a normal and an anomalous image have the same bytes",
  "counts": "a number of images differs from the published one",
  "repeated image": "two images of one split have the same bytes",
  "small image": "an image is smaller than the size it is scaled to",
  "soft mask": "a mask has many values, as if blurred or compressed; all but 0 are anomalous",
} as const;

/** Kinds that are worth knowing although a run may go ahead. */
const remarks: ReadonlySet<DatasetFaultKind> = new Set(
  ["repeated image", "small image", "soft mask"] as const,
);

/**
 * Tells whether a fault is only a remark: results are still what they should be.
 *
 * @param fault The fault.
 * @returns Whether a run may go ahead.
 *
 * @example Small images are scaled up; a missing mask spoils the pixel metrics
 * ```ts
 * import assert from "node:assert/strict";
 * import { isRemark } from "@/datasets/faults.ts";
 *
 * assert.equal(isRemark({ kind: "small image", path: "a.png", reason: "…" }), true);
 * assert.equal(isRemark({ kind: "missing mask", path: "a.png", reason: "…" }), false);
 * ```
 */
export function isRemark(fault: DatasetFault): boolean {
  return remarks.has(fault.kind);
}

/** What was found in a dataset folder. */
export interface DatasetScan {
  /** What can be read. */
  readonly dataset: Dataset;
  /** What is wrong with its layout; files have not been opened. */
  readonly faults: readonly DatasetFault[];
}

/**
 * Takes the dataset of a scan that has no faults.
 *
 * @param scan What was found.
 * @returns The dataset.
 * @throws {Error} If there are faults; the message names the folder and up to twenty of them.
 *
 * @example A faulty one
 * ```ts
 * import assert from "node:assert/strict";
 * import { requireFaultless } from "@/datasets/faults.ts";
 *
 * const dataset = { name: "nuts", folder: "/nuts", classes: [], samples: [] };
 * const reason = "there must be such a folder, got none";
 * const scan = { dataset, faults: [{ kind: "no dataset", path: null, reason } as const] };
 * assert.throws(() => requireFaultless(scan), {
 *   message: 'Cannot read dataset "/nuts": there must be such a folder, got none',
 * });
 * ```
 */
export function requireFaultless({ dataset, faults }: DatasetScan): Dataset {
  if (faults.length === 0) return dataset;
  const reasons = faults.map(({ reason }) => reason);
  throw new Error(describeFaults(`Cannot read dataset "${dataset.folder}"`, reasons));
}
