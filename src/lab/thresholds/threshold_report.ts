/**
 * What a report says about thresholds: what they promise, what they did, and which images were
 * refused.
 *
 * @module
 */
import type { LabelledScore } from "@/evaluation/evaluate_scenario.ts";
import { describeRefusals, type RefusalCount, type RefusalReport } from "@/evaluation/refusals.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import { thresholdRuleOf } from "@/lab/settings.ts";
import { realise, realisedRecords } from "@/lab/thresholds/realised.ts";
import { describeCalibration, describeSource } from "@/lab/thresholds/threshold_files.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { ReportSection, ReportTable } from "@/report/report.ts";
import type { TableRecord } from "@/tables.ts";
import { describeRule } from "@/thresholds/rules.ts";
import { promiseText } from "@/thresholds/threshold_file.ts";

/** Tells what the thresholds of a run promise and did, and which images were refused. */
export function thresholdSection(
  { test, config }: Pick<Workbench, "test" | "config">,
  result: ConditionResult,
): ReportSection {
  const { evaluation: { decisions: { thresholds } }, setting, scored, memory, refusals } = result;
  const rule = thresholdRuleOf(config.EVALUATION);
  const { thresholds: source } = config.EVALUATION;
  const samples = test.map((sample, image): LabelledScore => ({
    className: sample.className,
    isAnomalous: sample.isAnomalous,
    group: scored.groups[image]!,
    groupName: memory.groups.names[scored.groups[image]!]!,
    score: scored.scores[image]!,
  }));
  const realised = realise(thresholds, { samples, scope: setting.scope });
  const set = source === null
    ? `Set by the rule ${describeRule(rule)}. Calibration: ${describeCalibration(config)}.`
    : describeSource(source, thresholds);
  return {
    heading: "What the thresholds promise",
    text:
      `${set} A promise is for normal images like those of training, over many draws of both; ` +
      'counts of test images come with what they prove at 95 % confidence. "thresholds.json" holds ' +
      "the values, which may be edited and read by EVALUATION.thresholds." +
      (refusals === null ? "" : `\n\n${describeRefusals(refusals.report.pooled)}: far from the ` +
        "memory bank everywhere, not in one place, and far from the key of its group."),
    tables: [
      {
        caption: "Thresholds, promised and realised",
        records: realisedRecords(realised, ({ threshold }) => promiseText(threshold, rule)),
      },
      ...(refusals === null || test.length === 0 ? [] : [refusalTable(refusals.report)]),
    ],
  };
}

function refusalTable({ classes, pooled }: RefusalReport): ReportTable {
  const text = ({ refused, images }: RefusalCount): string => `${refused} of ${images}`;
  const record = (name: string, counts: RefusalReport["pooled"]): TableRecord => ({
    class: name,
    "normal refused": text(counts.normal),
    "defective refused": text(counts.anomalous),
  });
  return {
    caption: 'Refused as "defective or unknown"',
    records: [
      ...Object.entries(classes).map(([name, counts]) => record(name, counts)),
      record("all", pooled),
    ],
  };
}
