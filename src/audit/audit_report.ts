/**
 * What the report of an audit says.
 *
 * @module
 */
import type { Audit } from "@/audit/audit.ts";
import type { ScoreTable } from "@/audit/score_table.ts";
import {
  deltaChart,
  errorRateChart,
  errorTradeoffChart,
  scoreDistributionChart,
} from "@/charts/mod.ts";
import { auditRecords, scenarioErrorRates, scenarioPercent } from "@/charts/records.ts";
import { metThresholds } from "@/charts/threshold_marks.ts";
import type { ScenariosFile } from "@/evaluation/result_files.ts";
import { describeRule } from "@/evaluation/thresholds.ts";
import type { Report, ReportSection } from "@/report/report.ts";

/**
 * Puts together the report of an audit: verdicts, mistakes at the thresholds, and for every table its
 * scores with the thresholds that they meet.
 *
 * @param content The tables, what each came to, and what `scenarios.json` holds.
 * @returns The report, to be written as HTML.
 *
 * @example One table
 * ```ts
 * import assert from "node:assert/strict";
 * import { auditScores } from "@/audit/audit.ts";
 * import { auditReport } from "@/audit/audit_report.ts";
 * import { toScoreTable } from "@/audit/score_table.ts";
 * import { scenariosFile } from "@/evaluation/result_files.ts";
 *
 * const table = toScoreTable([
 *   { image: "1.png", class: "nut", label: 0, score: 1 },
 *   { image: "2.png", class: "nut", label: 1, score: 5 },
 * ], { name: "mine" });
 * const audit = auditScores(table, {
 *   rule: { name: "max" },
 *   tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
 * });
 * const file = scenariosFile(audit.evaluated, {
 *   dataset: "mine",
 *   rule: audit.rule,
 *   fprLimit: 0.3,
 *   reference: null,
 * });
 * assert.equal(auditReport({ tables: [table], audits: [audit], file }).title, "Audit of mine");
 * ```
 */
export function auditReport(content: {
  tables: readonly ScoreTable[];
  audits: readonly Audit[];
  file: ScenariosFile;
}): Report {
  const { tables, audits, file } = content;
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
      reference: file.reference?.name ?? "none: Δ and R1 are left open",
    },
    sections: [
      {
        heading: "Verdicts",
        text: "Scores of one table are the same whether or not classes were known in training: " +
          "scenarios 1 and 3 coincide, and 2 and 4. Tolerances are ours.",
        tables: [{ records: auditRecords(file), percent: scenarioPercent }],
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
