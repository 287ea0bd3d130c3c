import assert from "node:assert/strict";
import {
  metThresholds,
  thresholdEncoding,
  type ThresholdMark,
  thresholdRecords,
} from "@/charts/threshold_marks.ts";

const nut: ThresholdMark = { scope: "class", className: "nut", value: 2.123456 };
const global: ThresholdMark = { scope: "global", className: null, value: 5 };
const group: ThresholdMark = { scope: "group", className: "cup", value: 3 };

Deno.test("thresholdRecords() repeats what holds for all on every line, and rounds", () => {
  const records = thresholdRecords([global, nut], ["cup", "nut"]);
  assert.deepEqual(records.map((each) => [each.class, each.scope, each.threshold]), [
    ["cup", "global", 5],
    ["nut", "global", 5],
    ["nut", "class-specific", 2.1235],
  ]);
});

Deno.test("thresholdRecords() lays groups behind classes, so that equal ones both show", () => {
  const equal: ThresholdMark = { ...group, scope: "class" };
  const [back, front] = thresholdRecords([equal, group], ["cup"]);
  assert.deepEqual([back!.scope, front!.scope], ["per group", "class-specific"]);
  assert.ok(back!.width > front!.width);
});

Deno.test("thresholdRecords() leaves infinite thresholds out and refuses other faults", () => {
  assert.deepEqual(thresholdRecords([{ ...nut, value: Infinity }], ["nut"]), []);
  assert.throws(() => thresholdRecords([{ ...nut, value: NaN }], ["nut"]), {
    name: "RangeError",
    message: "Cannot draw thresholds: each must be a number, got NaN (class)",
  });
  assert.throws(() => thresholdRecords([nut], ["cup"]), {
    name: "RangeError",
    message: 'Cannot draw thresholds: each must belong to a class with images, got "nut"',
  });
});

Deno.test("thresholdEncoding() explains only the scopes that are drawn, always in one order", () => {
  const domain = (marks: readonly ThresholdMark[]) =>
    JSON.stringify(thresholdEncoding(thresholdRecords(marks, ["cup", "nut"])))
      .match(/"domain":(\[[^\]]*\])/)![1];
  assert.equal(domain([global, group, nut]), '["class-specific","per group","global"]');
  assert.equal(domain([global]), '["global"]');
});

Deno.test("thresholdEncoding() puts the legend where it is told", () => {
  const records = thresholdRecords([global], ["nut"]);
  assert.match(JSON.stringify(thresholdEncoding(records)), /"orient":"right"/);
  assert.match(
    JSON.stringify(thresholdEncoding(records, { orient: "bottom" })),
    /"orient":"bottom"/,
  );
});

Deno.test("metThresholds() names a threshold once for every class that meets it", () => {
  const images = ["nut", "cup", "nut", "nut"].map((className) => ({ className }));
  assert.deepEqual(metThresholds(images, { scope: "group", perImage: [2, 3, 2, 3] }), [
    { scope: "group", className: "nut", value: 2 },
    { scope: "group", className: "cup", value: 3 },
    { scope: "group", className: "nut", value: 3 },
  ]);
  assert.deepEqual(metThresholds(images, { scope: "global", perImage: [5, 5, 5, 5] }), [global]);
});
