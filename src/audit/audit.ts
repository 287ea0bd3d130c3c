/**
 * Judges a table of anomaly scores, whoever made it, in the four scenarios.
 *
 * `auditScores` judges the scores, `auditPixels` measures the anomaly maps that come with them, and
 * `auditReport` says what came of it.
 *
 * @module
 */
import { readAnomalyMap } from "@/audit/maps.ts";
import type { ScoreTable } from "@/audit/score_table.ts";
import { deltaChart } from "@/charts/disparity.ts";
import {
  auditRecords,
  intervalsTable,
  scenarioErrorRates,
  scenarioPercent,
} from "@/charts/records.ts";
import { errorRateChart } from "@/charts/scenarios.ts";
import { errorTradeoffChart, scoreDistributionChart } from "@/charts/scores.ts";
import { metThresholds } from "@/charts/threshold_marks.ts";
import { evaluateScores } from "@/evaluation/evaluate.ts";
import {
  type ClassedScore,
  evaluateScenario,
  type LabelledScore,
} from "@/evaluation/evaluate_scenario.ts";
import type { BootstrapOptions } from "@/evaluation/intervals.ts";
import { type PixelMetricValues, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { createPixelCollector } from "@/evaluation/pixel_ranking.ts";
import type { Tolerances } from "@/evaluation/requirements.ts";
import type {
  EvaluatedScenario,
  ReferenceEntry,
  ScenariosFile,
} from "@/evaluation/result_files.ts";
import { scenarios, type ThresholdScope } from "@/evaluation/scenarios.ts";
import { fitMask } from "@/images/masks.ts";
import { readMask } from "@/images/read.ts";
import { countNames } from "@/math/statistics.ts";
import type { Report, ReportSection } from "@/report/report.ts";
import { describeRule, type Threshold, type ThresholdRule } from "@/thresholds/rules.ts";

/** How a table is judged. */
export interface AuditOptions {
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** Tolerances of both requirements. */
  readonly tolerances: Tolerances;
  /** Image AUROC of one-class models by class; `null`: Δ and R1 are left open. Default `null`. */
  readonly oneClass?: Readonly<Record<string, number | null>> | null;
  /**
   * Scores of one-class models, from which intervals of Δ take those of the same images if all are
   * there; default: none.
   */
  readonly reference?: ScoreTable | null;
  /** Resamples of the test images, for intervals; `null`: none. Default `null`. */
  readonly bootstrap?: BootstrapOptions | null;
  /** Pixel metrics by class; default: none. */
  readonly pixelMetrics?: Readonly<Record<string, PixelMetricValues>>;
  /** Gives thresholds by the name of their scope in place of the rule's; default: nothing does. */
  readonly given?: (scored: GivenFor) => ReadonlyMap<string, Threshold> | null;
}

/** What thresholds are given for. */
export interface GivenFor {
  /** For whom one threshold holds. */
  readonly scope: ThresholdScope;
  /** Test images. */
  readonly samples: readonly LabelledScore[];
  /** Normal calibration images. */
  readonly calibration: readonly ClassedScore[];
}

/** A judged table. */
export interface Audit {
  /** The table in every scenario. */
  readonly evaluated: readonly EvaluatedScenario[];
  /** The rule that was used: the oracle where there is no training row to calibrate with. */
  readonly rule: ThresholdRule;
  /** Names of the groups, by the number that thresholds and scores carry. */
  readonly groups: readonly string[];
  /** Test images, in the order of the table. */
  readonly samples: readonly LabelledScore[];
}

/**
 * Judges one method's scores in the four scenarios.
 *
 * Rows of split `train` are normal calibration scores; they must come from a model that has not
 * seen these images. Without any, thresholds are the oracle's, which looks at the test labels.
 * Where classes are unknown in evaluation an image meets the threshold of its group, or one
 * global threshold if the table names no groups. A table is of one model: its scores are the
 * same in scenarios 1 and 3, and in 2 and 4.
 *
 * @param table The scores.
 * @param options Rule, tolerances, one-class models and pixel metrics.
 * @returns Thresholds, decisions, metrics and verdicts in every scenario.
 * @throws {RangeError} If the parameter of the rule, the number of resamples or the confidence
 *   is out of range.
 *
 * @example Two classes on one level
 * ```ts
 * import assert from "node:assert/strict";
 * import { auditScores, toScoreTable } from "@/audit/mod.ts";
 *
 * const row = (image: string, className: string, label: number, score: number) =>
 *   ({ image, class: className, label, score });
 * const table = toScoreTable([
 *   row("1.png", "nut", 0, 1),
 *   row("2.png", "nut", 1, 5),
 *   row("3.png", "bolt", 0, 2),
 *   row("4.png", "bolt", 1, 6),
 * ], { name: "mine" });
 * const { rule, evaluated } = auditScores(table, {
 *   rule: { name: "max" },
 *   tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
 * });
 * assert.equal(rule.name, "oracle_f1"); // there is nothing to calibrate with
 * assert.equal(evaluated[3]!.evaluation.requirements.R2.holds, true);
 * ```
 */
export function auditScores(table: ScoreTable, options: AuditOptions): Audit {
  const groups = [...new Set(table.rows.map(({ group }) => group ?? "all"))];
  const hasGroups = table.rows.some(({ group }) => group !== null);
  const toSample = ({ className, isAnomalous, score, group }: ScoreTable["rows"][number]) => ({
    className,
    isAnomalous,
    score,
    group: groups.indexOf(group ?? "all"),
    groupName: group ?? "all",
  });
  const samples = table.rows.filter(({ split }) => split === "test").map(toSample);
  const calibration = table.rows.filter(({ split }) => split === "train").map(toSample);
  const rule: ThresholdRule = calibration.length === 0 ? { name: "oracle_f1" } : options.rule;
  const oneClassScores = matchScores(table, options.reference ?? null);
  const evaluated = scenarios.map((scenario): EvaluatedScenario => {
    const scope = scenario.evaluationKnown ? "class" : hasGroups ? "group" : "global";
    const evaluation = evaluateScenario({
      scenario,
      scope,
      samples,
      calibration,
      rule,
      given: options.given?.({ scope, samples, calibration }) ?? null,
      trainCounts: countNames(calibration.map(({ className }) => className)),
      pixelMetrics: options.pixelMetrics ?? {},
      oneClass: options.oneClass ?? null,
      oneClassScores,
      tolerances: options.tolerances,
      bootstrap: options.bootstrap ?? null,
    });
    return { model: table.name, scenario, scope, evaluation };
  });
  return { evaluated, rule, groups, samples };
}

/** Scores of a reference for the test images of a table; `null` unless it has all of them. */
function matchScores(table: ScoreTable, reference: ScoreTable | null): number[] | null {
  if (reference === null) return null;
  const isTest = ({ split }: ScoreTable["rows"][number]): boolean => split === "test";
  const known = new Map(reference.rows.filter(isTest).map(({ image, score }) => [image, score]));
  const matched = table.rows.filter(isTest).map(({ image }) => known.get(image));
  return matched.every((score) => score !== undefined) ? matched : null;
}

/**
 * Reads what one-class models reach from a table of their scores, class by class.
 *
 * @param table Scores of one model per class, each on the test images of its class.
 * @returns Metrics by class and their means.
 *
 * @example One class
 * ```ts
 * import assert from "node:assert/strict";
 * import { referenceOf, toScoreTable } from "@/audit/mod.ts";
 *
 * const { classes } = referenceOf(toScoreTable([
 *   { image: "1.png", class: "nut", label: 0, score: 1 },
 *   { image: "2.png", class: "nut", label: 1, score: 5 },
 * ], { name: "one-class" }));
 * assert.equal(classes.nut?.image_auroc, 1);
 * ```
 */
export function referenceOf(table: ScoreTable): ReferenceEntry {
  const test = table.rows.filter(({ split }) => split === "test");
  const { classes, macro } = evaluateScores({
    samples: test.map(({ score }) => ({ group: 0, score })),
    truth: test.map(({ className, isAnomalous }) => ({ className, isAnomalous })),
    calibration: [],
    rule: { name: "max" },
    scope: "global",
    trainCounts: {},
    pixelMetrics: {},
  });
  return { name: table.name, classes, macro };
}

/**
 * Computes pixel metrics and AUPRO of every class that has anomaly maps.
 *
 * Maps are read one at a time, twice, so that memory does not grow with their number. A mask of
 * another size is brought to the map's by nearest neighbour. An anomalous image without a mask is
 * left out, since it is not known which of its pixels are normal.
 *
 * @param table The scores, with the files of their maps and masks.
 * @param options The false-positive rate up to which AUPRO integrates.
 * @returns Metrics by class; classes without a map are not there.
 * @throws {Error} If a map or mask cannot be read; the message names the file.
 * @throws {RangeError} If only some test images of a class have a map; the message names one that
 *   has none.
 *
 * @example A table without maps
 * ```ts
 * import assert from "node:assert/strict";
 * import { auditPixels } from "@/audit/mod.ts";
 *
 * const table = { name: "scores only", rows: [], ignoredColumns: [] };
 * assert.deepEqual(await auditPixels(table, { fprLimit: 0.3 }), {});
 * ```
 */
export async function auditPixels(
  table: ScoreTable,
  options: { fprLimit: number },
): Promise<Record<string, PixelMetricValues>> {
  const test = table.rows.filter(({ split }) => split === "test");
  const results: Record<string, PixelMetricValues> = {};
  for (const [className, rows] of Map.groupBy(test, (row) => row.className)) {
    if (rows.every(({ map }) => map === null)) continue;
    const without = rows.find(({ map }) => map === null);
    if (without !== undefined) {
      throw new RangeError(
        `Cannot measure anomaly maps of class "${className}": every test image must have one, ` +
          `got none for "${without.image}"`,
      );
    }
    const collector = createPixelCollector();
    const known = rows.filter(({ isAnomalous, mask }) => !isAnomalous || mask !== null);
    for (const { image, map: file, mask } of known) {
      if (mask === null) continue;
      const map = await readAnomalyMap(file!);
      const { data } = fitMask(await readMask(mask), map);
      collector.add({ image, map: map.data, mask: data, columns: map.columns });
    }
    const counter = collector.startCounting();
    for (const { image, map } of known) {
      counter.add({ image, map: (await readAnomalyMap(map!)).data });
    }
    results[className] = pixelMetricValues(counter.rank(), options);
  }
  return results;
}

/**
 * Puts together the report of an audit: verdicts, mistakes at the thresholds, and for every
 * table its scores with the thresholds that they meet.
 */
export function auditReport(content: {
  tables: readonly ScoreTable[];
  audits: readonly Audit[];
  file: ScenariosFile;
  intervals?: Parameters<typeof intervalsTable>[1];
}): Report {
  const { tables, audits, file, intervals = { bootstrap: 0, confidence: 0.95 } } = content;
  const names = tables.map(({ name }) => name);
  const isOracle = audits.some(({ rule }) => rule.name === "oracle_f1");
  return {
    title: `Audit of ${names.join(", ")}`,
    intro: "The same scores judged with classes known in evaluation, where every image meets its " +
      "class's threshold, and without, where it meets its group's or one global threshold.",
    ...(isOracle && {
      notice:
        "Some thresholds are the oracle's: set on the test images themselves, because there " +
        "are no calibration scores or because the oracle was asked for. No user has them.",
    }),
    facts: {
      "test images": audits.map(({ samples }) => samples.length).join(", "),
      "threshold rule": describeRule(file.rule),
      ...(file.thresholds_from !== undefined && { "thresholds from": file.thresholds_from }),
      reference: file.reference?.name ?? "none: Δ and R1 are left open",
    },
    sections: [
      {
        heading: "Verdicts",
        text: "Scores of one table are the same whether or not classes were known in training: " +
          "scenarios 1 and 3 coincide, and 2 and 4. Tolerances are ours.",
        tables: [
          { records: auditRecords(file), percent: scenarioPercent },
          ...(intervals.bootstrap === 0 ? [] : [intervalsTable(file, intervals)]),
        ],
        charts: deltaCharts(file, audits),
      },
      {
        heading: "Mistakes at the thresholds",
        charts: [errorRateChart(
          scenarioErrorRates(file).filter(({ scenario }) => scenario > 2),
          { subtitle: isOracle ? "oracle thresholds" : describeRule(file.rule) },
        )],
      },
      ...audits.map((audit, i) => scoreSection(names[i]!, audit)),
    ],
  };
}

function deltaCharts({ scenarios }: ScenariosFile, audits: readonly Audit[]) {
  const entries = Object.entries(scenarios["3"] ?? {});
  const deltas = entries.flatMap(([model, { delta }]) =>
    Object.entries(delta).map(([className, value]) => ({ model, className, delta: value }))
  );
  const verdict = audits[0]?.evaluated[2]?.evaluation.requirements.R1;
  if (deltas.length === 0 || verdict === undefined || verdict.holds === null) return [];
  const { mean_abs_delta, worst_fall } = verdict.tolerance;
  return [deltaChart(deltas, { meanPoints: 100 * mean_abs_delta, worstPoints: 100 * worst_fall })];
}

function scoreSection(name: string, { evaluated, samples }: Audit): ReportSection {
  const thresholds = evaluated.filter(({ scenario }) => scenario.number > 2).flatMap(
    ({ scope, evaluation: { decisions: { perImage } } }) =>
      metThresholds(samples, { scope, perImage }),
  );
  return {
    heading: `Scores of ${name}`,
    charts: [
      scoreDistributionChart(samples, { thresholds }),
      errorTradeoffChart(samples, { thresholds }),
    ],
  };
}
