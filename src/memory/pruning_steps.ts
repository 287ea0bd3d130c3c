/**
 * What the triangle inequality spares a farthest-first selection, as choices are made.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";
import { selectPruned } from "@/memory/coreset_pruned.ts";
import { toCoresetRows } from "@/memory/coreset_rows.ts";

/** What a selection has computed up to one of its choices. */
export interface PruningStep {
  /** Rows chosen so far. */
  readonly picks: number;
  /** Distances that the plain selection has computed: one per row and choice. */
  readonly plain: number;
  /** Distances that the pruned selection has begun, those between chosen rows included. */
  readonly computed: number;
}

/**
 * Counts the distances that a pruned selection computes, after 1, 2, 4, … choices and after the last.
 *
 * The first row is chosen first. Takes the time of `greedyCoreset` with the method "pruned".
 *
 * @param features Rows to choose from; left unchanged.
 * @param options How many to choose, from 1 to the number of rows.
 * @returns The counts, in rising order of choices.
 * @throws {RangeError} If `size` is not an integer within range.
 *
 * @example Two groups far apart
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { countPruning } from "@/memory/pruning_steps.ts";
 *
 * const steps = countPruning(matrixOf([[0], [1], [90], [91]]), { size: 3 });
 * assert.deepEqual(steps.map(({ picks, plain }) => [picks, plain]), [[1, 4], [2, 8], [3, 12]]);
 * assert.ok(steps[2]!.computed < steps[2]!.plain);
 * ```
 */
export function countPruning(features: Matrix, options: { readonly size: number }): PruningStep[] {
  const { size } = options;
  if (!Number.isInteger(size) || size < 1 || size > features.rows) {
    throw new RangeError(
      `Cannot count pruning: size must be an integer from 1 to ${features.rows}, got ${size}`,
    );
  }
  const opening = new Float32Array(features.rows).fill(3e38);
  const { distances } = selectPruned(toCoresetRows(features), { size, opening });
  const picks = new Set([...doublings(size), size]);
  return Array.from(picks, (count) => ({
    picks: count,
    plain: features.rows * count,
    computed: distances[count - 1]!,
  }));
}

function* doublings(most: number): Generator<number> {
  for (let count = 1; count <= most; count *= 2) yield count;
}
