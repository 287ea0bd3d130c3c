/**
 * Farthest-first selection in WebAssembly: the pruned selection with SIMD and one more filter.
 *
 * Before a distance is computed, the kernel compares *sketches*: coordinates along sixteen
 * perpendicular directions in which the rows vary most. A distance between sketches never exceeds
 * the one between rows, so most rows are ruled out at an eighth of the cost or less.
 *
 * @module
 */
import { CORESET_KERNEL } from "@/coreset_kernel_bytes.ts";
import { pruningFactor } from "@/coreset_pruned.ts";
import {
  CHOICES_PER_REPORT,
  type CoresetRows,
  type Selection,
  type SelectionRequest,
} from "@/coreset_rows.ts";
import { selectRows, toMatrix } from "@/matrix.ts";
import { principalComponents } from "@/principal_components.ts";

/** Coordinates in a sketch. */
const SKETCH = 16;

/** Rows that the directions of the sketch are found from. */
const SAMPLE = 1000;

/** Bytes that WebAssembly can address, less one page. */
const MOST_BYTES = 65535 * 65536;

/** What the kernel exports; see `src/wasm/coreset_kernel.as`. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly arrange: (rows: number, columns: number, size: number, pruning: number) => number;
  readonly choose: (count: number) => number;
  readonly featuresAt: () => number;
  readonly openingsAt: () => number;
  readonly directionsAt: () => number;
  readonly meansAt: () => number;
  readonly indicesAt: () => number;
  readonly radiiAt: () => number;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Tells whether a selection fits into the four gibibytes that WebAssembly can address.
 *
 * @param rows Padded rows.
 * @param size How many rows to choose.
 * @returns Whether `selectCompiled` can be used.
 *
 * @example A million rows of a thousand columns fit, two million do not
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitsKernel } from "@/coreset_compiled.ts";
 *
 * assert.ok(fitsKernel({ rows: 900_000, stride: 1024 }, 1000));
 * assert.ok(!fitsKernel({ rows: 2_000_000, stride: 1024 }, 1000));
 * ```
 */
export function fitsKernel(rows: Pick<CoresetRows, "rows" | "stride">, size: number): boolean {
  return rows.rows * (rows.stride * 4 + 120) + size * (rows.stride * 4 + 100) +
      rows.stride * 136 + 4096 < MOST_BYTES;
}

/**
 * Chooses the same rows as `selectPlain`, ties included, in WebAssembly.
 *
 * Takes O(size × rows × columns) time at worst, and memory for one copy of the rows, of the chosen
 * rows, and 120 bytes per row.
 *
 * @param rows Padded rows, none of them empty, that pass `fitsKernel`.
 * @param request Number of rows, opening values and progress.
 * @returns The chosen rows and the squared covering radius after each choice.
 *
 * @example The same choices as the plain selection
 * ```ts
 * import assert from "node:assert/strict";
 * import { selectCompiled } from "@/coreset_compiled.ts";
 * import { selectPlain } from "@/coreset_plain.ts";
 * import { toCoresetRows } from "@/coreset_rows.ts";
 * import { matrixOf } from "@/matrix.ts";
 *
 * const rows = toCoresetRows(matrixOf([[0], [2], [5]]));
 * const request = { size: 2, opening: Float32Array.of(9, 8, 8) };
 * assert.deepEqual(selectCompiled(rows, request), selectPlain(rows, request));
 * ```
 */
export function selectCompiled(rows: CoresetRows, request: SelectionRequest): Selection {
  const { size, opening, onProgress } = request;
  const kernel = openKernel(rows, size);
  const floats = (at: number, length: number) =>
    new Float32Array(kernel.memory.buffer, at >>> 0, length);
  const doubles = (at: number, length: number) =>
    new Float64Array(kernel.memory.buffer, at >>> 0, length);
  floats(kernel.featuresAt(), rows.data.length).set(rows.data);
  floats(kernel.openingsAt(), rows.rows).set(opening);
  const { directions, means } = findDirections(rows);
  doubles(kernel.directionsAt(), directions.length).set(directions);
  doubles(kernel.meansAt(), means.length).set(means);
  for (let steps = 0; steps < size; steps = kernel.choose(CHOICES_PER_REPORT)) {
    onProgress?.(steps / size);
  }
  onProgress?.(1);
  return {
    indices: new Uint32Array(kernel.memory.buffer, kernel.indicesAt() >>> 0, size).slice(),
    squaredRadii: floats(kernel.radiiAt(), size).slice(),
  };
}

/** A kernel with memory of its own, which is freed with it. */
function openKernel(rows: CoresetRows, size: number): Kernel {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(CORESET_KERNEL), (character) => character.charCodeAt(0)),
  );
  // The exports are known only from the kernel's source.
  const kernel = new WebAssembly.Instance(compiled).exports as unknown as Kernel;
  const bytes = kernel.arrange(rows.rows, rows.stride, size, pruningFactor(rows.stride)) >>> 0;
  const missing = Math.ceil((bytes - kernel.memory.buffer.byteLength) / 65536);
  if (missing > 0) kernel.memory.grow(missing);
  return kernel;
}

/**
 * Directions in which a sample of the rows varies most, column by column, and the sample's means.
 *
 * The directions are perpendicular only up to rounding; they are shortened so that a sketch cannot
 * lengthen a distance: the square root of the largest row sum of |Gram matrix| bounds the stretch.
 */
function findDirections(rows: CoresetRows): { directions: Float64Array; means: Float64Array } {
  const { stride } = rows;
  const directions = new Float64Array(stride * SKETCH), means = new Float64Array(stride);
  const sampled = Math.min(SAMPLE, rows.rows);
  const sample = selectRows(
    toMatrix(rows.data, { rows: rows.rows, columns: stride }),
    Uint32Array.from({ length: sampled }, (_, i) => Math.floor(i * rows.rows / sampled)),
  );
  sample.data.forEach((value, i) => means[i % stride]! += value / sampled);
  if (sampled < 2) return { directions, means };
  const count = Math.min(SKETCH, stride);
  const found = principalComponents(sample, { count, iterations: 8 }).directions;
  let stretch = 0;
  for (let a = 0; a < count; a++) {
    let sum = 0;
    for (let b = 0; b < count; b++) sum += Math.abs(innerProduct(found.data, { a, b, stride }));
    stretch = Math.max(stretch, sum);
  }
  if (!(stretch > 0 && Number.isFinite(stretch))) return { directions, means };
  for (let a = 0; a < count; a++) {
    for (let column = 0; column < stride; column++) {
      directions[column * SKETCH + a] = found.data[a * stride + column]! / Math.sqrt(stretch);
    }
  }
  return { directions, means };
}

function innerProduct(
  data: Float32Array,
  rows: { a: number; b: number; stride: number },
): number {
  let sum = 0;
  for (let i = 0; i < rows.stride; i++) {
    sum += data[rows.a * rows.stride + i]! * data[rows.b * rows.stride + i]!;
  }
  return sum;
}
