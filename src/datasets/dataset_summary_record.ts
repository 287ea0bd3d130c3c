/**
 * A dataset's summary for programs.
 *
 * @module
 */
import type { DatasetSummary, DefectSummary, ImagesSummary } from "@/datasets/summary.ts";

/** Some images of a dataset, for programs. */
export interface ImagesRecord extends Omit<ImagesSummary, "normal" | "anomalous"> {
  /** Normal images for testing. */
  readonly test_normal: number;
  /** Anomalous images for testing. */
  readonly test_anomalous: number;
}

/** One kind of defect, for programs. */
export interface DefectRecord extends Pick<DefectSummary, "name" | "images" | "masks"> {
  /** Median of the marked share of the image, 0 to 1; `null` without masks. */
  readonly median_area: number | null;
}

/** A class, for programs. */
export interface ClassRecord extends ImagesRecord {
  /** Its name. */
  readonly name: string;
  /** Its kinds of defect. */
  readonly defects: readonly DefectRecord[];
}

/** A dataset, for programs. */
export interface DatasetSummaryRecord {
  /** Version of this layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Where it lies. */
  readonly folder: string;
  /** Its classes, sorted. */
  readonly classes: readonly ClassRecord[];
  /** All images together. */
  readonly total: ImagesRecord;
}

/**
 * Turns a summary into a record that `JSON.stringify` writes.
 *
 * @param summary The summary.
 * @returns The record.
 *
 * @example No class
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetSummaryRecord } from "@/datasets/dataset_summary_record.ts";
 * import { summarizeDataset } from "@/datasets/summary.ts";
 *
 * const dataset = { name: "Folder", folder: "/nuts", classes: [], samples: [] };
 * const { schema, total } = datasetSummaryRecord(summarizeDataset(dataset, new Map()));
 * assert.deepEqual([schema, total.test_normal], [1, 0]);
 * ```
 */
export function datasetSummaryRecord(summary: DatasetSummary): DatasetSummaryRecord {
  return {
    schema: 1,
    dataset: summary.name,
    folder: summary.folder,
    classes: summary.classes.map(({ name, defects, ...images }) => ({
      name,
      ...imagesRecord(images),
      defects: defects.map(({ name, images, masks, medianArea }) => ({
        name,
        images,
        masks,
        median_area: medianArea,
      })),
    })),
    total: imagesRecord(summary.total),
  };
}

function imagesRecord(
  { train, normal, anomalous, masks, unreadable, sizes, pixels, formats }: ImagesSummary,
): ImagesRecord {
  return {
    train,
    test_normal: normal,
    test_anomalous: anomalous,
    masks,
    unreadable,
    sizes,
    pixels,
    formats,
  };
}
