/**
 * What a configuration says, in the terms of those who act on it: threshold rule, tolerances,
 * resampling, the options of an embedder, threads, seeds, and the names of runs and datasets.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import type { BackboneChoice } from "@/backbones/registry.ts";
import type { PartitionRule } from "@/clustering/grouping.ts";
import type { LinkOptions } from "@/clustering/links.ts";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { classesOf } from "@/datasets/dataset.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { datasetSettings, publishedClassCount } from "@/datasets/settings.ts";
import type { BootstrapOptions } from "@/evaluation/intervals.ts";
import type { Tolerances } from "@/evaluation/requirements.ts";
import type { ModelName, Scenario } from "@/evaluation/scenarios.ts";
import type { EmbedderOptions } from "@/features/open_embedder.ts";
import { dataFolder } from "@/files/environment.ts";
import type { FolderMark } from "@/files/write.ts";
import type { ThresholdRule } from "@/thresholds/rules.ts";
import type { CalibrationScheme } from "@/memory/calibration.ts";

/**
 * Reads the threshold rule of a configuration.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns The rule with its parameter.
 *
 * @example The default
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { thresholdRuleOf } from "@/lab/mod.ts";
 *
 * const rule = thresholdRuleOf(defaultConfig.EVALUATION);
 * assert.deepEqual(rule, { name: "gumbel", alpha: 0.05 });
 * ```
 */
export function thresholdRuleOf(evaluation: ExperimentConfig["EVALUATION"]): ThresholdRule {
  const { threshold_rule: name, alpha, quantile, std_factor: factor } = evaluation;
  switch (name) {
    case "gumbel":
    case "conformal":
      return { name, alpha };
    case "quantile":
      return { name, quantile };
    case "mean_std":
      return { name, factor };
    default:
      return { name };
  }
}

/** Reads how clusters come from the partitions that a clusterer offers. */
export function groupingOptions({ MODEL }: Pick<ExperimentConfig, "MODEL">): {
  minSilhouette: number;
  rule: PartitionRule;
  minGroup: number;
  links: Required<Omit<LinkOptions, "near">>;
} {
  return {
    minSilhouette: MODEL.min_silhouette,
    rule: MODEL.partition,
    minGroup: MODEL.min_group,
    links: {
      neighbors: MODEL.links_neighbors,
      leastLinks: MODEL.links_least,
      leastShare: MODEL.links_share,
    },
  };
}

/** Ratio of kept embeddings from which the final bank can calibrate itself. */
const OWN_ROWS_RATIO = 0.1;

/** Reads how normal calibration scores are made; `auto` is settled by what the sampler keeps. */
export function calibrationOf(
  { MODEL, EVALUATION }: Pick<ExperimentConfig, "MODEL" | "EVALUATION">,
): CalibrationScheme {
  const { calibration, folds, holdout_fraction: fraction } = EVALUATION;
  const keepsEnough = MODEL.sampler === "identity" || MODEL.sampler_ratio >= OWN_ROWS_RATIO;
  switch (calibration) {
    case "auto":
      return keepsEnough ? { scheme: "own_rows_out" } : { scheme: "crossfit", folds };
    case "own_rows_out":
      return { scheme: calibration };
    case "crossfit":
      return { scheme: calibration, folds };
    case "holdout":
      return { scheme: calibration, fraction };
  }
}

/**
 * Reads the tolerances of both requirements from a configuration.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns The tolerances, in percentage points.
 *
 * @example The defaults
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { tolerancesOf } from "@/lab/mod.ts";
 *
 * assert.equal(tolerancesOf(defaultConfig.EVALUATION).r2Points, 1);
 * ```
 */
export function tolerancesOf(evaluation: ExperimentConfig["EVALUATION"]): Tolerances {
  return {
    r1MeanPoints: evaluation.r1_mean_tolerance,
    r1WorstPoints: evaluation.r1_worst_tolerance,
    r2Points: evaluation.r2_tolerance,
  };
}

/** Reads how the test images are drawn anew for intervals. */
export function bootstrapOf(
  { bootstrap, confidence }: ExperimentConfig["EVALUATION"],
): BootstrapOptions | null {
  // One seed whatever the run's: every model and seed is judged on the same resamples.
  return bootstrap === 0 ? null : { resamples: bootstrap, confidence, seed: 0 };
}

/** Picks what a reader of datasets needs out of a configuration. */
export function datasetRequest(
  { DATASET, DEFAULT }: Pick<ExperimentConfig, "DATASET" | "DEFAULT">,
): DatasetRequest {
  const { name, datadir, classname, split, split_seed } = DATASET;
  const seed = split_seed ?? seedsOf({ DEFAULT })[0]!;
  return { name, datadir, classname: classesOf(classname), split, seed };
}

/** Picks what an embedder needs out of a configuration. */
export function embedderOptions(config: ExperimentConfig): EmbedderOptions {
  const { DATASET, MODEL, RUNTIME } = config;
  const { file, normalization } = backboneChoice(config);
  return {
    backbone: MODEL.backbone,
    backboneFile: file,
    normalization,
    layers: MODEL.layers,
    semanticLayer: MODEL.semantic_layer,
    patchSize: MODEL.patch_size,
    pretrainEmbedDimension: MODEL.pretrain_embed_dimension,
    targetEmbedDimension: MODEL.target_embed_dimension,
    imageSize: DATASET.imagesize,
    batchSize: MODEL.batch_size,
    semanticBatchSize: MODEL.semantic_batch_size,
    threads: RUNTIME.threads,
    provider: RUNTIME.provider,
  };
}

/** Picks what `openBackbone` takes beside the name. */
function backboneChoice({ MODEL }: ExperimentConfig): Required<
  Pick<BackboneChoice, "file" | "normalization">
> {
  const { input_scale: scale, input_mean: mean, input_std: std } = MODEL;
  return {
    file: MODEL.backbone_file,
    normalization: {
      ...(scale !== null && { scale }),
      ...(mean !== null && { mean }),
      ...(std !== null && { std }),
    },
  };
}

/**
 * Narrows a configuration to one method, one scenario and one seed: a run by itself with the
 * narrowed configuration does the same, and has the same name.
 */
export function conditionConfig(
  config: ExperimentConfig,
  condition: {
    model: ModelName;
    scenario: Scenario;
    seed: number;
    dealtBy?: number | undefined;
  },
): ExperimentConfig {
  const { model, scenario: { trainingKnown, evaluationKnown } } = condition;
  return {
    ...seedConfig(config, condition),
    MODEL: { ...config.MODEL, name: model, known_class: trainingKnown },
    EVALUATION: {
      ...config.EVALUATION,
      known_class: trainingKnown === evaluationKnown ? null : evaluationKnown,
    },
  };
}

/**
 * Narrows a configuration to one seed, under which the images are dealt to training and testing
 * (`dealtBy`: if at all) as under all of them.
 */
export function seedConfig(
  config: ExperimentConfig,
  { seed, dealtBy }: { seed: number; dealtBy?: number | undefined },
): ExperimentConfig {
  const isMoved = dealtBy !== undefined && dealtBy !== seed;
  return {
    ...config,
    DEFAULT: { ...config.DEFAULT, seed },
    ...(isMoved ? { DATASET: { ...config.DATASET, split_seed: dealtBy } } : {}),
  };
}

/** Threads that a configuration allows. */
export function threadsOf({ RUNTIME }: Pick<ExperimentConfig, "RUNTIME">): number {
  return RUNTIME.threads || navigator.hardwareConcurrency;
}

/** Lists the seeds of a configuration. */
export function seedsOf({ DEFAULT }: Pick<ExperimentConfig, "DEFAULT">): readonly number[] {
  return typeof DEFAULT.seed === "number" ? [DEFAULT.seed] : DEFAULT.seed;
}

/** Says what a number of clusters that was given tells the method; `null` if none was given. */
export function describeClusterCount({ DATASET, MODEL }: ExperimentConfig): string | null {
  const { n_clusters: count, clustering_method: method } = MODEL;
  if (count === null) return null;
  const classes = publishedClassCount(DATASET.name);
  const whose = count === classes ? `, which is how many classes ${DATASET.name} has` : "";
  return `${method} is told to make ${count} clusters${whose}: this tells the method something ` +
    "that nobody knows where classes are unknown.";
}

/** Where results go when no folder is named. */
export const resultsName = "results";

/**
 * Says which folder results of many runs lie in; `null` if the configured one is that of a single
 * run. A folder called `results` is always one for many.
 */
export function resultsRoot({ DEFAULT }: Pick<ExperimentConfig, "DEFAULT">): string | null {
  const savedir: string | null = DEFAULT.savedir;
  if (savedir === null) return resultsName;
  return basename(resolve(savedir)) === resultsName ? savedir : null;
}

/** Names the dataset of a configuration: its reader, or the folder of one's own images. */
export function datasetLabel(
  config: { readonly DATASET: Pick<ExperimentConfig["DATASET"], "name" | "datadir"> },
): string {
  const { name, datadir } = config.DATASET;
  if (name !== "Folder" || datadir === null) return name.toLowerCase();
  return realPathOf(datadir).split(/[\\/]/).findLast((part) => part !== "") ?? "folder";
}

/** Names the folder in which the runs of a dataset lie. */
export function datasetFolderName(config: ExperimentConfig): string {
  return folderName(datasetLabel(config));
}

/** The path without links, or, where nothing is there, as it is written, from the root. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return resolve(path);
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** What some file system refuses: separators and signs of Windows, control characters. */
// deno-lint-ignore no-control-regex
const refused = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\ud800-\udfff]/gu;
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * Makes a text the name of a folder that every file system takes and that stays readable in any
 * script: what is refused becomes `_`, dots and blanks at the ends too, and a short hash keeps
 * apart what would become the same.
 */
export function folderName(text: string, { most = 60 }: { most?: number } = {}): string {
  const name = text.normalize("NFC").replace(refused, "_")
    .replace(/^[. ]+|[. ]+$/g, (ends) => "_".repeat(ends.length)).replace(device, "$&_");
  const letters = [...name];
  if (name === text && letters.length <= most && name !== "") return name;
  const hash = shortHash(text), room = most - 1 - hash.length;
  return `${letters.slice(0, room).join("").replace(/[. ]+$/, "") || "_"}~${hash}`;
}

/**
 * What results depend on: everything but where they go, how many images go through the network
 * at once, and what changes time alone. Paths are those of the folders and files themselves.
 */
export function runSettings(config: ExperimentConfig): Record<string, Record<string, unknown>> {
  const { DEFAULT, DATASET, MODEL, EVALUATION } = config;
  const { sampler_ratio, batch_size: _size, semantic_batch_size: _semantic, ...model } = MODEL;
  const { split, split_seed, ...images } = DATASET;
  const { classname, datadir } = images;
  const place = (path: string | null): string | null => path === null ? null : realPathOf(path);
  return {
    DEFAULT: { seed: DEFAULT.seed },
    DATASET: {
      ...images,
      // No other dataset is dealt.
      ...(DATASET.name === "Folder" ? { split, split_seed } : {}),
      classname: Array.isArray(classname) && classname.length === 1 && classname[0] !== "all"
        ? classname[0]
        : classname,
      datadir: place(datadir),
      exclude: [DATASET.exclude].flat(),
    },
    MODEL: {
      ...model,
      sampler: samplerLabel(config),
      ...(MODEL.sampler === "identity" ? {} : { sampler_ratio }),
      backbone_file: place(MODEL.backbone_file),
    },
    EVALUATION: { ...EVALUATION, thresholds: place(EVALUATION.thresholds) },
  };
}

/** The reference writes `greedy_coreset`, and `greedy` in its names. */
function samplerLabel({ MODEL }: ExperimentConfig): string {
  return MODEL.sampler.replace(/_coreset$/, "");
}

/** Keys that a name begins with, or that have a folder of their own. */
const namedElsewhere: ReadonlySet<string> = new Set([
  "DATASET.name",
  "DATASET.datadir",
  "MODEL.name",
  "MODEL.sampler",
  "MODEL.sampler_ratio",
  "MODEL.semantic_layer",
]);

/**
 * Names a run after what shapes its numbers: sampler and semantic layer first, then every other key
 * that differs from what is usual for its dataset, then a short hash of where the images lie,
 * unless they lie where they are expected.
 *
 * Two configurations that can lead to different numbers have different names, of at most 60
 * characters; paths are named by their last part and a short hash, and where a value could be
 * taken for another one, a hash of everything follows. The whole configuration lies in
 * `config.yaml`.
 */
export function runName(config: ExperimentConfig): string {
  const settings = runSettings(config), usual = usualSettings(config);
  const { sampler, sampler_ratio: ratio = "", semantic_layer: layer } = settings.MODEL!;
  const differing = Object.entries(settings).flatMap(([section, keys]) =>
    Object.entries(keys).filter(([key, value]) =>
      !namedElsewhere.has(`${section}.${key}`) &&
      JSON.stringify(value) !== JSON.stringify(usual[section]![key])
    ).map(([key, value]) => {
      const label = section === "EVALUATION" && key === "known_class" ? "evaluation_known" : key;
      return { label, value };
    })
  );
  const parts = differing.map(({ label, value }) => {
    const text = isPath(label) && typeof value === "string"
      ? `${value.split(/[\\/]/).at(-1)}~${shortHash(value)}`
      : Array.isArray(value)
      ? value.join("+")
      : value;
    return `${label}=${text}`;
  });
  const texts = differing.filter(({ label }) => !isPath(label))
    .flatMap(({ value }) => value).concat(layer);
  const isAmbiguous = texts.some((value) => typeof value === "string" && /[-+=~]/.test(value));
  const name = [`${sampler}${ratio}-${layer}`, ...parts].join("-");
  const whole = isAmbiguous ? `~${shortHash(JSON.stringify([layer, differing]))}` : "";
  return folderName(`${name}${whole}${placeOfImages(config)}`);
}

/** Keys whose value is a path, of which a name holds the last part and a hash. */
function isPath(label: string): boolean {
  return label === "backbone_file" || label === "thresholds";
}

/** Keys that lists of runs have columns of their own for. */
const listedElsewhere: ReadonlySet<string> = new Set([
  "DATASET.name",
  "DATASET.datadir",
  "MODEL.name",
  "MODEL.known_class",
  "EVALUATION.known_class",
]);

/**
 * Lists, as `key=value`, what of a configuration is not as usual for its dataset and shapes
 * numbers; who knows classes is left to the scenario.
 */
export function differingSettings(config: ExperimentConfig): string[] {
  const usual = usualSettings(config), { backbone, semantic_layer: layer } = defaultConfig.MODEL;
  const usually: Record<string, unknown> = {
    "MODEL.sampler": samplerLabel(defaultConfig),
    "MODEL.semantic_layer": config.MODEL.backbone === backbone ? layer : "layer4",
  };
  return Object.entries(runSettings(config)).flatMap(([section, keys]) =>
    Object.entries(keys).filter(([key, value]) => {
      const path = `${section}.${key}`;
      const expected = Object.hasOwn(usually, path) ? usually[path] : usual[section]![key];
      return !listedElsewhere.has(path) && JSON.stringify(value) !== JSON.stringify(expected);
    }).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join("+") : value}`)
  );
}

/** Whether a run is as usual for its dataset, so that its name says nothing new. */
export function isUsualRun(config: ExperimentConfig): boolean {
  const { MODEL } = datasetSettings[config.DATASET.name];
  const ratio = MODEL?.sampler_ratio ?? defaultConfig.MODEL.sampler_ratio;
  const layer = MODEL?.backbone === undefined ? defaultConfig.MODEL.semantic_layer : "layer4";
  return runName(config) === `greedy${ratio}-${layer}`;
}

/** A short hash of the folder of the images, unless it is the usual one. */
function placeOfImages({ DATASET: { name, datadir } }: ExperimentConfig): string {
  if (datadir === null) return "";
  const place = realPathOf(datadir);
  const isUsual = name !== "Folder" && place === realPathOf(dataFolder(name.toLowerCase()));
  return isUsual ? "" : `~${shortHash(place)}`;
}

/** What is usual for the dataset, and for the backbone where that brings layers and widths along. */
function usualSettings(
  { DATASET, MODEL }: ExperimentConfig,
): Record<string, Record<string, unknown>> {
  const own = datasetSettings[DATASET.name];
  const resnet = {
    layers: ["layer2", "layer3"],
    pretrain_embed_dimension: 1024,
    target_embed_dimension: 1024,
  };
  const brought = MODEL.backbone === defaultConfig.MODEL.backbone ? {} : resnet;
  return {
    DEFAULT: { ...defaultConfig.DEFAULT },
    DATASET: { ...defaultConfig.DATASET, ...own.DATASET },
    MODEL: { ...defaultConfig.MODEL, ...own.MODEL, ...brought },
    EVALUATION: { ...defaultConfig.EVALUATION },
  };
}

/** Which tables an audit is of, and how they are judged. */
export interface AuditedTables {
  /** Names of the tables. */
  readonly names: readonly string[];
  /** Their files, and that of the reference if there is one. */
  readonly paths: readonly string[];
  /** How they are judged; default: as usual. */
  readonly evaluation?: ExperimentConfig["EVALUATION"];
}

/**
 * Names the folder of an audit: below `savedir` (`null`: the usual one), after its tables and what
 * is unusual in how they are judged, and a short hash of where they lie.
 */
export function auditFolder(
  { savedir, names, paths, evaluation = defaultConfig.EVALUATION }: AuditedTables & {
    readonly savedir: string | null;
  },
): string {
  const usual: Readonly<Record<string, unknown>> = defaultConfig.EVALUATION;
  const parts = Object.entries(evaluation).filter(([key, value]) => value !== usual[key])
    .map(([key, value]) => `${key}=${value}`);
  const places = shortHash(JSON.stringify(paths.map(realPathOf)));
  const name = folderName([names.join("+"), ...parts].join("-"), { most: 60 - 1 - places.length });
  return join(savedir ?? resultsName, "audit", `${name}~${places}`);
}

/** Marks the folder of an audit, so that only the same audit replaces it. */
export function auditMark(
  { names, paths, evaluation = defaultConfig.EVALUATION }: AuditedTables,
): FolderMark {
  return { kind: "audit", of: { names, paths: paths.map(realPathOf), evaluation } };
}
