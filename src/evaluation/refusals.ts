/**
 * Counts of images that were refused as unlike anything trained.
 *
 * @module
 */
import type { Truth } from "@/evaluation/evaluate.ts";

/** How many images were refused, and of how many. */
export interface RefusalCount {
  /** Refused images. */
  readonly refused: number;
  /** All images. */
  readonly images: number;
}

/** Refusals among normal and among anomalous images. */
export interface RefusalCounts {
  /** Normal images: refusing one of a trained product is a mistake. */
  readonly normal: RefusalCount;
  /** Anomalous images: large defects are refused, too. */
  readonly anomalous: RefusalCount;
}

/** Refusals by class, and all together. */
export interface RefusalReport {
  /** By class, in alphabetical order. */
  readonly classes: Readonly<Record<string, RefusalCounts>>;
  /** All test images together. */
  readonly pooled: RefusalCounts;
}

/**
 * Counts refusals.
 *
 * @param refused Whether each image was refused.
 * @param truth Class and label of each image.
 * @returns Counts by class and together.
 * @throws {TypeError} If there is not one truth per image.
 *
 * @example One of two normal images
 * ```ts
 * import assert from "node:assert/strict";
 * import { countRefusals } from "@/evaluation/refusals.ts";
 *
 * const normal = { className: "nut", isAnomalous: false };
 * const { pooled } = countRefusals([true, false], [normal, normal]);
 * assert.deepEqual(pooled.normal, { refused: 1, images: 2 });
 * ```
 */
export function countRefusals(
  refused: readonly boolean[],
  truth: readonly Truth[],
): RefusalReport {
  if (refused.length !== truth.length) {
    throw new TypeError(
      `Cannot count refusals: one truth per image is needed, ` +
        `got ${truth.length} for ${refused.length} images`,
    );
  }
  const countWhere = (isCounted: (each: Truth) => boolean): RefusalCount => {
    const images = [...truth.keys()].filter((image) => isCounted(truth[image]!));
    return { refused: images.filter((image) => refused[image]).length, images: images.length };
  };
  const countsOf = (isCounted: (each: Truth) => boolean): RefusalCounts => ({
    normal: countWhere((each) => isCounted(each) && !each.isAnomalous),
    anomalous: countWhere((each) => isCounted(each) && each.isAnomalous),
  });
  const names = [...new Set(truth.map(({ className }) => className))].sort();
  return {
    classes: Object.fromEntries(
      names.map((name) => [name, countsOf(({ className }) => className === name)]),
    ),
    pooled: countsOf(() => true),
  };
}

/**
 * Says how many images were refused, for people.
 *
 * @param counts Counts of known products, or of one that was never trained.
 * @returns One line.
 *
 * @example Known products
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeRefusals } from "@/evaluation/refusals.ts";
 *
 * const counts = {
 *   normal: { refused: 1, images: 91 },
 *   anomalous: { refused: 60, images: 240 },
 * };
 * assert.equal(
 *   describeRefusals(counts),
 *   "1 of 91 normal and 60 of 240 anomalous test images are unlike anything trained: " +
 *     "defective or unknown",
 * );
 * ```
 */
export function describeRefusals({ normal, anomalous }: RefusalCounts): string {
  return `${normal.refused} of ${normal.images} normal and ${anomalous.refused} of ` +
    `${anomalous.images} anomalous test images are unlike anything trained: defective or unknown`;
}
