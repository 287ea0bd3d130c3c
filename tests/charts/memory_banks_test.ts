import assert from "node:assert/strict";
import { type BankPoint, bankShareChart, bankSizeChart } from "@/charts/memory_banks.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const shares = [
  { className: "nut", bank: "one bank", kept: 1084, radius: 23.744014 },
  { className: "nut", bank: "a bank per cluster", kept: 819, radius: 25.2 },
  { className: "cup", bank: "one bank", kept: 96, radius: 23.7 },
  { className: "cup", bank: "a bank per cluster", kept: 820, radius: 16.6 },
];

Deno.test("bankShareChart() shows every number, classes and banks in the order given", async () => {
  const texts = await textsOf(bankShareChart(shares, { title: "Shares", subtitle: "2 %" }));
  for (const text of ["1,084", "819", "96", "820", "25.2", "16.6", "Shares", "2 %"]) {
    assert.ok(texts.includes(text), text);
  }
  assert.ok(texts.indexOf("nut") < texts.indexOf("cup"));
  assert.ok(texts.indexOf("one bank") < texts.indexOf("a bank per cluster"));
  for (const text of ["nut", "one bank", "embeddings kept", "covering radius"]) {
    assert.equal(texts.filter((each) => each === text).length, 1, text);
  }
});

Deno.test("bankShareChart() carries the numbers, radii shortened", () => {
  const records = recordsOf(bankShareChart(shares)["data"]);
  assert.deepEqual(records[0], { ...shares[0], radius: 23.744 });
  assert.deepEqual(records.slice(1), shares.slice(1));
});

Deno.test("bankShareChart() is read without a warning, also when nothing is kept", () => {
  assert.deepEqual(warningsOf(bankShareChart(shares)), []);
  const none = [{ className: "nut", bank: "one bank", kept: 0, radius: 0 }];
  assert.deepEqual(warningsOf(bankShareChart(none)), []);
});

Deno.test("bankShareChart() refuses nothing", () => {
  assert.throws(() => bankShareChart([]), {
    name: "RangeError",
    message: "Cannot chart shares of a bank: at least one is needed, got none",
  });
});

const point = (bank: string, sampler: string, kept: number, radius: number): BankPoint => ({
  bank,
  sampler,
  kept,
  values: { radius, auroc: 1 - radius / 100, none: null },
});
const points = [
  point("one bank", "greedy", 100, 40),
  point("one bank", "greedy", 1000, 20),
  point("one bank", "random", 100, 60),
  point("a bank per cluster", "greedy", 100, 35.123456),
];
const measures = [
  { name: "radius", title: "covering radius", scale: "log" },
  { name: "auroc", scale: "share" },
] as const;

Deno.test("bankSizeChart() draws a panel per measure and names banks and samplers once", async () => {
  const chart = bankSizeChart(points, { measures, title: "Sizes", subtitle: "one seed" });
  const texts = await textsOf(chart);
  for (const text of ["covering radius", "auroc", "Sizes", "one seed"]) {
    assert.ok(texts.includes(text), text);
  }
  for (const text of ["one bank", "a bank per cluster", "greedy", "random"]) {
    assert.equal(texts.filter((each) => each === text).length, 1, text);
  }
  assert.equal(texts.filter((each) => each === "embeddings kept").length, 2);
  assert.match(
    chart.description,
    /greedy, one bank; random, one bank; greedy, a bank per cluster$/,
  );
});

Deno.test("bankSizeChart() carries every defined value, and leaves out what a log axis cannot show", () => {
  // Without repetitions there are as many means as values: the line first, then the dots.
  const drawn = (given: readonly BankPoint[]) => recordsOf(bankSizeChart(given, { measures }));
  const dots = drawn(points);
  assert.deepEqual(dots.map(({ value }) => value).slice(0, 4), [40, 20, 60, 35.123]);
  assert.deepEqual(dots.slice(0, 4), dots.slice(4, 8));
  assert.equal(dots.length, 16);
  const covered = [...points, point("one bank", "greedy", 5000, 0)];
  assert.equal(drawn(covered).length, 18);
});

Deno.test("bankSizeChart() takes records of one bank, sampler and size as seeds", () => {
  const seeds = [40, 20, 60].map((radius) => point("one bank", "greedy", 100, radius));
  const [line, ...dots] = recordsOf(bankSizeChart(seeds, { measures: [measures[0]] }));
  assert.equal(line!["value"], 40);
  assert.deepEqual(dots.map(({ value }) => value), [40, 20, 60]);
});

Deno.test("bankSizeChart() begins shares a little below the lowest, in all panels alike", () => {
  // The lowest is 0.40; one step of 5 % below it.
  const text = JSON.stringify(bankSizeChart(points, { measures }));
  assert.match(text, /"domain":\[0.35,1\]/);
});

Deno.test("bankSizeChart() labels readable steps within the values", async () => {
  const texts = await textsOf(bankSizeChart(points, { measures: [measures[0]] }));
  for (const text of ["100", "200", "500", "1k", "20", "30", "40", "50"]) {
    assert.ok(texts.includes(text), text);
  }
  for (const text of ["10", "15", "2k", "100k"]) assert.ok(!texts.includes(text), text);
});

Deno.test("bankSizeChart() is read without a warning", () => {
  assert.deepEqual(warningsOf(bankSizeChart(points, { measures })), []);
  assert.deepEqual(warningsOf(bankSizeChart(points.slice(0, 1), { measures })), []);
});

Deno.test("bankSizeChart() refuses a measure without a value", () => {
  assert.throws(() => bankSizeChart(points, { measures: [{ name: "none", scale: "share" }] }), {
    name: "RangeError",
    message: 'Cannot chart "none" of banks: at least one value is needed, got none',
  });
});
