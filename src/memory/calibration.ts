/**
 * Which training images the memory bank keeps apart, so that normal calibration scores come from
 * images that the scoring bank has not seen.
 *
 * @module
 */
import { createRandom, permutation } from "@/math/random.ts";
import { checkCount } from "@/messages.ts";

/**
 * How normal calibration scores are made.
 *
 * - `own_rows_out`: the final bank scores every image of its group, without the rows that it keeps
 *   of that image. No bank is selected twice. Exact leave-one-out where every row is kept; where a
 *   selection thins them out it is too high, the more so the fewer stay.
 * - `crossfit`: each fold of a group's images is scored by a bank of the group's other folds; the
 *   final bank keeps all images.
 * - `holdout`: a share of the images is set aside and scored by the final bank, which never sees
 *   them.
 */
export type CalibrationScheme =
  | {
    /** The final bank, without the rows of the image that it scores. */
    readonly scheme: "own_rows_out";
  }
  | {
    /** Each fold is scored by a bank of the others. */
    readonly scheme: "crossfit";
    /** Number of folds, at least 2; a group with fewer images has one fold per image. */
    readonly folds: number;
  }
  | {
    /** A share of the images is set aside. */
    readonly scheme: "holdout";
    /** The share, above 0 and below 1; at least one image is set aside and at least one kept. */
    readonly fraction: number;
  };

/** One bank to be built for calibration: the images it is made of, and those it scores. */
export interface CalibrationSplit {
  /** Images whose embeddings the bank may keep. */
  readonly kept: Uint32Array;
  /** Images that the bank scores. */
  readonly scored: Uint32Array;
  /** Whether the bank scores an image without the rows that it keeps of it; default: it has none. */
  readonly ownRowsOut?: boolean;
}

/**
 * Splits the training images of one group for calibration.
 *
 * A group of one image cannot be calibrated: there is no split, and the image stays in the bank.
 */
export function splitForCalibration(
  members: Uint32Array,
  options: { scheme: CalibrationScheme; seed: number },
): { splits: readonly CalibrationSplit[]; kept: Uint32Array } {
  const { scheme, seed } = options;
  checkScheme(scheme);
  if (members.length === 0) {
    throw new RangeError("Cannot split a group: it must have at least one image, got none");
  }
  if (members.length === 1) return { splits: [], kept: members };
  if (scheme.scheme === "own_rows_out") {
    return { splits: [{ kept: members, scored: members, ownRowsOut: true }], kept: members };
  }
  const order = permutation(members.length, createRandom(seed, "calibration"));
  const foldOf = new Int32Array(members.length);
  if (scheme.scheme === "holdout") {
    const wanted = Math.round(scheme.fraction * members.length);
    const count = Math.min(members.length - 1, Math.max(1, wanted));
    order.forEach((member, position) => foldOf[member] = position < count ? 0 : -1);
    const split = splitOff(members, foldOf, 0);
    return { splits: [split], kept: split.kept };
  }
  const folds = Math.min(scheme.folds, members.length);
  order.forEach((member, position) => foldOf[member] = position % folds);
  const splits = Array.from({ length: folds }, (_, fold) => splitOff(members, foldOf, fold));
  return { splits, kept: members };
}

function splitOff(members: Uint32Array, foldOf: Int32Array, fold: number): CalibrationSplit {
  return {
    kept: members.filter((_, index) => foldOf[index] !== fold),
    scored: members.filter((_, index) => foldOf[index] === fold),
  };
}

function checkScheme(scheme: CalibrationScheme): void {
  if (scheme.scheme === "crossfit") {
    checkCount(scheme.folds, { task: "Cannot split a group", name: "folds", least: 2 });
  } else if (scheme.scheme === "holdout" && !(scheme.fraction > 0 && scheme.fraction < 1)) {
    throw new RangeError(
      `Cannot split a group: the held-out fraction must be above 0 and below 1, got ${scheme.fraction}`,
    );
  }
}
