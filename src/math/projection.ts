/**
 * Fewer columns for the same rows: a random projection keeps their distances nearly (Johnson and
 * Lindenstrauss, 1984), principal components show them in a picture.
 *
 * @module
 */
import { type Matrix, meanRow, rowOf } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { dotProduct64 } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

/** How many columns to project to, and by which random choices. */
export interface RandomProjectionOptions {
  /** Columns of the result, at least 1. */
  readonly dimension: number;
  /** Seed of the random matrix. */
  readonly seed: number;
}

/**
 * Projects rows by a very sparse random matrix (Li, Hastie and Church, KDD 2006).
 *
 * With s = √columns, an entry is +√s, 0 or −√s (over √dimension) with probabilities 1/(2s), 1 − 1/s
 * and 1/(2s). Squared distances are right on average and off by a relative √(2 / dimension) or so,
 * as with a dense Gaussian matrix, at s times less work. patchcore-inspection multiplies by a
 * freshly initialised PyTorch `Linear` instead: uniform entries and another scale, to the same end;
 * its coresets differ from ours there as they do from each other between seeds.
 * Takes O(rows × dimension × √columns) time.
 *
 * @param features Rows to project; left unchanged.
 * @param options Columns of the result and the seed.
 * @returns A new matrix with as many rows, summed in 64-bit floats.
 * @throws {RangeError} If the dimension is not a positive integer.
 *
 * @example A thousand columns become two hundred, the distance stays about 100
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomProjection, rowOf, squaredDistance, toMatrix } from "@/math/mod.ts";
 *
 * const data = new Float32Array(2 * 1000).fill(Math.sqrt(10), 1000);
 * const features = toMatrix(data, { rows: 2, columns: 1000 });
 * const projected = randomProjection(features, { dimension: 200, seed: 1 });
 *
 * assert.equal(projected.columns, 200);
 * const distance = Math.sqrt(squaredDistance(rowOf(projected, 0), rowOf(projected, 1)));
 * assert.ok(Math.abs(distance - 100) < 15);
 * ```
 */
export function randomProjection(features: Matrix, options: RandomProjectionOptions): Matrix {
  const { rows, columns } = features;
  const { dimension } = options;
  const project = createRandomProjection(columns, options);
  return { rows, columns: dimension, data: project(features, new Float32Array(rows * dimension)) };
}

/** Draws a random projection to be applied to rows that come in parts; see `randomProjection`. */
export function createRandomProjection(
  columns: number,
  options: RandomProjectionOptions,
): (features: Matrix, target: Float32Array) => Float32Array {
  const { dimension, seed } = options;
  checkCount(dimension, { task: "Cannot project rows", name: "dimension" });
  const { entries, ends, scale } = drawDirections(columns, { dimension, seed });
  return (features, target) => {
    for (let row = 0; row < features.rows; row++) {
      const values = features.data.subarray(row * columns, (row + 1) * columns);
      let entry = 0;
      for (let direction = 0; direction < dimension; direction++) {
        let sum = 0;
        for (const end = ends[2 * direction]!; entry < end; entry++) {
          sum += values[entries[entry]!]!;
        }
        for (const end = ends[2 * direction + 1]!; entry < end; entry++) {
          sum -= values[entries[entry]!]!;
        }
        target[row * dimension + direction] = sum * scale;
      }
    }
    return target;
  };
}

/** Columns that each direction adds, then those it subtracts; `ends` tells where each run ends. */
interface Directions {
  readonly entries: Int32Array;
  readonly ends: Int32Array;
  readonly scale: number;
}

function drawDirections(columns: number, options: RandomProjectionOptions): Directions {
  const { dimension, seed } = options;
  const random = createRandom(seed, "random projection");
  const sparsity = Math.max(1, Math.sqrt(columns));
  const entries: number[] = [], ends: number[] = [];
  for (let direction = 0; direction < dimension; direction++) {
    const subtracted: number[] = [];
    for (let column = 0; column < columns; column++) {
      const draw = random.next() * 2 * sparsity;
      if (draw < 1) entries.push(column);
      else if (draw < 2) subtracted.push(column);
    }
    ends.push(entries.length);
    entries.push(...subtracted);
    ends.push(entries.length);
  }
  return {
    entries: Int32Array.from(entries),
    ends: Int32Array.from(ends),
    scale: Math.sqrt(sparsity / dimension),
  };
}

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

/**
 * Finds the directions in which centred rows vary most, by power iteration on the covariance,
 * which is never formed; each direction is kept perpendicular to those before.
 *
 * The start is seeded and the entry of largest magnitude positive, so that the same rows always
 * give the same picture. Takes O(count × iterations × rows × columns) time.
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
  checkCount(count, { task: "Cannot find principal components", name: "count", most: columns });
  const centered = center(matrix);
  let total = 0;
  for (const values of centered) for (const value of values) total += value * value;
  const scores = new Float32Array(rows * count);
  const directions = new Float32Array(count * columns);
  const explained = new Float64Array(count);
  const found: Float64Array[] = [];
  for (let component = 0; component < count; component++) {
    const direction = findDirection(centered, { columns, found, iterations });
    found.push(direction);
    directions.set(direction, component * columns);
    let variance = 0;
    for (const [row, values] of centered.entries()) {
      const score = dotProduct64(values, direction);
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

/** The rows less their mean. */
function center(matrix: Matrix): Float64Array[] {
  const mean = meanRow(matrix);
  return Array.from(
    { length: matrix.rows },
    (_, row) => Float64Array.from(rowOf(matrix, row), (value, column) => value - mean[column]!),
  );
}

interface Search {
  readonly columns: number;
  readonly found: readonly Float64Array[];
  readonly iterations: number;
}

/** A direction is found when its cosine to the one before falls short of 1 by less than this. */
const TURN = 1e-12;

function findDirection(centered: readonly Float64Array[], search: Search): Float64Array {
  const { columns, found, iterations } = search;
  const random = createRandom(0, "principal components");
  let direction = Float64Array.from({ length: columns }, () => random.gaussian());
  settle(direction, found);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const next = new Float64Array(columns);
    for (const values of centered) {
      const weight = dotProduct64(values, direction);
      for (let i = 0; i < columns; i++) next[i]! += weight * values[i]!;
    }
    if (!settle(next, found)) return new Float64Array(columns);
    const turn = 1 - Math.abs(dotProduct64(next, direction));
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
    const along = dotProduct64(direction, other);
    for (let i = 0; i < direction.length; i++) direction[i]! -= along * other[i]!;
  }
  const length = Math.hypot(...direction);
  if (length <= 1e-9 * before || length === 0) return false;
  for (let i = 0; i < direction.length; i++) direction[i]! /= length;
  return true;
}
