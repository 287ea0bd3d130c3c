/**
 * What the report of one run says.
 *
 * @module
 */
import { contingencyChart, partitionChoiceChart, semanticMapChart } from "@/charts/clusters.ts";
import { memoryBankChart } from "@/charts/memory_banks.ts";
import { type ScoredImage, scoreDistributionChart } from "@/charts/scores.ts";
import type { ChartSpec } from "@/charts/theme.ts";
import { metThresholds } from "@/charts/threshold_marks.ts";
import { thresholdEntries } from "@/evaluation/result_files.ts";
import { drawGallery } from "@/lab/pictures.ts";
import type { ConditionResult, FinishedRun } from "@/lab/run_conditions.ts";
import { datasetLabel, runName, seedsOf } from "@/lab/settings.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { Report } from "@/report/report.ts";

/**
 * Puts together the report of a run: what was run, how well it went, how images were grouped, how
 * scores met thresholds, and the most conspicuous images with their anomaly maps.
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
    notice: noticeFor(workbench),
    facts: {
      run: runName(config),
      images: `${train.length} training, ${test.length} test`,
      backbone: `${config.MODEL.backbone} (${config.MODEL.layers.join(", ")})`,
      sampler: `${config.MODEL.sampler}, ratio ${config.MODEL.sampler_ratio}`,
      seed: seedsOf(config).join(", "),
      "anomaly score": "squared distance",
      time: `${seconds.toFixed(0)} s`,
      versions: `deno ${versions.deno}, onnxruntime ${versions["onnxruntime-node"]}`,
    },
    sections: [
      { heading: "Classes", tables: classTables(run) },
      {
        heading: "Groups",
        text: describeGroups(run),
        charts: groupCharts(run),
      },
      {
        heading: "Scores and thresholds",
        charts: [scoresChart(workbench, result)],
        tables: [{
          caption: "Thresholds",
          records: Object.entries(thresholdEntries(result.evaluation.decisions.thresholds)).map(
            ([name, { value, count, reason }]) => ({
              threshold: name,
              value,
              "calibration scores": count,
              note: reason ?? "",
            }),
          ),
        }],
      },
      {
        heading: "Most conspicuous images",
        text:
          "The anomalous images with the highest scores of each class in turn, then the normal " +
          "ones. Cyan: the mask. All maps share one colour scale.",
        pictures: await drawGallery(workbench, { scored: result.scored, grid: run.all.grid }),
      },
    ],
  };
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
  return `Each image meets ${whose[setting.scope]} threshold: ` +
    `${pooled.tp} of ${pooled.tp + pooled.fn} anomalous images found, ` +
    `${pooled.fp} false alarms among ${pooled.fp + pooled.tn} normal images.`;
}

function classTables({ result, workbench }: Pick<FinishedRun, "result" | "workbench">) {
  const { classes, macro, pooled, binary } = result.evaluation;
  const aupro = `AUPRO@${workbench.config.EVALUATION.fpr_limit}`;
  const percent = [
    "image AUROC",
    "image AP",
    "image F1-max",
    "pixel AUROC",
    "pixel AP",
    aupro,
    "FPR",
    "recall",
    "F1",
  ];
  const counts = { train: null, normal: null, anomalous: null };
  const empty = { "pixel AUROC": null, "pixel AP": null, [aupro]: null };
  const rates = (each: { fpr: number | null; recall: number | null; f1: number | null }) => ({
    FPR: each.fpr,
    recall: each.recall,
    F1: each.f1,
  });
  const metrics = (each: typeof macro) => ({
    "image AUROC": each.image_auroc,
    "image AP": each.image_ap,
    "image F1-max": each.image_f1_max,
    "pixel AUROC": each.pixel_auroc,
    "pixel AP": each.pixel_ap,
    [aupro]: each.aupro,
  });
  const aligned = {
    "image AUROC": pooled.aligned_image_auroc,
    "image AP": pooled.aligned_image_ap,
    "image F1-max": null,
  };
  return [{
    percent,
    records: [
      ...Object.entries(classes).map(([name, each]) => ({
        class: name,
        train: each.n_train,
        normal: each.n_normal,
        anomalous: each.n_anomalous,
        ...metrics(each),
        ...rates(binary.classes[name]!),
      })),
      { class: "mean of classes", ...counts, ...metrics(macro), ...rates(binary.macro) },
      {
        class: "all images pooled",
        ...counts,
        "image AUROC": pooled.image_auroc,
        "image AP": pooled.image_ap,
        "image F1-max": pooled.image_f1_max,
        ...empty,
        ...rates(binary.pooled),
      },
      { class: "pooled, aligned by group", ...counts, ...aligned, ...empty },
    ],
  }];
}

function describeGroups({ result }: Pick<FinishedRun, "result">): string {
  const { memory: { groups: { names, grouping } }, grouping: report } = result;
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  if (grouping === "all") return "One memory bank holds everything.";
  const count = `${names.length} ${names.length === 1 ? "group" : "groups"}`;
  const kind = grouping === "class" ? "one per class" : "clusters of semantic vectors";
  return `${count}, ${kind}. Routing accuracy ${share(report.routingAccuracy)}, ` +
    `adjusted Rand index ${report.ari.toFixed(3)}, purity ${share(report.purity)}. ` +
    "Classes are used to report this, not to form clusters.";
}

function groupCharts(
  { workbench, result, all }: Pick<FinishedRun, "workbench" | "result"> & {
    all: Pick<FinishedRun["all"], "grid" | "trainSemantics">;
  },
): ChartSpec[] {
  const { groups: { choice, partition, names }, detector } = result.memory;
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
    partitionChoiceChart(choice.candidates, { chosen: choice.chosen, minSilhouette }),
    ...(names.length > 1 ? [contingencyChart({ classNames, clusters })] : []),
    // One image has no directions in which it differs from others.
    ...(clusters.length > 1
      ? [semanticMapChart({ vectors: all.trainSemantics, clusters, classNames })]
      : []),
    bank,
  ];
}
