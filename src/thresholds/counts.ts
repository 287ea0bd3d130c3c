/**
 * What a count proves: intervals of shares by Clopper and Pearson.
 *
 * C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
 * case of the binomial", Biometrika 26, 1934.
 *
 * @module
 */
import { checkCount } from "@/messages.ts";

/** Shares that a count is compatible with. */
export interface ShareInterval {
  /** Smallest share. */
  readonly low: number;
  /** Largest share. */
  readonly high: number;
}

/**
 * Computes the interval of the share behind a count, exactly, whatever the share is.
 *
 * Both ends leave (1 − confidence) ÷ 2 to the other side; so the interval covers the true share at
 * least as often as it says, among independent images. Found by bisection on the binomial tail, to
 * the last digits; takes O(total) time for each of about 60 steps.
 *
 * @param count How many, such as false alarms.
 * @param options Of how many, such as normal test images; the confidence, default 0.95.
 * @returns The interval; from 0 with none, to 1 with all.
 * @throws {RangeError} If the count or total is no whole number within range, or the confidence is
 *   not above 0 and below 1.
 *
 * @example None of 16
 * ```ts
 * import assert from "node:assert/strict";
 * import { shareInterval } from "@/thresholds/mod.ts";
 *
 * const { low, high } = shareInterval(0, { total: 16 });
 * assert.equal(low, 0);
 * assert.equal(high.toFixed(3), "0.206");
 * ```
 */
export function shareInterval(
  count: number,
  options: { readonly total: number; readonly confidence?: number },
): ShareInterval {
  const { total, confidence = 0.95 } = options;
  checkShare(count, { total, confidence });
  const tail = (1 - confidence) / 2;
  return {
    low: lowestShare(count, { total, tail }),
    high: 1 - lowestShare(total - count, { total, tail }),
  };
}

/**
 * Says in words what a count proves about the share behind it, one-sided: "0 of 16, at most 17.1 %".
 *
 * The bound is the largest share under which so few would come with a probability of 1 −
 * confidence, by Clopper and Pearson; rounded up.
 *
 * @param count How many.
 * @param options Of how many; the confidence, default 0.95.
 * @returns The count with its bound.
 * @throws {RangeError} As `shareInterval`.
 *
 * @example False alarms among 16 normal images
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeCount } from "@/thresholds/mod.ts";
 *
 * assert.equal(describeCount(0, { total: 16 }), "0 of 16, at most 17.1 % (95 % confidence)");
 * ```
 */
export function describeCount(
  count: number,
  options: { readonly total: number; readonly confidence?: number },
): string {
  const { total, confidence = 0.95 } = options;
  checkShare(count, { total, confidence });
  const most = 1 - lowestShare(total - count, { total, tail: 1 - confidence });
  const percent = Math.ceil(Number((1000 * most).toPrecision(12))) / 10;
  const certain = Number((100 * confidence).toPrecision(6));
  return `${count} of ${total}, at most ${percent} % (${certain} % confidence)`;
}

/** The share under which `count` or more of `total` come with probability `tail`. */
function lowestShare(count: number, { total, tail }: { total: number; tail: number }): number {
  if (count === 0) return 0;
  let low = 0, high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (atLeast(count, { total, share: middle }) < tail) low = middle;
    else high = middle;
  }
}

/** Probability of `count` or more among `total` independent images, each with this probability. */
function atLeast(count: number, { total, share }: { total: number; share: number }): number {
  const odds = share / (1 - share);
  /** Sums terms that fall from the first on. */
  const sumFrom = (start: number, step: 1 | -1): number => {
    let term = Math.exp(logTerm(start, { total, share })), sum = 0;
    for (let k = start; k >= 0 && k <= total && term > sum * 1e-18; k += step) {
      sum += term;
      term *= step === 1 ? (total - k) / (k + 1) * odds : k / (total - k + 1) / odds;
    }
    return sum;
  };
  return count > total * share ? sumFrom(count, 1) : 1 - sumFrom(count - 1, -1);
}

function logTerm(count: number, { total, share }: { total: number; share: number }): number {
  let choices = 0;
  const fewer = Math.min(count, total - count);
  for (let i = 1; i <= fewer; i++) choices += Math.log((total - fewer + i) / i);
  return choices + count * Math.log(share) + (total - count) * Math.log1p(-share);
}

function checkShare(
  count: number,
  { total, confidence }: { total: number; confidence: number },
): void {
  const task = "Cannot give an interval of a share";
  checkCount(total, { task, name: "total", least: 1 });
  checkCount(count, { task, name: "count", least: 0, most: total });
  if (confidence > 0 && confidence < 1) return;
  throw new RangeError(`${task}: confidence must be above 0 and below 1, got ${confidence}`);
}
