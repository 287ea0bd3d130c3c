/**
 * What the report of one run says.
 *
 * @module
 */
import { contingencyChart, partitionChoiceChart, semanticMapChart } from "@/charts/clusters.ts";
import { memoryBankChart } from "@/charts/memory_banks.ts";
import { intervalRecord } from "@/charts/records.ts";
import { type ScoredImage, scoreDistributionChart } from "@/charts/scores.ts";
import type { ChartSpec } from "@/charts/theme.ts";
import { metThresholds } from "@/charts/threshold_marks.ts";
import type { PartitionRule, RuledPartitions, TrainingGroups } from "@/clustering/grouping.ts";
import { membersOf, type Partition } from "@/clustering/partition.ts";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { quoteSome } from "@/datasets/dataset.ts";
import type { BinaryMetricName } from "@/evaluation/binary_metrics.ts";
import type { ClassMetricName } from "@/evaluation/class_metrics.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import type { BinaryEvaluation, Evaluation } from "@/evaluation/evaluate.ts";
import { describeVacuous, isVacuous } from "@/evaluation/requirements.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import { drawGallery, type GalleryOptions, galleryText } from "@/lab/gallery.ts";
import type { ConditionResult, FinishedRun } from "@/lab/run_conditions.ts";
import {
  calibrationOf,
  datasetLabel,
  describeClusterCount,
  runName,
  seedsOf,
  thresholdRuleOf,
} from "@/lab/settings.ts";
import { oddSections, oddTraining } from "@/lab/thresholds/odd_training.ts";
import { thresholdSection } from "@/lab/thresholds/threshold_report.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { overSeeds } from "@/math/statistics.ts";
import { plural } from "@/messages.ts";
import type { Report, ReportSection, ReportTable } from "@/report/report.ts";
import { formatPercent, type TableRecord } from "@/tables.ts";

/**
 * Puts together the report of a run: what was run, how well it went, how images were grouped, how
 * scores met thresholds, and false alarms, misses and hits with their anomaly maps.
 */
export async function runReport(
  run: Omit<FinishedRun, "all"> & { all: Pick<FinishedRun["all"], "grid" | "trainSemantics"> },
  versions: Readonly<Record<string, string>>,
): Promise<Report> {
  const { workbench, result, seconds } = run;
  const { config, train, test } = workbench;
  const { scenario } = result.condition;
  const known = (isKnown: boolean): string => isKnown ? "known" : "unknown";
  return {
    title: `${config.MODEL.name} on ${datasetLabel(config)}`,
    intro: `Scenario ${scenario.number}: classes ${known(scenario.trainingKnown)} in training, ` +
      `${known(scenario.evaluationKnown)} in evaluation. ${describeThresholds(result)}`,
    notice: [
      noticeFor(workbench),
      ...(test.length === 0 ? [untestedNotice] : []),
      ...describeVacuous(result, { rule: thresholdRuleOf(config.EVALUATION) }),
      ...burstWarnings([result]),
    ].join("\n\n"),
    facts: {
      run: runName(config),
      images: `${train.length} training, ${test.length} test`,
      ...leftOut(config),
      backbone: `${config.MODEL.backbone} (${config.MODEL.layers.join(", ")})`,
      sampler: `${config.MODEL.sampler}, ratio ${config.MODEL.sampler_ratio}`,
      ...methodFacts(config),
      seed: seedsOf(config).join(", "),
      "anomaly score": "squared distance",
      time: `${seconds.toFixed(0)} s`,
      versions: `deno ${versions.deno}, onnxruntime ${versions["onnxruntime-node"]}`,
    },
    sections: [
      {
        heading: "Classes",
        text: describeUntested(workbench),
        tables: [
          classTable([result.evaluation], {
            fprLimit: config.EVALUATION.fpr_limit,
            together: ["mean of classes", "all images pooled", "pooled, aligned by group"],
          }),
          ...intervalTables(result),
        ],
      },
      {
        heading: "Groups",
        text: describeGroups(run),
        charts: groupCharts(run),
      },
      ...partitionSections(workbench, result),
      {
        heading: "Scores and thresholds",
        charts: test.length === 0 ? [] : [scoresChart(workbench, result)],
      },
      thresholdSection(workbench, result),
      ...await oddSections(workbench, oddTraining(workbench, result)),
      ...(test.length === 0 ? [] : [{
        heading: "Mistakes first",
        text: galleryText,
        pictures: await drawGallery(workbench, galleryOptions(result, run.all.grid)),
      }]),
    ],
  };
}

/** Says how groups, calibration, scores and refusal were run, by name, for the facts of a report. */
export function methodFacts(config: ExperimentConfig): Record<string, string> {
  const { MODEL, EVALUATION } = config;
  const calibration = calibrationOf(config), { n_clusters: count } = MODEL;
  const scheme = calibration.scheme === "crossfit"
    ? `crossfit, ${calibration.folds} folds`
    : calibration.scheme === "holdout"
    ? `holdout of ${formatPercent(calibration.fraction)}`
    : "own rows out";
  return {
    partition: count !== null
      ? `${count} clusters required`
      : MODEL.partition === "links"
      ? "links (ours)"
      : "silhouette (the paper's way)",
    "smallest group": count === null ? plural(MODEL.min_group, "image") : "none required",
    "groups that score an image": MODEL.routed_groups === 1 ? "1" : "2 (ours)",
    calibration: EVALUATION.calibration === "auto" ? `${scheme} (auto)` : scheme,
    "image score": MODEL.image_score === "max"
      ? "largest patch score"
      : "largest value of the smoothed map",
    alignment: EVALUATION.alignment === "z" ? "z of log scores" : "0.95 quantile",
    refusal: EVALUATION.refuse_alpha === null
      ? "none"
      : `beyond two limits, each at ${formatPercent(EVALUATION.refuse_alpha)}`,
  };
}

/** Names what of the method is not the usual one, for tables; `null` if all of it is. */
export function describeMethod({ MODEL, EVALUATION }: ExperimentConfig): string | null {
  const given = {
    ...(MODEL.n_clusters === null && { partition: MODEL.partition, min_group: MODEL.min_group }),
    routed_groups: MODEL.routed_groups,
    image_score: MODEL.image_score,
    calibration: EVALUATION.calibration,
    alignment: EVALUATION.alignment,
  };
  const usual: Readonly<Record<string, unknown>> = {
    ...defaultConfig.MODEL,
    ...defaultConfig.EVALUATION,
  };
  const others = Object.entries(given).filter(([key, value]) => value !== usual[key]);
  if (others.length === 0) return null;
  return `Run with ${others.map(([key, value]) => `${key}=${value}`).join(", ")}.`;
}

/** What each memory bank's images warn of, once. */
export function burstWarnings(results: readonly Pick<ConditionResult, "memory">[]): string[] {
  const warnings = results.map(({ memory: { groups } }) => groups.warning);
  return [...new Set(warnings.filter((warning) => warning !== null))];
}

/** What one rule makes of the partitions. */
export interface RuleRecord {
  /** Number of groups. */
  readonly clusters: number;
  /** Images of the smallest group. */
  readonly smallest: number;
  /** Adjusted Rand index of groups and classes. */
  readonly ari: number;
  /** Share of the training images that are of their group's largest class. */
  readonly purity: number;
}

/** What each rule makes of the same partitions. */
export function compareRules(
  { partitions }: RuledPartitions,
  classNames: readonly string[],
): Record<PartitionRule, RuleRecord> {
  const recordOf = (partition: Partition): RuleRecord => {
    const { ari, purity } = measureAgreement(partition, classNames);
    const smallest = Math.min(...membersOf(partition).map(({ length }) => length));
    return { clusters: partition.clusters, smallest, ari, purity };
  };
  return { silhouette: recordOf(partitions.silhouette), links: recordOf(partitions.links) };
}

/** What both rules make of the images, beside each other; none unless they were clustered. */
export function partitionSections(
  { train }: Pick<Workbench, "train">,
  { memory: { groups } }: Pick<ConditionResult, "memory">,
): ReportSection[] {
  const { rules, choice } = groups;
  if (rules === null || choice === null) return [];
  const records = Object.entries(compareRules(rules, train.map(({ className }) => className)));
  return [{
    heading: "Both partitions",
    text:
      "The silhouette chooses among FINCH's partitions, the paper's way; links join the groups " +
      "of a fine one along its nearest-neighbour graph, which is ours. Classes are used to report " +
      "this, not to form groups.",
    tables: [{
      records: records.map(([rule, { clusters, smallest, ari, purity }]) => {
        const begun = rules.begun[rule as PartitionRule];
        return {
          partition: rule === rules.followed ? `${rule}, followed` : rule,
          "begun with": begun === null ? 1 : choice.candidates[begun]!.clusters,
          groups: clusters,
          "smallest group": smallest,
          ARI: ari,
          purity,
        };
      }),
      percent: ["purity"],
    }],
  }];
}

/** Position of the partition that the groups began with, as charts mark it. */
export function begunWith({ rules, choice }: TrainingGroups): number | null {
  return rules === null ? choice?.chosen ?? null : rules.begun[rules.followed];
}

/** What the gallery of a condition shows: its scores, at the thresholds that they met. */
export function galleryOptions(
  { scored, memory, evaluation }: ConditionResult,
  grid: PatchGrid,
): GalleryOptions {
  return { scored, memory, thresholds: evaluation.decisions.perImage, grid };
}

/** Bootstrap intervals where there are any. */
function intervalTables({ evaluation: { intervals } }: ConditionResult): ReportTable[] {
  if (intervals === null) return [];
  return [{ caption: "Bootstrap intervals", records: [intervalRecord(intervals)] }];
}

/** Training images that a configuration leaves out. */
function leftOut({ DATASET }: Workbench["config"]): Record<string, string> {
  const excluded = [DATASET.exclude].flat();
  return excluded.length === 0 ? {} : { "left out of training": excluded.join(", ") };
}

/**
 * Draws the scores of a condition with the thresholds they met.
 *
 * @param workbench The test images.
 * @param result The condition's result.
 * @returns A Vega-Lite object.
 *
 * @example Four test photographs of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { openWorkbench, runStudy, scoresChart } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 4, normal: 2, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   `DEFAULT.savedir=${parent}`,
 *   "MODEL.sampler=random",
 * ]);
 * const workbench = await openWorkbench(config);
 * const study = await runStudy(workbench);
 * const chart = scoresChart(workbench, study.all.results[0]!);
 * await study.close();
 * await workbench.close();
 *
 * assert.match(chart.description, /4 images/);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export function scoresChart({ test }: Workbench, result: ConditionResult): ChartSpec {
  const { scored, setting: { scope }, evaluation: { decisions } } = result;
  const images = test.map(({ className, isAnomalous }, image): ScoredImage => ({
    className,
    isAnomalous,
    score: scored.scores[image]!,
  }));
  const thresholds = metThresholds(test, { scope, perImage: decisions.perImage });
  return scoreDistributionChart(images, { thresholds });
}

/** What a run without test images says. */
export const untestedNotice: string =
  "There are no test images: the model is trained, calibrated and saved, and its thresholds are set, " +
  "but nothing is measured.";

/** Names the classes on which nothing is measured, unless that is all of them. */
function describeUntested({ dataset, test }: Workbench): string {
  const tested = new Set(test.map(({ className }) => className));
  const others = dataset.classes.filter((className) => !tested.has(className));
  if (tested.size === 0 || others.length === 0) return "";
  return `Nothing is measured on ${quoteSome(others).join(", ")}: there are no test images.`;
}

/** What every report on drawn data says first. */
export const sampleNotice: string =
  "The sample data are drawn by this program: the numbers show how the method works here. They are " +
  "not the paper's, and say nothing about real products.";

/** What every report on other data with the embedded backbone says first. */
export const embeddedNotice: string =
  "Measured with the small embedded backbone (MobileNetV3 trained on COCO), not with the paper's " +
  "WideResNet50: these numbers are not the paper's.";

/** The notice that belongs to data and backbone. */
export function noticeFor({ config }: Pick<Workbench, "config">): string {
  const { DATASET, MODEL } = config;
  if (DATASET.name === "Sample") return sampleNotice;
  if (MODEL.backbone === "embedded") return embeddedNotice;
  const weights = MODEL.backbone_file === null ? "" : `, weights of "${MODEL.backbone_file}"`;
  return `Measured by this program with the backbone "${MODEL.backbone}"${weights}: these numbers ` +
    "are not read from the paper.";
}

function describeThresholds({ setting, evaluation }: ConditionResult): string {
  const whose = { class: "its class's", group: "its group's", global: "the one global" };
  const { pooled } = evaluation.binary;
  if (evaluation.decisions.perImage.length === 0) {
    return `An image would meet ${whose[setting.scope]} threshold.`;
  }
  if (isVacuous(evaluation.decisions.thresholds)) {
    return `Each image meets ${
      whose[setting.scope]
    } threshold, and none is finite: nothing can be ` +
      "called anomalous.";
  }
  return `Each image meets ${whose[setting.scope]} threshold: ` +
    `${pooled.tp} of ${pooled.tp + pooled.fn} anomalous images found, ` +
    `${pooled.fp} false alarms among ${pooled.fp + pooled.tn} normal images.`;
}

/**
 * Lists the metrics of every class and the rates at its thresholds, then those of all classes
 * together; with several seeds, means with standard deviations.
 *
 * The last three records are named by `together`: the mean of classes, all images pooled, and
 * pooled after aligning by group.
 */
export function classTable(
  evaluations: readonly Evaluation[],
  options: { fprLimit: number; together: readonly [mean: string, pooled: string, aligned: string] },
): { records: TableRecord[]; percent: string[] } {
  const { fprLimit, together: [mean, pooled, aligned] } = options;
  type Value = number | null | undefined;
  const average = (read: (each: Evaluation) => Value) => overSeeds(evaluations.map(read));
  const counts = (name: string) => ({
    train: average(({ classes }) => classes[name]?.n_train),
    normal: average(({ classes }) => classes[name]?.n_normal),
    anomalous: average(({ classes }) => classes[name]?.n_anomalous),
  });
  const metrics = (of: (each: Evaluation) => { readonly [Name in ClassMetricName]?: Value }) => ({
    "image AUROC": average((each) => of(each).image_auroc),
    "image AP": average((each) => of(each).image_ap),
    "image F1-max": average((each) => of(each).image_f1_max),
    "pixel AUROC": average((each) => of(each).pixel_auroc),
    "pixel AP": average((each) => of(each).pixel_ap),
    [`AUPRO@${fprLimit}`]: average((each) => of(each).aupro),
  });
  const rates = (
    of: (each: BinaryEvaluation) => { readonly [Name in BinaryMetricName]?: Value },
    className: string | null = null,
  ) => {
    const rate = (name: BinaryMetricName) =>
      average((each) => isRateless(each, className) ? null : of(each.binary)[name]);
    return { FPR: rate("fpr"), recall: rate("recall"), F1: rate("f1") };
  };
  const names = Object.keys(evaluations[0]?.classes ?? {});
  return {
    percent: Object.keys({ ...metrics(() => ({})), ...rates(() => ({})) }),
    records: [
      ...names.map((name) => ({
        class: name,
        ...counts(name),
        ...metrics(({ classes }) => classes[name] ?? {}),
        ...rates(({ classes }) => classes[name] ?? {}, name),
      })),
      { class: mean, ...metrics(({ macro }) => macro), ...rates(({ macro }) => macro) },
      { class: pooled, ...metrics((each) => each.pooled), ...rates((each) => each.pooled) },
      {
        class: aligned,
        ...metrics(({ pooled: { aligned_image_auroc, aligned_image_ap } }) => ({
          image_auroc: aligned_image_auroc,
          image_ap: aligned_image_ap,
        })),
      },
    ],
  };
}

/** Whether no score of a class, or of all, could reach its threshold: its rates say nothing. */
function isRateless(
  { decisions: { thresholds }, classes }: Evaluation,
  className: string | null,
): boolean {
  if (isVacuous(thresholds)) return true;
  const isByClass = [...thresholds.keys()].every((name) => Object.hasOwn(classes, name));
  return isByClass && className !== null && thresholds.get(className)?.value === Infinity;
}

function describeGroups(
  { workbench, result }: Pick<FinishedRun, "workbench" | "result">,
): string {
  const { memory: { groups: { names, grouping } }, grouping: report } = result;
  if (grouping === "all") return "One memory bank holds everything.";
  const kind = grouping === "class" ? "one per class" : "clusters of semantic vectors";
  const routingAccuracy = report.routingAccuracy === null
    ? "–"
    : formatPercent(report.routingAccuracy);
  return `${plural(names.length, "group")}, ${kind}. Routing accuracy ${routingAccuracy}, ` +
    `adjusted Rand index ${report.ari.toFixed(3)}, purity ${formatPercent(report.purity)}. ` +
    `Classes are used to report this, not to form clusters. ${
      grouping === "cluster" ? describeClusterCount(workbench.config) ?? "" : ""
    }`.trim();
}

function groupCharts(
  { workbench, result, all }: Pick<FinishedRun, "workbench" | "result"> & {
    all: Pick<FinishedRun["all"], "grid" | "trainSemantics">;
  },
): ChartSpec[] {
  const { groups, detector } = result.memory;
  const { choice, partition, names } = groups;
  const classNames = workbench.train.map(({ className }) => className);
  const positions = all.grid.rows * all.grid.columns;
  const bank = memoryBankChart(detector.groups.map((group) => ({
    name: group.name,
    available: group.trainCount * positions,
    kept: group.embeddings.rows,
    radius: group.radius,
  })));
  if (choice === null) return [bank];
  const { min_silhouette: minSilhouette } = workbench.config.MODEL;
  const clusters = partition.labels;
  return [
    partitionChoiceChart(choice.candidates, { chosen: begunWith(groups), minSilhouette }),
    ...(names.length > 1 ? [contingencyChart({ classNames, clusters })] : []),
    // One image has no directions in which it differs from others.
    ...(clusters.length > 1
      ? [semanticMapChart({ vectors: all.trainSemantics, clusters, classNames })]
      : []),
    bank,
  ];
}
