import assert from "node:assert/strict";
import { averageResults } from "@/evaluation/result_files.ts";

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
