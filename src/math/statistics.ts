/**
 * Small statistics of results: a mean over seeds with its standard deviation, and how often
 * names occur.
 *
 * @module
 */
import { mean, sampleStandardDeviation } from "simple-statistics";

/** A mean and how its values spread. */
export interface MeanStd {
  /** Mean of the values. */
  readonly mean: number;
  /**
   * Sample standard deviation (n − 1 in the denominator), as papers report it; `null` for one
   * value.
   */
  readonly std: number | null;
}

/**
 * Reads a number over seeds, as a cell of a table shows it.
 *
 * @param values The value with every seed; `null` or missing where undefined.
 * @returns The only one as it is, or mean and deviation; `null` if there is none or any seed
 *   leaves it undefined, so that no mean hides that fewer seeds went into it.
 *
 * @example One seed, two, and one that is undefined
 * ```ts
 * import assert from "node:assert/strict";
 * import { overSeeds } from "@/math/mod.ts";
 *
 * assert.equal(overSeeds([0.5]), 0.5);
 * assert.deepEqual(overSeeds([1, 1]), { mean: 1, std: 0 });
 * assert.equal(overSeeds([1, null]), null);
 * ```
 */
export function overSeeds(values: readonly (number | null | undefined)[]): number | MeanStd | null {
  const defined = values.filter((value) => typeof value === "number");
  if (defined.length < values.length || defined.length === 0) return null;
  return defined.length === 1 ? defined[0]! : meanStd(defined);
}

/** Averages at least one value and measures the spread. */
export function meanStd(values: readonly number[]): MeanStd {
  if (values.length === 0) {
    throw new RangeError("Cannot average values: at least one is needed, got none");
  }
  return {
    mean: mean([...values]),
    std: values.length > 1 ? sampleStandardDeviation([...values]) : null,
  };
}

/** Counts names, such as images by class. */
export function countNames(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
