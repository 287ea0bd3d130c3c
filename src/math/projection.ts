/**
 * Random projection: fewer columns, nearly the same distances (Johnson and Lindenstrauss, 1984).
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";

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
 * import { rowOf, toMatrix } from "@/math/matrix.ts";
 * import { randomProjection } from "@/math/projection.ts";
 * import { squaredDistance } from "@/math/vectors.ts";
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

/**
 * Draws a random projection to be applied to rows that come in parts; see `randomProjection`.
 *
 * @param columns Columns of the rows to project.
 * @param options Columns of the result and the seed.
 * @returns A function that writes projected rows to the beginning of an array and returns it.
 * @throws {RangeError} If the dimension is not a positive integer.
 *
 * @example The same rows, at once and one by one
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createRandomProjection, randomProjection } from "@/math/projection.ts";
 *
 * const options = { dimension: 2, seed: 1 };
 * const project = createRandomProjection(3, options);
 * const [one, two] = [[1, 2, 3], [4, 5, 6]].map((row) =>
 *   project(matrixOf([row]), new Float32Array(2))
 * );
 * const { data } = randomProjection(matrixOf([[1, 2, 3], [4, 5, 6]]), options);
 * assert.deepEqual([...data], [...one!, ...two!]);
 * ```
 */
export function createRandomProjection(
  columns: number,
  options: RandomProjectionOptions,
): (features: Matrix, target: Float32Array) => Float32Array {
  const { dimension, seed } = options;
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new RangeError(
      `Cannot project rows: dimension must be a positive integer, got ${dimension}`,
    );
  }
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
