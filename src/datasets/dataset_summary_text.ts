/**
 * A dataset's summary as tables for a terminal.
 *
 * @module
 */
import type {
  Counted,
  CountedSize,
  DatasetSummary,
  DefectSummary,
  ImagesSummary,
} from "@/datasets/summary.ts";
import { textTable } from "@/text_table.ts";

/**
 * Writes a summary as two tables: one of the classes, one of the kinds of defect.
 *
 * @param summary The summary.
 * @returns Lines joined by newlines, without one at the end; under a hundred columns unless names are
 *   long.
 *
 * @example A class without test images
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetSummaryText } from "@/datasets/dataset_summary_text.ts";
 *
 * const total = {
 *   train: 9,
 *   normal: 0,
 *   anomalous: 0,
 *   masks: 0,
 *   sizes: [{ width: 640, height: 480, images: 9 }],
 *   pixels: [{ name: "RGB", images: 9 }],
 *   formats: [{ name: "JPEG", images: 9 }],
 *   unreadable: 0,
 * };
 * const classes = [{ name: "nut", ...total, defects: [] }];
 * const text = datasetSummaryText({ name: "Folder", folder: "/nuts", classes, total });
 * assert.match(text, /^nut +9 +0 +0 +0  640×480 +RGB +JPEG$/m);
 * ```
 */
export function datasetSummaryText({ name, folder, classes, total }: DatasetSummary): string {
  const rows: (ImagesSummary & { readonly name: string })[] = [...classes];
  if (rows.length > 1) rows.push({ ...total, name: "total" });
  const table = textTable(rows, [
    { title: "class", cell: (row) => row.name, align: "left" },
    { title: "train", cell: ({ train }) => showCount(train) },
    { title: "test normal", cell: ({ normal }) => showCount(normal) },
    { title: "anomalous", cell: ({ anomalous }) => showCount(anomalous) },
    { title: "masks", cell: ({ masks }) => showCount(masks) },
    { title: "size", cell: ({ sizes }) => describeSizes(sizes), align: "left" },
    { title: "pixels", cell: ({ pixels }) => describeCounted(pixels), align: "left" },
    { title: "format", cell: ({ formats }) => describeCounted(formats), align: "left" },
  ]);
  const defects = classes.flatMap((each) =>
    each.defects.map((defect, i) => ({ ...defect, className: i === 0 ? each.name : "" }))
  );
  const parts = [`${name}: ${folder}`, table];
  if (defects.length > 0) parts.push(defectTable(defects));
  if (total.unreadable > 0) {
    const images = total.unreadable === 1 ? "1 image" : `${showCount(total.unreadable)} images`;
    const rest = total.unreadable === 1 ? "it has" : "they have";
    parts.push(`${images} cannot be read: ${rest} no size, pixels and format here.`);
  }
  return parts.join("\n\n");
}

/**
 * Describes the sizes of images in a few characters.
 *
 * @param sizes The different sizes.
 * @returns The size if there is one, else the ranges of width and height and the number of sizes; a
 *   dash for none.
 *
 * @example One size and three
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeSizes } from "@/datasets/dataset_summary_text.ts";
 *
 * const size = (width: number, height: number) => ({ width, height, images: 1 });
 * assert.equal(describeSizes([size(640, 480)]), "640×480");
 * assert.equal(
 *   describeSizes([size(640, 480), size(480, 640), size(512, 480)]),
 *   "480–640 × 480–640, 3 sizes",
 * );
 * ```
 */
export function describeSizes(sizes: readonly CountedSize[]): string {
  const [first] = sizes;
  if (first === undefined) return "–";
  if (sizes.length === 1) return `${first.width}×${first.height}`;
  const range = (lengths: readonly number[]): string => {
    const least = Math.min(...lengths), most = Math.max(...lengths);
    return least === most ? String(least) : `${least}–${most}`;
  };
  const widths = range(sizes.map(({ width }) => width));
  const heights = range(sizes.map(({ height }) => height));
  return `${widths} × ${heights}, ${sizes.length} sizes`;
}

function describeCounted(counted: readonly Counted[]): string {
  if (counted.length < 2) return counted[0]?.name ?? "–";
  return counted.map(({ name, images }) => `${name} ${showCount(images)}`).join(", ");
}

function defectTable(defects: readonly (DefectSummary & { readonly className: string })[]): string {
  return textTable(defects, [
    { title: "class", cell: ({ className }) => className, align: "left" },
    { title: "defect", cell: ({ name }) => name, align: "left" },
    { title: "images", cell: ({ images }) => showCount(images) },
    { title: "masks", cell: ({ masks }) => showCount(masks) },
    { title: "median share of image", cell: ({ medianArea }) => describeArea(medianArea) },
  ]);
}

function showCount(count: number): string {
  return count.toLocaleString("en-US");
}

function describeArea(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(2)} %`;
}
