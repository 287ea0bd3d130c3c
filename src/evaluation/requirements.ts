/**
 * The two requirements of HierCore (Neurocomputing 671, 132660, 2026): little disparity against
 * one-class models, and robustness when classes are unknown.
 *
 * The requirements are the paper's; how they are measured, and the tolerances, are ours.
 *
 * @module
 */
import { max, mean, min } from "simple-statistics";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import {
  type Decisions,
  scopeNaming,
  type Threshold,
  type ThresholdRule,
} from "@/evaluation/thresholds.ts";

/** Verdict on R1: the classes of a known-class evaluation keep what one-class models reach. */
export interface DisparityVerdict {
  /** Whether both tolerances are kept. */
  readonly holds: boolean;
  /** Mean |Δ| over classes. */
  readonly mean_abs_delta: number;
  /** Smallest Δ: the class that lost most. */
  readonly worst_delta: number;
  /** Largest mean |Δ| and largest fall that are tolerated. */
  readonly tolerance: { readonly mean_abs_delta: number; readonly worst_fall: number };
  /** Room left up to each tolerance; below zero where it is exceeded. */
  readonly margin: { readonly mean_abs_delta: number; readonly worst_fall: number };
}

/** Verdict on R2: pooling the classes of an unknown-class evaluation costs little. */
export interface RobustnessVerdict {
  /** Whether neither fall exceeds the tolerance. */
  readonly holds: boolean;
  /** Macro image AUROC minus pooled, group-aligned image AUROC. */
  readonly auroc_fall: number;
  /** Macro F1 at class-specific thresholds minus pooled F1 at the scenario's own thresholds. */
  readonly f1_fall: number;
  /** Largest fall that is tolerated. */
  readonly tolerance: number;
  /** Room left up to the tolerance for each fall; below zero where it is exceeded. */
  readonly margin: { readonly auroc_fall: number; readonly f1_fall: number };
}

/** Tolerances of the requirements, in percentage points. */
export interface Tolerances {
  /** R1: largest mean |Δ|. */
  readonly r1MeanPoints: number;
  /** R1: largest fall of a class. */
  readonly r1WorstPoints: number;
  /** R2: largest fall by pooling. */
  readonly r2Points: number;
}

/** A verdict that could not be reached. */
export interface NoVerdict {
  /** Unknown. */
  readonly holds: null;
  /** Why. */
  readonly reason: string;
}

/**
 * Subtracts what one-class models reach from what a model for all classes reaches.
 *
 * @param metric The metric by class; `null` where undefined.
 * @param reference The same metric of one-class models.
 * @returns Δ by class, for the classes in which both are defined.
 *
 * @example One class fell by two points
 * ```ts
 * import assert from "node:assert/strict";
 * import { deltasOf } from "@/evaluation/mod.ts";
 *
 * const delta = deltasOf({ nut: 0.75, gear: null }, { nut: 1, gear: 0.5 });
 * assert.deepEqual(delta, { nut: -0.25 });
 * ```
 */
export function deltasOf(
  metric: Readonly<Record<string, number | null>>,
  reference: Readonly<Record<string, number | null>>,
): Record<string, number> {
  const deltas: Record<string, number> = {};
  for (const [className, value] of Object.entries(metric)) {
    const other = reference[className];
    if (typeof value === "number" && typeof other === "number") deltas[className] = value - other;
  }
  return deltas;
}

/**
 * Judges R1 from Δ by class.
 *
 * @param deltas Δ by class, as shares (0.01 is one percentage point).
 * @param tolerance Largest mean |Δ|, and largest fall of a class, in percentage points.
 * @returns The verdict with its numbers; none if no class has a Δ.
 *
 * @example A class that fell too far
 * ```ts
 * import assert from "node:assert/strict";
 * import { judgeDisparity } from "@/evaluation/mod.ts";
 *
 * const verdict = judgeDisparity({ nut: -0.04, bolt: 0 }, { meanPoints: 5, worstPoints: 3 });
 * assert.equal(verdict.holds, false);
 * ```
 */
export function judgeDisparity(
  deltas: Readonly<Record<string, number>>,
  tolerance: { meanPoints: number; worstPoints: number },
): DisparityVerdict | NoVerdict {
  const values = Object.values(deltas);
  if (values.length === 0) {
    return { holds: null, reason: "no class has the metric here and in the one-class models" };
  }
  const allowed = {
    mean_abs_delta: tolerance.meanPoints / 100,
    worst_fall: tolerance.worstPoints / 100,
  };
  const meanDelta = mean(values.map(Math.abs)), worst = min(values);
  return {
    holds: meetsTolerance(meanDelta, allowed.mean_abs_delta) &&
      meetsTolerance(-worst, allowed.worst_fall),
    mean_abs_delta: meanDelta,
    worst_delta: worst,
    tolerance: allowed,
    margin: {
      mean_abs_delta: allowed.mean_abs_delta - meanDelta,
      worst_fall: allowed.worst_fall + worst,
    },
  };
}

/**
 * Judges R2 from macro and pooled numbers.
 *
 * @param numbers Macro image AUROC and pooled group-aligned image AUROC; macro F1 at class-specific
 *   thresholds and pooled F1 at the scenario's own; `null` where undefined.
 * @param tolerance Largest fall, in percentage points.
 * @returns The verdict with its numbers; none if a number is undefined.
 *
 * @example Nothing is lost by pooling
 * ```ts
 * import assert from "node:assert/strict";
 * import { judgeRobustness } from "@/evaluation/mod.ts";
 *
 * const numbers = { macroAuroc: 0.9, pooledAuroc: 0.95, macroF1: 0.8, pooledF1: 0.8 };
 * assert.equal(judgeRobustness(numbers, { points: 1 }).holds, true);
 * ```
 */
export function judgeRobustness(
  numbers: {
    macroAuroc: number | null;
    pooledAuroc: number | null;
    macroF1: number | null;
    pooledF1: number | null;
  },
  tolerance: { points: number },
): RobustnessVerdict | NoVerdict {
  const { macroAuroc, pooledAuroc, macroF1, pooledF1 } = numbers;
  if (macroAuroc === null || pooledAuroc === null || macroF1 === null || pooledF1 === null) {
    const missing = Object.entries(numbers).filter(([, value]) => value === null);
    return { holds: null, reason: `undefined: ${missing.map(([name]) => name).join(", ")}` };
  }
  const allowed = tolerance.points / 100;
  const falls = { auroc_fall: macroAuroc - pooledAuroc, f1_fall: macroF1 - pooledF1 };
  const holds = meetsTolerance(max(Object.values(falls)), allowed);
  const margin = { auroc_fall: allowed - falls.auroc_fall, f1_fall: allowed - falls.f1_fall };
  return { holds, ...falls, tolerance: allowed, margin };
}

/** Differences of shares carry rounding of about 1e-16; a tolerance that is met exactly holds. */
export function meetsTolerance(value: number, allowed: number): boolean {
  return value <= allowed + 1e-12;
}

/** Decisions of one method in one scenario. */
export interface Decided {
  /** What it came to. */
  readonly evaluation: { readonly decisions: Pick<Decisions, "thresholds"> };
  /** For whom one threshold holds; needed only where groups have names. */
  readonly setting?: { readonly scope: ThresholdScope };
  /** The groups, for their names; they go by numbers if left out. */
  readonly memory?: { readonly groups: { readonly names: readonly string[] } };
}

/** Tells whether no image could be called anomalous whatever its score. */
export function isVacuous(thresholds: Decisions["thresholds"]): boolean {
  return thresholds.size > 0 && [...thresholds.values()].every(({ value }) => value === Infinity);
}

/** Says that images met infinite thresholds, so that decisions tell nothing; `null` if none did. */
export function findInfinite(
  { thresholds, perImage }: Decisions,
  { kind = "" }: { kind?: string } = {},
): string | null {
  if (!perImage.includes(Infinity)) return null;
  const infinite = [...thresholds.values()].filter(({ value }) => value === Infinity).length;
  const all = thresholds.size;
  return `${infinite} of ${all} ${kind}${all === 1 ? "threshold" : "thresholds"} ` +
    `${infinite === 1 ? "is" : "are"} infinite`;
}

/**
 * Says which thresholds are infinite, so that nothing can be called anomalous, and what would make
 * them finite: how many more images, or which α.
 *
 * @param results One result or several; what they have in common is said once.
 * @param options The threshold rule.
 * @returns Sentences; none if every threshold is finite.
 *
 * @example Four calibration images are too few
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeVacuous } from "@/evaluation/requirements.ts";
 *
 * const threshold = { value: Infinity, count: 4, reason: "too few" };
 * const decisions = { thresholds: new Map([["nut", threshold]]) };
 * const rule = { name: "conformal", alpha: 0.05 } as const;
 * assert.deepEqual(describeVacuous({ evaluation: { decisions } }, { rule }), [
 *   "1 of 1 threshold is infinite, so that nothing it holds for can be called anomalous: " +
 *     "α = 0.05 needs 19 calibration images each, nut has 4. 15 more or EVALUATION.alpha=0.2 would do.",
 * ]);
 * ```
 */
export function describeVacuous(
  results: Decided | readonly Decided[],
  { rule }: { rule: ThresholdRule },
): string[] {
  const lines = new Map<string, { fewest: number; line: string }>();
  for (const result of "evaluation" in results ? [results] : results) {
    const { evaluation: { decisions }, setting, memory } = result;
    const nameOf = scopeNaming(setting?.scope ?? "global", memory?.groups.names);
    const infinite = [...decisions.thresholds].filter(([, { value }]) => value === Infinity)
      .map(([name, threshold]) => [nameOf(name), threshold] as const);
    if (infinite.length === 0) continue;
    const key = infinite.map(([name]) => name).join("\n");
    const fewest = min(infinite.map(([, { count }]) => count));
    if (fewest >= (lines.get(key)?.fewest ?? Infinity)) continue;
    lines.set(key, { fewest, line: describeInfinite(infinite, decisions.thresholds.size, rule) });
  }
  return [...lines.values()].map(({ line }) => line);
}

/** Names that are listed one by one. */
const listed = 6;

function describeInfinite(
  infinite: readonly (readonly [string, Threshold])[],
  all: number,
  rule: ThresholdRule,
): string {
  const names = infinite.map(([name, { count, reason }], i) => {
    const whose = name === "global" ? "all together" : name;
    if (rule.name !== "conformal") return `${whose}: ${reason ?? "no calibration score"}`;
    return `${whose} ${i > 0 ? "" : name === "global" ? "have " : "has "}${count}`;
  });
  const more = names.length > listed ? ` and ${names.length - listed} more` : "";
  const shown = `${names.slice(0, listed).join(", ")}${more}`;
  const begin = `${infinite.length} of ${all} ${all === 1 ? "threshold" : "thresholds"} ` +
    `${infinite.length === 1 ? "is" : "are"} infinite, so that nothing ` +
    `${infinite.length === 1 ? "it holds" : "they hold"} for can be called anomalous: `;
  if (rule.name !== "conformal") return `${begin}${shown}.`;
  const needed = Math.ceil(Number((1 / rule.alpha - 1).toPrecision(12)));
  const missing = infinite.map(([, { count }]) => needed - count);
  const least = min(missing), most = max(missing);
  const images = least === most ? `${most}` : `${least} to ${most}`;
  const alpha = alphaFor(min(infinite.map(([, { count }]) => count)));
  return `${begin}α = ${rule.alpha} needs ${needed} calibration images each, ${shown}. ` +
    `${images} more${alpha === null ? "" : ` or EVALUATION.alpha=${alpha}`} would do.`;
}

/** Smallest α of two digits for which so many calibration images suffice; none if there are none. */
function alphaFor(count: number): number | null {
  if (count === 0) return null;
  const share = 1 / (count + 1), unit = 10 ** (Math.floor(Math.log10(share)) - 1);
  return Number((Math.ceil(Number((share / unit).toPrecision(12))) * unit).toPrecision(2));
}
