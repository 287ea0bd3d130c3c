import assert from "node:assert/strict";
import { createRandom, type Random } from "@/math/random.ts";
import { gumbelFactor, predictionLimit } from "@/thresholds/gumbel.ts";
import { findOddImages } from "@/thresholds/odd_images.ts";
import { assertClose } from "../helpers/mod.ts";

const scoresOf = (group: number, scores: number[]) => scores.map((score) => ({ group, score }));

const frechet = (random: Random): number => (-Math.log(1 - random.next() || 0.5)) ** -0.1;

Deno.test("findOddImages() judges each image by the others of its group", () => {
  const others = [1, Math.E, Math.E ** 2];
  // Logarithms 0, 1, 2: mean 1, deviation 1; four images share alpha.
  const limit = Math.exp(1 + gumbelFactor(3, 0.4 / 4));
  const [odd, ...rest] = findOddImages(scoresOf(7, [...others, 2 * limit]), { alpha: 0.4 });
  assert.equal(rest.length, 0);
  assert.equal(odd!.image, 3);
  assertClose(odd!.limit, limit, 1e-12);
  assertClose(odd!.ratio, 2, 1e-12);
  assert.deepEqual(findOddImages(scoresOf(7, [...others, 0.99 * limit]), { alpha: 0.4 }), []);
});

Deno.test("findOddImages() keeps groups apart and lists the oddest first", () => {
  const quiet = [10, 11, 12, 10, 11, 12, 11, 10], loud = quiet.map((score) => 100 * score);
  const calibration = [
    ...scoresOf(0, [...quiet, 90]),
    ...scoresOf(1, [...loud, 90000]),
    ...scoresOf(2, [1, 2, 9e9]),
  ];
  assert.deepEqual(findOddImages(calibration).map(({ image }) => image), [17, 8]);
});

Deno.test("findOddImages() lists an image of few groups that have no odd one", () => {
  const random = createRandom(3);
  const groups = 1500;
  for (const count of [10, 31, 50]) {
    let listing = 0;
    for (let trial = 0; trial < groups; trial++) {
      const scores = Array.from({ length: count }, () => frechet(random));
      if (findOddImages(scoresOf(0, scores), { alpha: 0.05 }).length > 0) listing++;
    }
    const share = listing / groups, error = Math.sqrt(0.05 * 0.95 / groups);
    assert.ok(share <= 0.05 + 4 * error, `n ${count}: ${share}`);
    assert.ok(share >= 0.02, `n ${count}: ${share}`);
  }
});

Deno.test("findOddImages() lists an image of few groups with log-normal scores", () => {
  const random = createRandom(12);
  for (const count of [10, 31, 80]) {
    let listing = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const scores = Array.from({ length: count }, () => Math.exp(0.25 * random.gaussian()));
      if (findOddImages(scoresOf(0, scores)).length > 0) listing++;
    }
    assert.ok(listing <= 60, `n ${count}: ${listing}`);
  }
});

Deno.test("findOddImages() lists what judging every image would", () => {
  const random = createRandom(9);
  for (let trial = 0; trial < 300; trial++) {
    const count = 4 + random.integer(30);
    const scores = Array.from({ length: count }, () => frechet(random) ** (1 + 3 * random.next()));
    const alpha = 0.5;
    const expected = scores.flatMap((score, image) =>
      score > predictionLimit(scores.toSpliced(image, 1), alpha / count) ? [image] : []
    );
    const odd = findOddImages(scoresOf(0, scores), { alpha }).map(({ image }) => image);
    assert.deepEqual(odd.toSorted((a, b) => a - b), expected, `trial ${trial}`);
  }
});

Deno.test("findOddImages() does not tighten limits below the end of the table", () => {
  const random = createRandom(4);
  const scores = Array.from({ length: 200 }, () => frechet(random));
  scores[50] = 100;
  const [odd] = findOddImages(scoresOf(0, scores));
  assert.equal(odd!.image, 50);
  assert.equal(odd!.limit, predictionLimit(scores.toSpliced(50, 1), 0.001));
});

Deno.test("findOddImages() refuses scores and levels that say nothing", () => {
  assert.throws(() => findOddImages(scoresOf(0, [1, -1])), {
    name: "RangeError",
    message:
      "Cannot find odd training images: calibration scores must be from 0 and finite, got -1",
  });
  assert.throws(() => findOddImages([], { alpha: 0 }), {
    message: "Cannot find odd training images: alpha must be above 0 and below 1, got 0",
  });
  assert.deepEqual(findOddImages([]), []);
});
