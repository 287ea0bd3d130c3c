/**
 * The backbones that can be named in a configuration.
 *
 * A backbone appends its operations to a graph and hands out feature maps; what happens to them
 * afterwards is the same for all. A new one is a file of its own and a line in the list below.
 *
 * @module
 */
import type { Normalization } from "@/embedder.ts";
import { embeddedBackbone } from "@/io/embedded_backbone.ts";
import type { OnnxGraph, OnnxValue } from "@/io/onnx_graph.ts";
import type { LayerValue } from "@/io/patch_head.ts";

/** A pretrained network that makes feature maps of images. */
export interface Backbone {
  /** Name in configurations and results. */
  readonly name: string;
  /** Input range that the network expects. */
  readonly normalization: Normalization;
  /** Names of the feature maps that it can hand out, from fine to coarse. */
  readonly layers: readonly string[];
  /** Layers that make the patch embedding unless others are named. */
  readonly defaultLayers: readonly string[];
  /** Layer whose mean is the semantic vector unless another is named. */
  readonly defaultSemanticLayer: string;
  /** Identifies the weights: equal fingerprints mean equal graphs. */
  fingerprint(): Promise<string>;
  /** Appends the network up to the named layers, and returns these in order. */
  append(graph: OnnxGraph, part: BackbonePart): Promise<LayerValue[]>;
}

/** Which part of a network is wanted. */
export interface BackbonePart {
  /** The images in the graph, n × 3 × height × width. */
  readonly input: OnnxValue;
  /** Names of the wanted layers. */
  readonly layers: readonly string[];
}

/** Every backbone. */
export const backbones: readonly Backbone[] = [embeddedBackbone];

/**
 * Finds a backbone by name.
 *
 * @param name Name in configurations.
 * @returns The backbone.
 * @throws {RangeError} If there is none of that name.
 *
 * @example The backbone that needs no download
 * ```ts
 * import assert from "node:assert/strict";
 * import { findBackbone } from "@/io/backbones.ts";
 *
 * assert.deepEqual(findBackbone("embedded").layers, ["stride8", "stride16", "stride32"]);
 * ```
 */
export function findBackbone(name: string): Backbone {
  const found = backbones.find((each) => each.name === name);
  if (found === undefined) {
    const names = backbones.map((each) => `"${each.name}"`).join(", ");
    throw new RangeError(`Cannot open a backbone: its name must be one of ${names}, got "${name}"`);
  }
  return found;
}
