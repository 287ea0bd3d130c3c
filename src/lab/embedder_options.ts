/**
 * From a configuration to the options of an embedder.
 *
 * @module
 */
import type { BackboneChoice } from "@/backbones/registry.ts";
import type { ExperimentConfig } from "@/config.ts";
import type { EmbedderOptions } from "@/features/open_embedder.ts";

/**
 * Picks what an embedder needs out of a configuration.
 *
 * @param config The configuration.
 * @returns Options for `openEmbedder`.
 *
 * @example The defaults
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { embedderOptions } from "@/lab/embedder_options.ts";
 *
 * assert.deepEqual(embedderOptions(defaultConfig).layers, ["stride8", "stride16"]);
 * ```
 */
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

/**
 * Picks what a configuration says about a backbone's file and input range.
 *
 * @param config The configuration.
 * @returns What `openBackbone` takes beside the name.
 *
 * @example One's own weights
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { backboneChoice } from "@/lab/embedder_options.ts";
 *
 * const MODEL = { ...defaultConfig.MODEL, backbone_file: "mine.onnx", input_scale: 127.5 };
 * assert.deepEqual(backboneChoice({ ...defaultConfig, MODEL }), {
 *   file: "mine.onnx",
 *   normalization: { scale: 127.5 },
 * });
 * ```
 */
export function backboneChoice({ MODEL }: ExperimentConfig): Required<
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
