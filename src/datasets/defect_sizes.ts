/**
 * How large defects are where a model looks at them, class by class.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { ScaledDefect } from "@/images/masks.ts";
import type { TableRecord } from "@/tables.ts";

/** The defect of one image, before and after scaling. */
export interface MeasuredDefect extends ScaledDefect {
  /** Product category. */
  readonly className: string;
  /** Kind of defect. */
  readonly defect: string;
  /** Image file. */
  readonly image: string;
}

/** The defects of a class after scaling; pixels and patches are those that a model sees. */
export interface DefectSizes {
  /** Product category. */
  readonly className: string;
  /** Masks that mark something. */
  readonly masks: number;
  /** Median number of pixels. */
  readonly medianPixels: number;
  /** Smallest number of pixels; 0 if a defect vanishes. */
  readonly smallestPixels: number;
  /** The smallest in patches: its pixels divided by those of a patch. */
  readonly smallestPatches: number;
  /** Masks that are left with fewer pixels than a patch has, those that vanish included. */
  readonly belowPatch: number;
  /** Masks of which at least half lies outside of the square. */
  readonly cut: number;
  /** Masks that mark no pixel any more. */
  readonly vanished: number;
}

/**
 * Summarizes the sizes of defects after scaling, class by class. Empty masks do not count.
 *
 * @param defects The defects, of any classes.
 * @param options Side of a patch in pixels.
 * @returns One record per class with a mask, in order of first appearance.
 * @throws {RangeError} If `patch` is not a positive number.
 *
 * @example Half a patch of 8 × 8 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeDefectSizes } from "@/datasets/mod.ts";
 *
 * const scratch = { className: "nut", defect: "scratch", image: "a.png" };
 * const defects = [{ ...scratch, area: 0.001, pixels: 32, kept: 1 }];
 * const [sizes] = summarizeDefectSizes(defects, { patch: 8 });
 * assert.equal(sizes?.smallestPatches, 0.5);
 * assert.equal(sizes?.belowPatch, 1);
 * ```
 */
export function summarizeDefectSizes(
  defects: readonly MeasuredDefect[],
  { patch }: { readonly patch: number },
): DefectSizes[] {
  if (!(patch > 0 && patch < Infinity)) {
    throw new RangeError(
      `Cannot summarize defects: patch must be a positive number of pixels, got ${patch}`,
    );
  }
  const marked = defects.filter(({ area }) => area > 0);
  return [...new Set(marked.map(({ className }) => className))].map((className) => {
    const own = marked.filter((defect) => defect.className === className);
    const pixels = own.map((defect) => defect.pixels);
    const smallestPixels = pixels.reduce((least, each) => Math.min(least, each), Infinity);
    return {
      className,
      masks: own.length,
      medianPixels: median(pixels),
      smallestPixels,
      smallestPatches: smallestPixels / patch ** 2,
      belowPatch: pixels.filter((each) => each < patch ** 2).length,
      cut: own.filter(({ kept }) => kept !== null && kept <= 0.5).length,
      vanished: pixels.filter((each) => each === 0).length,
    };
  });
}

/**
 * Turns the sizes into records for a table.
 *
 * @param sizes The sizes, class by class.
 * @returns A row per class with short titles in words; the median is rounded to whole pixels.
 *
 * @example The class comes first
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeDefectSizes, tabulateDefectSizes } from "@/datasets/mod.ts";
 *
 * const dent = { className: "nut", defect: "dent", image: "a.png", area: 0.1, pixels: 9, kept: 1 };
 * const [row] = tabulateDefectSizes(summarizeDefectSizes([dent], { patch: 8 }));
 * assert.equal(row?.["class"], "nut");
 * assert.equal(row?.["smallest, px"], 9);
 * ```
 */
export function tabulateDefectSizes(sizes: readonly DefectSizes[]): TableRecord[] {
  return sizes.map((each) => ({
    class: each.className,
    masks: each.masks,
    "median, px": Math.round(each.medianPixels),
    "smallest, px": each.smallestPixels,
    "smallest, patches": each.smallestPatches,
    "below a patch": each.belowPatch,
    "half cut away": each.cut,
    vanished: each.vanished,
  }));
}
