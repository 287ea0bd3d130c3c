/**
 * The datasets that a configuration can name.
 *
 * @module
 */

/** Names of readers, as in `DATASET.name`; each has one line in `src/io/datasets/registry.ts`. */
export const DATASET_NAMES = ["Sample", "Folder", "MVTec", "VisA", "BTAD", "MPDD"] as const;

/** Name of a reader. */
export type DatasetName = typeof DATASET_NAMES[number];
