/**
 * From a configuration to the options of an embedder.
 *
 * @module
 */
import type { ExperimentConfig } from "@/config.ts";
import type { EmbedderOptions } from "@/io/session.ts";

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
 * import { embedderOptions } from "@/io/embedder_options.ts";
 *
 * assert.deepEqual(embedderOptions(defaultConfig).layers, ["stride8", "stride16"]);
 * ```
 */
export function embedderOptions({ DATASET, MODEL, RUNTIME }: ExperimentConfig): EmbedderOptions {
  const { input_scale: scale, input_mean: mean, input_std: std } = MODEL;
  return {
    backbone: MODEL.backbone,
    backboneFile: MODEL.backbone_file,
    normalization: {
      ...(scale !== null && { scale }),
      ...(mean !== null && { mean }),
      ...(std !== null && { std }),
    },
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
