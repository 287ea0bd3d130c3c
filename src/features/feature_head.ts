/**
 * Patch embedding and pooling as a graph of their own, apart from the backbone.
 *
 * Experiments run both in one graph (`session.ts`); apart, what the head costs can be measured.
 *
 * @module
 */
import { createGraph } from "@/backbones/onnx_graph.ts";
import { openGraph } from "@/backbones/session.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import type { FeatureMap, PatchEmbeddingOptions } from "@/features/patch_embedding.ts";
import { appendMeanHead, appendPatchHead } from "@/features/patch_head.ts";
import { toMatrix } from "@/math/matrix.ts";

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

/**
 * Opens the head for feature maps of given shapes.
 *
 * @param maps Feature maps by layer, as a backbone hands them out.
 * @param options Layers and widths.
 * @returns The head, for any number of images; close it when done.
 * @throws {RangeError} If the maps lack a layer.
 *
 * @example One map serves both
 * ```ts
 * import assert from "node:assert/strict";
 * import { openFeatureHead } from "@/features/feature_head.ts";
 *
 * const map = { count: 1, channels: 1, height: 1, width: 2, data: Float32Array.of(2, 4) };
 * const maps = new Map([["layer2", map]]);
 * const head = await openFeatureHead(maps, {
 *   layers: ["layer2"],
 *   semanticLayer: "layer2",
 *   patchSize: 1,
 * });
 * const { embeddings, semantics } = await head.run(maps);
 * await head.close();
 * assert.deepEqual([...embeddings.data], [2, 4]);
 * assert.deepEqual([...semantics.data], [3]);
 * ```
 */
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
  const patches = appendPatchHead(graph, {
    ...widths,
    layers: layers.map((layer) => values.get(layer)!),
  });
  const semantic = appendMeanHead(graph, values.get(semanticLayer)!);
  const shape = ["n", "rows", "columns", patches.dimension];
  graph.output("embeddings", patches.value, { type: "float32", shape });
  graph.output("semantics", semantic.value, {
    type: "float32",
    shape: ["n", semantic.dimension],
  });
  const session = await openGraph(graph.encode(), { threads });
  return {
    run: async (given) => {
      const feeds = Object.fromEntries(names.map((name, number) => {
        const { count, channels, height, width, data } = given.get(name)!;
        return [`map ${number}`, { dims: [count, channels, height, width], data }];
      }));
      const { embeddings, semantics } = await session.run(feeds);
      const [count, rows, columns] = embeddings!.dims as [number, number, number];
      return {
        count,
        grid: { rows, columns },
        embeddings: toMatrix(embeddings!.data, {
          rows: count * rows * columns,
          columns: patches.dimension,
        }),
        semantics: toMatrix(semantics!.data, {
          rows: count,
          columns: semantic.dimension,
        }),
      };
    },
    close: () => session.close(),
  };
}
