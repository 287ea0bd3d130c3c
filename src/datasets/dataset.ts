/**
 * A sample: one photograph of a dataset with what is known about it.
 *
 * @module
 */

/** One image of a dataset. Paths are relative to the dataset folder, with forward slashes. */
export interface Sample {
  /** Image file. */
  readonly image: string;
  /** Product category. */
  readonly className: string;
  /** Whether the image is for training (normal only) or for testing. */
  readonly split: "train" | "test";
  /** Whether the product shows a defect. */
  readonly isAnomalous: boolean;
  /** Kind of defect as its folder is named; `null` for normal images. */
  readonly defect: string | null;
  /** Mask image; `null` for normal images and where the dataset has none. */
  readonly mask: string | null;
}

/** A dataset: where it lies and what it holds, in a stable order (class, split, defect, file name). */
export interface Dataset {
  /** Name in results. */
  readonly name: string;
  /** Absolute folder that sample paths are relative to. */
  readonly folder: string;
  /** Class names, sorted. */
  readonly classes: readonly string[];
  /** Every image. */
  readonly samples: readonly Sample[];
}
