/**
 * Times the stages of inference, per image.
 *
 * @module
 */
import { mean, quantile } from "simple-statistics";

/** How long one stage took, in milliseconds per image. */
export interface StageTimes {
  /** Images that went through the stage. */
  readonly count: number;
  /** Mean over images. */
  readonly mean: number;
  /** Median over images; images of one batch share its time evenly. */
  readonly p50: number;
  /** Time that 95 % of the images stay within. */
  readonly p95: number;
}

/** Collects times by stage. */
export interface Stopwatch {
  /** Runs `work`, which handles `images` images, and adds its time to a stage. */
  time<Result>(
    stage: string,
    options: { images: number; work: () => Result | Promise<Result> },
  ): Promise<Result>;
  /** The stages in the order in which they first ran. */
  summary(): Record<string, StageTimes>;
}

/** Creates a stopwatch that has measured nothing yet. */
export function createStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const stages = new Map<string, number[]>();
  return {
    time: async (stage, { images, work }) => {
      const begin = now();
      const result = await work();
      const perImage = (now() - begin) / images;
      const times = stages.get(stage) ?? [];
      stages.set(stage, times);
      for (let image = 0; image < images; image++) times.push(perImage);
      return result;
    },
    summary: () =>
      Object.fromEntries(
        [...stages].map(([stage, times]) => [stage, {
          count: times.length,
          mean: round(mean(times)),
          p50: round(quantile(times, 0.5)),
          p95: round(quantile(times, 0.95)),
        }]),
      ),
  };
}

/** Microseconds are finer than any of these clocks deserves. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
