/**
 * Writes the graph of an embedder: a backbone with the patch embedding and the pooling appended.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Backbone } from "@/backbones/backbone.ts";
import type { PatchEmbeddingOptions } from "@/features/patch_embedding.ts";
import { appendMeanHead, appendPatchHead } from "@/features/patch_head.ts";
import { type CachedFile, findCached } from "@/files/cache.ts";

/** What a graph makes of images; everything that shapes it. */
export interface GraphSettings extends Required<PatchEmbeddingOptions> {
  /** Layers that make the patch embedding, the first of which sets the grid; none: no embeddings. */
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
 * Its input is `images`; its outputs are `embeddings`, n × rows × columns × dimension, and
 * `semantics`, n × dimension, as far as they are wanted.
 *
 * @param backbone The network.
 * @param options Layers and widths; and the folder that keeps the file.
 * @returns The file.
 * @throws {RangeError} If the backbone does not have a layer.
 *
 * @example The embedded backbone, semantic vectors alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/embedded.ts";
 * import { findEmbedderGraph } from "@/features/embedder_graph.ts";
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
  if (layers.length > 0) {
    const patches = appendPatchHead(graph, { ...settings, layers: maps.slice(0, layers.length) });
    graph.output("embeddings", patches.value, {
      type: "float32",
      shape: ["n", "rows", "columns", patches.dimension],
    });
  }
  if (semanticLayer !== null) {
    const semantic = appendMeanHead(graph, maps.at(-1)!);
    const shape = ["n", semantic.dimension];
    graph.output("semantics", semantic.value, { type: "float32", shape });
  }
  return graph.encode();
}
