/**
 * Farthest-first selection without the distances that the triangle inequality rules out;
 * `countPruning` tells how many are left.
 *
 * Every row belongs to its nearest chosen row, its *center*. When a row `c` is chosen, no row
 * `x` of center `a` can come nearer to `c` unless d(a, c) < 2 d(x, a); so a center whose
 * farthest row lies within d(a, c) / 2 is skipped with all its rows. The choices are those of
 * the plain selection (the idea is Elkan's, ICML 2003, applied to the traversal of Gonzalez,
 * 1985).
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";
import {
  CHOICES_PER_REPORT,
  type CoresetRows,
  estimateShare,
  openAt,
  type Selection,
  type SelectionRequest,
  squaredDistanceWithin,
  toCoresetRows,
} from "@/memory/coreset_rows.ts";
import { checkCount } from "@/messages.ts";

/** A selection that tells what it cost. */
export interface PrunedSelection extends Selection {
  /**
   * Distances begun up to and including each choice: from rows and from centers to the chosen row.
   * The plain selection computes one per row and choice.
   */
  readonly distances: Float64Array;
}

/**
 * Chooses the same rows as `selectPlain`, computing far fewer distances.
 *
 * Takes O(size × rows × columns) time at worst and O(rows) extra memory; on
 * clustered rows a few per cent of the distances remain, and most of those are
 * given up half-way.
 */
export function selectPruned(rows: CoresetRows, request: SelectionRequest): PrunedSelection {
  const { size, onProgress } = request;
  const indices = new Uint32Array(size), squaredRadii = new Float32Array(size);
  const distances = new Float64Array(size);
  const state = openState(rows, request);
  const shareOf = estimateShare(size);
  let spent = 0;
  for (let step = 0; step < size; step++) {
    if (step % CHOICES_PER_REPORT === 0) onProgress?.(shareOf(step, spent));
    const owner = ownerOfFarthest(state, step);
    const chosen = state.bestRow[owner]!;
    indices[step] = chosen;
    state.value[chosen] = -1;
    // At first every row is in the list of center 0, infinitely far away. Later, a chosen row that
    // lies on its center stays there: the list is gone through only to stop choosing it again.
    if (step === 0) spent += moveRows(state, { from: 0, to: 0, chosen, between: 0 });
    else if (state.nearest[chosen] === 0) {
      spent += moveRows(state, { from: owner, to: step, chosen, between: Infinity });
    }
    for (let center = 0; center < step; center++) {
      if (state.farthest[center] === 0) continue;
      const limit = state.factor * state.farthest[center]! + PRUNING_FLOOR;
      const between = squaredDistanceWithin(rows, { a: indices[center]!, b: chosen, limit });
      state.distances++;
      if (between <= limit) spent += moveRows(state, { from: center, to: step, chosen, between });
    }
    spent += step;
    let radius = 0;
    for (let center = 0; center <= step; center++) {
      radius = Math.max(radius, state.farthest[center]!);
    }
    squaredRadii[step] = radius;
    distances[step] = state.distances;
  }
  onProgress?.(1);
  return { indices, squaredRadii, distances };
}

/**
 * Four, enlarged so that rounding can never rule out a distance that matters.
 *
 * A sum over `stride` columns is off by a relative (stride / 8 + 8) · 2^-24 at most; the margin
 * is 64 times that.
 */
export function pruningFactor(stride: number): number {
  return 4 * (1 + (stride + 64) / 2 ** 21);
}

/** Added to the bound so that sums of squares too small for a 32-bit float cannot mislead it. */
const PRUNING_FLOOR = 1e-36;

/** The rows of each center as a linked list, with the maxima that let whole lists be skipped. */
interface State {
  readonly rows: CoresetRows;
  readonly factor: number;
  /** Squared distance of each row to its center. */
  readonly nearest: Float32Array;
  /** The smaller of that and the opening value; -1 once the row is chosen. */
  readonly value: Float32Array;
  /** The row after this one in the list of the same center, or -1. */
  readonly next: Int32Array;
  /** First row in the list of each center, or -1. */
  readonly head: Int32Array;
  /** Largest `nearest` among the rows of each center. */
  readonly farthest: Float32Array;
  /** Largest `value` among the rows of each center. */
  readonly best: Float32Array;
  /** The lowest row that has it. */
  readonly bestRow: Int32Array;
  /** Distances begun so far. */
  distances: number;
}

function openState(rows: CoresetRows, request: SelectionRequest): State {
  const { size, opening } = request;
  const next = Int32Array.from({ length: rows.rows }, (_, row) => row + 1);
  next[rows.rows - 1] = -1;
  let first = 0;
  for (let row = 1; row < rows.rows; row++) if (opening[row]! > opening[first]!) first = row;
  return {
    rows,
    factor: pruningFactor(rows.stride),
    nearest: new Float32Array(rows.rows).fill(Infinity),
    value: opening.slice(),
    next,
    head: new Int32Array(size).fill(-1, 1),
    farthest: new Float32Array(size),
    best: new Float32Array(size).fill(-1),
    bestRow: new Int32Array(size).fill(first, 0, 1),
    distances: 0,
  };
}

/** The center, among the first `count`, whose list holds the row to be chosen next. */
function ownerOfFarthest({ best, bestRow }: State, count: number): number {
  let owner = 0;
  for (let center = 1; center < count; center++) {
    const ahead = best[center]! - best[owner]!;
    if (ahead > 0 || (ahead === 0 && bestRow[center]! < bestRow[owner]!)) owner = center;
  }
  return owner;
}

/**
 * Moves the rows of the center `from` that are nearer to `to`, the newest center, whose row is
 * `chosen`, at the squared distance `between`; renews the maxima of both.
 *
 * Returns how many rows it has met.
 */
function moveRows(
  state: State,
  move: { from: number; to: number; chosen: number; between: number },
): number {
  const { rows, factor, nearest, value, next, head, farthest, best, bestRow } = state;
  const { from, to, chosen, between } = move;
  let row = head[from]!, met = 0;
  head[from] = -1;
  farthest[from] = 0;
  best[from] = -1;
  while (row !== -1) {
    const following = next[row]!, limit = nearest[row]!;
    met++;
    let center = from;
    if (between <= factor * limit + PRUNING_FLOOR) {
      const distance = squaredDistanceWithin(rows, { a: row, b: chosen, limit });
      state.distances++;
      if (distance < limit) {
        center = to;
        nearest[row] = distance;
        if (distance < value[row]!) value[row] = distance;
      }
    }
    next[row] = head[center]!;
    head[center] = row;
    if (nearest[row]! > farthest[center]!) farthest[center] = nearest[row]!;
    const ahead = value[row]! - best[center]!;
    if (ahead > 0 || (ahead === 0 && row < bestRow[center]!)) {
      best[center] = value[row]!;
      bestRow[center] = row;
    }
    row = following;
  }
  return met;
}

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
 * Counts the distances that a pruned selection computes, after 1, 2, 4, … choices and the last.
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
 * import { matrixOf } from "@/math/mod.ts";
 * import { countPruning } from "@/memory/mod.ts";
 *
 * const steps = countPruning(matrixOf([[0], [1], [90], [91]]), { size: 3 });
 * assert.deepEqual(steps.map(({ picks, plain }) => [picks, plain]), [[1, 4], [2, 8], [3, 12]]);
 * assert.ok(steps[2]!.computed < steps[2]!.plain);
 * ```
 */
export function countPruning(features: Matrix, options: { readonly size: number }): PruningStep[] {
  const { size } = options;
  checkCount(size, { task: "Cannot count pruning", name: "size", most: features.rows });
  const opening = openAt(features.rows, 0);
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
