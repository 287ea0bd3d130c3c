/**
 * The configuration of an experiment: its keys, and how a file and overrides become one.
 *
 * Keys keep the names of the reference implementation where it has them. `configSections` states
 * each once: what it may be, its default and what it is for. The type, the defaults, the checks,
 * their messages and `configKeys` come from there.
 *
 * @module
 */
import { z } from "zod";
import { type BackboneEntries, findBackboneEntry } from "@/backbones/entries.ts";
import { defaultMinSilhouette } from "@/clustering/choose_partition.ts";
import { CLUSTERING_METHODS } from "@/clustering/clusterers.ts";
import { PARTITION_RULES } from "@/clustering/grouping.ts";
import { defaultMinGroup, defaultNeighbors } from "@/clustering/links.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { defaultFprLimit } from "@/evaluation/pixel_metrics.ts";
import { MODEL_NAMES } from "@/evaluation/scenarios.ts";
import { describeSchema, type SchemaWords } from "@/files/document_schema.ts";
import { askForName } from "@/messages.ts";

const text = z.string().min(1);
const texts = z.array(text).min(1).meta({ requirement: "a list of at least one text" });
const countTo = (most: number) => z.int().min(1).max(most);
const side = z.int().min(32).max(4096);
const share = z.number().gt(0).lt(1);
const gigabytes = z.number().min(0).max(1_000_000);
const points = z.number().min(0).max(100);
const seed = z.int().min(0).max(0xffffffff);
const seeds = z.array(seed).min(1).max(1000).refine((each) => new Set(each).size === each.length)
  .meta({ requirement: `a list of different integers, each from 0 to ${0xffffffff}` });
const anyNumber = z.number();
const positive = z.number().gt(0);
const means = z.tuple([anyNumber, anyNumber, anyNumber])
  .meta({ requirement: "a list of three, each a number" });
const deviations = z.tuple([positive, positive, positive])
  .meta({ requirement: "a list of three, each a number above 0" });

/** Every key, section by section. */
export const configSections = {
  /** Where results go, and the seeds. */
  DEFAULT: {
    savedir: text.default("results")
      .describe("Folder for results, relative to the working directory."),
    seed: z.union([seed, seeds]).default(0).describe(
      "Seed of folds, selections and projections, an integer from 0; or several, a run for each.",
    ),
  },
  /** Which images, and how they are cropped. */
  DATASET: {
    name: z.enum(DATASET_NAMES).default("Sample").describe(
      "Which reader: `Sample` is drawn on first use, `Folder` is any folder in MVTec layout, or " +
        "with `good` beside kinds of defect.",
    ),
    datadir: text.nullable().default(null).describe("Dataset folder; `null` only for `Sample`."),
    classname: z.union([text, texts]).default("all").describe("`all`, one class, or several."),
    split: z.number().gt(0).lte(1).default(0.8).describe(
      "Of `Folder`: share of the images in `good` that train where a class has no `train`; dealt " +
        "by their names and a seed. 1: all, so that no normal image is left to test.",
    ),
    split_seed: seed.nullable().default(null)
      .describe("Seed of that choice; `null`: the first of `DEFAULT.seed`."),
    exclude: z.union([text, z.array(text)]).default([]).meta({
      requirement: "text, or a list of texts",
    }).describe("Training images to leave out, by their paths in the dataset."),
    resize: side.default(288)
      .describe("Length to which the short side, or both sides, are scaled, in pixels."),
    imagesize: side.default(256).describe("Side of the square cut from the middle, in pixels."),
    fit: z.enum(["short_side", "square"]).default("short_side").describe(
      "What is scaled: the short side, keeping proportions, or both sides to a square.",
    ),
    orientation: z.enum(["file", "exif"]).default("file").describe(
      "Whether images and masks are turned as their EXIF orientation says; `file`: they are not.",
    ),
  },
  /** The method. */
  MODEL: {
    name: z.enum(MODEL_NAMES).default("HierarchicalPatchCore")
      .describe("One bank for everything, or a bank of groups with semantic keys."),
    backbone: text.default("embedded")
      .describe("Name of the backbone, from `configs/backbones.yaml`."),
    backbone_file: text.nullable().default(null).describe(
      "One's own file of weights; `null`: the one that the list of backbones names.",
    ),
    input_scale: positive.nullable().default(null).describe(
      "Divides pixel values from 0 to 255 first; `null`: as the list of backbones says.",
    ),
    input_mean: means.nullable().default(null)
      .describe("Subtracted next, one value per channel; `null`: as the list says."),
    input_std: deviations.nullable().default(null)
      .describe("Divides last, one value per channel; `null`: as the list says."),
    layers: texts.default(["stride8", "stride16"])
      .describe("Layers that make the patch embedding; the first sets the grid."),
    semantic_layer: text.default("stride32")
      .describe("Layer whose mean is the semantic vector."),
    patch_size: z.literal([1, 3, 5]).default(3)
      .describe("Side of the neighbourhood that a patch embedding averages."),
    pretrain_embed_dimension: countTo(16_384).nullable().default(null).describe(
      "Values per layer before aggregation; `null` keeps the natural width, channel by channel.",
    ),
    target_embed_dimension: countTo(16_384).nullable().default(null)
      .describe("Values per patch embedding; `null` keeps all."),
    feature_precision: z.enum(["float32", "float16"]).default("float32").describe(
      "How patch embeddings are kept: as the network makes them, or rounded to 16-bit floats.",
    ),
    batch_size: countTo(1024).default(4).describe("Images that go through the network at once."),
    semantic_batch_size: countTo(1024).nullable().default(null).describe(
      "Images at once for semantic vectors, in a graph of their own; `null`: they come out of " +
        "the same run as the patch embeddings, which is faster.",
    ),
    sampler: z.enum(["greedy", "random", "identity", "greedy_coreset"]).default("greedy")
      .describe("How embeddings are chosen for the memory bank."),
    sampler_ratio: z.number().gt(0).lte(1).default(0.1)
      .describe("Share of the embeddings that the sampler keeps; `identity` keeps all."),
    clustering_method: z.enum(CLUSTERING_METHODS).default("finch")
      .describe("How semantic vectors are grouped where classes are unknown in training."),
    n_clusters: countTo(100_000).nullable().default(null).describe(
      "Number of clusters, which is binding; `null`: chosen by silhouette. Not for `dbscan`.",
    ),
    dbscan_epsilon: z.number().gt(0).lte(2).nullable().default(null).describe(
      "Largest cosine distance of neighbours, for `dbscan`; `null`: chosen by silhouette.",
    ),
    dbscan_min_points: countTo(100_000).default(4).describe(
      "Neighbours that make an image the core of a cluster, itself included, for `dbscan`.",
    ),
    min_silhouette: z.number().min(-1).max(1).default(defaultMinSilhouette).describe(
      "Smallest mean silhouette that justifies several clusters; unused with `n_clusters`.",
    ),
    known_class: z.boolean().default(false).describe("Whether classes are known in training."),
    partition: z.enum(PARTITION_RULES).default("silhouette").describe(
      "How clusters come from FINCH's partitions: the one with the largest silhouette, the paper's " +
        "way, or the finest joined by neighbour links, ours.",
    ),
    links_neighbors: countTo(1000).default(defaultNeighbors)
      .describe("Nearest other images that each image names, for `links`."),
    links_least: countTo(1_000_000).default(15)
      .describe("Names in both directions that join two groups, for `links`."),
    links_share: z.number().min(0).max(1).default(0.01).describe(
      "Share of all names of the smaller group that join two groups, too, for `links`.",
    ),
    min_group: countTo(1_000_000).default(defaultMinGroup).describe(
      "Training images below which a cluster joins the one with the most similar key; unused with " +
        "`n_clusters`, which is binding.",
    ),
    routed_groups: z.literal([1, 2]).default(1).describe(
      "Groups whose banks score an image that is routed by its key; 2 is ours: each patch takes " +
        "the smaller distance, for twice the search.",
    ),
    image_score: z.enum(["max", "smoothed"]).default("max").describe(
      "Anomaly score of an image: its largest patch score, or the largest value of its map.",
    ),
    num_neighbors: countTo(1000).default(1)
      .describe("Neighbours over which a patch score is averaged."),
    neighbor_search: z.enum(["onnx", "faiss", "plain", "ivf", "hnsw"]).default("onnx")
      .describe('How neighbours are found; exactly, except by "ivf" and "hnsw".'),
  },
  /** Calibration, thresholds and tolerances. */
  EVALUATION: {
    known_class: z.boolean().nullable().default(null)
      .describe("Whether classes are known in evaluation; `null`: as in training."),
    threshold_rule: z.enum(["gumbel", "conformal", "quantile", "max", "mean_std", "oracle_f1"])
      .default("gumbel").describe("How thresholds are set."),
    alpha: share.default(0.05)
      .describe("False-alarm share that `conformal` allows and `gumbel` aims at."),
    quantile: z.number().min(0).max(1).default(0.99)
      .describe("Quantile of the calibration scores that `quantile` takes."),
    std_factor: z.number().min(0).max(1000).default(3)
      .describe("Standard deviations above the mean that `mean_std` takes."),
    thresholds: text.nullable().default(null).describe(
      "File of thresholds in place of the rule's, as a run leaves them in `thresholds.json`.",
    ),
    calibration: z.enum(["auto", "own_rows_out", "crossfit", "holdout"]).default("auto").describe(
      "How normal calibration scores are made; `auto`: `own_rows_out` where at least a tenth of " +
        "the embeddings is kept, else `crossfit`.",
    ),
    folds: z.int().min(2).max(1000).default(20).describe(
      "Folds of `crossfit`, at most one per image.",
    ),
    holdout_fraction: share.default(0.2).describe("Share that `holdout` sets aside."),
    alignment: z.enum(["quantile95", "z"]).default("quantile95").describe(
      "How scores of different groups come to one scale where a pooled number needs one.",
    ),
    refuse_alpha: share.nullable().default(0.05).describe(
      "Share of normal images that each of the two limits of refusal lets pass for unknown; " +
        "`null`: nothing is refused.",
    ),
    fpr_limit: z.number().gt(0).lte(1).default(defaultFprLimit)
      .describe("False-positive rate up to which AUPRO integrates."),
    bootstrap: z.union([z.literal(0), z.int().min(100).max(100_000)]).default(0).describe(
      "Bootstrap resamples of the test images, from which intervals are made; 0: no intervals.",
    ),
    confidence: share.default(0.95).describe("Share of the resamples that an interval covers."),
    r1_mean_tolerance: points.default(1).describe("R1: largest mean |Δ|, in percentage points."),
    r1_worst_tolerance: points.default(3)
      .describe("R1: largest fall of a class, in percentage points."),
    r2_tolerance: points.default(1)
      .describe("R2: largest fall of the pooled metric, in percentage points."),
  },
  /** What changes time, never a result beyond the last bits. */
  RUNTIME: {
    threads: z.int().min(0).max(256).default(0).describe("Threads; 0: one per core."),
    cache_gigabytes: gigabytes.default(40).describe(
      "Gigabytes on disk for features of images, so that none is embedded twice; 0: none.",
    ),
    memory_gigabytes: gigabytes.default(2).describe(
      "Gigabytes of training embeddings that stay in memory, and as many again for memory banks " +
        "with their indexes; more are read from the cache when they are needed.",
    ),
    provider: z.enum(["cpu", "cuda", "webgpu"]).default("cpu")
      .describe("Where the backbone runs."),
  },
} as const;

/** A complete configuration, every key of `configSections` with its value. */
export type ExperimentConfig = {
  readonly [Section in keyof typeof configSections]: {
    readonly [Key in keyof (typeof configSections)[Section]]:
      (typeof configSections)[Section][Key] extends { parse(value: unknown): infer Value }
        ? Value extends readonly unknown[] ? Readonly<Value> : Value
        : never;
  };
};

/** One key of a configuration: its default, what it must be, what it is for. */
export interface ConfigKey extends SchemaWords {
  /** Section and name, such as `MODEL.sampler`. */
  readonly path: string;
  /** Whether a value meets the requirement. */
  readonly accepts: (value: unknown) => boolean;
}

/** Every key, in the order of the sections. */
export const configKeys: readonly ConfigKey[] = Object.entries(configSections).flatMap(
  ([section, keys]) =>
    Object.entries(keys).map(([key, schema]): ConfigKey => ({
      path: `${section}.${key}`,
      ...describeSchema(schema),
      accepts: (value) => schema.unwrap().safeParse(value).success,
    })),
);

/** Every default. */
export const defaultConfig: ExperimentConfig = assembleConfig((key) => key.default);

/** Makes a configuration of the values that its keys are given. */
function assembleConfig(valueOf: (key: ConfigKey) => unknown): ExperimentConfig {
  const config: Record<string, Record<string, unknown>> = {};
  for (const each of configKeys) {
    const [section, key] = each.path.split(".") as [string, string];
    (config[section] ??= {})[key] = valueOf(each);
  }
  return config as unknown as ExperimentConfig;
}

/** Where a configuration comes from. */
export interface ConfigSource {
  /** What errors call it, such as `configs/sample.yaml`. */
  readonly name: string;
  /** The parsed file: sections of keys, of which any may be missing. */
  readonly document: unknown;
  /** Overrides such as `MODEL.sampler_ratio=0.02`, applied in order. */
  readonly overrides?: readonly string[];
  /** Backbones, each of which brings defaults along; default: none is looked up. */
  readonly backbones?: BackboneEntries;
  /** Reads the right side of an override as the file's format would. */
  readonly parseValue: (text: string) => unknown;
}

/**
 * Makes a complete configuration from a file, overrides and the defaults.
 *
 * Where layers and widths are not set, they are those that the chosen backbone brings along.
 */
export function resolveConfig(source: ConfigSource): ExperimentConfig {
  const { name, overrides = [], parseValue, backbones } = source;
  const given = new Map<string, unknown>();
  const assign = (path: string, value: unknown): void => {
    if (!configKeys.some((key) => key.path === path)) throw unknownKey(path, name);
    given.set(path, value);
  };
  for (const [section, keys] of sectionsOf(source.document, name)) {
    for (const [key, value] of Object.entries(keys)) assign(`${section}.${key}`, value);
  }
  for (const override of overrides) {
    const split = override.indexOf("=");
    if (split < 1) {
      throw configError(name, `an override must have the form KEY.sub=value, got "${override}"`);
    }
    const path = override.slice(0, split), value = override.slice(split + 1);
    // A class may be called 01, which is text and no number.
    const isName = path === "DATASET.classname" && /^[\w -]+$/.test(value);
    assign(path, isName ? value : parseValue(value));
  }
  const brought = backbones === undefined ? [] : broughtAlong(given, { backbones, name });
  const values = new Map([...brought, ...given]);
  const config = assembleConfig((key) => {
    const value = values.has(key.path) ? values.get(key.path) : structuredClone(key.default);
    checkValue(value, { key, source: name });
    return value;
  });
  checkTogether(config, name);
  return config;
}

/** What the chosen backbone says about layers and widths, as far as nothing else was given. */
function broughtAlong(
  given: ReadonlyMap<string, unknown>,
  { backbones, name }: { backbones: BackboneEntries; name: string },
): [string, unknown][] {
  const chosen = given.get("MODEL.backbone") ?? defaultConfig.MODEL.backbone;
  if (typeof chosen !== "string") return [];
  const { defaults } = findBackboneEntry(backbones, chosen);
  return Object.entries(defaults).map(([key, value]) => {
    const path = `MODEL.${key}`;
    const isNeeded = key === "layers" || key === "semantic_layer";
    if (isNeeded && value === null && !given.has(path)) {
      throw configError(name, `"${path}" must be given for backbone "${chosen}", got none`);
    }
    return [path, value];
  });
}

/** The sections of a parsed file; an empty file has none. */
function sectionsOf(document: unknown, name: string): [string, Record<string, unknown>][] {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (document === null || document === undefined) return [];
  if (!isMap(document)) throw configError(name, "the file must hold sections of keys");
  return Object.entries(document).map(([section, keys]) => {
    if (!Object.hasOwn(configSections, section)) throw unknownKey(section, name);
    if (keys !== null && !isMap(keys)) {
      throw configError(name, `section "${section}" must hold keys, got ${JSON.stringify(keys)}`);
    }
    return [section, keys ?? {}];
  });
}

/** Makes the error of a configuration that cannot be used. */
function configError(source: string, what: string): RangeError {
  return new RangeError(`Cannot load "${source}": ${what}`);
}

function unknownKey(path: string, source: string): RangeError {
  const hint = askForName(path, configKeys.map((key) => key.path));
  return configError(source, `unknown key "${path}"${hint}`);
}

function checkValue(value: unknown, { key, source }: { key: ConfigKey; source: string }): void {
  if (key.accepts(value)) return;
  const { path, requirement, choices } = key;
  const words = (choices ?? []).filter((choice) => typeof choice === "string");
  const hint = typeof value === "string" ? askForName(value, words) : "";
  throw configError(
    source,
    `"${path}" must be ${requirement}, got ${showValue(value)}${hint}`,
  );
}

/** JSON, which has no NaN and no infinity, of at most 100 characters. */
function showValue(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** Checks what keys demand of each other. */
function checkTogether({ DATASET, MODEL }: ExperimentConfig, source: string): void {
  const refusal = (what: string): RangeError => configError(source, what);
  const { name, datadir, resize, imagesize } = DATASET;
  if (imagesize > resize) {
    throw refusal(
      `"DATASET.imagesize" must be at most "DATASET.resize" (${resize}), got ${imagesize}`,
    );
  }
  if (name === "Sample" && datadir !== null) {
    throw refusal(
      `"DATASET.datadir" must be null for the sample data, which is drawn on first use, got "${datadir}"; ` +
        `for your own images set DATASET.name=Folder`,
    );
  }
  if (name !== "Sample" && datadir === null) {
    throw refusal(`"DATASET.datadir" must name the folder of dataset "${name}", got null`);
  }
  const { clustering_method, n_clusters, partition } = MODEL;
  if (partition === "links" && (clustering_method !== "finch" || n_clusters !== null)) {
    const given = n_clusters === null ? `"${clustering_method}"` : `${n_clusters} clusters`;
    throw refusal(
      `"MODEL.partition" can be links only where "finch" offers partitions and no number of ` +
        `clusters is required, got ${given}`,
    );
  }
  if (clustering_method === "dbscan" && n_clusters !== null) {
    throw refusal(
      `"MODEL.n_clusters" must be null for clustering method "dbscan", whose density decides how ` +
        `many clusters there are, got ${n_clusters}`,
    );
  }
}
