/**
 * Coresets: which rows of a group stay in the memory bank.
 *
 * `greedyCoreset` is farthest-first traversal, as in PatchCore (Roth et al., CVPR 2022),
 * computed in one of three ways that choose the same rows. `Sampler` is the interface through
 * which a bank asks for any coreset; `samplers.ts` has those that a configuration can name.
 *
 * @module
 */
import type { Matrix, RowSource } from "@/math/matrix.ts";
import { fitsKernel, selectCompiled } from "@/memory/coreset_compiled.ts";
import { selectPruned } from "@/memory/coreset_pruned.ts";
import {
  type CoresetRows,
  openAt,
  selectPlain,
  squaredDistanceWithin,
  toCoresetRows,
} from "@/memory/coreset_rows.ts";
import { checkCount } from "@/messages.ts";

/** What errors say cannot be done. */
const task = "Cannot select a coreset";

/** The rows a sampler kept. */
export interface Coreset {
  /** Kept row indices, in the order they were chosen. */
  readonly indices: Uint32Array;
  /**
   * Covering radius: largest Euclidean distance from any row to its nearest kept row; `null` if not
   * measured.
   */
  readonly radius: number | null;
}

/** How many rows to keep and where to begin. */
export interface GreedyCoresetOptions {
  /** Number of rows to keep, from 1 to the number of rows. */
  readonly size: number;
  /** The row chosen first. Default 0; not together with `startPoints`. */
  readonly start?: number;
  /**
   * Rows whose mean Euclidean distance each row is given before anything is chosen, as
   * patchcore-inspection opens its search; they are not chosen themselves unless their turn comes.
   * Default none.
   */
  readonly startPoints?: ArrayLike<number>;
  /**
   * How to compute. Default "compiled" (WebAssembly), which becomes "pruned" where the rows exceed
   * the four gibibytes that WebAssembly can address.
   */
  readonly method?: CoresetMethod;
  /**
   * Called now and then with the share of the work done, from 0 to 1, which never falls; may throw
   * to stop. Earlier choices cost more than later ones: the share is meant to keep pace with the
   * time.
   */
  readonly onProgress?: (share: number) => void;
}

/** How the distances are computed; the chosen rows do not depend on it, only the time does. */
export type CoresetMethod = "plain" | "pruned" | "compiled";

/** A coreset with the covering radius of each of its prefixes. */
export interface GreedyCoreset extends Coreset {
  /** Covering radius of all chosen rows. */
  readonly radius: number;
  /** Covering radius of the first row chosen, of the first two, and so on; never rises. */
  readonly radii: Float64Array;
  /** How it was computed. */
  readonly method: CoresetMethod;
}

const methods = { plain: selectPlain, pruned: selectPruned, compiled: selectCompiled } as const;

/**
 * Chooses the rows that leave no patch embedding far from the memory bank.
 *
 * Farthest-first traversal: after `start`, each step adds the row whose nearest
 * chosen row is farthest away; a tie goes to the lower index. Once only copies of
 * chosen rows remain, they follow from the lowest index on. Every prefix of
 * `indices` is therefore the coreset of that smaller size, and from a `start` the
 * radius is at most twice the best possible (Gonzalez, 1985).
 *
 * With `startPoints`, a row counts as no farther than its mean distance to those
 * points, during the whole traversal and also for the first choice; this is the rule
 * of patchcore-inspection's greedy sampler without its random projection.
 *
 * Distances are sums of 32-bit floats, added in one fixed order by every method, so
 * the choice depends on the values alone. Takes O(size × rows × columns) time at
 * worst, usually less than a hundredth of that, and O(rows) extra memory; the compiled
 * method also needs one copy of the features and 268 bytes per row.
 *
 * @param features Patch embeddings, one per row; left unchanged.
 * @param options How many rows to keep and where to begin.
 * @returns The chosen row indices and the covering radius they reach.
 * @throws {RangeError} If `size`, `start` or a start point is not an integer within range, or a
 * value is not a number of usual magnitude.
 * @throws {TypeError} If both `start` and `startPoints` are given.
 *
 * @example Two groups of patches, one representative each
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { greedyCoreset } from "@/memory/mod.ts";
 *
 * const features = matrixOf([[0, 0], [0, 1], [9, 0], [9, 1]]);
 * const { indices, radius } = greedyCoreset(features, { size: 2 });
 *
 * assert.deepEqual([...indices], [0, 3]);
 * assert.equal(radius, 1);
 * ```
 */
export function greedyCoreset(features: Matrix, options: GreedyCoresetOptions): GreedyCoreset {
  const { size, startPoints, onProgress } = options;
  checkCount(size, { task, name: "size", most: features.rows });
  if (startPoints !== undefined && options.start !== undefined) {
    throw new TypeError(
      `${task}: start and startPoints exclude each other, got both`,
    );
  }
  const start = options.start ?? 0;
  checkCount(start, { task, name: "start", least: 0, most: features.rows - 1 });
  const rows = toCoresetRows(features);
  const opening = startPoints === undefined
    ? openAt(rows.rows, start)
    : openByMean(rows, startPoints);
  const request = { size, opening, ...(onProgress && { onProgress }) };
  const wanted = options.method ?? "compiled";
  const method = wanted === "compiled" && !fitsKernel(rows, size) ? "pruned" : wanted;
  const { indices, squaredRadii } = methods[method](rows, request);
  const radii = Float64Array.from(squaredRadii, Math.sqrt);
  return { indices, radius: radii[size - 1]!, radii, method };
}

function openByMean(rows: CoresetRows, startPoints: ArrayLike<number>): Float32Array {
  if (startPoints.length === 0) {
    throw new RangeError(
      `${task}: startPoints must name at least one row, got none`,
    );
  }
  const sums = new Float64Array(rows.rows);
  for (let i = 0; i < startPoints.length; i++) {
    const point = startPoints[i]!;
    checkCount(point, { task, name: "every start point", least: 0, most: rows.rows - 1 });
    for (let row = 0; row < rows.rows; row++) {
      sums[row]! += Math.sqrt(squaredDistanceWithin(rows, { a: row, b: point, limit: Infinity }));
    }
  }
  return Float32Array.from(sums, (sum) => (sum / startPoints.length) ** 2);
}

/** What a sampler is told about one selection. */
export interface SampleRequest {
  /** How many rows to keep, from 1 to the number of rows. */
  readonly size: number;
  /** Seed of the selection's random choices. */
  readonly seed: number;
  /** Called now and then with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** A way of choosing the rows that a memory bank keeps. */
export interface Sampler {
  /** Name in configurations and results. */
  readonly name: string;
  /** The time that a selection takes grows about as its rows to this power; default 1. */
  readonly growth?: number;
  /** Chooses `request.size` different rows, which may be at hand or come in parts. */
  select(features: Matrix | RowSource, request: SampleRequest): Promise<Coreset>;
}
