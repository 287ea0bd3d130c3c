import assert from "node:assert/strict";
import {
  averageResults,
  averageScenarios,
  binaryResultsFile,
  thresholdEntries,
} from "@/evaluation/result_files.ts";
import { tinyEvaluation, tinyScenarios } from "../helpers/scenarios.ts";

Deno.test("thresholdEntries() writes no infinity, which JSON does not have", () => {
  const reason = "no calibration score";
  const thresholds = new Map([
    ["a", { value: 2, count: 3 }],
    ["b", { value: Infinity, count: 0, reason }],
  ]);
  assert.deepEqual(thresholdEntries(thresholds), {
    a: { value: 2, count: 3 },
    b: { value: null, count: 0, reason },
  });
});

Deno.test("binaryResultsFile() holds rule, thresholds and counts", () => {
  const content = binaryResultsFile(tinyEvaluation(1), { rule: { name: "max" }, scope: "class" });
  assert.deepEqual(Object.keys(content), [
    "schema",
    "rule",
    "thresholds",
    "promises",
    "classes",
    "macro",
    "pooled",
  ]);
});

Deno.test("averageResults() averages every number where it stands", () => {
  const { mean, std } = averageResults([
    { macro: { auroc: 1, name: "a" }, list: [1, 2] },
    { macro: { auroc: 3, name: "b" }, list: [3] },
  ]);
  // Deviations −1 and 1: √(2 ÷ 1). Text and lists are those of the first.
  assert.deepEqual(mean, { macro: { auroc: 2, name: "a" }, list: [1, 2] });
  assert.deepEqual(std, { macro: { auroc: Math.SQRT2 } });
});

Deno.test("averageResults() has no mean where one seed leaves the value undefined", () => {
  const { mean, std } = averageResults<{ f1: number | null }>([{ f1: 1 }, { f1: null }]);
  assert.deepEqual(mean, { f1: null });
  assert.deepEqual(std, {});
});

Deno.test("averageResults() holds true only what is true with every seed", () => {
  const holds = (...truths: boolean[]) =>
    averageResults(truths.map((each) => ({ holds: each }))).mean.holds;
  assert.deepEqual([holds(true, true), holds(true, false), holds(false, false)], [
    true,
    false,
    false,
  ]);
});

Deno.test("averageResults() leaves out keys that not all have", () => {
  const { mean } = averageResults<Record<string, number>>([{ a: 1, b: 2 }, { a: 3 }]);
  assert.deepEqual(mean, { a: 2 });
});

Deno.test("averageResults() returns a single result as it is, without deviations", () => {
  assert.deepEqual(averageResults([{ a: 1 }]), { mean: { a: 1 }, std: {} });
  assert.throws(() => averageResults([]), {
    message: "Cannot average results: at least one is needed, got none",
  });
});

Deno.test("averageScenarios() averages numbers and holds what holds with every seed", () => {
  const good = tinyScenarios(0), poor = tinyScenarios(1);
  const file = averageScenarios([good, poor]);
  const entries = [good, poor, file].map((each) => each.scenarios["3"]!.PatchCore!);
  const [first, second, both] = entries.map(({ macro }) => macro.image_auroc!);
  assert.equal(both, (first! + second!) / 2);
  assert.notEqual(first, second);
  assert.deepEqual(entries.map(({ requirements }) => requirements.R1.holds), [true, false, false]);
  assert.ok("std" in file);
  assert.equal(file.seeds, 2);
  assert.deepEqual(file.models, good.models);
});

Deno.test("averageScenarios() refuses none", () => {
  assert.throws(() => averageScenarios([]), {
    message: "Cannot average scenarios: those of at least one seed are needed, got none",
  });
});

Deno.test("scenariosFile() orders scenarios and survives being written as JSON", () => {
  const file = tinyScenarios(1);
  assert.deepEqual(Object.keys(file.scenarios), ["1", "3"]);
  assert.deepEqual(file.models, ["PatchCore"]);
  assert.equal(file.reference!.name, "OC-UIAD");
  assert.deepEqual(JSON.parse(JSON.stringify(file)), file);
});

Deno.test("scenariosFile() keeps decisions with their thresholds and what R2 compares with", () => {
  const entry = tinyScenarios(0).scenarios["1"]!.PatchCore!;
  assert.equal(entry.binary.scope, "class");
  assert.deepEqual(Object.keys(entry.binary.thresholds), ["bolt", "nut"]);
  assert.equal(entry.class_specific.macro.f1, 1);
});
