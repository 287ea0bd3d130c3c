/**
 * A dataset chosen by one line of text, such as an environment variable holds.
 *
 * @module
 */
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset_names.ts";
import { closestName } from "@/messages.ts";

/** Which dataset, and where it lies. */
export interface DatasetChoice {
  /** Name of its reader. */
  readonly name: DatasetName;
  /** Folder as it was written; `null` for the usual one. */
  readonly datadir: string | null;
}

/**
 * Takes a choice apart: a name, or a name, a colon and a folder.
 *
 * The name may have any capitals; the folder begins after the first colon and may hold others.
 *
 * @param text Such as `MVTec` or `Folder:/path/to/photos`.
 * @param options Where the text comes from, for errors.
 * @returns Name and folder.
 * @throws {RangeError} If the name is unknown, a folder is needed and missing, or one is given to the
 *   sample data.
 *
 * @example Photographs of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseDatasetChoice } from "@/datasets/dataset_choice.ts";
 *
 * assert.deepEqual(
 *   parseDatasetChoice("folder:/path/to/photos", { source: "HIERCORE_DATASET" }),
 *   { name: "Folder", datadir: "/path/to/photos" },
 * );
 * ```
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
