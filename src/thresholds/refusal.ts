/**
 * Images of products that were never trained: which are refused.
 *
 * An image of another product is far from the memory bank everywhere, not in one place, and far
 * from the semantic key that it was routed by. Large defects can look the same: the word is
 * "defective or unknown".
 *
 * @module
 */
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct64 } from "@/math/vectors.ts";
import { type Threshold, thresholdFrom } from "@/thresholds/rules.ts";

/** What an image is called that is unlike anything trained. */
export const REFUSED = "defective or unknown";

/** What refusal looks at: one image in the group that it was routed to. */
export interface Familiarity {
  /** Group that scored the image. */
  readonly group: number;
  /** Mean over its patches of the distance to the nearest kept embedding. */
  readonly patchMean: number;
  /** 1 − cosine of its semantic vector and the group's key. */
  readonly keyDistance: number;
}

/** What an image of a group must reach in both to be refused. */
export interface RefusalLimits {
  /** Limit of the mean patch distance. */
  readonly patchMean: Threshold;
  /** Limit of the distance to the key. */
  readonly keyDistance: Threshold;
}

/** Images that are refused, and by what. */
export interface Refusals {
  /** Whether each image is unlike anything trained. */
  readonly refused: readonly boolean[];
  /** Limits by group. */
  readonly limits: ReadonlyMap<number, RefusalLimits>;
}

/**
 * Refuses images that are unlike anything trained.
 *
 * An image is refused when its mean patch distance and its distance to the key both reach their
 * limits, which the rule `gumbel` sets from the group's training images. Since both must, at most as
 * many known normal images are refused as `promiseOf` allows for one limit, and mostly far fewer. A
 * group with fewer than 3 training images, and one without any, refuses nothing.
 *
 * @param images Images to judge.
 * @param options Training images, measured without themselves: patch distances as calibration
 *   scores are, keys by `leaveOneOutKeyDistances`; and alpha, default 0.05; or limits by group that are given.
 * @returns One decision per image, and the limits.
 * @throws {RangeError} If alpha is out of range or a number is not finite.
 *
 * @example Far everywhere, and far in one of the two
 * ```ts
 * import assert from "node:assert/strict";
 * import { refuseImages } from "@/thresholds/mod.ts";
 *
 * const training = Array.from({ length: 20 }, (_, i) => ({
 *   group: 0,
 *   patchMean: 1 + i / 100,
 *   keyDistance: 0.1 + i / 1000,
 * }));
 * const { refused } = refuseImages([
 *   { group: 0, patchMean: 9, keyDistance: 0.5 },
 *   { group: 0, patchMean: 9, keyDistance: 0.1 },
 *   { group: 0, patchMean: 1, keyDistance: 0.5 },
 * ], { training });
 * assert.deepEqual(refused, [true, false, false]);
 * ```
 */
export function refuseImages(
  images: readonly Familiarity[],
  options: {
    readonly training: readonly Familiarity[];
    readonly alpha?: number;
    readonly limits?: ReadonlyMap<number, RefusalLimits>;
  },
): Refusals {
  const { training, alpha = 0.05 } = options;
  const limits = options.limits ?? limitsOf(training, alpha);
  const refused = images.map(({ group, patchMean, keyDistance }) => {
    const limit = limits.get(group);
    return limit !== undefined && patchMean >= limit.patchMean.value &&
      keyDistance >= limit.keyDistance.value;
  });
  return { refused, limits };
}

function limitsOf(training: readonly Familiarity[], alpha: number): Map<number, RefusalLimits> {
  const rule = { name: "gumbel", alpha } as const;
  const limits = new Map<number, RefusalLimits>();
  for (const [group, members] of Map.groupBy(training, ({ group }) => group)) {
    limits.set(group, {
      patchMean: thresholdFrom(members.map(({ patchMean }) => patchMean), rule),
      keyDistance: thresholdFrom(members.map(({ keyDistance }) => keyDistance), rule),
    });
  }
  return limits;
}

/**
 * Measures how far each training image of a group is from the key of the others.
 *
 * The key is the mean direction of their semantic vectors. A vector of zeros, a lone image and
 * others that cancel out give distance 1. Takes O(images × columns) time.
 *
 * @param semantics Semantic vectors of one group's training images, one a row.
 * @returns 1 − cosine for every image, from 0 to 2.
 *
 * @example Two alike and one across
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { leaveOneOutKeyDistances } from "@/thresholds/mod.ts";
 *
 * const distances = leaveOneOutKeyDistances(matrixOf([[1, 0], [2, 0], [0, 1]]));
 * assert.equal(distances[2], 1);
 * assert.ok(Math.abs(distances[0]! - (1 - Math.SQRT1_2)) < 1e-7);
 * ```
 */
export function leaveOneOutKeyDistances(semantics: Matrix): Float64Array {
  const unit = normalizeRows(semantics);
  const { rows, columns } = unit;
  const sums = new Float64Array(columns);
  for (let i = 0; i < unit.data.length; i++) sums[i % columns]! += unit.data[i]!;
  return Float64Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(rowOf(unit, row));
    const others = sums.map((sum, column) => sum - own[column]!);
    const length = Math.sqrt(dotProduct64(others, others) * dotProduct64(own, own));
    // What is left of others that cancel out is rounding.
    return length < 1e-9 ? 1 : Math.max(0, 1 - dotProduct64(others, own) / length);
  });
}
