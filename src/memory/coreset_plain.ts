/**
 * Farthest-first selection as it is defined: every distance is computed. The version the others are tested against.
 *
 * @module
 */
import {
  CHOICES_PER_REPORT,
  type CoresetRows,
  type Selection,
  type SelectionRequest,
  squaredDistanceWithin,
} from "@/memory/coreset_rows.ts";

/**
 * Chooses rows one after the other, each the farthest from those already chosen.
 *
 * A row's distance is the smaller of its opening value and its distance to the
 * nearest chosen row; a tie goes to the lower index, and a chosen row is never
 * chosen again. Takes O(size × rows × columns) time and O(rows) extra memory.
 *
 * @param rows Padded rows, none of them empty.
 * @param request Number of rows, opening values and progress.
 * @returns The chosen rows and the squared covering radius after each choice.
 *
 * @example The middle of a line is chosen last
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { selectPlain } from "@/memory/coreset_plain.ts";
 * import { toCoresetRows } from "@/memory/coreset_rows.ts";
 *
 * const rows = toCoresetRows(matrixOf([[0], [2], [5]]));
 * const chosen = selectPlain(rows, { size: 3, opening: Float32Array.of(9, 8, 8) });
 * assert.deepEqual([...chosen.indices], [0, 2, 1]);
 * assert.deepEqual([...chosen.squaredRadii], [25, 4, 0]);
 * ```
 */
export function selectPlain(rows: CoresetRows, request: SelectionRequest): Selection {
  const { size, opening, onProgress } = request;
  const indices = new Uint32Array(size), squaredRadii = new Float32Array(size);
  const nearest = new Float32Array(rows.rows).fill(Infinity);
  const value = opening.slice();
  for (let step = 0; step < size; step++) {
    if (step % CHOICES_PER_REPORT === 0) onProgress?.(step / size);
    let chosen = 0;
    for (let row = 1; row < rows.rows; row++) if (value[row]! > value[chosen]!) chosen = row;
    indices[step] = chosen;
    value[chosen] = -1;
    let radius = 0;
    for (let row = 0; row < rows.rows; row++) {
      const distance = squaredDistanceWithin(rows, { a: row, b: chosen, limit: Infinity });
      if (distance < nearest[row]!) nearest[row] = distance;
      if (distance < value[row]!) value[row] = distance;
      if (nearest[row]! > radius) radius = nearest[row]!;
    }
    squaredRadii[step] = radius;
  }
  onProgress?.(1);
  return { indices, squaredRadii };
}
