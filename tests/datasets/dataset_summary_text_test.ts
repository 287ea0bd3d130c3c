import assert from "node:assert/strict";
import { datasetSummaryText, describeSizes, summarizeDataset } from "@/datasets/summary.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

Deno.test("datasetSummaryText() lays out classes and defects, each class named once", () => {
  const dataset = datasetOf([
    sampleOf("a", { className: "bolt" }),
    sampleOf("b"),
    testOf("c"),
    bentOf("d"),
    bentOf("e", { defect: "cut", mask: null }),
  ]);
  const files = new Map([
    ["a", fileOf({ header: null, fault: "the file is damaged" })] as const,
    ["b", fileOf({ width: 500, height: 480 })] as const,
    ...["c", "d", "e"].map((path) => [path, fileOf()] as const),
    ["d.mask", maskOf(0.0123)] as const,
  ]);
  assert.equal(
    datasetSummaryText(summarizeDataset(dataset, files)),
    `Folder: /nuts

class  train  test normal  anomalous  masks  size                    pixels  format
─────  ─────  ───────────  ─────────  ─────  ──────────────────────  ──────  ──────
bolt       1            0          0      0  –                       –       –
nut        1            1          2      1  500–640 × 480, 2 sizes  RGB     PNG
total      2            1          2      1  500–640 × 480, 2 sizes  RGB     PNG

class  defect  images  masks  median share of image
─────  ──────  ──────  ─────  ─────────────────────
nut    bent         1      1                 1.23 %
       cut          1      0                      –

1 image cannot be read: it has no size, pixels and format here.`,
  );
});

Deno.test("datasetSummaryText() needs no total for one class and no second table without defects", () => {
  const text = datasetSummaryText(
    summarizeDataset(datasetOf([sampleOf("a")]), new Map([["a", fileOf()]])),
  );
  assert.doesNotMatch(text, /total|defect|cannot/);
});

Deno.test("datasetSummaryText() counts where pixels or formats differ", () => {
  const header = { width: 9, height: 9, format: "bmp", channels: 1, bits: 8, isRotated: false };
  const files = new Map([
    ...["a", "b"].map((path) => [path, fileOf()] as const),
    ["c", fileOf({ header })] as const,
  ]);
  const dataset = datasetOf([sampleOf("a"), sampleOf("b"), sampleOf("c")]);
  assert.match(
    datasetSummaryText(summarizeDataset(dataset, files)),
    /9–640 × 9–480, 2 sizes {2}RGB 2, grey 1 {2}PNG 2, BMP 1$/m,
  );
});

Deno.test("describeSizes() tells one size, a range, and none", () => {
  const size = (width: number, height: number) => ({ width, height, images: 1 });
  assert.equal(describeSizes([]), "–");
  assert.equal(describeSizes([size(1024, 1024)]), "1024×1024");
  assert.equal(describeSizes([size(4, 3), size(3, 4)]), "3–4 × 3–4, 2 sizes");
});
