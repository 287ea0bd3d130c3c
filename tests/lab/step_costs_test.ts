import assert from "node:assert/strict";
import { stepCosts } from "@/lab/measure_inference.ts";

const parts = [2, 5, 4.5, 9].map((milliseconds, i) => ({ stage: `part ${i}`, milliseconds }));

Deno.test("stepCosts() gives differences, and nothing where noise makes one negative", () => {
  assert.deepEqual(stepCosts(parts).map(({ milliseconds }) => milliseconds), [2, 3, 0, 4.5]);
});

Deno.test("stepCosts() adds up to the longest part where times rise", () => {
  const rising = parts.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const total = stepCosts(rising).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  assert.equal(total, 9);
  assert.deepEqual(stepCosts([]), []);
});
