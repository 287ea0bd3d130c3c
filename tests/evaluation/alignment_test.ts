import assert from "node:assert/strict";
import { alignScores } from "@/evaluation/alignment.ts";
import { auroc } from "@/evaluation/ranking.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

const scoresOf = (group: number, scores: number[]) => scores.map((score) => ({ group, score }));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

Deno.test("alignScores() divides by the 0.95 quantile of the own group", () => {
  // Linear interpolation at 0.95 · 20 = 19 of the 21 scores 1 to 21: 20.
  const calibration = [...scoresOf(0, upTo(21)), ...scoresOf(1, upTo(21).map((x) => 10 * x))];
  const aligned = alignScores([{ group: 0, score: 40 }, { group: 1, score: 40 }], calibration);
  assertClose(aligned[0]!, 2, 1e-12);
  assertClose(aligned[1]!, 0.2, 1e-12);
});

Deno.test("alignScores() lends small groups the scale of all", () => {
  const calibration = [...scoresOf(0, upTo(21)), ...scoresOf(1, [500])];
  // 22 scores: 0.95 · 21 = 19.95, between 20 and 21.
  const [small] = alignScores([{ group: 1, score: 100 }], calibration);
  assertClose(small!, 100 / 20.95, 1e-12);
  const nine = alignScores([{ group: 0, score: 1 }], scoresOf(0, upTo(9)));
  assertClose(nine[0]!, 1 / 8.6, 1e-12);
});

Deno.test("alignScores() is blind to the level that a group scores on", () => {
  const random = createRandom(4);
  const calibration = [0, 1].flatMap((group) =>
    scoresOf(group, Array.from({ length: 30 }, () => 1 + random.next()))
  );
  const samples = Array.from(
    { length: 60 },
    (_, i) => ({ group: i % 2, score: 1 + 2 * random.next() }),
  );
  const labels = samples.map(({ score }) => score > 2 && random.next() < 0.8);
  const louder = <Scored extends { group: number; score: number }>(all: Scored[]) =>
    all.map((each) => each.group === 1 ? { ...each, score: 64 * each.score } : each);
  const before = auroc(alignScores(samples, calibration), labels);
  assert.equal(auroc(alignScores(louder(samples), louder(calibration)), labels), before);
});

Deno.test("alignScores() says when there is no scale", () => {
  const two = [{ group: 0, score: 1 }, { group: 1, score: 2 }];
  assert.throws(() => alignScores(two, []), {
    name: "UndefinedMetricError",
    message: "Cannot align scores: calibration scores are needed, got none",
  });
  // One group alone needs no common scale.
  assert.deepEqual(alignScores(scoresOf(3, [1, 2]), []), [1, 2]);
  assert.throws(() => alignScores([{ group: 0, score: 1 }], scoresOf(0, Array(12).fill(0))), {
    name: "UndefinedMetricError",
    message: "Cannot align scores: the 0.95 quantile of all groups must be above zero, got 0",
  });
});

Deno.test("alignScores() by z follows its formula", () => {
  // Logarithms: group 0: 0 2 (mean 1, squares 2), group 1: 3 5 7 (mean 5, squares 8).
  // Common variance 10 / 3; group 0: (50/3 + 2) / 6, group 1: (50/3 + 8) / 7.
  const calibration = [
    ...scoresOf(0, [1, Math.exp(2)]),
    ...scoresOf(1, [Math.exp(3), Math.exp(5), Math.exp(7)]),
    ...scoresOf(2, [1]),
  ];
  const samples = [{ group: 0, score: Math.exp(4) }, { group: 1, score: Math.exp(4) }];
  const [first, second] = alignScores(samples, calibration, { scale: "z" });
  assertClose(first!, 3 / Math.sqrt((50 / 3 + 2) / 6), 1e-12);
  assertClose(second!, -1 / Math.sqrt((50 / 3 + 8) / 7), 1e-12);
  // Groups of one score and of none: mean 17/6 of 0 2 3 5 7 0, squares 87 − 6 (17/6)².
  const few = alignScores([{ group: 2, score: 1 }, { group: 9, score: 1 }], calibration, {
    scale: "z",
  });
  const expected = -(17 / 6) / Math.sqrt((87 - 6 * (17 / 6) ** 2) / 5);
  for (const score of few) assertClose(score, expected, 1e-12);
});

Deno.test("alignScores() by z is blind to the level of a group, and keeps the order within it", () => {
  const random = createRandom(6);
  const draw = (): number => Math.exp(random.gaussian());
  const calibration = [0, 1, 2].flatMap((group) =>
    scoresOf(group, Array.from({ length: 4 + 8 * group }, draw))
  );
  const samples = Array.from({ length: 60 }, (_, i) => ({ group: i % 3, score: 0.1 + draw() }));
  const louder = <Scored extends { group: number; score: number }>(all: Scored[]) =>
    all.map((each) => each.group === 1 ? { ...each, score: 3 * each.score } : each);
  const before = alignScores(samples, calibration, { scale: "z" });
  const after = alignScores(louder(samples), louder(calibration), { scale: "z" });
  before.forEach((score, i) => assertClose(after[i]!, score, 1e-9));
  for (const [i, a] of samples.entries()) {
    for (const [j, b] of samples.entries()) {
      if (a.group === b.group && a.score > b.score) assert.ok(before[i]! > before[j]!);
    }
  }
});

Deno.test("alignScores() by z takes scores of zero and below, and says when there is no scale", () => {
  const aligned = alignScores(scoresOf(0, [0, 1]), scoresOf(0, [0, 1, 2]), { scale: "z" });
  assert.ok(aligned.every(Number.isFinite) && aligned[0]! < aligned[1]!);
  // Raw scores: mean 0, squares 2, common variance 1: (5 + 2) / 7.
  const raw = alignScores(scoresOf(0, [-2]), scoresOf(0, [-1, 0, 1]), { scale: "z" });
  assertClose(raw[0]!, -2, 1e-12);
  assert.throws(() => alignScores(scoresOf(0, [1]), scoresOf(0, [1, 1]), { scale: "z" }), {
    name: "UndefinedMetricError",
    message: "Cannot align scores: the deviation of calibration scores must be above zero, " +
      "got equal scores",
  });
  assert.throws(() => alignScores(scoresOf(0, [1]), scoresOf(0, [1]), { scale: "z" }), {
    message: "Cannot align scores: the deviation of calibration scores must be above zero, " +
      "got one score",
  });
  assert.deepEqual(alignScores(scoresOf(3, [1, 2]), [], { scale: "z" }), [1, 2]);
});
