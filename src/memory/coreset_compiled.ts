/**
 * Farthest-first selection in WebAssembly: the pruned selection with SIMD, lists that wait, and
 * sketches.
 *
 * The rows of a center are compared with the rows chosen lately only when the farthest of them
 * is the farthest of all; until then they wait, and then meet many chosen rows at once. Before a
 * distance is computed, the kernel compares *sketches*: coordinates along 128 perpendicular
 * directions in which the rows vary most, found here, as 16-bit integers. A distance between
 * sketches never exceeds the one between rows by more than rounding, which is allowed for; the
 * first quarter of the coordinates rules most rows out.
 *
 * @module
 */
import { CORESET_KERNEL } from "@/kernels/coreset.ts";
import { growMemory, MOST_KERNEL_BYTES, openKernel } from "@/kernels/open.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { pruningFactor } from "@/memory/coreset_pruned.ts";
import {
  CHOICES_PER_REPORT,
  type CoresetRows,
  estimateShare,
  type Selection,
  type SelectionRequest,
} from "@/memory/coreset_rows.ts";

/** Nanoseconds, roughly, between two reports of progress. */
const EFFORT_PER_REPORT = 5e7;

/**
 * Chooses the same rows as `selectPlain`, ties included, in WebAssembly.
 *
 * Takes O(size × rows × columns) time at worst, and as much memory as `kernelBytes` tells.
 */
export function selectCompiled(rows: CoresetRows, request: SelectionRequest): Selection {
  const { size, opening, onProgress } = request;
  const kernel = openKernel<Kernel>(CORESET_KERNEL);
  growMemory(
    kernel.memory,
    kernel.arrange(rows.rows, rows.stride, size, pruningFactor(rows.stride)),
  );
  const floats = (at: number, length: number) =>
    new Float32Array(kernel.memory.buffer, at >>> 0, length);
  floats(kernel.featuresAt(), rows.data.length).set(rows.data);
  floats(kernel.openingsAt(), rows.rows).set(opening);
  const { directions, means } = findSketchDirections(rows);
  floats(kernel.directionsAt(), directions.length).set(directions);
  floats(kernel.meansAt(), means.length).set(means);
  const shareOf = estimateShare(size);
  for (let steps = 0; steps < size; steps = kernel.choose(CHOICES_PER_REPORT, EFFORT_PER_REPORT)) {
    onProgress?.(shareOf(steps, kernel.workDone()));
  }
  onProgress?.(1);
  return {
    indices: new Uint32Array(kernel.memory.buffer, kernel.indicesAt() >>> 0, size).slice(),
    squaredRadii: floats(kernel.radiiAt(), size).slice(),
  };
}

/** What the kernel exports; see `src/kernels/coreset_kernel.as`. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly arrange: (rows: number, columns: number, size: number, pruning: number) => number;
  readonly choose: (count: number, effort: number) => number;
  readonly featuresAt: () => number;
  readonly openingsAt: () => number;
  readonly directionsAt: () => number;
  readonly meansAt: () => number;
  readonly indicesAt: () => number;
  readonly radiiAt: () => number;
  readonly workDone: () => number;
}

/** Tells whether a selection fits into the four gibibytes that WebAssembly can address. */
export function fitsKernel(rows: Pick<CoresetRows, "rows" | "stride">, size: number): boolean {
  return kernelBytes(rows, size) < MOST_KERNEL_BYTES;
}

/**
 * Counts the bytes that the kernel needs: those of the features and 268 for each row, those of the
 * features and 361 for each chosen row, and 516 for each column.
 *
 * @param rows Padded rows.
 * @param size How many rows to choose.
 * @returns Bytes, at most 16 kibibytes too many.
 *
 * @example A hundred thousand rows of 128 columns, of which a tenth is chosen
 * ```ts
 * import assert from "node:assert/strict";
 * import { kernelBytes } from "@/memory/mod.ts";
 *
 * const bytes = kernelBytes({ rows: 100_000, stride: 128 }, 10_000);
 * assert.equal(Math.round(bytes / 1e6), 87);
 * ```
 */
export function kernelBytes(rows: Pick<CoresetRows, "rows" | "stride">, size: number): number {
  const { stride } = rows;
  return rows.rows * (stride * 4 + 268) + size * (stride * 4 + 361) + stride * 516 + 16384;
}

/** Coordinates in a sketch. */
export const SKETCH_COORDINATES = 128;

/** Bounds of the number of rows that directions are found from, and one of how many is taken. */
const LEAST_SAMPLE = 256, MOST_SAMPLE = 1000, ROWS_PER_SAMPLE = 64;

/** Rounds of the search; the directions need not be exact, only perpendicular. */
const ROUNDS = 2;

/** Where sketches are measured from and along what. */
export interface SketchDirections {
  /** Mean of every column of the sample. */
  readonly means: Float32Array;
  /**
   * The coordinates of the first column, of the second, and so on: `stride × 128`; zeros where
   * there are fewer directions.
   */
  readonly directions: Float32Array;
}

/**
 * Finds perpendicular directions in which a sample of rows varies most, strongest first.
 *
 * Subspace iteration (Bauer, 1957) on at most 1000 rows drawn at random. The directions are
 * perpendicular only up to rounding; they are shortened so that a sketch cannot lengthen a
 * distance: the square root of the largest row sum of |Gram matrix| bounds the stretch. Takes
 * O(128 × columns × min(1000, columns)) time.
 */
export function findSketchDirections(rows: CoresetRows): SketchDirections {
  const { stride } = rows;
  const { means, sample } = centerSample(rows);
  const directions = new Float32Array(stride * SKETCH_COORDINATES);
  const count = Math.min(SKETCH_COORDINATES, stride);
  const found = findSubspace(sample.length > stride ? covarianceOf(sample) : sample, {
    columns: stride,
    count,
  });
  let stretch = 0;
  for (const one of found) {
    let sum = 0;
    for (const other of found) sum += Math.abs(innerProduct(one, other));
    stretch = Math.max(stretch, sum);
  }
  if (stretch === 0) return { means, directions };
  for (const [a, direction] of found.entries()) {
    for (let column = 0; column < stride; column++) {
      directions[column * SKETCH_COORDINATES + a] = direction[column]! / Math.sqrt(stretch);
    }
  }
  return { means, directions };
}

/** A sample less its means, scaled so that no square is too large or too small. */
function centerSample(rows: CoresetRows): { means: Float32Array; sample: Float64Array[] } {
  const { stride, data } = rows;
  const wanted = Math.max(LEAST_SAMPLE, Math.floor(rows.rows / ROWS_PER_SAMPLE));
  const count = Math.min(rows.rows, MOST_SAMPLE, wanted);
  // Equal intervals would meet the same few places of every image.
  const order = permutation(rows.rows, createRandom(0, "sketch sample"));
  const sample = Array.from({ length: count }, (_, i) => {
    const begin = order[i]! * stride;
    return Float64Array.from(data.subarray(begin, begin + stride));
  });
  const means = new Float32Array(stride);
  let largest = 0;
  for (let column = 0; column < stride; column++) {
    let sum = 0;
    for (const row of sample) sum += row[column]!;
    means[column] = sum / count;
    for (const row of sample) {
      row[column]! -= means[column]!;
      largest = Math.max(largest, Math.abs(row[column]!));
    }
  }
  if (largest > 0) {
    for (const row of sample) {
      for (let i = 0; i < stride; i++) row[i]! /= largest;
    }
  }
  return { means, sample };
}

function covarianceOf(sample: readonly Float64Array[]): Float64Array[] {
  const columns = sample[0]!.length;
  const covariance = Array.from({ length: columns }, () => new Float64Array(columns));
  for (const row of sample) {
    for (let i = 0; i < columns; i++) {
      const sums = covariance[i]!, value = row[i]!;
      for (let j = i; j < columns; j++) sums[j]! += value * row[j]!;
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) covariance[i]![j] = covariance[j]![i]!;
  }
  return covariance;
}

/**
 * Perpendicular unit vectors that `matrix`, times its transpose, stretches most; fewer where it
 * stretches no more.
 */
function findSubspace(
  matrix: readonly Float64Array[],
  options: { columns: number; count: number },
): Float64Array[] {
  const { columns, count } = options;
  const random = createRandom(0, "sketch directions");
  let found: Float64Array[] = Array.from(
    { length: count },
    () => Float64Array.from({ length: columns }, () => random.gaussian()),
  );
  for (let round = 0; round < ROUNDS; round++) {
    found = found.map((direction) => {
      const next = new Float64Array(columns);
      for (const row of matrix) addMultiple(next, { of: row, by: innerProduct(row, direction) });
      return next;
    });
    found = makePerpendicular(found);
  }
  return found;
}

/** Gram–Schmidt, each vector twice; one of which nothing remains is left out. */
function makePerpendicular(vectors: Float64Array[]): Float64Array[] {
  const found: Float64Array[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(innerProduct(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of found) {
        addMultiple(vector, { of: other, by: -innerProduct(vector, other) });
      }
    }
    const length = Math.sqrt(innerProduct(vector, vector));
    if (!(length > 1e-9 * before)) continue;
    found.push(vector.map((value) => value / length));
  }
  return found;
}

function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addMultiple(to: Float64Array, { of, by }: { of: Float64Array; by: number }): void {
  for (let i = 0; i < to.length; i++) to[i]! += of[i]! * by;
}
