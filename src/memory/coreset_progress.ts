/**
 * How much of a selection's work is done, when later choices cost less than earlier ones.
 *
 * @module
 */

/** Bounds of what a doubling of the choices adds, relative to what the one before has added. */
const LEAST_GROWTH = 1.25, MOST_GROWTH = 2;

/**
 * Estimates the share of the work done from what was spent so far.
 *
 * Each time the number of choices doubles, some work is added. What the last two doublings have
 * added is continued as a geometric series, whose factor is 2 where every choice costs the same and
 * less where they become cheaper. Until that is known, the work counts as equal per choice. The
 * share never falls. Takes O(log reports) time per report.
 *
 * @param size Number of rows that will have been chosen in the end.
 * @returns A function from the choices made and the work spent so far, in any unit, to a share
 *   from 0 to 1.
 *
 * @example A thousand choices, of which the first hundred take half of the time
 * ```ts
 * import assert from "node:assert/strict";
 * import { estimateShare } from "@/memory/coreset_progress.ts";
 *
 * const shareOf = estimateShare(1000);
 * const spent = (steps: number) => Math.min(steps, 100) + Math.max(0, steps - 100) / 9;
 * let share = 0;
 * for (let steps = 0; steps <= 100; steps++) share = shareOf(steps, spent(steps));
 * assert.ok(share < 0.11);
 * for (let steps = 101; steps <= 400; steps++) share = shareOf(steps, spent(steps));
 * assert.ok(share > 0.5 && share < 0.8);
 * ```
 */
export function estimateShare(size: number): (steps: number, spent: number) => number {
  const history: { readonly steps: number; readonly spent: number }[] = [];
  let share = 0;
  /** Work spent when so many choices were made; between two reports, as if each doubling added the same. */
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
