/**
 * Which column of a score table is which.
 *
 * @module
 */
import { closestName } from "@/messages.ts";

/** What a table can say of an image. */
export type ScoreField =
  | "image"
  | "class"
  | "label"
  | "score"
  | "split"
  | "group"
  | "map"
  | "mask";

/** The column of each field; fields without one are left out. */
export type ScoreColumns = Readonly<Partial<Record<ScoreField, string>>>;

/** Names that a column may have, the first one first; the others are anomalib's. */
const columnNames: readonly (readonly [ScoreField, readonly string[]])[] = [
  ["image", ["image", "image_path"]],
  ["class", ["class"]],
  ["label", ["label", "gt_label"]],
  ["score", ["score", "pred_score"]],
  ["split", ["split"]],
  ["group", ["group"]],
  ["map", ["map", "anomaly_map"]],
  ["mask", ["mask", "mask_path", "gt_mask"]],
];

/**
 * Finds the column of each field.
 *
 * Columns are called image, class, label, score, split, group, map and mask; where one is missing,
 * anomalib's name is understood: `image_path`, `gt_label`, `pred_score`, `anomaly_map`, `mask_path`
 * or `gt_mask`.
 *
 * @param columns Every column of the table.
 * @returns The column of each field that has one.
 *
 * @example Two namings
 * ```ts
 * import assert from "node:assert/strict";
 * import { chooseScoreColumns } from "@/audit/score_columns.ts";
 *
 * assert.deepEqual(chooseScoreColumns(["image_path", "score", "pred_score"]), {
 *   image: "image_path",
 *   score: "score",
 * });
 * ```
 */
export function chooseScoreColumns(columns: readonly string[]): ScoreColumns {
  return Object.fromEntries(columnNames.flatMap(([field, names]) => {
    const column = names.find((name) => columns.includes(name));
    return column === undefined ? [] : [[field, column]];
  }));
}

/**
 * Words which required columns are missing, with the column that may have been meant.
 *
 * @param columns Every column of the table.
 * @param required Fields that must have one.
 * @returns One fault for each missing column.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { missingScoreColumns } from "@/audit/score_columns.ts";
 *
 * assert.deepEqual(missingScoreColumns(["image", "lable"], ["image", "label"]), [
 *   'it must have a column "label", did you mean "lable"?',
 * ]);
 * ```
 */
export function missingScoreColumns(
  columns: readonly string[],
  required: readonly ScoreField[],
): string[] {
  const chosen = chooseScoreColumns(columns);
  const unused = columns.filter((column) => !Object.values(chosen).includes(column));
  const shown = columns.slice(0, 10).map((column) => `"${column}"`);
  if (columns.length > 10) shown.push(`${columns.length - 10} more`);
  return required.filter((field) => chosen[field] === undefined).map((field) => {
    const meant = closestName(field, unused);
    const hint = meant === null ? `got ${shown.join(", ")}` : `did you mean "${meant}"?`;
    return `it must have a column "${field}", ${hint}`;
  });
}
