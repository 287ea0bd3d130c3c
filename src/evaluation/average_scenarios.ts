/**
 * Averages the scenarios of several seeds.
 *
 * @module
 */
import { averageResults, type ResultValue } from "@/evaluation/average_results.ts";
import type { ScenariosFile } from "@/evaluation/scenarios_file.ts";

/** The content of `scenarios.json` where it holds means over seeds. */
export interface AveragedScenariosFile extends ScenariosFile {
  /** Number of seeds. */
  readonly seeds: number;
  /** Sample standard deviations over seeds, in the layout of `scenarios` and `reference`. */
  readonly std: ResultValue;
}

/**
 * Averages the scenarios of several seeds: see `averageResults`.
 *
 * A requirement holds if it holds with every seed.
 *
 * @param files The scenarios with each seed; at least one.
 * @returns The only one as it is, or the means with their standard deviations.
 * @throws {RangeError} If there is none.
 *
 * @example Two seeds without any scenario
 * ```ts
 * import assert from "node:assert/strict";
 * import { averageScenarios } from "@/evaluation/average_scenarios.ts";
 * import { scenariosFile } from "@/evaluation/scenarios_file.ts";
 *
 * const options = { dataset: "sample", rule: { name: "max" }, fprLimit: 0.3, reference: null } as const;
 * const file = scenariosFile([], options);
 * assert.equal(averageScenarios([file]), file);
 * assert.deepEqual(averageScenarios([file, file]), { ...file, seeds: 2, std: {} });
 * ```
 */
export function averageScenarios(
  files: readonly ScenariosFile[],
): ScenariosFile | AveragedScenariosFile {
  const first = files[0];
  if (first === undefined) {
    throw new RangeError(
      "Cannot average scenarios: those of at least one seed are needed, got none",
    );
  }
  if (files.length === 1) return first;
  const { mean, std } = averageResults(
    files.map(({ scenarios, reference }) => ({ scenarios, reference })),
  );
  return { ...first, ...mean, seeds: files.length, std };
}
