import assert from "node:assert/strict";
import { datasetSummaryRecord, summarizeDataset } from "@/datasets/summary.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

Deno.test("datasetSummaryRecord() holds the whole summary under names in snake case", () => {
  const dataset = datasetOf([sampleOf("a"), testOf("b"), bentOf("c")]);
  const files = new Map([
    ...["a", "b", "c"].map((path) => [path, fileOf()] as const),
    ["c.mask", maskOf(0.25)] as const,
  ]);
  const total = {
    train: 1,
    test_normal: 1,
    test_anomalous: 1,
    masks: 1,
    unreadable: 0,
    sizes: [{ width: 640, height: 480, images: 3 }],
    pixels: [{ name: "RGB", images: 3 }],
    formats: [{ name: "PNG", images: 3 }],
  };
  const defects = [{ name: "bent", images: 1, masks: 1, median_area: 0.25 }];
  const record = datasetSummaryRecord(summarizeDataset(dataset, files));
  assert.deepEqual(record, {
    schema: 1,
    dataset: "Folder",
    folder: "/nuts",
    classes: [{ name: "nut", ...total, defects }],
    total,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
});
