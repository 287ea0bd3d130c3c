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
