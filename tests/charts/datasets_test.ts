import assert from "node:assert/strict";
import { datasetCountsChart, type DefectArea, defectAreaChart } from "@/charts/datasets.ts";
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

const scratch = (area: number, other: Partial<DefectArea> = {}): DefectArea => ({
  className: "nut",
  defect: "scratch",
  area,
  ...other,
});

/** The records of one layer: dots first, then medians. */
function layer(chart: ReturnType<typeof defectAreaChart>, number: number) {
  return recordsOf((chart["layer"] as readonly unknown[])[number]);
}

Deno.test("defectAreaChart() draws a dot per mask and the median of each kind, in percent", () => {
  const chart = defectAreaChart([
    scratch(0.01),
    scratch(0.02),
    scratch(0.06),
    scratch(0.5, { defect: "hole" }),
  ]);
  assert.deepEqual(layer(chart, 0).map(({ line, percent }) => [line, percent]), [
    ["nut: scratch", 1],
    ["nut: scratch", 2],
    ["nut: scratch", 6],
    ["nut: hole", 50],
  ]);
  assert.deepEqual(layer(chart, 1), [
    { line: "nut: scratch", median: 2, masks: 3 },
    { line: "nut: hole", median: 50, masks: 1 },
  ]);
});

Deno.test("defectAreaChart() counts empty masks and leaves them out", async () => {
  const chart = defectAreaChart([scratch(0.01), scratch(0), scratch(0)]);
  assert.equal(layer(chart, 0).length, 1);
  const texts = await textsOf(chart);
  const subtitle = "3 masks, 2 of them empty and not drawn; bar: median of each kind";
  assert.ok(texts.includes(subtitle), texts.join("\n"));
});

Deno.test("defectAreaChart() turns to classes when there are more than twenty kinds", () => {
  const kinds = (count: number): DefectArea[] =>
    Array.from({ length: count }, (_, i) => scratch(0.01, { defect: `kind ${i}` }));
  assert.equal(layer(defectAreaChart(kinds(20)), 1).length, 20);
  assert.deepEqual(layer(defectAreaChart(kinds(21)), 1).map(({ line }) => line), ["nut"]);
  assert.equal(layer(defectAreaChart(kinds(21), { rows: "kind" }), 1).length, 21);
  assert.equal(layer(defectAreaChart(kinds(2), { rows: "class" }), 1).length, 1);
});

Deno.test("defectAreaChart() shows single pixels, whole images and a reference on one axis", async () => {
  const reference = { share: 64 / 288 ** 2, label: "a patch of 8 × 8 pixels" };
  const chart = defectAreaChart([scratch(1 / 1024 ** 2), scratch(1)], { reference });
  const texts = await textsOf(chart);
  for (
    const text of ["0.0001", "100", "dashed: a patch of 8 × 8 pixels, 0.077 % of the image"]
  ) assert.ok(texts.includes(text), text);
  const axis = (await textsOf(defectAreaChart([scratch(0.002)]))).map(Number);
  assert.ok([0.1, 0.2, 0.5].every((value) => axis.includes(value)), "one value has neighbours");
});

Deno.test("defectAreaChart() is read without a warning", () => {
  const reference = { share: 0.001, label: "one patch" };
  assert.deepEqual(warningsOf(defectAreaChart([scratch(0.01)], { reference })), []);
  assert.deepEqual(warningsOf(defectAreaChart([scratch(0.01), scratch(0.3)])), []);
});

Deno.test("defectAreaChart() refuses what is no share and what cannot be drawn", () => {
  const start =
    "Cannot chart defects: areas must be shares from 0 to 1, at least one above 0, got ";
  assert.throws(() => defectAreaChart([]), { name: "RangeError", message: `${start}none` });
  assert.throws(() => defectAreaChart([scratch(0)]), { message: `${start}1 empty mask` });
  for (const area of [NaN, -0.1, 7]) {
    assert.throws(() => defectAreaChart([scratch(0.1), scratch(area)]), {
      message: `${start}${area} in class "nut"`,
    });
  }
  assert.throws(
    () => defectAreaChart([scratch(0.1)], { reference: { share: 0, label: "patch" } }),
    {
      message: 'Cannot chart defects: "patch" must be a share above 0 and at most 1, got 0',
    },
  );
});
