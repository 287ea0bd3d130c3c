/**
 * Thresholds of a finished run chosen anew: by a rule, by false alarms that a day may bring, or by
 * what mistakes cost.
 *
 * @module
 */
import { join } from "node:path";
import { readScoreTable } from "@/audit/read_scores.ts";
import type { ScoreTable } from "@/audit/score_table.ts";
import { scopeName, thresholdsByScope } from "@/evaluation/decisions.ts";
import type { LabelledScore } from "@/evaluation/evaluate_scenario.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { readThresholdFile, thresholdFileName } from "@/lab/thresholds/threshold_files.ts";
import { type Budget, cheapestThreshold, type Costs, splitBudget } from "@/thresholds/costs.ts";
import type { Threshold, ThresholdRule } from "@/thresholds/rules.ts";
import type { ThresholdFile } from "@/thresholds/threshold_file.ts";

/** Scores of a finished run. */
export interface FinishedScores {
  /** Its thresholds. */
  readonly file: ThresholdFile;
  /** Test images. */
  readonly test: readonly LabelledScore[];
  /** Normal calibration images. */
  readonly calibration: readonly LabelledScore[];
}

/** Reads what a finished run left about its scores. */
export async function readFinishedScores(folder: string): Promise<FinishedScores> {
  const file = await readThresholdFile(join(folder, thresholdFileName));
  const { rows } = await readScoreTable(join(folder, "scores.csv"), { name: folder });
  const groups = [...new Set(rows.map(({ group }) => group ?? "all"))];
  const toScore = (row: ScoreTable["rows"][number]): LabelledScore => ({
    className: row.className,
    isAnomalous: row.isAnomalous,
    score: row.score,
    group: groups.indexOf(row.group ?? "all"),
    groupName: row.group ?? "all",
  });
  const of = (split: "train" | "test"): LabelledScore[] =>
    rows.filter((row) => row.split === split).map(toScore);
  return { file, test: of("test"), calibration: of("train") };
}

/** Rules that need no label. */
export const ruleNames = ["gumbel", "conformal", "quantile", "max", "mean_std"] as const;

/** A rule at alpha; `quantile` takes 1 − alpha, and `mean_std` three deviations. */
export function ruleAt(name: typeof ruleNames[number], alpha: number): ThresholdRule {
  switch (name) {
    case "gumbel":
    case "conformal":
      return { name, alpha };
    case "quantile":
      return { name, quantile: Number((1 - alpha).toPrecision(12)) };
    case "max":
      return { name };
    case "mean_std":
      return { name, factor: 3 };
  }
}

/** Thresholds that were chosen, and by what. */
export interface ChosenThresholds {
  /** By the name of the scope, in alphabetical order. */
  readonly thresholds: ReadonlyMap<string, Threshold>;
  /** The rule of all; `null` where there is none. */
  readonly rule: ThresholdRule | null;
  /** Rules of their own. */
  readonly rules: ReadonlyMap<string, ThresholdRule>;
  /** What must be said about them, line by line. */
  readonly notes: readonly string[];
}

/** Names of the scopes that images meet, in alphabetical order. */
function scopesOf({ test, calibration }: FinishedScores, scope: ThresholdScope): string[] {
  return [...new Set([...test, ...calibration].map((each) => scopeName(each, scope)))].sort();
}

/** Chooses thresholds by one rule. */
export function chooseByRule(
  scores: FinishedScores,
  { scope, rule }: { scope: ThresholdScope; rule: ThresholdRule },
): ChosenThresholds {
  const names = scopesOf(scores, scope);
  const thresholds = thresholdsByScope(scores.calibration, { rule, scope, names });
  return { thresholds: inOrder(thresholds), rule, rules: new Map(), notes: [] };
}

/** Chooses thresholds by how many false alarms a day may bring. */
export function chooseByBudget(
  scores: FinishedScores,
  options: {
    scope: ThresholdScope;
    budget: Budget;
    shares: Readonly<Record<string, number>> | null;
    ruleOf: (alpha: number) => ThresholdRule;
  },
): ChosenThresholds {
  const { scope, budget, ruleOf } = options;
  const names = scopesOf(scores, scope);
  const members = Map.groupBy(scores.calibration, (each) => scopeName(each, scope));
  const shares = options.shares ?? Object.fromEntries(
    [...members].map(([name, own]) => [name, own.length]),
  );
  const missing = names.find((name) => members.has(name) && !Object.hasOwn(shares, name));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot split a budget of false alarms: a share must be given for "${missing}", ` +
        `got those for ${Object.keys(shares).join(", ")}`,
    );
  }
  const unknown = Object.keys(shares).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot split a budget of false alarms: shares must be of ${names.join(", ")}, ` +
        `got one for "${unknown}"`,
    );
  }
  const split = splitBudget(shares, budget);
  const rules = new Map(Object.entries(split).map(([name, { alpha }]) => [name, ruleOf(alpha)]));
  const thresholds = new Map(names.map((name): [string, Threshold] => {
    const rule = rules.get(name);
    if (rule === undefined) {
      return [name, { value: Infinity, count: 0, reason: "no calibration score" }];
    }
    const own = members.get(name) ?? [];
    return [name, thresholdsByScope(own, { rule, scope, names: [name] }).get(name)!];
  }));
  const notes = Object.entries(split).map(([name, { alpha, images, falseAlarms }]) =>
    `${name}: alpha ${round(alpha)}, ${round(falseAlarms)} false alarms a day among ` +
    `${round(images)} images`
  );
  const from = options.shares === null ? ["Shares are those of the training images."] : [];
  return { thresholds, rule: null, rules, notes: [...notes, ...from] };
}

/** Chooses thresholds by what mistakes cost, seeing the labels of the test images. */
export function chooseByCosts(
  scores: FinishedScores,
  { scope, costs }: { scope: ThresholdScope; costs: Costs },
): ChosenThresholds {
  const names = scopesOf(scores, scope), notes: string[] = [];
  const thresholds = new Map(names.map((name): [string, Threshold] => {
    const isOwn = (each: LabelledScore): boolean => scopeName(each, scope) === name;
    const test = scores.test.filter(isOwn);
    const normal = [...scores.calibration.filter(isOwn), ...test.filter((x) => !x.isAnomalous)]
      .map(({ score }) => score);
    const anomalous = test.filter(({ isAnomalous }) => isAnomalous).map(({ score }) => score);
    const count = normal.length + anomalous.length;
    if (normal.length === 0 || anomalous.length === 0) {
      const kind = normal.length === 0 ? "normal" : "defective";
      return [name, { value: Infinity, count, reason: `no ${kind} image to weigh costs with` }];
    }
    const { best, sentence } = cheapestThreshold(normal, { anomalous, costs });
    notes.push(`${name}: expected cost ${round(best.cost)} an image; ${sentence}`);
    return [name, { value: best.threshold, count }];
  }));
  return { thresholds, rule: null, rules: new Map(), notes };
}

function inOrder(thresholds: ReadonlyMap<string, Threshold>): Map<string, Threshold> {
  return new Map([...thresholds].sort(([a], [b]) => a < b ? -1 : 1));
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
