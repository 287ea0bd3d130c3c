/**
 * A dataset as data: its samples, and how a configuration names it and its classes.
 *
 * `parseDatasetChoice` takes apart a dataset chosen by one line of text, such as an environment
 * variable holds; `chooseClasses` says which of its classes are meant.
 *
 * @module
 */
import { closestName } from "@/messages.ts";

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

/** Where a dataset lies and what it holds, in a stable order: class, split, defect, file name. */
export interface Dataset {
  /** Name in results. */
  readonly name: string;
  /** Absolute folder that sample paths are relative to. */
  readonly folder: string;
  /** Class names, sorted. */
  readonly classes: readonly string[];
  /** Every image. */
  readonly samples: readonly Sample[];
  /** Seed by which normal images were dealt to training and testing; absent unless they were. */
  readonly dealtBy?: number;
}

/** How many images of a class there are. */
export interface ImageCounts {
  /** Normal images for training. */
  readonly train: number;
  /** Normal images for testing. */
  readonly normal: number;
  /** Anomalous images, all for testing. */
  readonly anomalous: number;
}

/** Counts images by what they are for. */
export function countSamples(samples: readonly Sample[]): ImageCounts {
  const train = samples.filter(({ split }) => split === "train").length;
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous).length;
  return { train, normal: samples.length - train - anomalous, anomalous };
}

/** Orders text by character code, as `sort` does when it is told nothing. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Names of readers, as in `DATASET.name`; each has one line in `registry.ts`. */
export const DATASET_NAMES = ["Sample", "Folder", "MVTec", "VisA", "BTAD", "MPDD"] as const;

/** Name of a reader. */
export type DatasetName = typeof DATASET_NAMES[number];

/** Which dataset, and where it lies. */
export interface DatasetChoice {
  /** Name of its reader. */
  readonly name: DatasetName;
  /** Folder as it was written; `null` for the usual one. */
  readonly datadir: string | null;
}

/**
 * Takes a choice apart: a name in any capitals, or a name, a colon and a folder, which begins
 * after the first colon and may hold others.
 */
export function parseDatasetChoice(
  text: string,
  { source }: { readonly source: string },
): DatasetChoice {
  const fail = (reason: string): RangeError =>
    new RangeError(`Cannot read ${source} "${text}": ${reason}`);
  const colon = text.indexOf(":");
  const word = (colon < 0 ? text : text.slice(0, colon)).trim();
  const folder = colon < 0 ? null : text.slice(colon + 1).trim();
  const name = DATASET_NAMES.find((each) => each.toLowerCase() === word.toLowerCase());
  if (name === undefined) {
    // A Windows path has a letter where the name should be.
    const isPath = /[\\/]/.test(word) || /^[a-z]$/i.test(word);
    if (isPath) throw fail(`a name must stand before the folder, such as "Folder:${text.trim()}"`);
    const meant = closestName(word, DATASET_NAMES);
    const hint = meant === null ? `one of ${DATASET_NAMES.join(", ")}` : `did you mean "${meant}"?`;
    throw fail(`the name must be known, ${hint}`);
  }
  if (folder === "") throw fail("a folder must follow the colon, got none");
  if (name === "Folder" && folder === null) {
    throw fail('photographs of your own need their folder, such as "Folder:/path/to/photos"');
  }
  if (name === "Sample" && folder !== null) {
    throw fail("the sample data are drawn on first use and must have no folder");
  }
  return { name, datadir: folder };
}

/** What to choose from, and what was asked for. */
export interface ClassChoice {
  /** What the classes belong to, for errors, such as `MVTec AD`. */
  readonly title: string;
  /** All of them, or the names that were asked for. */
  readonly wanted: "all" | readonly string[];
}

/** Chooses classes by name, in the order of `available`; refuses one that is not there. */
export function chooseClasses(
  available: readonly string[],
  { title, wanted }: ClassChoice,
): readonly string[] {
  if (wanted === "all") return available;
  if (wanted.length === 0) {
    throw new RangeError(`Cannot read ${title}: at least one class must be named, got none`);
  }
  for (const name of wanted) {
    if (available.includes(name)) continue;
    const meant = closestName(name, available);
    const hint = meant === null
      ? `it has ${quoteSome(available).join(", ")}`
      : `did you mean "${meant}"?`;
    throw new RangeError(`Cannot read ${title}: unknown class "${name}", ${hint}`);
  }
  return available.filter((name) => wanted.includes(name));
}

/** Which classes `DATASET.classname` means: `all`, names separated by commas, or a list. */
export function classesOf(classname: string | readonly string[]): "all" | readonly string[] {
  if (classname === "all") return "all";
  return typeof classname === "string"
    ? classname.split(",").map((each) => each.trim())
    : classname;
}

/** Quotes the first ten of some names and says how many more there are. */
export function quoteSome(names: readonly string[]): string[] {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? [...shown, `${names.length - 10} more`] : shown;
}
