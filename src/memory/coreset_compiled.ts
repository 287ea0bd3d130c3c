/**
 * Farthest-first selection in WebAssembly: the pruned selection with SIMD, lists that wait, and sketches.
 *
 * The rows of a center are compared with the rows chosen lately only when the farthest of them is
 * the farthest of all; until then they wait, and then meet many chosen rows at once. Before a
 * distance is computed, the kernel compares *sketches*: coordinates along 128 perpendicular
 * directions in which the rows vary most, as 16-bit integers. A distance between sketches never
 * exceeds the one between rows by more than rounding, which is allowed for; the first quarter of
 * the coordinates rules most rows out.
 *
 * @module
 */
import { CORESET_KERNEL } from "@/kernels/coreset.ts";
import { estimateShare } from "@/memory/coreset_progress.ts";
import { pruningFactor } from "@/memory/coreset_pruned.ts";
import {
  CHOICES_PER_REPORT,
  type CoresetRows,
  type Selection,
  type SelectionRequest,
} from "@/memory/coreset_rows.ts";
import { findSketchDirections } from "@/memory/coreset_sketch.ts";

/** Nanoseconds, roughly, between two reports of progress. */
const EFFORT_PER_REPORT = 5e7;

/** Bytes that WebAssembly can address, less one page. */
const MOST_BYTES = 65535 * 65536;

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

let compiled: WebAssembly.Module | undefined;

/**
 * Tells whether a selection fits into the four gibibytes that WebAssembly can address.
 *
 * @param rows Padded rows.
 * @param size How many rows to choose.
 * @returns Whether `selectCompiled` can be used.
 *
 * @example Nine hundred thousand rows of a thousand columns fit, two million do not
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitsKernel } from "@/memory/coreset_compiled.ts";
 *
 * assert.ok(fitsKernel({ rows: 900_000, stride: 1024 }, 1000));
 * assert.ok(!fitsKernel({ rows: 2_000_000, stride: 1024 }, 1000));
 * ```
 */
export function fitsKernel(rows: Pick<CoresetRows, "rows" | "stride">, size: number): boolean {
  return kernelBytes(rows, size) < MOST_BYTES;
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
 * import { kernelBytes } from "@/memory/coreset_compiled.ts";
 *
 * const bytes = kernelBytes({ rows: 100_000, stride: 128 }, 10_000);
 * assert.equal(Math.round(bytes / 1e6), 87);
 * ```
 */
export function kernelBytes(rows: Pick<CoresetRows, "rows" | "stride">, size: number): number {
  const { stride } = rows;
  return rows.rows * (stride * 4 + 268) + size * (stride * 4 + 361) + stride * 516 + 16384;
}

/**
 * Chooses the same rows as `selectPlain`, ties included, in WebAssembly.
 *
 * Takes O(size × rows × columns) time at worst, and as much memory as `kernelBytes` tells. Progress
 * is reported as a share of the work, which `estimateShare` derives from what was spent so far.
 *
 * @param rows Padded rows, none of them empty, that pass `fitsKernel`.
 * @param request Number of rows, opening values and progress.
 * @returns The chosen rows and the squared covering radius after each choice.
 *
 * @example The same choices as the plain selection
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { selectCompiled } from "@/memory/coreset_compiled.ts";
 * import { selectPlain } from "@/memory/coreset_plain.ts";
 * import { toCoresetRows } from "@/memory/coreset_rows.ts";
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
