/**
 * Backbone and head, each in a graph of its own; experiments run both as one (`openEmbedder`).
 *
 * The backbone alone gives its bare feature maps: what its layers see. The head alone, patch
 * embedding and pooling, shows what it costs.
 *
 * @module
 */
import type { Backbone } from "@/backbones/backbone.ts";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { type GraphTensor, openGraph, runGraph } from "@/backbones/session.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import type { FeatureMap, PatchEmbeddingOptions } from "@/features/patch_embedding.ts";
import { appendHead, toEmbeddedImages } from "@/features/patch_head.ts";
import type { ImageBatch, Normalization } from "@/images/read.ts";

/** Which feature maps, of images of which size. */
export interface FeatureMapsOptions {
  /** Height and width of the images. */
  readonly imageSize: number;
  /** Names of the layers; default: all that the backbone is known to hand out. */
  readonly layers?: readonly string[];
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
}

/** A backbone that hands out feature maps. It holds native memory until it is closed. */
export interface FeatureMaps {
  /** Names of the layers, in the order in which they were asked for. */
  readonly layers: readonly string[];
  /** Height and width of the images. */
  readonly imageSize: number;
  /** The input range that the backbone expects. */
  readonly normalization: Normalization;
  /** Computes the feature maps of a batch, by layer; the batch is left unchanged. */
  run(images: ImageBatch): Promise<ReadonlyMap<string, FeatureMap>>;
  /** Frees native memory; closing twice does no harm. */
  close(): Promise<void>;
}

/**
 * Opens a backbone for its feature maps. The graph is built anew at every call and not kept.
 *
 * @param backbone The network.
 * @param options Image size, layers and threads.
 * @returns The opened backbone; close it when done.
 * @throws {RangeError} If there is no layer, one is named twice, or the backbone does not have it.
 * @throws {TypeError} If a layer is not a feature map but a vector per image.
 *
 * @example One grey image
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { openFeatureMaps } from "@/features/mod.ts";
 *
 * const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 64, layers: ["stride32"] });
 * const data = new Float32Array(3 * 64 * 64).fill(128);
 * const found = await maps.run({ count: 1, height: 64, width: 64, data });
 * await maps.close();
 *
 * const { channels, height, width } = found.get("stride32")!;
 * assert.deepEqual([channels, height, width], [480, 2, 2]);
 * ```
 */
export async function openFeatureMaps(
  backbone: Backbone,
  options: FeatureMapsOptions,
): Promise<FeatureMaps> {
  const { imageSize, layers = backbone.layers, threads = 0 } = options;
  if (layers.length === 0 || new Set(layers).size < layers.length) {
    throw new RangeError(
      `Cannot open feature maps of "${backbone.name}": at least one layer is needed, each once, ` +
        `got ${layers.map((layer) => `"${layer}"`).join(", ") || "none"}`,
    );
  }
  const { graph, maps, batch = Infinity } = await backbone.build({
    height: imageSize,
    width: imageSize,
    layers,
  });
  const vector = maps.findIndex(({ isVector = false }) => isVector);
  if (vector !== -1) {
    throw new TypeError(
      `Cannot open feature maps of "${backbone.name}": layer "${
        layers[vector]
      }" must be a feature ` +
        `map, got a vector per image`,
    );
  }
  // Names of the layers' own: inside the graph one of them may be taken.
  const nameOf = (number: number): string => `feature map ${number}`;
  for (const [number, { value, channels }] of maps.entries()) {
    const shape = ["n", channels, `rows of map ${number}`, `columns of map ${number}`];
    graph.output(nameOf(number), value, { type: "float32", shape });
  }
  const session = await openGraph(graph.encode(), { threads });
  let isOpen = true;
  return {
    layers,
    imageSize,
    normalization: backbone.normalization,
    run: async (images) => {
      if (!isOpen) throw new TypeError("Cannot compute feature maps: the backbone is closed");
      const { height, width } = images;
      if (height !== imageSize || width !== imageSize) {
        throw new TypeError(
          `Cannot compute feature maps: images must be ${imageSize}×${imageSize}, ` +
            `got ${height}×${width}`,
        );
      }
      const results = await runGraph({ session, limit: batch }, images);
      return new Map(
        layers.map((layer, number) => [layer, toFeatureMap(results[nameOf(number)]!)]),
      );
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await session.close();
    },
  };
}

function toFeatureMap({ dims, data }: GraphTensor): FeatureMap {
  const [count, channels, height, width] = dims as [number, number, number, number];
  return { count, channels, height, width, data };
}

/** What the head makes of feature maps. */
export interface FeatureHeadOptions extends PatchEmbeddingOptions {
  /** Layers that make the patch embedding, the first of which sets the grid. */
  readonly layers: readonly string[];
  /** Layer whose mean is the semantic vector. */
  readonly semanticLayer: string;
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
}

/** A head that is ready to run. It holds native memory until it is closed. */
export interface FeatureHead {
  /** Makes embeddings of feature maps, which are left unchanged. */
  run(maps: ReadonlyMap<string, FeatureMap>): Promise<EmbeddedImages>;
  /** Frees native memory. */
  close(): Promise<void>;
}

/** Opens the head for feature maps of given shapes. */
export async function openFeatureHead(
  maps: ReadonlyMap<string, FeatureMap>,
  options: FeatureHeadOptions,
): Promise<FeatureHead> {
  const { layers, semanticLayer, threads = 0, ...widths } = options;
  const graph = createGraph({ name: "head" });
  const names = [...new Set([...layers, semanticLayer])];
  const values = new Map(names.map((name, number) => {
    const map = maps.get(name);
    if (map === undefined) {
      throw new RangeError(
        `Cannot open a feature head: layers must be among ` +
          `${[...maps.keys()].map((each) => `"${each}"`).join(", ")}, got "${name}"`,
      );
    }
    const { channels, height, width } = map;
    const shape = ["n", channels, height, width];
    const value = graph.input(`map ${number}`, { type: "float32", shape });
    return [name, { value, channels }];
  }));
  appendHead(graph, {
    ...widths,
    layers: layers.map((layer) => values.get(layer)!),
    semanticLayer: values.get(semanticLayer)!,
  });
  const session = await openGraph(graph.encode(), { threads });
  return {
    run: async (given) => {
      const feeds = Object.fromEntries(names.map((name, number) => {
        const { count, channels, height, width, data } = given.get(name)!;
        return [`map ${number}`, { dims: [count, channels, height, width], data }];
      }));
      return toEmbeddedImages(await session.run(feeds));
    },
    close: () => session.close(),
  };
}
