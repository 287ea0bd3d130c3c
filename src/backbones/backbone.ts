/**
 * What a backbone is: a pretrained network that builds the beginning of a graph.
 *
 * @module
 */
import type { OnnxGraph, OnnxValue } from "@/backbones/onnx_graph.ts";
import type { Normalization } from "@/images/read.ts";

/** A pretrained network that makes feature maps of images. */
export interface Backbone {
  /** Name in configurations and results. */
  readonly name: string;
  /** Input range that the network expects. */
  readonly normalization: Normalization;
  /** Names of the feature maps that it is known to hand out, from fine to coarse. */
  readonly layers: readonly string[];
  /** Identifies the weights: equal fingerprints mean equal graphs. */
  fingerprint(): Promise<string>;
  /** Starts a graph with the network up to the named layers. */
  build(part: BackbonePart): Promise<BackboneGraph>;
}

/** Which part of a network is wanted, for images of which size. */
export interface BackbonePart {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Names of the wanted layers. */
  readonly layers: readonly string[];
}

/** A graph that begins with a network. Its one input is `images`, n × 3 × height × width. */
export interface BackboneGraph {
  /** The graph, to which more can be added. */
  readonly graph: OnnxGraph;
  /** The wanted layers, in the order in which they were named. */
  readonly maps: readonly LayerValue[];
  /** Number of images that it takes at once, the input's first extent too; default: any. */
  readonly batch?: 1;
}

/** A feature map inside a graph: n × channels × height × width. */
export interface LayerValue {
  /** The value. */
  readonly value: OnnxValue;
  /** Number of channels. */
  readonly channels: number;
  /** Name for messages; default: that of the value. */
  readonly name?: string;
  /** Whether it is no map but a vector per image, n × channels; default `false`. */
  readonly isVector?: boolean;
}
