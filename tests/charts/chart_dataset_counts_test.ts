import assert from "node:assert/strict";
import { datasetCountsChart } from "@/charts/datasets.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const classes = [
  { name: "nut", train: 12_000, normal: 16, anomalous: 0 },
  { name: "cup", train: 7, normal: 0, anomalous: 30 },
];

Deno.test("datasetCountsChart() writes every number, however small, in the order given", async () => {
  const texts = await textsOf(datasetCountsChart(classes));
  for (
    const text of ["12,000", "16", "0", "7", "30", "training", "test, normal", "test, anomalous"]
  ) assert.ok(texts.includes(text), text);
  assert.ok(texts.includes("12,007 for training, 16 normal and 30 anomalous for testing"));
  assert.ok(texts.indexOf("nut") < texts.indexOf("cup"));
  assert.ok((await textsOf(datasetCountsChart(classes, { title: "MVTec" }))).includes("MVTec"));
});

Deno.test("datasetCountsChart() draws all panels to one scale", () => {
  const text = JSON.stringify(datasetCountsChart(classes));
  assert.equal(text.match(/"domain":\[0,14640\]/g)?.length, 3);
  assert.deepEqual(recordsOf(datasetCountsChart(classes)["data"]), classes);
});

Deno.test("datasetCountsChart() is read without a warning, also when all numbers are 0", () => {
  assert.deepEqual(warningsOf(datasetCountsChart(classes)), []);
  const nothing = datasetCountsChart([{ name: "nut", train: 0, normal: 0, anomalous: 0 }]);
  assert.deepEqual(warningsOf(nothing), []);
  assert.match(JSON.stringify(nothing), /"domain":\[0,1\]/);
});

Deno.test("datasetCountsChart() refuses a dataset without classes", () => {
  assert.throws(() => datasetCountsChart([]), {
    name: "RangeError",
    message: "Cannot chart a dataset: at least one class is needed, got none",
  });
});
