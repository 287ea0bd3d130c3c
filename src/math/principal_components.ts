/**
 * Principal components by power iteration, for pictures of high-dimensional vectors.
 *
 * @module
 */
import { type Matrix, meanRow } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";

/** How many components and how precisely. */
export interface PrincipalComponentsOptions {
  /** Components to find; 2 if left out. */
  readonly count?: number;
  /** Most iterations per component; 200 if left out. */
  readonly iterations?: number;
}

/** The leading components of a set of vectors. */
export interface PrincipalComponents {
  /** Coordinates of every row, one column per component. */
  readonly scores: Matrix;
  /** Unit directions, one row per component; zeros where no variance is left. */
  readonly directions: Matrix;
  /** Share of the total variance per component, in [0, 1]. */
  readonly explained: Float64Array;
}

/** A direction that whose cosine to the one before falls short of 1 by less counts as found. */
const TURN = 1e-12;

/**
 * Finds the directions in which centred rows vary most.
 *
 * Power iteration on the covariance, one component after the other, each kept perpendicular to
 * those before; the covariance itself is never formed. The start is seeded, and the sign is such
 * that the entry of largest magnitude is positive, so the same rows always give the same picture.
 * Takes O(count × iterations × rows × columns) time.
 *
 * @param matrix At least two rows; left unchanged.
 * @param options Number of components and of iterations.
 * @returns Scores, directions and shares of variance.
 * @throws {RangeError} If the count is not an integer from 1 to the number of columns.
 * @throws {TypeError} If there are fewer than two rows.
 *
 * @example All variance along the first axis
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { principalComponents } from "@/math/principal_components.ts";
 *
 * const { scores, explained } = principalComponents(matrixOf([[1, 5], [3, 5]]), { count: 1 });
 * assert.deepEqual([...scores.data], [-1, 1]);
 * assert.equal(explained[0], 1);
 * ```
 */
export function principalComponents(
  matrix: Matrix,
  options: PrincipalComponentsOptions = {},
): PrincipalComponents {
  const { count = 2, iterations = 200 } = options;
  const { rows, columns } = matrix;
  if (rows < 2) {
    throw new TypeError(
      `Cannot find principal components: at least two rows are needed, got ${rows}`,
    );
  }
  if (!Number.isInteger(count) || count < 1 || count > columns) {
    throw new RangeError(
      `Cannot find principal components: count must be an integer from 1 to ${columns}, got ${count}`,
    );
  }
  const centered = center(matrix);
  let total = 0;
  for (const value of centered) total += value * value;
  const scores = new Float32Array(rows * count);
  const directions = new Float32Array(count * columns);
  const explained = new Float64Array(count);
  const found: Float64Array[] = [];
  for (let component = 0; component < count; component++) {
    const direction = findDirection(centered, { columns, found, iterations });
    found.push(direction);
    directions.set(direction, component * columns);
    let variance = 0;
    for (let row = 0; row < rows; row++) {
      const score = dotAt(centered, { begin: row * columns, direction });
      scores[row * count + component] = score;
      variance += score * score;
    }
    explained[component] = total === 0 ? 0 : variance / total;
  }
  return {
    scores: { rows, columns: count, data: scores },
    directions: { rows: count, columns, data: directions },
    explained,
  };
}

function center(matrix: Matrix): Float64Array {
  const mean = meanRow(matrix);
  return Float64Array.from(matrix.data, (value, i) => value - mean[i % matrix.columns]!);
}

interface Search {
  readonly columns: number;
  readonly found: readonly Float64Array[];
  readonly iterations: number;
}

function findDirection(centered: Float64Array, search: Search): Float64Array {
  const { columns, found, iterations } = search;
  const random = createRandom(0, "principal components");
  let direction = Float64Array.from({ length: columns }, () => random.gaussian());
  settle(direction, found);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const next = new Float64Array(columns);
    for (let begin = 0; begin < centered.length; begin += columns) {
      const weight = dotAt(centered, { begin, direction });
      for (let i = 0; i < columns; i++) next[i]! += weight * centered[begin + i]!;
    }
    if (!settle(next, found)) return new Float64Array(columns);
    const turn = 1 - Math.abs(dotAt(next, { begin: 0, direction }));
    direction = next;
    if (turn < TURN) break;
  }
  const strongest = direction.reduce(
    (held, value) => Math.abs(value) > Math.abs(held) ? value : held,
    0,
  );
  return strongest < 0 ? direction.map((value) => -value) : direction;
}

/** Removes what lies along earlier directions and scales to length 1; false if nothing remains. */
function settle(direction: Float64Array, found: readonly Float64Array[]): boolean {
  const before = Math.hypot(...direction);
  for (const other of found) {
    const along = dotAt(direction, { begin: 0, direction: other });
    for (let i = 0; i < direction.length; i++) direction[i]! -= along * other[i]!;
  }
  const length = Math.hypot(...direction);
  if (length <= 1e-9 * before || length === 0) return false;
  for (let i = 0; i < direction.length; i++) direction[i]! /= length;
  return true;
}

function dotAt(
  values: Float64Array,
  at: { readonly begin: number; readonly direction: Float64Array },
): number {
  let sum = 0;
  for (let i = 0; i < at.direction.length; i++) sum += values[at.begin + i]! * at.direction[i]!;
  return sum;
}
