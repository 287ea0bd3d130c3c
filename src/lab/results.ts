/**
 * Writes the result folder of a run, in which the record of its clusters says how many there
 * are, from which partitions, and how good they are.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { findBackboneEntry } from "@/backbones/entries.ts";
import { readBackbones } from "@/backbones/registry.ts";
import type { PartitionRule, TrainingGroups } from "@/clustering/grouping.ts";
import type { GroupingReport } from "@/evaluation/cluster_metrics.ts";
import { binaryResultsFile, type JsonObject, thresholdEntries } from "@/evaluation/result_files.ts";
import { describeEnvironment } from "@/files/environment.ts";
import { type FolderMark, replaceFolder } from "@/files/write.ts";
import { stringifyYaml, yamlBackend } from "@/files/yaml.ts";
import { saveModel, type WholeModel } from "@/lab/model_store.ts";
import { calibrationFor, familiarityOf, type FinishedRun } from "@/lab/run_conditions.ts";
import { begunWith, compareRules, type RuleRecord, runReport } from "@/lab/run_report.ts";
import {
  datasetFolderName,
  datasetLabel,
  resultsRoot,
  runName,
  runSettings,
  threadsOf,
  thresholdRuleOf,
} from "@/lab/settings.ts";
import { oddTraining } from "@/lab/thresholds/odd_training.ts";
import { describeCalibration, thresholdFileName } from "@/lab/thresholds/threshold_files.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { KeptRows } from "@/memory/memory_bank.ts";
import { type RelatedReports, reportPage } from "@/report/report.ts";
import { REFUSED, refuseImages } from "@/thresholds/refusal.ts";
import { limitLines, makeThresholdFile, type ThresholdFile } from "@/thresholds/threshold_file.ts";

/**
 * Names the folder that a configuration's results go to: the configured one, or one of its own
 * among the results of many runs.
 */
export function runFolder({ config }: Pick<Workbench, "config">): string {
  const root = resultsRoot(config);
  if (root === null) return config.DEFAULT.savedir!;
  return join(root, datasetFolderName(config), config.MODEL.name, runName(config));
}

/** Marks the folder of a run, of one seed or several, so that only the same run replaces it. */
export function runMark({ config }: Pick<Workbench, "config">): FolderMark {
  return { kind: "run", of: runSettings(config) };
}

/**
 * Writes the result folder of a run, whole or not at all: configuration, metrics, decisions,
 * scores, times, environment, report and the trained model. A folder that holds something else is
 * taken only with `overwrite` (default: not), and other people's files in it stay.
 *
 * A threshold that no score can reach is `null` beside its reason in `test_binary_results.json`,
 * and `Infinity` in `scores.csv`.
 */
export async function writeRun(
  run: FinishedRun,
  options: { overwrite?: boolean } = {},
): Promise<string> {
  const { workbench } = run;
  const folder = runFolder(workbench);
  await replaceFolder(folder, (temporary) => fillRunFolder(temporary, run), {
    ...options,
    mark: runMark(workbench),
  });
  return folder;
}

/**
 * Writes everything that a run leaves into an empty folder: without the model if told so, its
 * report with the links that are given.
 */
export async function fillRunFolder(
  folder: string,
  run: FinishedRun,
  options: { withModel?: boolean; related?: readonly RelatedReports[] } = {},
): Promise<void> {
  const { withModel = true, related = [] } = options;
  const { workbench, result, all } = run;
  const { config } = workbench;
  const rule = thresholdRuleOf(config.EVALUATION);
  const { scope } = result.setting;
  const environment = await describeRun(workbench);
  const write = (name: string, content: string): Promise<void> =>
    Deno.writeTextFile(join(folder, name), content);
  const writeJson = (name: string, content: object): Promise<void> =>
    write(name, `${JSON.stringify(content, null, 2)}\n`);
  await write("config.yaml", await stringifyYaml(config));
  await writeJson("test_results.json", testResultsFile(run));
  await writeJson(
    "test_binary_results.json",
    binaryResultsFile(result.evaluation, {
      rule,
      scope,
      source: config.EVALUATION.thresholds,
    }),
  );
  const thresholds = thresholdFileOf(run);
  await writeJson(thresholdFileName, thresholds);
  await writeJson("eval_args.json", {
    schema: 1,
    scenario: result.condition.scenario.number,
    training_classes_known: result.condition.scenario.trainingKnown,
    evaluation_classes_known: result.condition.scenario.evaluationKnown,
    ...result.setting,
    rule,
    ...config.EVALUATION,
  });
  const milliseconds = Object.values(all.times).reduce((sum, { mean }) => sum + mean, 0);
  await writeJson("infer_time.json", {
    schema: 1,
    stages: all.times,
    images_per_second: milliseconds > 0 ? 1000 / milliseconds : null,
    batch_size: config.MODEL.batch_size,
    threads: threadsOf(config),
  });
  await write("scores.csv", stringify(scoreRows(run), { header: true }));
  await writeJson("environment.json", { ...environment, seconds: run.seconds });
  const page = await reportPage(async () => {
    return { ...await runReport(run, environment.versions), related };
  }, {
    title: `${config.MODEL.name} on ${datasetLabel(config)}`,
    notice: workbench.notice,
  });
  await write("report.html", page);
  if (withModel) await saveModel(join(folder, "model"), await toWholeModel(run, thresholds));
}

/** Environment, seed and backends of a workbench. */
export async function describeRun(workbench: Workbench): Promise<
  Awaited<ReturnType<typeof describeEnvironment>> & {
    /** Seed of the run, or those of several. */
    seed: number | readonly number[];
    /** Threads that were allowed. */
    threads: number;
    /** When this was asked, as ISO 8601 in UTC. */
    finished: string;
  }
> {
  const { config, embedder, search } = workbench;
  const environment = await describeEnvironment({
    backends: {
      yaml: await yamlBackend(),
      neighbor_search: search.name,
      backbone: `${embedder.name} ${embedder.hash.slice(0, 12)}`,
      execution_provider: config.RUNTIME.provider,
    },
  });
  return {
    ...environment,
    seed: config.DEFAULT.seed,
    threads: threadsOf(config),
    finished: new Date().toISOString(),
  };
}

function testResultsFile(run: FinishedRun): JsonObject {
  const { workbench, result } = run;
  const { config, embedder } = workbench;
  const { memory, grouping, evaluation, condition } = result;
  const { names } = memory.groups;
  const embeddings = memory.detector.groups.reduce((sum, group) => sum + group.embeddings.rows, 0);
  return {
    schema: 1,
    dataset: datasetLabel(config),
    model: config.MODEL.name,
    scenario: condition.scenario.number,
    run: runName(config),
    classes: evaluation.classes,
    macro: evaluation.macro,
    pooled: evaluation.pooled,
    disparity: evaluation.disparity,
    clustering: clusteringRecord(memory.groups, {
      method: config.MODEL.clustering_method,
      report: grouping,
      classNames: workbench.train.map(({ className }) => className),
    }),
    memory: {
      groups: names.length,
      embeddings,
      dimension: embedder.dimension,
      bytes: embeddings * embedder.dimension * Float32Array.BYTES_PER_ELEMENT,
    },
    refusal: refusalRecord(run),
    odd_training_images: oddTraining(workbench, result),
    fpr_limit: config.EVALUATION.fpr_limit,
    ...(evaluation.intervals !== null && {
      confidence: config.EVALUATION.confidence,
      intervals: evaluation.intervals,
    }),
  };
}

/** Which test images were refused, by class, and the limits of every group; `null`: none can be. */
function refusalRecord({ workbench, result }: FinishedRun): JsonObject | null {
  const { refusals, memory } = result;
  if (refusals === null) return null;
  const limits = [...refusals.limits].map(([group, { patchMean, keyDistance }]) => [
    memory.groups.names[group]!,
    thresholdEntries(new Map(Object.entries({ patch_mean: patchMean, key_distance: keyDistance }))),
  ]);
  return {
    alpha: workbench.config.EVALUATION.refuse_alpha,
    called: REFUSED,
    ...refusals.report,
    limits: Object.fromEntries(limits),
  };
}

/** The thresholds of a run with what they promise, for people to read and edit. */
function thresholdFileOf({ workbench, result }: FinishedRun): ThresholdFile {
  const { evaluation: { decisions: { thresholds } }, memory, model, refusals, setting } = result;
  const { EVALUATION } = workbench.config;
  const { names } = memory.groups;
  // Values from a file are nobody's rule: what each promises stands beside it.
  const isGiven = EVALUATION.thresholds !== null;
  const { refuse_alpha: alpha } = EVALUATION;
  // Without test images nothing was refused, which new photographs still can be.
  const limits = refusals?.limits ?? (alpha === null ? null : refuseImages([], {
    training: calibrationFor(memory, setting).map(familiarityOf),
    alpha,
  }).limits);
  return makeThresholdFile({
    model,
    scope: setting.scope,
    rule: isGiven ? null : thresholdRuleOf(EVALUATION),
    calibration: describeCalibration(workbench.config),
    thresholds,
    refusal: limits === null || alpha === null
      ? null
      : { alpha, limits: limitLines(limits, names) },
  });
}

/** Test images with their decisions, then training images with their calibration scores. */
function scoreRows({ workbench, result }: FinishedRun): Record<string, string | number>[] {
  const { test, train } = workbench;
  const { scored, evaluation: { decisions }, memory, setting, refusals } = result;
  const names = memory.groups.names;
  const rows = test.map((sample, image) => ({
    image: sample.image,
    class: sample.className,
    split: "test",
    label: Number(sample.isAnomalous),
    group: names[scored.groups[image]!]!,
    score: scored.scores[image]!,
    threshold: decisions.perImage[image]!,
    decision: Number(decisions.anomalous[image]),
    similarity: scored.similarities[image]!,
    refused: refusals?.refused[image] ? REFUSED : "",
  }));
  const calibration = calibrationFor(memory, setting).map(({ image, group, score }) => ({
    image: train[image]!.image,
    class: train[image]!.className,
    split: "train",
    label: 0,
    group: names[group]!,
    score,
    threshold: "",
    decision: "",
    similarity: "",
    refused: "",
  }));
  return [...rows, ...calibration];
}

async function toWholeModel(
  { workbench, result, all }: FinishedRun,
  thresholds: ThresholdFile,
): Promise<WholeModel<KeptRows>> {
  const { config, embedder, train } = workbench;
  const { name, hash, normalization } = embedder;
  const isOwn = config.MODEL.backbone_file !== null;
  const { addresses, licence } = findBackboneEntry(await readBackbones(), config.MODEL.backbone);
  const { groups } = result.memory.detector;
  const calibration = calibrationFor(result.memory, result.setting);
  return {
    config,
    backbone: {
      ...{ name, hash, normalization },
      addresses: isOwn ? [] : addresses,
      licence: isOwn ? null : licence,
    },
    thresholds,
    graphs: embedder.files.map((path, i) => ({ path, hash: embedder.fileHashes[i]! })),
    dimension: embedder.dimension,
    semanticDimension: embedder.semanticDimension,
    grid: all.grid,
    groups: groups.map((group, number) => ({
      ...group,
      calibration: calibration.filter((each) => each.group === number).map((each) => ({
        image: train[each.image]!.image,
        score: each.score,
        meanPatchScore: each.meanPatchScore,
        keyDistance: each.keyDistance,
        mapPeak: each.mapPeak,
      })),
    })),
  };
}

/** The groups of a memory bank, as `test_results.json` holds them under `clustering`. */
export interface ClusteringRecord {
  /** Name of the clustering; `class` or `all` where images were not clustered. */
  readonly method: string;
  /** Number of groups. */
  readonly clusters: number;
  /** Clusters of every partition that was offered; absent without clustering, as the next three. */
  readonly partitions?: readonly number[];
  /** Mean cosine silhouette of every partition; `null` where none counts. */
  readonly silhouettes?: readonly (number | null)[];
  /** Why a partition has no silhouette or does not qualify; `null` if neither. */
  readonly reasons?: readonly (string | null)[];
  /** Position of the partition that the groups began with; `null` if everything is one cluster. */
  readonly chosen?: number | null;
  /** How groups came from partitions; absent where a number was required, as the next. */
  readonly rule?: PartitionRule;
  /** Groups that each rule makes, and how they agree with the classes. */
  readonly rules?: Readonly<Record<PartitionRule, RuleRecord>>;
  /** Mean cosine silhouette of the groups; `null` for a single group or one group per image. */
  readonly silhouette: number | null;
  /** Normalised mutual information of groups and classes. */
  readonly nmi: number;
  /** Adjusted Rand index of groups and classes. */
  readonly ari: number;
  /** Share of the training images that are of their group's largest class. */
  readonly purity: number;
  /** Share of the test images whose key leads to the group of their class's majority, if any. */
  readonly routing_accuracy: number | null;
}

/**
 * Records how training images were grouped: the whole table of silhouettes, and the agreement with
 * the classes.
 */
export function clusteringRecord(
  groups: TrainingGroups,
  options: {
    readonly method: string;
    readonly report: GroupingReport;
    readonly classNames: readonly string[];
  },
): ClusteringRecord {
  const { choice, grouping, names, rules } = groups;
  const { method, report, classNames } = options;
  return {
    method: choice === null ? grouping : method,
    clusters: names.length,
    ...(choice !== null && {
      partitions: choice.candidates.map(({ clusters }) => clusters),
      silhouettes: choice.candidates.map(({ silhouette }) => silhouette),
      reasons: choice.candidates.map(({ reason }) => reason),
      chosen: begunWith(groups),
    }),
    ...(rules !== null && { rule: rules.followed, rules: compareRules(rules, classNames) }),
    silhouette: report.silhouette,
    nmi: report.nmi,
    ari: report.ari,
    purity: report.purity,
    routing_accuracy: report.routingAccuracy,
  };
}
