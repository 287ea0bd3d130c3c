/**
 * Thresholds by what mistakes cost, and alpha by how many false alarms a day may bring.
 *
 * @module
 */

/** What mistakes cost, in any unit. */
export interface Costs {
  /** Cost of an anomalous image that raises no alarm, above 0. */
  readonly miss: number;
  /** Cost of an alarm for a normal image, above 0. */
  readonly falseAlarm: number;
  /** Expected share of anomalous images where the threshold will be used, above 0 and below 1. */
  readonly defectShare: number;
}

/** What a threshold would cost. */
export interface CostPoint {
  /** Scores at or above it are anomalous; infinite: none. */
  readonly threshold: number;
  /** Share of normal images at or above it. */
  readonly falseAlarms: number;
  /** Share of anomalous images below it. */
  readonly misses: number;
  /** Expected cost of an image. */
  readonly cost: number;
}

/** The cheapest threshold, and what others cost. */
export interface CostChoice {
  /** The cheapest. */
  readonly best: CostPoint;
  /** Every score that could be a threshold, from the highest; the first is infinite. */
  readonly curve: readonly CostPoint[];
  /** What the choice rests on, with the warning that labels were seen. */
  readonly sentence: string;
}

/**
 * Chooses the threshold with the least expected cost.
 *
 * An image costs `defectShare` × `miss` × the share of anomalous images below the threshold + (1 −
 * `defectShare`) × `falseAlarm` × the share of normal images at or above it. Shares are those of the
 * images at hand, so the threshold fits them better than new ones. Of equally cheap thresholds the
 * highest, which raises the fewest false alarms. Takes O(n log n) time.
 *
 * @param normal Scores of normal images: calibration scores, with those of normal test images.
 * @param options Scores of images labelled anomalous, and the costs.
 * @returns The cheapest threshold, the curve, and what they rest on.
 * @throws {RangeError} If there is no score of either kind, one is not finite, or a cost or the
 *   share is out of range.
 *
 * @example A miss costs ten false alarms
 * ```ts
 * import assert from "node:assert/strict";
 * import { cheapestThreshold } from "@/thresholds/mod.ts";
 *
 * const { best, sentence } = cheapestThreshold([1, 2, 3, 6], {
 *   anomalous: [5, 7, 8],
 *   costs: { miss: 10, falseAlarm: 1, defectShare: 0.5 },
 * });
 * assert.equal(best.threshold, 5);
 * assert.equal(best.cost, 0.125);
 * assert.match(sentence, /labels were seen/);
 * ```
 */
export function cheapestThreshold(
  normal: readonly number[],
  options: { readonly anomalous: readonly number[]; readonly costs: Costs },
): CostChoice {
  const { anomalous, costs } = options;
  checkScores(normal, "normal");
  checkScores(anomalous, "anomalous");
  checkCosts(costs);
  const descending = (scores: readonly number[]): number[] => scores.toSorted((a, b) => b - a);
  const normals = descending(normal), anomalies = descending(anomalous);
  const candidates = [Infinity, ...descending([...new Set([...normal, ...anomalous])])];
  let alarms = 0, hits = 0;
  const curve = candidates.map((threshold): CostPoint => {
    while (alarms < normals.length && normals[alarms]! >= threshold) alarms++;
    while (hits < anomalies.length && anomalies[hits]! >= threshold) hits++;
    const falseAlarms = alarms / normals.length, misses = 1 - hits / anomalies.length;
    const cost = costs.defectShare * costs.miss * misses +
      (1 - costs.defectShare) * costs.falseAlarm * falseAlarms;
    return { threshold, falseAlarms, misses, cost };
  });
  const best = curve.reduce((cheapest, point) => point.cost < cheapest.cost ? point : cheapest);
  const sentence = `least cost on ${normal.length} normal and ${anomalous.length} anomalous ` +
    "images, whose labels were seen: new images may cost more";
  return { best, curve, sentence };
}

function checkScores(scores: readonly number[], kind: string): void {
  const task = "Cannot choose the cheapest threshold";
  if (scores.length === 0) {
    throw new RangeError(`${task}: scores of ${kind} images are needed, got none`);
  }
  const unusable = scores.find((score) => !Number.isFinite(score));
  if (unusable === undefined) return;
  throw new RangeError(`${task}: scores of ${kind} images must be finite, got ${unusable}`);
}

function checkCosts({ miss, falseAlarm, defectShare }: Costs): void {
  const task = "Cannot choose the cheapest threshold";
  for (const [name, cost] of Object.entries({ miss, falseAlarm })) {
    if (!(cost > 0 && cost < Infinity)) {
      throw new RangeError(`${task}: ${name} must be above 0 and finite, got ${cost}`);
    }
  }
  if (!(defectShare > 0 && defectShare < 1)) {
    throw new RangeError(
      `${task}: defectShare must be above 0 and below 1, got ${defectShare}`,
    );
  }
}

/** How many images and false alarms a day brings. */
export interface Budget {
  /** Images a day, above 0. */
  readonly images: number;
  /** False alarms a day that are affordable, above 0 and below the number of images. */
  readonly falseAlarms: number;
  /**
   * `same_alpha`: every group has the same alpha, so that frequent ones raise more false alarms;
   * `same_alarms`: every group may raise equally many. Default `same_alpha`.
   */
  readonly split?: "same_alpha" | "same_alarms";
}

/** What a group may do within a budget. */
export interface GroupBudget {
  /** Share of false alarms to ask of a threshold rule. */
  readonly alpha: number;
  /** Images a day. */
  readonly images: number;
  /** False alarms a day that alpha allows, if all images were normal. */
  readonly falseAlarms: number;
}

/**
 * Turns a budget of false alarms a day into alpha for every group or class.
 *
 * All images count as normal, which spends less than the budget where some are not. What a rule
 * makes of alpha, `promiseOf` says.
 *
 * @param shares Expected share of images for every group or class, which are scaled to sum to 1.
 * @param budget Images and false alarms a day, and how these are split.
 * @returns Alpha by name, in order.
 * @throws {RangeError} If a number is out of range, or a group would need alpha of 1 or more.
 *
 * @example Two false alarms among 1,000 images
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitBudget } from "@/thresholds/mod.ts";
 *
 * const budget = { images: 1000, falseAlarms: 2 } as const;
 * const same = splitBudget({ bolt: 3, nut: 1 }, budget);
 * assert.deepEqual(same.bolt, { alpha: 0.002, images: 750, falseAlarms: 1.5 });
 * const even = splitBudget({ bolt: 3, nut: 1 }, { ...budget, split: "same_alarms" });
 * assert.deepEqual(even.nut, { alpha: 0.004, images: 250, falseAlarms: 1 });
 * ```
 */
export function splitBudget(
  shares: Readonly<Record<string, number>>,
  budget: Budget,
): Record<string, GroupBudget> {
  const task = "Cannot split a budget of false alarms";
  const { images, falseAlarms, split = "same_alpha" } = budget;
  const names = Object.keys(shares);
  if (names.length === 0) throw new RangeError(`${task}: at least one group is needed, got none`);
  for (const [name, value] of Object.entries({ images, falseAlarms })) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(`${task}: ${name} must be above 0 and finite, got ${value}`);
    }
  }
  for (const [name, share] of Object.entries(shares)) {
    if (!(share > 0 && share < Infinity)) {
      throw new RangeError(
        `${task}: the share of "${name}" must be above 0 and finite, got ${share}`,
      );
    }
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  return Object.fromEntries(names.map((name) => {
    const own = images * shares[name]! / sum;
    const alarms = split === "same_alpha" ? falseAlarms * own / images : falseAlarms / names.length;
    const alpha = alarms / own;
    if (alpha >= 1) {
      throw new RangeError(
        `${task}: false alarms of "${name}" must be fewer than its ${own} images, got ${alarms}`,
      );
    }
    return [name, { alpha, images: own, falseAlarms: alarms }];
  }));
}
