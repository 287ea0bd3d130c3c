/**
 * Gathers the rows that a greedy selection compares from parts.
 *
 * @module
 */
import { type Matrix, toMatrix } from "@/math/matrix.ts";
import { createRandomProjection } from "@/math/projection.ts";

/** What is to be gathered. */
export interface RowCollectorOptions {
  /** Rows of all parts together. */
  readonly rows: number;
  /** Columns of every part. */
  readonly columns: number;
  /** Rows with more columns than this are projected to so many at random; `Infinity`: never. */
  readonly projectionDimension: number;
  /** Seed of the projection. */
  readonly seed: number;
}

/** Gathers rows part by part. */
export interface RowCollector {
  /** Takes the next rows; they may be changed afterwards. */
  add(part: Matrix): void;
  /** The gathered rows, once all are there. */
  finish(): Matrix;
}

/**
 * Makes a collector, which keeps `rows × min(columns, projectionDimension)` 32-bit floats.
 *
 * @param options How many rows of which width, and how they are projected.
 * @returns The collector.
 * @throws {RangeError} If there is not at least one row and column, or the projection is impossible.
 *
 * @example Two parts
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createRowCollector } from "@/memory/collect_rows.ts";
 *
 * const options = { rows: 3, columns: 2, projectionDimension: Infinity, seed: 0 };
 * const collector = createRowCollector(options);
 * collector.add(matrixOf([[1, 2]]));
 * collector.add(matrixOf([[3, 4], [5, 6]]));
 * assert.deepEqual([...collector.finish().data], [1, 2, 3, 4, 5, 6]);
 * ```
 */
export function createRowCollector(options: RowCollectorOptions): RowCollector {
  const { rows, columns, projectionDimension, seed } = options;
  const width = Math.min(columns, projectionDimension);
  const project = columns > projectionDimension
    ? createRandomProjection(columns, { dimension: projectionDimension, seed })
    : null;
  const data = new Float32Array(rows * width);
  let done = 0;
  return {
    add: (part) => {
      if (part.columns !== columns || done + part.rows > rows) {
        throw new TypeError(
          `Cannot collect rows: ${rows - done} more of ${columns} columns must follow, ` +
            `got ${part.rows} of ${part.columns}`,
        );
      }
      const target = data.subarray(done * width, (done + part.rows) * width);
      if (project === null) target.set(part.data);
      else project(part, target);
      done += part.rows;
    },
    finish: () => {
      if (done === rows) return toMatrix(data, { rows, columns: width });
      throw new TypeError(`Cannot collect rows: ${rows} are needed, got ${done}`);
    },
  };
}
