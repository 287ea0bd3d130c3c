/**
 * What a configuration says, in the terms of those who act on it: threshold rule, tolerances,
 * resampling, the options of an embedder, threads, seeds, and the names of runs and datasets.
 *
 * @module
 */
import type { BackboneChoice } from "@/backbones/registry.ts";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import type { BootstrapOptions } from "@/evaluation/intervals.ts";
import type { Tolerances } from "@/evaluation/requirements.ts";
import type { ModelName, Scenario } from "@/evaluation/scenarios.ts";
import type { ThresholdRule } from "@/evaluation/thresholds.ts";
import type { EmbedderOptions } from "@/features/open_embedder.ts";

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
 * assert.deepEqual(rule, { name: "conformal", alpha: 0.05 });
 * ```
 */
export function thresholdRuleOf(evaluation: ExperimentConfig["EVALUATION"]): ThresholdRule {
  const { threshold_rule: name, alpha, quantile, std_factor: factor } = evaluation;
  switch (name) {
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
  condition: { model: ModelName; scenario: Scenario; seed: number },
): ExperimentConfig {
  const { model, scenario: { trainingKnown, evaluationKnown }, seed } = condition;
  return {
    ...config,
    DEFAULT: { ...config.DEFAULT, seed },
    MODEL: { ...config.MODEL, name: model, known_class: trainingKnown },
    EVALUATION: {
      ...config.EVALUATION,
      known_class: trainingKnown === evaluationKnown ? null : evaluationKnown,
    },
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

/** Names the dataset of a configuration, as result folders do. */
export function datasetLabel(config: ExperimentConfig): string {
  const { name, datadir } = config.DATASET;
  if (name !== "Folder" || datadir === null) return name.toLowerCase();
  return datadir.split(/[\\/]/).findLast((part) => part !== "" && part !== "." && part !== "..") ??
    "folder";
}

const namedElsewhere: ReadonlySet<string> = new Set([
  "DEFAULT.savedir",
  "DATASET.name",
  "DATASET.datadir",
  "MODEL.name",
  "MODEL.sampler",
  "MODEL.sampler_ratio",
  "MODEL.semantic_layer",
  "MODEL.batch_size",
  "MODEL.semantic_batch_size",
]);

/**
 * Names a run after what shapes its numbers: sampler and semantic layer first, then every other key
 * that differs from its default.
 *
 * Two configurations that can lead to different numbers have different names; the savedir, the model
 * (a folder of its own), batch sizes, the dataset's place and the runtime are left out.
 */
export function runName(config: ExperimentConfig): string {
  const { sampler, sampler_ratio, semantic_layer } = config.MODEL;
  const first = `${sampler}${sampler === "identity" ? "" : sampler_ratio}-${semantic_layer}`;
  const sections = ["DEFAULT", "DATASET", "MODEL", "EVALUATION"] as const;
  const parts = sections.flatMap((section) => {
    const defaults: Readonly<Record<string, unknown>> = defaultConfig[section];
    return Object.entries(config[section]).filter(([key, value]) =>
      !namedElsewhere.has(`${section}.${key}`) &&
      JSON.stringify(value) !== JSON.stringify(defaults[key])
    ).map(([key, value]) => {
      const label = section === "EVALUATION" && key === "known_class" ? "evaluation_known" : key;
      return `${label}=${Array.isArray(value) ? value.join("+") : value}`;
    });
  });
  return [first, ...parts].join("-").replaceAll(/[^\w.=+-]/g, "_");
}
