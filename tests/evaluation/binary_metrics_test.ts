import assert from "node:assert/strict";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

const repeat = <Value>(value: Value, count: number): Value[] => Array(count).fill(value);

Deno.test("countDecisions() computes every rate from its counts", () => {
  // 6 found, 2 missed, 1 false alarm, 11 rightly passed.
  const { tp, fn, fp, tn, ...rates } = countDecisions(
    [...repeat(true, 6), ...repeat(false, 2), true, ...repeat(false, 11)],
    [...repeat(true, 8), ...repeat(false, 12)],
  );
  assert.deepEqual([tp, fn, fp, tn], [6, 2, 1, 11]);
  assertClose(rates.accuracy!, 17 / 20, 1e-12);
  assertClose(rates.balanced_accuracy!, (6 / 8 + 11 / 12) / 2, 1e-12);
  assertClose(rates.precision!, 6 / 7, 1e-12);
  assertClose(rates.recall!, 6 / 8, 1e-12);
  assertClose(rates.f1!, 12 / 15, 1e-12);
  assertClose(rates.fpr!, 1 / 12, 1e-12);
});

Deno.test("countDecisions() leaves undefined what cannot be defined", () => {
  const normalOnly = countDecisions([true, false], [false, false]);
  assert.equal(normalOnly.recall, null);
  assert.equal(normalOnly.f1, null);
  assert.equal(normalOnly.balanced_accuracy, null);
  assert.equal(normalOnly.fpr, 0.5);
  assert.equal(
    normalOnly.recall_reason,
    "Cannot compute recall: there is nothing to count",
  );
  const silent = countDecisions([false, false], [true, false]);
  assert.equal(silent.precision, null);
  assert.equal(silent.f1, 0);
  assert.equal(countDecisions([], []).accuracy, null);
});

Deno.test("countDecisions() swaps its counts with the labels", () => {
  const random = createRandom(3);
  const decisions = Array.from({ length: 40 }, () => random.next() < 0.5);
  const labels = Array.from({ length: 40 }, () => random.next() < 0.5);
  const one = countDecisions(decisions, labels), other = countDecisions(labels, decisions);
  assert.deepEqual([one.tp, one.fp, one.fn, one.tn], [other.tp, other.fn, other.fp, other.tn]);
  assertClose(one.f1!, other.f1!, 1e-12);
});

Deno.test("countDecisions() refuses labels that do not fit", () => {
  assert.throws(() => countDecisions([true], []), {
    name: "TypeError",
    message: "Cannot count decisions: one label per decision is needed, got 0 for 1",
  });
});
