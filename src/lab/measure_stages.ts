/**
 * Measures what stages of work cost, each by itself.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { StageCost } from "@/charts/stage_costs.ts";

/** One stage to be timed. */
export interface TimedStage {
  /** Name of the stage. */
  readonly stage: string;
  /** Does the work once. */
  readonly work: () => unknown;
}

/** How often and for how many images. */
export interface MeasureStagesOptions {
  /** Images that one run of a stage handles; default 1. */
  readonly images?: number;
  /** Timed runs of every stage; default 9. */
  readonly runs?: number;
  /** Untimed runs before these; default 2. */
  readonly warmUp?: number;
  /** Clock in milliseconds; default the monotonic clock. */
  readonly now?: () => number;
}

/**
 * Runs all stages in turn, over and over, and takes the median of each.
 *
 * Taking turns spreads what else the machine is doing over all stages alike; the median leaves out
 * what struck a few runs.
 *
 * @param stages The stages; work that returns a promise is awaited.
 * @param options Images per run, and numbers of runs.
 * @returns Median milliseconds per image, in the order of the stages.
 * @throws {RangeError} If a number is not an integer from 1, or from 0 for `warmUp`.
 *
 * @example A clock that ticks by itself
 * ```ts
 * import assert from "node:assert/strict";
 * import { measureStages } from "@/lab/measure_stages.ts";
 *
 * let clock = 0;
 * const stages = [{ stage: "wait", work: () => clock += 6 }];
 * const costs = await measureStages(stages, { images: 2, now: () => clock });
 * assert.deepEqual(costs, [{ stage: "wait", milliseconds: 3 }]);
 * ```
 */
export async function measureStages(
  stages: readonly TimedStage[],
  options: MeasureStagesOptions = {},
): Promise<StageCost[]> {
  const { images = 1, runs = 9, warmUp = 2, now = () => performance.now() } = options;
  for (
    const [name, { value, least }] of Object.entries({
      images: { value: images, least: 1 },
      runs: { value: runs, least: 1 },
      warmUp: { value: warmUp, least: 0 },
    })
  ) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot measure stages: ${name} must be an integer from ${least}, got ${value}`,
      );
    }
  }
  const times = stages.map((): number[] => []);
  for (let run = 0; run < warmUp + runs; run++) {
    for (const [number, { work }] of stages.entries()) {
      const begin = now();
      await work();
      if (run >= warmUp) times[number]!.push(now() - begin);
    }
  }
  return stages.map(({ stage }, number) => ({
    stage,
    milliseconds: median(times[number]!) / images,
  }));
}
