/**
 * Patch embedding and pooling as operations of a graph, and the graph of an embedder: a backbone
 * with both appended, so that one run gives both results.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Backbone, LayerValue } from "@/backbones/backbone.ts";
import type { OnnxGraph, OnnxValue } from "@/backbones/onnx_graph.ts";
import type { GraphResults, GraphTensor } from "@/backbones/session.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import {
  type LayerWeights,
  type PatchEmbeddingOptions,
  patchWeights,
} from "@/features/patch_embedding.ts";
import { type CachedFile, findCached } from "@/files/cache.ts";
import { toMatrix } from "@/math/matrix.ts";

/** What the head adds to a graph. */
export interface AppendedHead {
  /** The result. */
  readonly value: OnnxValue;
  /** Its last extent. */
  readonly dimension: number;
}

/** Appends the patch embedding: one grouped convolution per layer, deeper ones stretched after. */
export function appendPatchHead(
  graph: OnnxGraph,
  head: PatchEmbeddingOptions & { readonly layers: readonly LayerValue[] },
): AppendedHead {
  const { layers, patchSize = 3 } = head;
  const vector = layers.find(({ isVector = false }) => isVector);
  if (vector !== undefined) {
    throw new TypeError(
      `Cannot embed patches: layer "${vector.name ?? vector.value.name}" must be a feature map ` +
        `(n × channels × height × width), got 2 axes`,
    );
  }
  const { dimension, layers: weights } = patchWeights(layers.map((each) => each.channels), head);
  const parts = layers.map(({ value, channels }, index) => {
    const { outputs, groups, kernel } = weights[index]!;
    const dims = [outputs, channels / groups, patchSize, patchSize];
    const reach = (patchSize - 1) / 2;
    const averaged = graph.node("Conv", [value, graph.tensor(kernel, { dims })], {
      kernel_shape: [patchSize, patchSize],
      pads: [reach, reach, reach, reach],
      group: groups,
    });
    return index === 0 ? averaged : stretch(graph, { value: averaged, to: layers[0]!.value });
  });
  const joined = joinColumns(graph, { parts, weights, dimension });
  return { value: graph.node("Transpose", [joined], { perm: [0, 2, 3, 1] }), dimension };
}

/** Bilinear, half-pixel, to the height and width of another map. */
function stretch(graph: OnnxGraph, { value, to }: { value: OnnxValue; to: OnnxValue }): OnnxValue {
  const outer = extentsOf(graph, { value, start: 0, end: 2 });
  const inner = extentsOf(graph, { value: to, start: 2, end: 4 });
  const sizes = graph.node("Concat", [outer, inner], { axis: 0 });
  // Region and scales, which sizes make needless, could not be left out at first.
  const unused = graph.operatorSet < 13 ? graph.tensor(new Float32Array(0)) : null;
  return graph.node("Resize", [value, unused, unused, sizes], {
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  });
}

/** Some extents of a value; before operator set 15, "Shape" gave all or none. */
function extentsOf(
  graph: OnnxGraph,
  { value, start, end }: { value: OnnxValue; start: number; end: number },
): OnnxValue {
  if (graph.operatorSet >= 15) return graph.node("Shape", [value], { start, end });
  const all = graph.node("Shape", [value]);
  return graph.node("Slice", [all, graph.int64([start]), graph.int64([end])]);
}

/** Side by side; layers that share a column are widened with zeros and added. */
function joinColumns(
  graph: OnnxGraph,
  { parts, weights, dimension }: {
    parts: readonly OnnxValue[];
    weights: readonly LayerWeights[];
    dimension: number;
  },
): OnnxValue {
  if (parts.length === 1) return parts[0]!;
  const outputs = weights.reduce((sum, each) => sum + each.outputs, 0);
  if (outputs === dimension) return graph.node("Concat", parts, { axis: 1 });
  const widened = parts.map((part, index) => {
    const { first, outputs } = weights[index]!;
    const after = dimension - first - outputs;
    return graph.node("Pad", [part, graph.int64([0, first, 0, 0, 0, after, 0, 0])]);
  });
  return graph.node("Sum", widened);
}

/**
 * Appends the mean over all positions of a feature map. A vector is taken as it is.
 *
 * @param graph The graph that holds the feature map.
 * @param layer The feature map, or a vector per image.
 * @returns The semantic vectors, n × channels.
 *
 * @example One number per channel
 * ```ts
 * import assert from "node:assert/strict";
 * import { createGraph } from "@/backbones/mod.ts";
 * import { appendMeanHead } from "@/features/mod.ts";
 *
 * const graph = createGraph({ name: "mean" });
 * const value = graph.input("map", { type: "float32", shape: ["n", 7, "h", "w"] });
 * assert.equal(appendMeanHead(graph, { value, channels: 7 }).dimension, 7);
 * ```
 */
export function appendMeanHead(graph: OnnxGraph, layer: LayerValue): AppendedHead {
  if (layer.isVector) return { value: layer.value, dimension: layer.channels };
  const pooled = graph.node("GlobalAveragePool", [layer.value]);
  return { value: graph.node("Flatten", [pooled], { axis: 1 }), dimension: layer.channels };
}

/** Outputs of a graph that ends with the head. */
export type HeadOutput = "embeddings" | "semantics";

/** What the head is made of. */
export interface HeadOptions extends PatchEmbeddingOptions {
  /** Layers of the patch embedding, the first of which sets the grid; `null`: no embeddings. */
  readonly layers: readonly LayerValue[] | null;
  /** Layer whose mean is the semantic vector; `null`: no semantic vectors. */
  readonly semanticLayer: LayerValue | null;
}

/**
 * Ends a graph with patch embedding and pooling: its outputs are `embeddings`, n × rows × columns ×
 * dimension, and `semantics`, n × dimension, as far as they are wanted.
 */
export function appendHead(graph: OnnxGraph, head: HeadOptions): void {
  const { layers, semanticLayer } = head;
  const output = (name: HeadOutput, { value, dimension }: AppendedHead, axes: string[]): void =>
    graph.output(name, value, { type: "float32", shape: [...axes, dimension] });
  if (layers !== null) {
    const patches = appendPatchHead(graph, { ...head, layers });
    output("embeddings", patches, ["n", "rows", "columns"]);
  }
  if (semanticLayer !== null) output("semantics", appendMeanHead(graph, semanticLayer), ["n"]);
}

/** Takes what a graph with both outputs has given. */
export function toEmbeddedImages(results: GraphResults): EmbeddedImages {
  const { embeddings, semantics } = results as Readonly<Record<HeadOutput, GraphTensor>>;
  const [count, rows, columns, dimension] = embeddings.dims as [number, number, number, number];
  return {
    count,
    grid: { rows, columns },
    embeddings: toMatrix(embeddings.data, { rows: count * rows * columns, columns: dimension }),
    semantics: toMatrix(semantics.data, { rows: count, columns: semantics.dims[1]! }),
  };
}

/** What a graph makes of images; everything that shapes it. */
export interface GraphSettings extends Required<PatchEmbeddingOptions> {
  /** Layers of the patch embedding, the first of which sets the grid; none: no embeddings. */
  readonly layers: readonly string[];
  /** Layer whose mean is the semantic vector; `null`: no semantic vectors. */
  readonly semanticLayer: string | null;
  /** Height and width of the images. */
  readonly imageSize: number;
}

/** Raised whenever the same settings make a different graph. */
const graphVersion = 2;

/**
 * Finds the graph of an embedder in a cache, and builds it first where it is missing.
 *
 * Its input is `images`; its outputs are those of `appendHead`.
 *
 * @param backbone The network.
 * @param options Layers and widths; and the folder that keeps the file.
 * @returns The file.
 * @throws {RangeError} If the backbone does not have a layer.
 * @throws {TypeError} If a layer of the patch embedding is a vector per image.
 *
 * @example The embedded backbone, semantic vectors alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { findEmbedderGraph } from "@/features/mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const settings = {
 *   layers: [],
 *   semanticLayer: "stride32",
 *   imageSize: 64,
 *   patchSize: 3,
 *   pretrainEmbedDimension: null,
 *   targetEmbedDimension: null,
 * } as const;
 * const { path } = await findEmbedderGraph(embeddedBackbone, { settings, folder });
 * assert.match(path, /embedded-[0-9a-f]{16}\.onnx$/);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function findEmbedderGraph(
  backbone: Backbone,
  options: { readonly settings: GraphSettings; readonly folder: string },
): Promise<CachedFile> {
  const { settings, folder } = options;
  const recipe = JSON.stringify([graphVersion, await backbone.fingerprint(), settings]);
  const key = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  return await findCached({
    folder,
    name: `${backbone.name}-${key}.onnx`,
    make: async (temporary) => {
      await Deno.writeFile(temporary, await buildGraph(backbone, settings));
    },
  });
}

async function buildGraph(backbone: Backbone, settings: GraphSettings): Promise<Uint8Array> {
  const { layers, semanticLayer, imageSize } = settings;
  const { graph, maps } = await backbone.build({
    height: imageSize,
    width: imageSize,
    layers: [...layers, ...(semanticLayer === null ? [] : [semanticLayer])],
  });
  appendHead(graph, {
    ...settings,
    layers: layers.length === 0 ? null : maps.slice(0, layers.length),
    semanticLayer: semanticLayer === null ? null : maps.at(-1)!,
  });
  return graph.encode();
}
