import assert from "node:assert/strict";
import { errorTradeoffChart } from "@/charts/scores.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const images = [
  { className: "nut", isAnomalous: false, score: 1 },
  { className: "nut", isAnomalous: false, score: 2 },
  { className: "nut", isAnomalous: true, score: 3 },
  { className: "cup", isAnomalous: true, score: 6 },
];
const thresholds = [
  { scope: "global", className: null, value: 2.5 },
  { scope: "class", className: "cup", value: 5 },
] as const;

Deno.test("errorTradeoffChart() draws both rates from end to end of the axis, worked by hand", () => {
  // Scores span 5, so the axis reaches 0.1 further at both ends.
  const points = recordsOf(errorTradeoffChart(images)).filter((each) => "error" in each);
  const curve = (name: string, error: string) =>
    points.filter((each) => each["class"] === name && each["error"] === error)
      .map(({ score, rate }) => [score, rate]);
  assert.deepEqual(curve("nut", "false-positive rate"), [[0.9, 1], [1, 1], [2, 0.5], [6.1, 0]]);
  assert.deepEqual(curve("nut", "false-negative rate"), [[0.9, 0], [3, 0], [6.1, 1]]);
});

Deno.test("errorTradeoffChart() leaves out the rate of images that a class has not", () => {
  const points = recordsOf(errorTradeoffChart(images)).filter((each) => each["class"] === "cup");
  assert.deepEqual([...new Set(points.map((each) => each["error"]))], ["false-negative rate"]);
});

Deno.test("errorTradeoffChart() marks thresholds row by row and explains what it marks", async () => {
  const chart = errorTradeoffChart(images, { thresholds });
  const rules = recordsOf(chart).filter((each) => "threshold" in each);
  assert.deepEqual(rules.map((each) => [each["class"], each["threshold"]]), [
    ["cup", 2.5],
    ["nut", 2.5],
    ["cup", 5],
  ]);
  const texts = await textsOf(chart);
  for (const text of ["nut", "cup", "false-positive rate", "class-specific", "global"]) {
    assert.equal(texts.filter((each) => each === text).length, 1, text);
  }
});

Deno.test("errorTradeoffChart() turns to a logarithmic axis only for wide spans", () => {
  assert.doesNotMatch(JSON.stringify(errorTradeoffChart(images)), /"type":"log"/);
  const wide = [...images, { className: "nut", isAnomalous: true, score: 31 }];
  assert.match(JSON.stringify(errorTradeoffChart(wide)), /"type":"log"/);
});

Deno.test("errorTradeoffChart() is read without a warning", () => {
  assert.deepEqual(warningsOf(errorTradeoffChart(images, { thresholds })), []);
  assert.deepEqual(warningsOf(errorTradeoffChart(images.slice(0, 1))), []);
  const wide = [...images, { className: "nut", isAnomalous: true, score: 31 }];
  assert.deepEqual(warningsOf(errorTradeoffChart(wide, { thresholds })), []);
});

Deno.test("errorTradeoffChart() refuses nothing, and scores that are not finite", () => {
  assert.throws(() => errorTradeoffChart([]), {
    name: "RangeError",
    message: "Cannot chart error rates: at least one image with a finite score is needed, got none",
  });
  assert.throws(() => errorTradeoffChart([{ ...images[0]!, score: Infinity }]), {
    name: "RangeError",
    message: "Cannot chart error rates: at least one image with a finite score is needed, " +
      'got Infinity in class "nut"',
  });
});
