/**
 * Averages the results of several seeds, leaf by leaf.
 *
 * @module
 */
import { meanStd } from "@/math/statistics.ts";

/** A value of a result file. */
export type ResultValue =
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly ResultValue[]
  | { readonly [key: string]: ResultValue };

/** Results averaged over seeds. */
export interface AveragedResults<Results> {
  /** The results with every number replaced by its mean. */
  readonly mean: Results;
  /** The numbers' sample standard deviations, at the same places. */
  readonly std: ResultValue;
}

/**
 * Averages results that have the same layout.
 *
 * A number becomes its mean; one that is `null` or missing with any seed becomes `null`, so that no
 * mean hides that fewer seeds went into it. A truth (such as whether a requirement holds) is true
 * only if it is with every seed. Text is taken from the first. Keys that not all have, such as
 * thresholds of clusters that only some seeds find, are left out.
 *
 * @param results At least one.
 * @returns Means, and sample standard deviations in the same layout; without those where a leaf is
 *   no number, and none at all for a single seed.
 * @throws {RangeError} If there is none.
 *
 * @example Two seeds
 * ```ts
 * import assert from "node:assert/strict";
 * import { averageResults } from "@/evaluation/average_results.ts";
 *
 * const { mean, std } = averageResults([
 *   { auroc: 0.5, holds: true },
 *   { auroc: 1, holds: false },
 * ]);
 * assert.deepEqual(mean, { auroc: 0.75, holds: false });
 * assert.deepEqual(std, { auroc: Math.SQRT1_2 / 2 });
 * ```
 */
export function averageResults<Results extends object>(
  results: readonly Results[],
): AveragedResults<Results> {
  if (results.length === 0) {
    throw new RangeError("Cannot average results: at least one is needed, got none");
  }
  const values = results as readonly unknown[] as readonly ResultValue[];
  return { mean: averageValues(values) as Results, std: spreadOf(values) ?? {} };
}

function averageValues(values: readonly ResultValue[]): ResultValue {
  const first = values[0];
  if (values.some((value) => value === null || value === undefined)) return null;
  if (values.every((value) => typeof value === "number")) return meanStd(values).mean;
  if (typeof first === "boolean") return values.every((value) => value === true);
  if (!isRecord(first)) return first;
  return Object.fromEntries(
    sharedKeys(values).map(([key, parts]) => [key, averageValues(parts)]),
  );
}

/** Standard deviations below a place; `undefined` where there is no number. */
function spreadOf(values: readonly ResultValue[]): ResultValue {
  if (values.every((value) => typeof value === "number")) {
    return meanStd(values).std ?? undefined;
  }
  if (!values.every(isRecord)) return undefined;
  const entries = sharedKeys(values).map(([key, parts]) => [key, spreadOf(parts)] as const)
    .filter(([, spread]) => spread !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The keys that all records have, with their values. */
function sharedKeys(values: readonly ResultValue[]): [string, ResultValue[]][] {
  const records = values.filter(isRecord);
  if (records.length < values.length) return [];
  return Object.keys(records[0]!).filter((key) =>
    records.every((record) => Object.hasOwn(record, key))
  ).map((key) => [key, records.map((record) => record[key])]);
}

function isRecord(value: ResultValue): value is { readonly [key: string]: ResultValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
