/**
 * What all versions of farthest-first selection share: rows laid out for it, the one distance,
 * and the plain version.
 *
 * The plain, the pruned and the compiled selection add the same 32-bit floats in the same order,
 * so they choose the same rows on every machine, ties included. The plain one computes every
 * distance, as the method is defined; the others are tested against it. These estimate which
 * share of the work is done, since their later choices cost less than earlier ones.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/** Rows padded with zeros to a multiple of eight columns, which changes no distance. */
export interface CoresetRows {
  /** Number of rows. */
  readonly rows: number;
  /** Columns after padding, a multiple of 8. */
  readonly stride: number;
  /** Padded values, one row after the other; the features' own memory where nothing was padded. */
  readonly data: Float32Array;
}

/** Largest magnitude whose squared differences cannot overflow a 32-bit sum. */
const LARGEST_VALUE = 1e15;

/** Pads the rows of a matrix to a multiple of eight columns and checks their values. */
export function toCoresetRows(features: Matrix): CoresetRows {
  const { rows, columns, data } = features;
  for (let i = 0; i < data.length; i++) {
    if (!(Math.abs(data[i]!) <= LARGEST_VALUE)) {
      throw new RangeError(
        `Cannot select a coreset: features must be numbers from -1e15 to 1e15, ` +
          `got ${data[i]} in row ${Math.floor(i / columns)}, column ${i % columns}`,
      );
    }
  }
  const stride = Math.ceil(columns / 8) * 8;
  if (stride === columns) return { rows, stride, data };
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(data.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  return { rows, stride, data: padded };
}

/** Every row is out of reach, and the start farther than the others. */
export function openAt(rows: number, start: number): Float32Array {
  const opening = new Float32Array(rows).fill(3e38);
  opening[start] = Infinity;
  return opening;
}

/**
 * Squared Euclidean distance between two rows, given up once it must exceed a limit.
 *
 * Eight running sums of 32-bit floats, added pairwise at the end. A sum of squares
 * never shrinks as terms are added, not even by rounding, so a partial sum above
 * `limit` proves that the whole one is.
 */
export function squaredDistanceWithin(
  rows: CoresetRows,
  pair: { readonly a: number; readonly b: number; readonly limit: number },
): number {
  const { data, stride } = rows;
  const { limit } = pair;
  const f = Math.fround;
  let i = pair.a * stride, j = pair.b * stride;
  const end = i + stride;
  let s0 = f(0), s1 = f(0), s2 = f(0), s3 = f(0), s4 = f(0), s5 = f(0), s6 = f(0), s7 = f(0);
  let sum = 0;
  while (i < end) {
    const stop = Math.min(end, i + 32);
    for (; i < stop; i += 8, j += 8) {
      const d0 = f(data[i]! - data[j]!), d1 = f(data[i + 1]! - data[j + 1]!);
      const d2 = f(data[i + 2]! - data[j + 2]!), d3 = f(data[i + 3]! - data[j + 3]!);
      s0 = f(s0 + f(d0 * d0));
      s1 = f(s1 + f(d1 * d1));
      s2 = f(s2 + f(d2 * d2));
      s3 = f(s3 + f(d3 * d3));
      const d4 = f(data[i + 4]! - data[j + 4]!), d5 = f(data[i + 5]! - data[j + 5]!);
      const d6 = f(data[i + 6]! - data[j + 6]!), d7 = f(data[i + 7]! - data[j + 7]!);
      s4 = f(s4 + f(d4 * d4));
      s5 = f(s5 + f(d5 * d5));
      s6 = f(s6 + f(d6 * d6));
      s7 = f(s7 + f(d7 * d7));
    }
    sum = f(f(f(s0 + s4) + f(s2 + s6)) + f(f(s1 + s5) + f(s3 + s7)));
    if (sum > limit) return sum;
  }
  return sum;
}

/** One finished selection, before it is turned into a coreset. */
export interface Selection {
  /** Chosen rows in the order of choice. */
  readonly indices: Uint32Array;
  /** Squared covering radius of the rows chosen so far, after each choice. */
  readonly squaredRadii: Float32Array;
}

/** What a version of the selection is asked to do. */
export interface SelectionRequest {
  /** How many rows to choose, from 1 to the number of rows. */
  readonly size: number;
  /**
   * Squared distance that each row is given before anything is chosen; the row with the largest is
   * chosen first.
   */
  readonly opening: Float32Array;
  /** Called now and then with the share of the work done; may throw to stop. */
  readonly onProgress?: (share: number) => void;
}

/** How many choices lie between two reports of progress. */
export const CHOICES_PER_REPORT = 64;

/**
 * Chooses rows one after the other, each the farthest from those already chosen.
 *
 * A row's distance is the smaller of its opening value and its distance to the
 * nearest chosen row; a tie goes to the lower index, and a chosen row is never
 * chosen again. Takes O(size × rows × columns) time and O(rows) extra memory.
 */
export function selectPlain(rows: CoresetRows, request: SelectionRequest): Selection {
  const { size, opening, onProgress } = request;
  const indices = new Uint32Array(size), squaredRadii = new Float32Array(size);
  const nearest = new Float32Array(rows.rows).fill(Infinity);
  const value = opening.slice();
  for (let step = 0; step < size; step++) {
    if (step % CHOICES_PER_REPORT === 0) onProgress?.(step / size);
    let chosen = 0;
    for (let row = 1; row < rows.rows; row++) if (value[row]! > value[chosen]!) chosen = row;
    indices[step] = chosen;
    value[chosen] = -1;
    let radius = 0;
    for (let row = 0; row < rows.rows; row++) {
      const distance = squaredDistanceWithin(rows, { a: row, b: chosen, limit: Infinity });
      if (distance < nearest[row]!) nearest[row] = distance;
      if (distance < value[row]!) value[row] = distance;
      if (nearest[row]! > radius) radius = nearest[row]!;
    }
    squaredRadii[step] = radius;
  }
  onProgress?.(1);
  return { indices, squaredRadii };
}

/** Bounds of what a doubling of the choices adds, relative to what the one before has added. */
const LEAST_GROWTH = 1.25, MOST_GROWTH = 2;

/**
 * Estimates the share of the work done from what was spent so far.
 *
 * Each time the number of choices doubles, some work is added. What the last two doublings have
 * added is continued as a geometric series, whose factor is 2 where every choice costs the same and
 * less where they become cheaper. Until that is known, the work counts as equal per choice. The
 * share never falls. Takes O(log reports) time per report.
 */
export function estimateShare(size: number): (steps: number, spent: number) => number {
  const history: { readonly steps: number; readonly spent: number }[] = [];
  let share = 0;
  /** Work spent after so many choices; between two reports, as if each doubling added the same. */
  const spentAt = (steps: number): number => {
    let low = 0, high = history.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (history[middle]!.steps <= steps) low = middle;
      else high = middle;
    }
    const a = history[low]!, b = history[high]!;
    return b.steps === a.steps
      ? b.spent
      : a.spent + (b.spent - a.spent) * Math.log(steps / a.steps) / Math.log(b.steps / a.steps);
  };
  return (steps, spent) => {
    if (steps > 0) history.push({ steps, spent });
    const first = history[0]?.steps ?? Infinity;
    if (steps < 4 * first) return share = Math.max(share, Math.min(1, steps / size));
    const half = spentAt(steps / 2);
    const last = spent - half, before = half - spentAt(steps / 4);
    const growth = Math.min(MOST_GROWTH, Math.max(LEAST_GROWTH, before > 0 ? last / before : 2));
    const left = last * growth * (growth ** Math.log2(size / steps) - 1) / (growth - 1);
    return share = Math.max(share, spent / (spent + left));
  };
}
