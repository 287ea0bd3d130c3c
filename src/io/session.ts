/**
 * Opens a backbone as an embedder: one ONNX graph from images to patch embeddings and semantic
 * vectors, written once into a cache and run by ONNX Runtime.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import type { EmbeddedImages, Embedder, ImageBatch } from "@/embedder.ts";
import { type Backbone, findBackbone } from "@/io/backbones.ts";
import { readCached } from "@/io/cache_folder.ts";
import { createGraph } from "@/io/onnx_graph.ts";
import { appendMeanHead, appendPatchHead } from "@/io/patch_head.ts";
import { toMatrix } from "@/matrix.ts";
import type { PatchEmbeddingOptions } from "@/patch_embedding.ts";

/** Which backbone to open, and what to make of its feature maps. */
export interface EmbedderOptions extends PatchEmbeddingOptions {
  /** Name of the backbone; default "embedded". */
  readonly backbone?: string;
  /** Layers that make the patch embedding, the first of which sets the grid; default: the backbone's. */
  readonly layers?: readonly string[];
  /** Layer whose mean is the semantic vector; default: the backbone's. */
  readonly semanticLayer?: string;
  /** Height and width of the images; default 256. */
  readonly imageSize?: number;
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
  /** Folder that keeps the graph file; default: `data/backbones` of this project. */
  readonly cacheFolder?: string;
}

/** Raised whenever the same options make a different graph. */
const graphVersion = 1;

const defaultCacheFolder = join(import.meta.dirname!, "../../data/backbones");

type Settings = Required<Omit<EmbedderOptions, "backbone" | "threads" | "cacheFolder">>;

/**
 * Opens a backbone with the patch embedding appended. The first call with new options builds the
 * graph file; later ones read and check it.
 *
 * @param options Backbone, layers, widths and threads.
 * @returns The embedder, which holds native memory until it is closed.
 * @throws {RangeError} If the backbone or a layer does not exist, or a number is out of range.
 *
 * @example One grey image
 * ```ts
 * import assert from "node:assert/strict";
 * import { openEmbedder } from "@/io/session.ts";
 *
 * const embedder = await openEmbedder({ imageSize: 64 });
 * const data = new Float32Array(3 * 64 * 64).fill(128);
 * const { grid, embeddings } = await embedder.embed({ count: 1, height: 64, width: 64, data });
 * await embedder.close();
 *
 * assert.deepEqual(grid, { rows: 8, columns: 8 });
 * assert.equal(embeddings.columns, 120);
 * ```
 */
export async function openEmbedder(options: EmbedderOptions = {}): Promise<Embedder> {
  const backbone = findBackbone(options.backbone ?? "embedded");
  const { threads = 0, cacheFolder = defaultCacheFolder } = options;
  const settings = resolveSettings(backbone, options);
  checkCount("threads", { value: threads, least: 0 });
  const recipe = JSON.stringify([graphVersion, await backbone.fingerprint(), settings]);
  const short = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  const { bytes, hash } = await readCached({
    folder: cacheFolder,
    name: `${backbone.name}-${short}.onnx`,
    make: () => buildGraph(backbone, settings),
  });
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
  });
  return wrapSession(session, { backbone, hash, imageSize: settings.imageSize });
}

function resolveSettings(backbone: Backbone, options: EmbedderOptions): Settings {
  const settings: Settings = {
    layers: options.layers ?? backbone.defaultLayers,
    semanticLayer: options.semanticLayer ?? backbone.defaultSemanticLayer,
    patchSize: options.patchSize ?? 3,
    pretrainEmbedDimension: options.pretrainEmbedDimension ?? null,
    targetEmbedDimension: options.targetEmbedDimension ?? null,
    imageSize: options.imageSize ?? 256,
  };
  const { layers, semanticLayer, patchSize } = settings;
  const unknown = [...layers, semanticLayer].find((each) => !backbone.layers.includes(each));
  if (layers.length === 0 || unknown !== undefined) {
    const got = unknown === undefined ? "none" : `"${unknown}"`;
    throw new RangeError(
      `Cannot open backbone "${backbone.name}": layers must be among ` +
        `${backbone.layers.map((each) => `"${each}"`).join(", ")}, got ${got}`,
    );
  }
  if (![1, 3, 5].includes(patchSize)) {
    throw new RangeError(`Cannot open a backbone: patchSize must be 1, 3 or 5, got ${patchSize}`);
  }
  checkCount("imageSize", { value: settings.imageSize, least: 32 });
  for (const name of ["pretrainEmbedDimension", "targetEmbedDimension"] as const) {
    checkCount(name, { value: settings[name] ?? 1, least: 1 });
  }
  return settings;
}

function checkCount(name: string, { value, least }: { value: number; least: number }): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(
      `Cannot open a backbone: ${name} must be an integer from ${least}, got ${value}`,
    );
  }
}

async function buildGraph(backbone: Backbone, settings: Settings): Promise<Uint8Array> {
  const { layers, semanticLayer, imageSize } = settings;
  const graph = createGraph({ name: backbone.name });
  const shape = ["n", 3, imageSize, imageSize];
  const input = graph.input("images", { type: "float32", shape });
  const maps = await backbone.append(graph, { input, layers: [...layers, semanticLayer] });
  const patches = appendPatchHead(graph, { ...settings, layers: maps.slice(0, layers.length) });
  const semantic = appendMeanHead(graph, maps.at(-1)!);
  graph.output("embeddings", patches.value, {
    type: "float32",
    shape: ["n", "rows", "columns", patches.dimension],
  });
  graph.output("semantics", semantic.value, {
    type: "float32",
    shape: ["n", semantic.dimension],
  });
  return graph.encode();
}

function wrapSession(
  session: ort.InferenceSession,
  { backbone, hash, imageSize }: { backbone: Backbone; hash: string; imageSize: number },
): Embedder {
  let isOpen = true;
  return {
    name: backbone.name,
    hash,
    dimension: lastExtent(session, "embeddings"),
    semanticDimension: lastExtent(session, "semantics"),
    normalization: backbone.normalization,
    embed: async (images) => {
      if (!isOpen) throw new TypeError("Cannot embed images: the embedder is closed");
      checkImages(images, imageSize);
      const { count, height, width, data } = images;
      const tensor = new ort.Tensor("float32", data, [count, 3, height, width]);
      return toEmbeddedImages(await session.run({ images: tensor }));
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await session.release();
    },
  };
}

function lastExtent(session: ort.InferenceSession, name: string): number {
  const meta = session.outputMetadata.find((each) => each.name === name);
  const extent = meta?.isTensor === true ? meta.shape.at(-1) : undefined;
  if (typeof extent !== "number") {
    throw new TypeError(
      `Cannot open a backbone: output "${name}" must have a fixed last extent, got ${extent}`,
    );
  }
  return extent;
}

function checkImages(images: ImageBatch, imageSize: number): void {
  const { count, height, width, data } = images;
  if (height !== imageSize || width !== imageSize) {
    throw new TypeError(
      `Cannot embed images: they must be ${imageSize}×${imageSize}, got ${height}×${width}`,
    );
  }
  if (count < 1 || data.length !== count * 3 * height * width) {
    throw new TypeError(
      `Cannot embed images: at least one image of 3 × ${height} × ${width} values is needed, ` +
        `got ${data.length} values for ${count} images`,
    );
  }
}

function toEmbeddedImages(results: ort.InferenceSession.OnnxValueMapType): EmbeddedImages {
  const embeddings = results.embeddings!, semantics = results.semantics!;
  const [count, rows, columns, dimension] = embeddings.dims as [number, number, number, number];
  return {
    count,
    grid: { rows, columns },
    embeddings: toMatrix(embeddings.data as Float32Array, {
      rows: count * rows * columns,
      columns: dimension,
    }),
    semantics: toMatrix(semantics.data as Float32Array, {
      rows: count,
      columns: semantics.dims[1]!,
    }),
  };
}
