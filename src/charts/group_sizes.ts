/**
 * The sizes of a dataset's images, and which share of each a model sees.
 *
 * @module
 */
import type { ClassSummary, CountedSize } from "@/datasets/summary.ts";
import { type Fit, visiblePart } from "@/images/geometry.ts";

/** How images are scaled and cut. */
export interface SizeGeometry {
  /** Pixels of the short side after scaling, or of both. */
  readonly resize: number;
  /** Side of the square cut from the middle. */
  readonly imagesize: number;
  /** What is scaled; default `short_side`. */
  readonly fit?: Fit;
}

/** A class and the sizes of its images. */
export type ClassSizes = Pick<ClassSummary, "name" | "sizes">;

/** A size and the classes that have images of it. */
export interface SizeOfClasses extends CountedSize {
  /** Names of the classes, in order. */
  readonly classes: readonly string[];
}

/** One size, or several that are told together. */
export interface SizeGroup {
  /** Name of the size and of its class or their number; `OTHER_SIZES` for several. */
  readonly name: string;
  /** The sizes, at least one. */
  readonly sizes: readonly SizeOfClasses[];
  /** How many images have them. */
  readonly images: number;
  /** Share of an image that is seen, from 0 to 1; of several sizes the mean over images. */
  readonly share: number;
}

/** Sizes to be told apart, and how images are scaled and cut. */
export interface GroupSizesOptions {
  /** How images are scaled and cut. */
  readonly geometry: SizeGeometry;
  /** Most groups, at least 2. */
  readonly most: number;
}

/** Name of the group of all sizes that have none of their own. */
export const OTHER_SIZES = "other sizes";

/**
 * Groups images by size, the most frequent first; what is too many becomes one group at the end.
 *
 * @param classes The classes with their sizes.
 * @param options How many groups there may be, and how images are scaled and cut.
 * @returns The groups; none if there is no image.
 * @throws {RangeError} If the geometry is impossible, or fewer than 2 groups are allowed.
 *
 * @example Two classes with images of one size
 * ```ts
 * import assert from "node:assert/strict";
 * import { groupSizes } from "@/charts/group_sizes.ts";
 *
 * const sizes = [{ width: 640, height: 320, images: 5 }];
 * const classes = [{ name: "nut", sizes }, { name: "cup", sizes }];
 * const [group] = groupSizes(classes, { geometry: { resize: 256, imagesize: 256 }, most: 9 });
 * assert.deepEqual(
 *   [group?.name, group?.images, group?.share],
 *   ["640×320, all classes", 10, 0.5],
 * );
 * ```
 */
export function groupSizes(
  classes: readonly ClassSizes[],
  { geometry, most }: GroupSizesOptions,
): SizeGroup[] {
  if (!(most >= 2)) {
    throw new RangeError(`Cannot group image sizes: most must be at least 2, got ${most}`);
  }
  const sizes = mergeSizes(classes);
  const named = sizes.slice(0, sizes.length > most ? most - 1 : most);
  const groups = [...named.map((size) => [size]), sizes.slice(named.length)];
  return groups.filter((group) => group.length > 0).map((group, i) => {
    const images = group.reduce((sum, each) => sum + each.images, 0);
    const seen = group.reduce(
      (sum, each) => sum + each.images * visiblePart(each, geometry).share,
      0,
    );
    const single = named[i];
    const name = single === undefined ? OTHER_SIZES : nameGroup(single, classes.length);
    return { name, sizes: group, images, share: seen / images };
  });
}

function nameGroup({ width, height, classes }: SizeOfClasses, total: number): string {
  const size = `${width}×${height}`;
  if (total === 1) return size;
  if (classes.length === total) return `${size}, all classes`;
  return `${size}, ${classes.length === 1 ? classes[0] : `${classes.length} classes`}`;
}

function mergeSizes(classes: readonly ClassSizes[]): SizeOfClasses[] {
  const merged = new Map<string, SizeOfClasses>();
  for (const { name, sizes } of classes) {
    for (const { width, height, images } of sizes) {
      const key = `${width}×${height}`;
      const before = merged.get(key) ?? { images: 0, classes: [] };
      merged.set(key, {
        width,
        height,
        images: before.images + images,
        classes: [...before.classes, name],
      });
    }
  }
  return [...merged.values()].sort((a, b) =>
    b.images - a.images || a.width - b.width || a.height - b.height
  );
}
