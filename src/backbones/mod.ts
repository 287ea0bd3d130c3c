/**
 * Weights become an ONNX graph that hands out feature maps, and the graph a session that runs.
 *
 * Backbones are the embedded one, ResNets from safetensors, and ONNX files that someone brings
 * along; the list is `configs/backbones.yaml`. Read `registry.ts` first, then `backbone.ts`.
 *
 * @module
 */
export type { Backbone } from "@/backbones/backbone.ts";
export { embeddedBackbone } from "@/backbones/embedded.ts";
export { openOnnxBackbone } from "@/backbones/onnx_backbone.ts";
export { createGraph } from "@/backbones/onnx_graph.ts";
export { openBackbone, readBackbones } from "@/backbones/registry.ts";
export { openResnet } from "@/backbones/resnet.ts";
export { openSafetensors } from "@/backbones/safetensors.ts";
export { type GraphSession, openSession } from "@/backbones/session.ts";
export { fetchWeights } from "@/backbones/weights.ts";
