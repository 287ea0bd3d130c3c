/**
 * The configuration of an experiment: its keys, their defaults, what each may be, and how a file
 * and overrides become one.
 *
 * Keys keep the names of the reference implementation where it has them. What a key may be
 * stands as data in `configSettings`, from which the checks are made.
 *
 * @module
 */
import { type BackboneEntries, findBackboneEntry } from "@/backbones/entries.ts";
import type { ExecutionProvider } from "@/backbones/session.ts";
import { defaultMinSilhouette } from "@/clustering/choose_partition.ts";
import { CLUSTERING_METHODS, type ClusteringMethod } from "@/clustering/clusterers.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { defaultFprLimit } from "@/evaluation/pixel_metrics.ts";
import { MODEL_NAMES, type ModelName } from "@/evaluation/scenarios.ts";
import type { FeaturePrecision } from "@/features/feature_file.ts";
import type { Fit } from "@/images/geometry.ts";
import { closestName } from "@/messages.ts";

/** What keys with a few values allow, where no room below lists it; their types follow from it. */
export const configChoices = {
  orientation: ["file", "exif"],
  patch_size: [1, 3, 5],
  sampler: ["greedy", "random", "identity"],
  neighbor_search: ["onnx", "faiss", "plain", "ivf", "hnsw"],
  threshold_rule: ["conformal", "quantile", "max", "mean_std", "oracle_f1"],
  calibration: ["crossfit", "holdout"],
} as const;

/** One of the values that a key allows. */
export type ConfigChoice<Key extends keyof typeof configChoices> =
  (typeof configChoices)[Key][number];

/** A complete configuration. Every key has an effect; `configSettings` says what it may be. */
export interface ExperimentConfig {
  /** Where results go, and the seeds. */
  readonly DEFAULT: {
    /** Folder for results, relative to the working directory. */
    readonly savedir: string;
    /** Seed of folds, selections and projections, an integer from 0; or several, a run for each. */
    readonly seed: number | readonly number[];
  };
  /** Which images, and how they are cropped. */
  readonly DATASET: {
    /** Which reader: `Sample` is drawn on first use, `Folder` is any folder in MVTec layout. */
    readonly name: DatasetName;
    /** Dataset folder; `null` only for `Sample`. */
    readonly datadir: string | null;
    /** `all`, one class, or several. */
    readonly classname: string | readonly string[];
    /** Length to which the short side, or both sides, are scaled, in pixels. */
    readonly resize: number;
    /** Side of the square cut from the middle, in pixels. */
    readonly imagesize: number;
    /** What is scaled: the short side, keeping proportions, or both sides to a square. */
    readonly fit: Fit;
    /** Whether images and masks are turned as their EXIF orientation says; `file`: they are not. */
    readonly orientation: ConfigChoice<"orientation">;
  };
  /** The method. */
  readonly MODEL: {
    /** One bank for everything, or a bank of groups with semantic keys. */
    readonly name: ModelName;
    /** Name of the backbone, from `configs/backbones.yaml`. */
    readonly backbone: string;
    /** One's own file of weights; `null`: the one that the list of backbones names. */
    readonly backbone_file: string | null;
    /** Divides pixel values from 0 to 255 first; `null`: as the list of backbones says. */
    readonly input_scale: number | null;
    /** Subtracted next, one value per channel; `null`: as the list says. */
    readonly input_mean: readonly [number, number, number] | null;
    /** Divides last, one value per channel; `null`: as the list says. */
    readonly input_std: readonly [number, number, number] | null;
    /** Layers that make the patch embedding; the first sets the grid. */
    readonly layers: readonly string[];
    /** Layer whose mean is the semantic vector. */
    readonly semantic_layer: string;
    /** Side of the neighbourhood that a patch embedding averages. */
    readonly patch_size: ConfigChoice<"patch_size">;
    /** Values per layer before aggregation; `null` keeps the natural width, channel by channel. */
    readonly pretrain_embed_dimension: number | null;
    /** Values per patch embedding; `null` keeps all. */
    readonly target_embed_dimension: number | null;
    /** How patch embeddings are kept: as the network makes them, or rounded to 16-bit floats. */
    readonly feature_precision: FeaturePrecision;
    /** Images that go through the network at once. */
    readonly batch_size: number;
    /**
     * Images at once for semantic vectors, in a graph of their own; `null`: they come out of the
     * same run as the patch embeddings, which is faster.
     */
    readonly semantic_batch_size: number | null;
    /** How embeddings are chosen for the memory bank. */
    readonly sampler: ConfigChoice<"sampler">;
    /** Share of the embeddings that the sampler keeps; `identity` keeps all. */
    readonly sampler_ratio: number;
    /** How semantic vectors are grouped where classes are unknown in training. */
    readonly clustering_method: ClusteringMethod;
    /** Number of clusters, which is binding; `null`: chosen by silhouette. Not for `dbscan`. */
    readonly n_clusters: number | null;
    /** Largest cosine distance of neighbours, for `dbscan`; `null`: chosen by silhouette. */
    readonly dbscan_epsilon: number | null;
    /** Neighbours that make an image the core of a cluster, itself included, for `dbscan`. */
    readonly dbscan_min_points: number;
    /** Smallest mean silhouette that justifies several clusters; unused with `n_clusters`. */
    readonly min_silhouette: number;
    /** Whether classes are known in training. */
    readonly known_class: boolean;
    /** Neighbours over which a patch score is averaged. */
    readonly num_neighbors: number;
    /** How neighbours are found; exactly, except by "ivf" and "hnsw". */
    readonly neighbor_search: ConfigChoice<"neighbor_search">;
  };
  /** Calibration, thresholds and tolerances. */
  readonly EVALUATION: {
    /** Whether classes are known in evaluation; `null`: as in training. */
    readonly known_class: boolean | null;
    /** How thresholds are set. */
    readonly threshold_rule: ConfigChoice<"threshold_rule">;
    /** False-alarm share that `conformal` allows. */
    readonly alpha: number;
    /** Quantile of the calibration scores that `quantile` takes. */
    readonly quantile: number;
    /** Standard deviations above the mean that `mean_std` takes. */
    readonly std_factor: number;
    /** How normal calibration scores are made. */
    readonly calibration: ConfigChoice<"calibration">;
    /** Folds of `crossfit`. */
    readonly folds: number;
    /** Share that `holdout` sets aside. */
    readonly holdout_fraction: number;
    /** False-positive rate up to which AUPRO integrates. */
    readonly fpr_limit: number;
    /** Bootstrap resamples of the test images, from which intervals are made; 0: no intervals. */
    readonly bootstrap: number;
    /** Share of the resamples that an interval covers. */
    readonly confidence: number;
    /** R1: largest mean |Δ|, in percentage points. */
    readonly r1_mean_tolerance: number;
    /** R1: largest fall of a class, in percentage points. */
    readonly r1_worst_tolerance: number;
    /** R2: largest fall of the pooled metric, in percentage points. */
    readonly r2_tolerance: number;
  };
  /** What changes time, never a result beyond the last bits. */
  readonly RUNTIME: {
    /** Threads; 0: one per core. */
    readonly threads: number;
    /** Gigabytes on disk for features of images, so that none is embedded twice; 0: none. */
    readonly cache_gigabytes: number;
    /**
     * Gigabytes of training embeddings that stay in memory, and as many again for memory banks with
     * their indexes; more are read from the cache when they are needed.
     */
    readonly memory_gigabytes: number;
    /** Where the backbone runs. */
    readonly provider: ExecutionProvider;
  };
}

/** Every default. */
export const defaultConfig: ExperimentConfig = {
  DEFAULT: { savedir: "results", seed: 0 },
  DATASET: {
    name: "Sample",
    datadir: null,
    classname: "all",
    resize: 288,
    imagesize: 256,
    fit: "short_side",
    orientation: "file",
  },
  MODEL: {
    name: "HierarchicalPatchCore",
    backbone: "embedded",
    backbone_file: null,
    input_scale: null,
    input_mean: null,
    input_std: null,
    layers: ["stride8", "stride16"],
    semantic_layer: "stride32",
    patch_size: 3,
    pretrain_embed_dimension: null,
    target_embed_dimension: null,
    feature_precision: "float32",
    batch_size: 4,
    semantic_batch_size: null,
    sampler: "greedy",
    sampler_ratio: 0.1,
    clustering_method: "finch",
    n_clusters: null,
    dbscan_epsilon: null,
    dbscan_min_points: 4,
    min_silhouette: defaultMinSilhouette,
    known_class: false,
    num_neighbors: 1,
    neighbor_search: "onnx",
  },
  EVALUATION: {
    known_class: null,
    threshold_rule: "conformal",
    alpha: 0.05,
    quantile: 0.99,
    std_factor: 3,
    calibration: "crossfit",
    folds: 5,
    holdout_fraction: 0.2,
    fpr_limit: defaultFprLimit,
    bootstrap: 0,
    confidence: 0.95,
    r1_mean_tolerance: 1,
    r1_worst_tolerance: 3,
    r2_tolerance: 1,
  },
  RUNTIME: { threads: 0, cache_gigabytes: 40, memory_gigabytes: 2, provider: "cpu" },
};

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
    findSetting(path, name);
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
  const config: Record<string, Record<string, unknown>> = structuredClone(
    defaultConfig as unknown as Record<string, Record<string, unknown>>,
  );
  const brought = backbones === undefined ? [] : broughtAlong(given, { backbones, name });
  for (const [path, value] of [...brought, ...given]) {
    const [section, key] = path.split(".") as [string, string];
    config[section]![key] = value;
  }
  return checkConfig(config, name);
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
    if (!(section in defaultConfig)) findSetting(section, name);
    if (keys !== null && !isMap(keys)) {
      throw configError(name, `section "${section}" must hold keys, got ${JSON.stringify(keys)}`);
    }
    return [section, keys ?? {}];
  });
}

/** One key of a configuration. */
export interface ConfigSetting {
  /** What the value must be, to complete "… must be". */
  readonly requirement: string;
  /** Whether a value meets the requirement. */
  readonly accepts: (value: unknown) => boolean;
}

interface Bounds {
  readonly above?: number;
  readonly least?: number;
  readonly below?: number;
  readonly most?: number;
}

const text: ConfigSetting = {
  requirement: "text",
  accepts: (value) => typeof value === "string" && value !== "",
};
const flag: ConfigSetting = {
  requirement: "true or false",
  accepts: (value) => typeof value === "boolean",
};
const texts: ConfigSetting = {
  requirement: "a list of at least one text",
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(text.accepts),
};

function number(bounds: Bounds, kind: "a number" | "an integer" = "a number"): ConfigSetting {
  const limits: [string, number | undefined, (value: number, limit: number) => boolean][] = [
    ["above", bounds.above, (value, limit) => value > limit],
    ["from", bounds.least, (value, limit) => value >= limit],
    ["below", bounds.below, (value, limit) => value < limit],
    ["at most", bounds.most, (value, limit) => value <= limit],
  ];
  const used = limits.filter(([, limit]) => limit !== undefined);
  return {
    requirement: bounds.least !== undefined && bounds.most !== undefined
      ? `${kind} from ${bounds.least} to ${bounds.most}`
      : [kind, used.map(([word, limit]) => `${word} ${limit}`).join(" and ")].join(" ").trim(),
    accepts: (value) =>
      typeof value === "number" && Number.isFinite(value) &&
      (kind === "a number" || Number.isInteger(value)) &&
      used.every(([, limit, holds]) => holds(value, limit!)),
  };
}

function integer(bounds: Bounds): ConfigSetting {
  return number(bounds, "an integer");
}

function oneOf(...choices: readonly (string | number)[]): ConfigSetting {
  return {
    requirement: `one of ${choices.join(", ")}`,
    accepts: (value) => choices.some((choice) => choice === value),
  };
}

function three(setting: ConfigSetting): ConfigSetting {
  return {
    requirement: `a list of three, each ${setting.requirement}`,
    accepts: (value) =>
      Array.isArray(value) && value.length === 3 && value.every((each) => setting.accepts(each)),
  };
}

function orNull(setting: ConfigSetting): ConfigSetting {
  return {
    requirement: `${setting.requirement}, or null`,
    accepts: (value) => value === null || setting.accepts(value),
  };
}

function or(one: ConfigSetting, other: ConfigSetting): ConfigSetting {
  return {
    requirement: `${one.requirement} or ${other.requirement}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
  };
}

const seed = integer({ least: 0, most: 0xffffffff });
const seeds: ConfigSetting = {
  requirement: `a list of different integers, each from 0 to ${0xffffffff}`,
  accepts: (value) =>
    Array.isArray(value) && value.length > 0 && value.every(seed.accepts) &&
    new Set(value).size === value.length,
};

/** Every key by its dotted path. */
export const configSettings: Readonly<Record<string, ConfigSetting>> = {
  "DEFAULT.savedir": text,
  "DEFAULT.seed": or(seed, seeds),
  "DATASET.name": oneOf(...DATASET_NAMES),
  "DATASET.datadir": orNull(text),
  "DATASET.classname": or(text, texts),
  "DATASET.resize": integer({ least: 32, most: 4096 }),
  "DATASET.imagesize": integer({ least: 32, most: 4096 }),
  "DATASET.fit": oneOf("short_side", "square"),
  "DATASET.orientation": oneOf(...configChoices.orientation),
  "MODEL.name": oneOf(...MODEL_NAMES),
  "MODEL.backbone": text,
  "MODEL.backbone_file": orNull(text),
  "MODEL.input_scale": orNull(number({ above: 0 })),
  "MODEL.input_mean": orNull(three(number({}))),
  "MODEL.input_std": orNull(three(number({ above: 0 }))),
  "MODEL.layers": texts,
  "MODEL.semantic_layer": text,
  "MODEL.patch_size": oneOf(...configChoices.patch_size),
  "MODEL.pretrain_embed_dimension": orNull(integer({ least: 1 })),
  "MODEL.target_embed_dimension": orNull(integer({ least: 1 })),
  "MODEL.feature_precision": oneOf("float32", "float16"),
  "MODEL.batch_size": integer({ least: 1 }),
  "MODEL.semantic_batch_size": orNull(integer({ least: 1 })),
  "MODEL.sampler": oneOf(...configChoices.sampler),
  "MODEL.sampler_ratio": number({ above: 0, most: 1 }),
  "MODEL.clustering_method": oneOf(...CLUSTERING_METHODS),
  "MODEL.n_clusters": orNull(integer({ least: 1 })),
  "MODEL.dbscan_epsilon": orNull(number({ above: 0, most: 2 })),
  "MODEL.dbscan_min_points": integer({ least: 1 }),
  "MODEL.min_silhouette": number({ least: -1, most: 1 }),
  "MODEL.known_class": flag,
  "MODEL.num_neighbors": integer({ least: 1 }),
  "MODEL.neighbor_search": oneOf(...configChoices.neighbor_search),
  "EVALUATION.known_class": orNull(flag),
  "EVALUATION.threshold_rule": oneOf(...configChoices.threshold_rule),
  "EVALUATION.alpha": number({ above: 0, below: 1 }),
  "EVALUATION.quantile": number({ least: 0, most: 1 }),
  "EVALUATION.std_factor": number({ least: 0 }),
  "EVALUATION.calibration": oneOf(...configChoices.calibration),
  "EVALUATION.folds": integer({ least: 2 }),
  "EVALUATION.holdout_fraction": number({ above: 0, below: 1 }),
  "EVALUATION.fpr_limit": number({ above: 0, most: 1 }),
  "EVALUATION.bootstrap": or(oneOf(0), integer({ least: 100, most: 100_000 })),
  "EVALUATION.confidence": number({ above: 0, below: 1 }),
  "EVALUATION.r1_mean_tolerance": number({ least: 0 }),
  "EVALUATION.r1_worst_tolerance": number({ least: 0 }),
  "EVALUATION.r2_tolerance": number({ least: 0 }),
  "RUNTIME.threads": integer({ least: 0 }),
  "RUNTIME.cache_gigabytes": number({ least: 0 }),
  "RUNTIME.memory_gigabytes": number({ least: 0 }),
  "RUNTIME.provider": oneOf("cpu", "cuda", "webgpu"),
};

/** Makes the error of a configuration that cannot be used. */
function configError(source: string, what: string): RangeError {
  return new RangeError(`Cannot load "${source}": ${what}`);
}

/** Finds what a key may be. */
export function findSetting(path: string, source: string): ConfigSetting {
  const setting = Object.hasOwn(configSettings, path) ? configSettings[path] : undefined;
  if (setting === undefined) {
    const similar = closestName(path, Object.keys(configSettings));
    const hint = similar === null ? "" : `, did you mean "${similar}"?`;
    throw configError(source, `unknown key "${path}"${hint}`);
  }
  return setting;
}

/** Checks a complete configuration, key by key and as a whole. */
export function checkConfig(
  config: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  source: string,
): ExperimentConfig {
  const refusal = (what: string): RangeError => configError(source, what);
  for (const [path, { requirement, accepts }] of Object.entries(configSettings)) {
    const [section, key] = path.split(".") as [string, string];
    const value = config[section]?.[key];
    if (!accepts(value)) {
      throw refusal(`"${path}" must be ${requirement}, got ${JSON.stringify(value)}`);
    }
  }
  const checked = config as unknown as ExperimentConfig;
  const { name, datadir, resize, imagesize } = checked.DATASET;
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
  const { clustering_method, n_clusters } = checked.MODEL;
  if (clustering_method === "dbscan" && n_clusters !== null) {
    throw refusal(
      `"MODEL.n_clusters" must be null for clustering method "dbscan", whose density decides how ` +
        `many clusters there are, got ${n_clusters}`,
    );
  }
  return checked;
}
