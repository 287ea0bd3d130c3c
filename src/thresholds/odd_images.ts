/**
 * Training images that score too high to be like the others of their group.
 *
 * @module
 */
import { predictionLimit } from "@/thresholds/gumbel.ts";

/** A training image that is unlike the others of its group. */
export interface OddImage {
  /** Its position among the scores. */
  readonly image: number;
  /** Its calibration score. */
  readonly score: number;
  /** What the others of its group let expect at most. */
  readonly limit: number;
  /** Score ÷ limit, above 1; infinite where the others all score 0. */
  readonly ratio: number;
}

/** Other images that a limit needs. */
const fewestOthers = 3;

/** Below that, limits stay as they are: there the table of the Gumbel limit ends. */
const leastAlpha = 0.001;

/**
 * Finds training images that score beyond what the others of their group let expect.
 *
 * Every image meets the limit of the rule `gumbel`, without its bracket, from the calibration scores
 * of the others: its own would raise a limit that it is to be judged by. A limit that one new image
 * exceeds with probability alpha would be exceeded by some of n in many groups; so each is set at
 * alpha ÷ n, though not below 0.001 (Bonferroni). Then a group of up to 1000 × alpha images without
 * an odd one lists any with probability alpha at most if logarithms of scores are Gumbel, a larger
 * one n ÷ 1000 images on average; with lighter tails far fewer. The default is generous, for a
 * person looks at the list: 0.2 lists an image in 5 % of groups of 10 with log-normal scores, in 1 %
 * of groups of 31, and 4 of the 269 training images of real5. Two odd images can hide each other. Whether one is left
 * out is the user's decision. The rule is ours.
 *
 * @param calibration Calibration scores, each made by a bank without the image's own rows.
 * @param options How often a group without odd images may list one; default 0.2.
 * @returns The odd images, by falling ratio; none from groups of fewer than 4 images.
 * @throws {RangeError} If alpha is not above 0 and below 1, or a score is negative or not finite.
 *
 * @example One of ten
 * ```ts
 * import assert from "node:assert/strict";
 * import { findOddImages } from "@/thresholds/mod.ts";
 *
 * const scores = [10, 11, 12, 11, 10, 12, 11, 90, 10, 11];
 * const odd = findOddImages(scores.map((score) => ({ group: 0, score })));
 * assert.deepEqual(odd.map(({ image }) => image), [7]);
 * assert.ok(odd[0]!.ratio > 1);
 * ```
 */
export function findOddImages(
  calibration: readonly { readonly group: number; readonly score: number }[],
  options: { readonly alpha?: number } = {},
): OddImage[] {
  const { alpha = 0.2 } = options;
  const task = "Cannot find odd training images";
  if (!(alpha > 0 && alpha < 1)) {
    throw new RangeError(`${task}: alpha must be above 0 and below 1, got ${alpha}`);
  }
  const unusable = calibration.find(({ score }) => !(score >= 0 && score < Infinity));
  if (unusable !== undefined) {
    throw new RangeError(
      `${task}: calibration scores must be from 0 and finite, got ${unusable.score}`,
    );
  }
  const odd: OddImage[] = [];
  const groups = Map.groupBy(calibration.keys(), (image) => calibration[image]!.group);
  for (const images of groups.values()) {
    if (images.length <= fewestOthers) continue;
    const scores = images.map((image) => calibration[image]!.score);
    const perImage = Math.max(alpha / images.length, leastAlpha);
    // Without a higher score the others' mean and deviation are lower, and so is the limit: where
    // an image is not odd, none that scores less is.
    const descending = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
    for (const place of descending) {
      const limit = predictionLimit(scores.toSpliced(place, 1), perImage);
      const score = scores[place]!;
      if (score <= limit) break;
      odd.push({ image: images[place]!, score, limit, ratio: score / limit });
    }
  }
  return odd.sort((a, b) => b.ratio - a.ratio || a.image - b.image);
}
