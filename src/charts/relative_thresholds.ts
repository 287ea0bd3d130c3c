/**
 * Scores and thresholds in units of the threshold of the group that scored the image: 1 is that
 * threshold, whatever level the group's scores are on.
 *
 * @module
 */
import type { ScoredImage } from "@/charts/scores.ts";
import type { ThresholdMark } from "@/charts/threshold_marks.ts";

/** The score of one image, with the threshold of the group that scored it. */
export interface GroupScoredImage extends ScoredImage {
  /** Calibrated threshold of its group, above 0; infinite if the group can raise no alarm. */
  readonly ownThreshold: number;
}

/**
 * Divides every score by the threshold of the group that scored it.
 *
 * @param images Scored images; one without `ownThreshold` is refused.
 * @returns The same images with relative scores; 0 where the threshold is infinite.
 * @throws {RangeError} If an image has no threshold above 0.
 *
 * @example Half as high again as its group's threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { relativeScores } from "@/charts/relative_thresholds.ts";
 *
 * const image = { className: "nut", isAnomalous: true, score: 3, ownThreshold: 2 };
 * assert.equal(relativeScores([image])[0]?.score, 1.5);
 * ```
 */
export function relativeScores(
  images: readonly (ScoredImage & Partial<GroupScoredImage>)[],
): GroupScoredImage[] {
  return images.map((image) => {
    const { className, score, ownThreshold } = image;
    if (ownThreshold === undefined || !(ownThreshold > 0)) {
      throw new RangeError(
        `Cannot compute relative scores: every image needs its group's threshold, above 0, ` +
          `got ${ownThreshold} in class "${className}"`,
      );
    }
    return { ...image, ownThreshold, score: score / ownThreshold };
  });
}

/**
 * Divides thresholds by those of the groups that score each class.
 *
 * A class whose images were scored by several groups has several relative thresholds. The groups' own
 * thresholds are all 1 and come as one mark.
 *
 * @param thresholds Class-specific and global thresholds; those of groups are dropped.
 * @param images The images that meet them.
 * @returns The mark of the groups, then the others, class by class, without repetition; none for
 *   groups whose own threshold is infinite.
 * @throws {RangeError} If a threshold belongs to a class without images.
 *
 * @example One raw threshold is too high for one class and too low for another
 * ```ts
 * import assert from "node:assert/strict";
 * import { relativeThresholds } from "@/charts/relative_thresholds.ts";
 *
 * const image = { isAnomalous: false, score: 1 };
 * const marks = relativeThresholds([{ scope: "global", className: null, value: 4 }], [
 *   { ...image, className: "nut", ownThreshold: 2 },
 *   { ...image, className: "cup", ownThreshold: 8 },
 * ]);
 * assert.deepEqual(marks.map((mark) => [mark.className, mark.value]), [
 *   [null, 1],
 *   ["nut", 2],
 *   ["cup", 0.5],
 * ]);
 * ```
 */
export function relativeThresholds(
  thresholds: readonly ThresholdMark[],
  images: readonly Pick<GroupScoredImage, "className" | "ownThreshold">[],
): ThresholdMark[] {
  const units = new Map<string, Set<number>>();
  for (const { className, ownThreshold } of images) {
    units.set(className, (units.get(className) ?? new Set()).add(ownThreshold));
  }
  const relative = (mark: ThresholdMark, className: string): ThresholdMark[] => {
    const own = units.get(className);
    if (own === undefined) {
      throw new RangeError(
        `Cannot compute relative thresholds: each must belong to a class with images, ` +
          `got "${className}"`,
      );
    }
    return [...own].filter(Number.isFinite)
      .map((unit) => ({ scope: mark.scope, className, value: mark.value / unit }));
  };
  const others = thresholds.filter((mark) => mark.scope !== "group").flatMap((mark) =>
    (mark.className === null ? [...units.keys()] : [mark.className])
      .flatMap((className) => relative(mark, className))
  );
  return [{ scope: "group", className: null, value: 1 }, ...others];
}
