import assert from "node:assert/strict";
import { relativeScores, relativeThresholds } from "@/charts/threshold_explorer.ts";

const image = { className: "nut", isAnomalous: false, score: 3 };

Deno.test("relativeScores() keeps every decision at the group's own threshold", () => {
  for (const score of [0, 1.9, 2, 2.1]) {
    const [relative] = relativeScores([{ ...image, score, ownThreshold: 2 }]);
    assert.equal(relative!.score >= 1, score >= 2);
  }
});

Deno.test("relativeScores() gives 0 where a group can raise no alarm", () => {
  assert.equal(relativeScores([{ ...image, ownThreshold: Infinity }])[0]!.score, 0);
});

Deno.test("relativeScores() refuses images without a threshold above 0", () => {
  const message = (got: string): string =>
    "Cannot compute relative scores: every image needs its group's threshold, above 0, " +
    `got ${got} in class "nut"`;
  assert.throws(() => relativeScores([image]), {
    name: "RangeError",
    message: message("undefined"),
  });
  assert.throws(() => relativeScores([{ ...image, ownThreshold: 0 }]), {
    name: "RangeError",
    message: message("0"),
  });
});

Deno.test("relativeThresholds() divides by every group that scores the class, once each", () => {
  const images = [2, 2, 4, Infinity].map((ownThreshold) => ({ className: "nut", ownThreshold }));
  const marks = relativeThresholds([
    { scope: "class", className: "nut", value: 4 },
    { scope: "group", className: "nut", value: 2 },
  ], images);
  assert.deepEqual(marks, [
    { scope: "group", className: null, value: 1 },
    { scope: "class", className: "nut", value: 2 },
    { scope: "class", className: "nut", value: 1 },
  ]);
});

Deno.test("relativeThresholds() refuses a class without images", () => {
  assert.throws(() => relativeThresholds([{ scope: "class", className: "cup", value: 1 }], []), {
    name: "RangeError",
    message: "Cannot compute relative thresholds: each must belong to a class with images, " +
      'got "cup"',
  });
});
