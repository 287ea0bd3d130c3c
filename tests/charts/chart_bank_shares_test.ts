import assert from "node:assert/strict";
import { bankShareChart } from "@/charts/memory_banks.ts";
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
