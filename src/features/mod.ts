/**
 * Images become patch embeddings and semantic vectors: one ONNX graph, one cache.
 *
 * `openEmbedder` appends PatchCore's patch embedding and the pooling to a backbone's graph;
 * `embedSamples` sends the photographs of a dataset through it. Read `embedder.ts` first, then
 * `patch_embedding.ts`, which is the method in plain loops.
 *
 * @module
 */
export { embedInBatches, embedSamples } from "@/features/embed.ts";
export {
  type EmbeddedImages,
  type Embedder,
  joinImages,
  selectImages,
} from "@/features/embedder.ts";
export { openFeatureCache } from "@/features/feature_cache.ts";
export { openFeatureMaps } from "@/features/feature_maps.ts";
export { type FeatureSource, residentFeatures } from "@/features/feature_source.ts";
export { classSimilarities, listLayerChoices, measureClassSeparation } from "@/features/layers.ts";
export { openEmbedder } from "@/features/open_embedder.ts";
export { embedPatches } from "@/features/patch_embedding.ts";
export { appendMeanHead, findEmbedderGraph, type GraphSettings } from "@/features/patch_head.ts";
export { featureReach, resnetReceptiveFields } from "@/features/reach.ts";
