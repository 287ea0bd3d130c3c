/**
 * Which images the sample data consist of, and where they lie.
 *
 * @module
 */
import { findSampleClass, sampleClasses } from "@/datasets/sample/classes.ts";

/** How many images of each sort a class has. */
export interface SampleCounts {
  /** Normal images for training. */
  readonly train: number;
  /** Normal images for testing. */
  readonly normal: number;
  /** Images of each kind of defect. */
  readonly defective: number;
}

/** One image that is to be drawn. */
export interface PlannedImage {
  /** Class, by name. */
  readonly className: string;
  /** Kind of defect; `null` for a normal image. */
  readonly defect: string | null;
  /** Where the image lies within the class's folder, without extension; also what it is drawn from. */
  readonly name: string;
  /** File of the image, relative to the dataset folder, with forward slashes. */
  readonly image: string;
  /** File of the mask likewise; `null` for a normal image. */
  readonly mask: string | null;
}

/** The full sample data: 456 images. */
export const defaultSampleCounts: SampleCounts = { train: 40, normal: 16, defective: 10 };

/**
 * Lists every image of the sample data in the folder layout of MVTec.
 *
 * @param counts How many images of each sort a class has; default 40 for training, 16 normal and 10
 *   of each defect for testing.
 * @param classNames Which classes; default all six.
 * @returns The images, by class, training before testing, normal before defective.
 * @throws {RangeError} If a count is not a positive integer or there is no such class.
 *
 * @example One image of each sort
 * ```ts
 * import assert from "node:assert/strict";
 * import { planSampleImages } from "@/datasets/sample/sample_plan.ts";
 *
 * const images = planSampleImages({ train: 1, normal: 1, defective: 1 });
 * assert.equal(images.length, 6 * 4);
 * assert.equal(images[0]?.image, "board/train/good/000.png");
 * assert.equal(images[2]?.mask, "board/ground_truth/missing_part/000_mask.png");
 * ```
 */
export function planSampleImages(
  counts: SampleCounts = defaultSampleCounts,
  classNames: readonly string[] = sampleClasses.map(({ name }) => name),
): PlannedImage[] {
  for (const [sort, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1 || count > 999) {
      throw new RangeError(
        `Cannot plan sample images: ${sort} must be an integer from 1 to 999, got ${count}`,
      );
    }
  }
  return classNames.flatMap((className) => {
    const { defects } = findSampleClass(className);
    const list = (folder: string, count: number, defect: string | null = null) =>
      Array.from({ length: count }, (_, index): PlannedImage => {
        const stem = String(index).padStart(3, "0");
        const name = `${folder}/${stem}`;
        return {
          className,
          defect,
          name,
          image: `${className}/${name}.png`,
          mask: defect === null ? null : `${className}/ground_truth/${defect}/${stem}_mask.png`,
        };
      });
    return [
      ...list("train/good", counts.train),
      ...list("test/good", counts.normal),
      ...defects.flatMap(({ kind }) => list(`test/${kind}`, counts.defective, kind)),
    ];
  });
}
