/**
 * The commands `deno task run`, one method on one dataset, and `deno task scenarios`, both methods
 * in all four.
 *
 * @module
 */
import { join } from "node:path";
import {
  describeUnknown,
  intervalRecord,
  intervalsText,
  scenarioPercent,
  scenarioRecords,
} from "@/charts/records.ts";
import type { TrainingGroups } from "@/clustering/grouping.ts";
import { describeRefusals } from "@/evaluation/refusals.ts";
import { describeVacuous } from "@/evaluation/requirements.ts";
import { checkWritable } from "@/files/write.ts";
import type { Output } from "@/lab/commands/output.ts";
import { type ExperimentRun, runExperiment } from "@/lab/experiment.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import {
  begunWith,
  burstWarnings,
  classTable,
  describeMethod,
  untestedNotice,
} from "@/lab/run_report.ts";
import { describeClusterCount, thresholdRuleOf } from "@/lab/settings.ts";
import { openStudy, studyFolder, studyMark, writeStudy } from "@/lab/study_scenarios.ts";
import { describeSource } from "@/lab/thresholds/threshold_files.ts";
import { loadConfig } from "@/load_config.ts";
import { plural } from "@/messages.ts";
import { formatPercent, recordTable, recordTableText } from "@/tables.ts";
import { describeRule, promiseOf, type Threshold, type ThresholdRule } from "@/thresholds/rules.ts";

/** Which configuration a command works with, and where it writes to. */
export interface ConfiguredCommand {
  /** YAML file; `null`: the defaults. */
  readonly configPath: string | null;
  /** Overrides, each `KEY=value`. */
  readonly overrides: readonly string[];
  /** Whether a folder that holds something else may be replaced; default: no. */
  readonly overwrite?: boolean;
  /** Where results go. */
  readonly output: Output;
}

/** Runs one method on one dataset. */
export async function runCommand(command: ConfiguredCommand): Promise<void> {
  const { configPath, overrides, overwrite = false, output } = command;
  const config = await loadConfig(configPath, overrides);
  const { startProgress, notice } = output;
  const clusters = describeClusterCount(config);
  if (clusters !== null) output.notice(clusters);
  const { folder, runs, seedsFolder, seconds } = await runExperiment(config, {
    startProgress,
    notice,
    overwrite,
  });
  const report = join(folder, "report.html");
  output.text(describeResults(runs.map(({ result }) => result), config.EVALUATION.fpr_limit));
  if (runs[0]!.isUntested) output.notice(`\n${untestedNotice}`);
  const rule = thresholdRuleOf(config.EVALUATION);
  for (const line of describeVacuous(runs.map(({ result }) => result), { rule })) {
    output.notice(`\n${line}`);
  }
  const method = describeMethod(config);
  if (method !== null) output.text(`\n${method}`);
  for (const { result, odd } of runs.slice(0, 1)) {
    const beside = describeBeside(result, { rule, source: config.EVALUATION.thresholds });
    for (const line of beside) output.text(`\n${line}`);
    if (odd !== null) output.text(`\n${odd}`);
  }
  if (seedsFolder !== null) {
    output.text(`\nMeans ± standard deviations over ${runs.length} seeds, also in ${seedsFolder}.`);
  }
  output.text(`\n${seconds.toFixed(0)} s; results in ${folder}, report in ${report}`);
  if (!output.isJson) return;
  const written = await Promise.all(runs.map(readRun));
  output.document({ schema: 1, seconds, seeds_folder: seedsFolder, runs: written });
}

/** What a run has written, as a program reads it. */
async function readRun({ folder }: ExperimentRun): Promise<Record<string, unknown>> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await Deno.readTextFile(join(folder, name)));
  return {
    folder,
    report: join(folder, "report.html"),
    results: await read("test_results.json"),
    binary_results: await read("test_binary_results.json"),
  };
}

/** Runs both methods in all four scenarios. */
export async function scenariosCommand(command: ConfiguredCommand): Promise<void> {
  const { configPath, overrides, overwrite = false, output } = command;
  const config = await loadConfig(configPath, overrides);
  const clusters = describeClusterCount(config);
  if (clusters !== null) output.notice(clusters);
  await checkWritable(studyFolder({ config }), { mark: studyMark({ config }), overwrite });
  const { startProgress, notice } = output;
  const study = await openStudy(config, { startProgress, notice });
  try {
    const folder = await writeStudy(study, { overwrite }), report = join(folder, "report.html");
    const percent = scenarioPercent;
    const method = describeMethod(config);
    const caption = method === null ? {} : { caption: method };
    output.text(
      recordTableText(recordTable(scenarioRecords(study.files), { percent, ...caption })),
    );
    const rule = thresholdRuleOf(config.EVALUATION);
    for (const line of describeVacuous(study.all.results, { rule })) output.notice(`\n${line}`);
    for (const line of burstWarnings(study.all.results)) output.notice(`\n${line}`);
    if (config.EVALUATION.bootstrap > 0) {
      output.text(`\n${intervalsText(study.files[0]!, config.EVALUATION)}`);
    }
    const thresholds = study.all.results.flatMap(({ evaluation: { decisions } }) => [
      ...decisions.thresholds.values(),
    ]);
    output.text(`\n${describePromise(thresholds, rule)}`);
    output.text(
      "\nKnown or unknown: class labels in training → in evaluation. Image AUROC: mean of classes, " +
        "worst class,\nall images pooled, pooled after aligning by group. Recall, FPR and F1: pooled, " +
        "at the scenario's thresholds.",
    );
    const { unknown_products: unknown } = study.file;
    if (unknown !== undefined) output.text(`\n${describeUnknown(unknown).join("\n")}`);
    output.text(`\n${study.seconds.toFixed(0)} s; results in ${folder}, report in ${report}`);
    output.document({ ...study.file, folder, report, seconds: study.seconds });
  } finally {
    await study.close();
  }
}

/** Describes the runs of all seeds: groups, then metrics per class, averaged and pooled. */
export function describeResults(results: readonly ConditionResult[], fprLimit: number): string {
  const first = results[0];
  if (first === undefined) {
    throw new RangeError("Cannot describe a run: at least one result is needed, got none");
  }
  const { records, percent } = classTable(results.map(({ evaluation }) => evaluation), {
    fprLimit,
    together: ["mean", "pooled", "pooled, aligned"],
  });
  const { intervals } = first.evaluation;
  const certainty = intervals === null
    ? ""
    : `\n\nBootstrap intervals:\n${recordTableText(recordTable([intervalRecord(intervals)]))}`;
  const shown = ["image AUROC", "pixel AUROC", `AUPRO@${fprLimit}`, "recall", "FPR", "F1"];
  const table = recordTable(records, { columns: ["class", ...shown], percent });
  return `${describeGroups(first)}\n\n${recordTableText(table)}${certainty}`;
}

/** The promise of the thresholds, refusals, and what may be wrong with the groups. */
function describeBeside(
  { evaluation: { decisions }, refusals, memory: { groups } }: ConditionResult,
  { rule, source }: { rule: ThresholdRule; source: string | null },
): string[] {
  return [
    source === null
      ? describePromise([...decisions.thresholds.values()], rule)
      : describeSource(source, decisions.thresholds),
    ...(refusals === null ? [] : [`${describeRefusals(refusals.report.pooled)}.`]),
    ...(groups.warning === null ? [] : [groups.warning]),
  ];
}

/** What thresholds promise, as strong as that of the one with the fewest calibration images. */
function describePromise(thresholds: readonly Threshold[], rule: ThresholdRule): string {
  const counts = thresholds.map(({ count }) => count);
  const fewest = Math.min(...counts), most = Math.max(...counts);
  const images = fewest === most ? plural(fewest, "calibration image") : `${fewest} to ${most} ` +
    "calibration images";
  const { sentence } = promiseOf(rule, { count: fewest, isApproximate: true });
  return `Thresholds: ${describeRule(rule)}. With ${images} each: ${sentence}.`;
}

function describeGroups({ grouping, memory: { groups } }: ConditionResult): string {
  const { names, choice } = groups;
  const partitions = choice === null
    ? ""
    : `; partitions ${choice.candidates.map(({ clusters }) => clusters).join(", ")}`;
  return `${plural(names.length, "group")} (${groups.grouping}${partitions}), ` +
    `ARI ${grouping.ari.toFixed(3)}, purity ${formatPercent(grouping.purity)}, ` +
    `routing accuracy ${
      grouping.routingAccuracy === null ? "–" : formatPercent(grouping.routingAccuracy)
    }${describeRules(groups)}`;
}

/** How groups came from the partition that was begun with, and what the other rule would make. */
function describeRules(groups: TrainingGroups): string {
  const { rules, choice } = groups;
  if (rules === null || choice === null) return "";
  const { followed, partitions } = rules;
  const other = followed === "links" ? "silhouette" : "links";
  const start = begunWith(groups);
  const count = start === null ? 1 : choice.candidates[start]!.clusters;
  const { clusters } = partitions[followed];
  const joined = count === clusters ? "" : `; made of ${count} clusters, ` +
    `${followed === "links" ? "joined by links" : "small ones joined"}`;
  const would = partitions[other].clusters;
  return `${joined}${
    would === clusters ? "" : `; by ${other} it would be ${plural(would, "group")}`
  }`;
}
