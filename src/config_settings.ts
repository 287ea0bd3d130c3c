/**
 * What every key of a configuration may be, as data, and the checks made from it.
 *
 * @module
 */
import { CLUSTERING_METHODS } from "@/clustering/clusterers.ts";
import type { ExperimentConfig } from "@/config.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { closestName } from "@/messages.ts";

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
  "DATASET.orientation": oneOf("file", "exif"),
  "MODEL.name": oneOf("PatchCore", "HierarchicalPatchCore"),
  "MODEL.backbone": text,
  "MODEL.backbone_file": orNull(text),
  "MODEL.input_scale": orNull(number({ above: 0 })),
  "MODEL.input_mean": orNull(three(number({}))),
  "MODEL.input_std": orNull(three(number({ above: 0 }))),
  "MODEL.layers": texts,
  "MODEL.semantic_layer": text,
  "MODEL.patch_size": oneOf(1, 3, 5),
  "MODEL.pretrain_embed_dimension": orNull(integer({ least: 1 })),
  "MODEL.target_embed_dimension": orNull(integer({ least: 1 })),
  "MODEL.feature_precision": oneOf("float32", "float16"),
  "MODEL.batch_size": integer({ least: 1 }),
  "MODEL.semantic_batch_size": orNull(integer({ least: 1 })),
  "MODEL.sampler": oneOf("greedy", "random", "identity"),
  "MODEL.sampler_ratio": number({ above: 0, most: 1 }),
  "MODEL.clustering_method": oneOf(...CLUSTERING_METHODS),
  "MODEL.n_clusters": orNull(integer({ least: 1 })),
  "MODEL.dbscan_epsilon": orNull(number({ above: 0, most: 2 })),
  "MODEL.dbscan_min_points": integer({ least: 1 }),
  "MODEL.min_silhouette": number({ least: -1, most: 1 }),
  "MODEL.known_class": flag,
  "MODEL.num_neighbors": integer({ least: 1 }),
  "MODEL.neighbor_search": oneOf("onnx", "faiss", "plain", "ivf", "hnsw"),
  "EVALUATION.known_class": orNull(flag),
  "EVALUATION.threshold_rule": oneOf("conformal", "quantile", "max", "mean_std", "oracle_f1"),
  "EVALUATION.alpha": number({ above: 0, below: 1 }),
  "EVALUATION.quantile": number({ least: 0, most: 1 }),
  "EVALUATION.std_factor": number({ least: 0 }),
  "EVALUATION.calibration": oneOf("crossfit", "holdout"),
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

/**
 * Makes the error of a configuration that cannot be used.
 *
 * @param source The file's name.
 * @param what What must hold and what came instead.
 * @returns The error, to be thrown.
 *
 * @example Its message
 * ```ts
 * import assert from "node:assert/strict";
 * import { configError } from "@/config_settings.ts";
 *
 * assert.equal(configError("a.yaml", "no").message, 'Cannot load "a.yaml": no');
 * ```
 */
export function configError(source: string, what: string): RangeError {
  return new RangeError(`Cannot load "${source}": ${what}`);
}

/**
 * Finds what a key may be.
 *
 * @param path Dotted path of the key.
 * @param source The file's name, for the error.
 * @returns The setting.
 * @throws {RangeError} If there is no such key; the message suggests a similar one.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { findSetting } from "@/config_settings.ts";
 *
 * assert.throws(() => findSetting("MODEL.smapler", "a.yaml"), {
 *   message: 'Cannot load "a.yaml": unknown key "MODEL.smapler", did you mean "MODEL.sampler"?',
 * });
 * ```
 */
export function findSetting(path: string, source: string): ConfigSetting {
  const setting = Object.hasOwn(configSettings, path) ? configSettings[path] : undefined;
  if (setting === undefined) {
    const similar = closestName(path, Object.keys(configSettings));
    const hint = similar === null ? "" : `, did you mean "${similar}"?`;
    throw configError(source, `unknown key "${path}"${hint}`);
  }
  return setting;
}

/**
 * Checks a complete configuration, key by key and as a whole.
 *
 * @param config Sections of keys, every key present.
 * @param source The file's name, for the error.
 * @returns The same object, known to be a configuration.
 * @throws {RangeError} If a value is not allowed, or values do not fit together.
 *
 * @example The defaults hold
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { checkConfig } from "@/config_settings.ts";
 *
 * assert.equal(checkConfig({ ...defaultConfig }, "defaults").DEFAULT.seed, 0);
 * ```
 */
export function checkConfig(
  config: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  source: string,
): ExperimentConfig {
  for (const [path, { requirement, accepts }] of Object.entries(configSettings)) {
    const [section, key] = path.split(".") as [string, string];
    const value = config[section]?.[key];
    if (!accepts(value)) {
      throw configError(source, `"${path}" must be ${requirement}, got ${JSON.stringify(value)}`);
    }
  }
  const checked = config as unknown as ExperimentConfig;
  const { name, datadir, resize, imagesize } = checked.DATASET;
  if (imagesize > resize) {
    throw configError(
      source,
      `"DATASET.imagesize" must be at most "DATASET.resize" (${resize}), got ${imagesize}`,
    );
  }
  if (name === "Sample" && datadir !== null) {
    throw configError(
      source,
      `"DATASET.datadir" must be null for the sample data, which is drawn on first use, got "${datadir}"; ` +
        `for your own images set DATASET.name=Folder`,
    );
  }
  if (name !== "Sample" && datadir === null) {
    throw configError(
      source,
      `"DATASET.datadir" must name the folder of dataset "${name}", got null`,
    );
  }
  const { clustering_method, n_clusters } = checked.MODEL;
  if (clustering_method === "dbscan" && n_clusters !== null) {
    throw configError(
      source,
      `"MODEL.n_clusters" must be null for clustering method "dbscan", whose density decides how ` +
        `many clusters there are, got ${n_clusters}`,
    );
  }
  return checked;
}
