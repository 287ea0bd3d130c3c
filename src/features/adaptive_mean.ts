/**
 * Adaptive means: a list of values brought to any length by averaging bins that cover it evenly.
 *
 * The bins are those of PyTorch's `adaptive_avg_pool1d`: bin `i` of `n` over `length` values goes
 * from ⌊i · length / n⌋ to ⌈(i + 1) · length / n⌉, so neighbouring bins may share a value, and there
 * may be more bins than values.
 *
 * @module
 */

/** A run of neighbouring positions. */
export interface Bin {
  /** First position. */
  readonly begin: number;
  /** Position after the last. */
  readonly end: number;
}

/**
 * Finds the positions that one bin averages.
 *
 * @param index Number of the bin, from 0.
 * @param sizes How many values there are, and how many bins.
 * @returns The bin, never empty.
 * @throws {RangeError} If a size is not a positive integer or there is no such bin.
 *
 * @example Three values, two bins that share the middle one
 * ```ts
 * import assert from "node:assert/strict";
 * import { adaptiveBin } from "@/features/adaptive_mean.ts";
 *
 * assert.deepEqual(adaptiveBin(0, { length: 3, bins: 2 }), { begin: 0, end: 2 });
 * assert.deepEqual(adaptiveBin(1, { length: 3, bins: 2 }), { begin: 1, end: 3 });
 * ```
 */
export function adaptiveBin(index: number, sizes: { length: number; bins: number }): Bin {
  const { length, bins } = sizes;
  if (!isCount(length) || !isCount(bins)) {
    throw new RangeError(
      `Cannot divide values into bins: both counts must be positive integers, ` +
        `got ${length} values and ${bins} bins`,
    );
  }
  if (!Number.isInteger(index) || index < 0 || index >= bins) {
    throw new RangeError(
      `Cannot find a bin: index must be an integer from 0 to ${bins - 1}, got ${index}`,
    );
  }
  return {
    begin: Math.floor((index * length) / bins),
    end: Math.ceil(((index + 1) * length) / bins),
  };
}

/**
 * Brings a list of values to another length by averaging its bins.
 *
 * @param values At least one value; left unchanged.
 * @param bins Length of the result.
 * @returns One mean per bin, summed in 64-bit floats.
 * @throws {RangeError} If there is no value or `bins` is not a positive integer.
 *
 * @example Three values become two
 * ```ts
 * import assert from "node:assert/strict";
 * import { adaptiveMean } from "@/features/adaptive_mean.ts";
 *
 * assert.deepEqual([...adaptiveMean([1, 3, 7], 2)], [2, 5]);
 * ```
 */
export function adaptiveMean(values: ArrayLike<number>, bins: number): Float64Array {
  const means = new Float64Array(bins > 0 ? bins : 0);
  const sizes = { length: values.length, bins };
  for (let bin = 0; bin < Math.max(bins, 1); bin++) {
    const { begin, end } = adaptiveBin(bin, sizes);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i]!;
    means[bin] = sum / (end - begin);
  }
  return means;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
