/**
 * The memory bank: which patch embeddings stay, whose part scores an image, how thresholds are
 * calibrated.
 *
 * `fitDetector` builds a hierarchical memory bank, with a semantic key, a coreset and calibration
 * scores per group; PatchCore is the same with one group. Everything but `engines/`, which holds
 * the fast searches and threads, is pure. Read `memory_bank.ts` first, then `coreset.ts` and
 * `detector.ts`.
 *
 * @module
 */
export { anomalyMap, createAnomalyMapper } from "@/memory/anomaly_map.ts";
export { greedyCoreset, type Sampler } from "@/memory/coreset.ts";
export { kernelBytes } from "@/memory/coreset_compiled.ts";
export { countPruning } from "@/memory/coreset_pruned.ts";
export type { Detector } from "@/memory/detector.ts";
export { faissSearch, hnswSearch, ivfSearch } from "@/memory/engines/faiss.ts";
export { onnxSearch } from "@/memory/engines/onnx_search.ts";
export { parallelSampler } from "@/memory/engines/parallel_sampler.ts";
export { openSearchGraphs } from "@/memory/engines/search_graphs.ts";
export { fitDetector } from "@/memory/fit_detector.ts";
export { routeImages, semanticKey } from "@/memory/memory_bank.ts";
export { type NeighborIndex, type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
export { greedySampler, identitySampler, randomSampler } from "@/memory/samplers.ts";
