/**
 * Opens a backbone as an embedder: one ONNX graph from images to patch embeddings and semantic
 * vectors, written once into a cache and run by ONNX Runtime.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { BackboneDefaults } from "@/backbones/entries.ts";
import { openBackbone } from "@/backbones/registry.ts";
import {
  type ExecutionProvider,
  type GraphSession,
  type ImageGraph,
  openSession,
  runGraph,
} from "@/backbones/session.ts";
import type { Embedder } from "@/features/embedder.ts";
import type { PatchEmbeddingOptions } from "@/features/patch_embedding.ts";
import {
  findEmbedderGraph,
  type GraphSettings,
  type HeadOutput,
  toEmbeddedImages,
} from "@/features/patch_head.ts";
import { dataFolder } from "@/files/environment.ts";
import type { ImageBatch, Normalization } from "@/images/read.ts";
import { checkCount } from "@/messages.ts";

/** What errors say cannot be done. */
const task = "Cannot open a backbone";

/** Which backbone to open, and what to make of its feature maps. */
export interface EmbedderOptions extends PatchEmbeddingOptions {
  /** Name of the backbone; default "embedded". */
  readonly backbone?: string;
  /** The user's own file of weights; default: the one that the list of backbones names. */
  readonly backboneFile?: string | null;
  /** Input range, each part of which replaces the backbone's own; default: nothing does. */
  readonly normalization?: Partial<Normalization>;
  /** Layers of the patch embedding, the first of which sets the grid; default: the backbone's. */
  readonly layers?: readonly string[];
  /** Layer whose mean is the semantic vector; default: the backbone's. */
  readonly semanticLayer?: string;
  /** Height and width of the images; default 256. */
  readonly imageSize?: number;
  /** Most images that go through the network at once; default: all that are given. */
  readonly batchSize?: number;
  /**
   * Most images at once for semantic vectors, in a graph of their own; default `null`: they come
   * out of the same run as the embeddings, which saves the network's beginning.
   */
  readonly semanticBatchSize?: number | null;
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
  /** Where operations run; default "cpu". */
  readonly provider?: ExecutionProvider;
  /** Folder that keeps the graph file; default: `data/backbones` of this project. */
  readonly cacheFolder?: string;
}

/** An embedder and the files that it runs. */
export interface OpenEmbedder extends Embedder {
  /** Paths of its graphs: one for everything, or patch embeddings and semantic vectors. */
  readonly files: readonly string[];
  /** SHA-256 of each of these files, in hex. */
  readonly fileHashes: readonly string[];
}

/** Folder that keeps the graphs of embedders unless another is named. */
export const graphFolder: string = dataFolder("backbones");

/**
 * Opens a backbone with the patch embedding appended. The first call with new options builds the
 * graph file; later ones check it and open the optimised version beside it.
 *
 * @param options Backbone, layers, widths and threads.
 * @returns The embedder, which holds native memory until it is closed.
 * @throws {RangeError} If the backbone or a layer does not exist, or a number is out of range.
 * @throws {Error} If its file is not there, or the provider is not available on this machine.
 *
 * @example One grey image
 * ```ts
 * import assert from "node:assert/strict";
 * import { openEmbedder } from "@/features/mod.ts";
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
export async function openEmbedder(options: EmbedderOptions = {}): Promise<OpenEmbedder> {
  const { threads = 0, provider = "cpu", cacheFolder: folder = graphFolder } = options;
  const { batchSize = Infinity, semanticBatchSize = null } = options;
  checkCount(threads, { task, name: "threads", least: 0 });
  for (const [name, value] of Object.entries({ batchSize, semanticBatchSize })) {
    if (value !== null && value !== Infinity) checkCount(value, { task, name, least: 1 });
  }
  const { backbone, defaults } = await openBackbone(options.backbone ?? "embedded", {
    file: options.backboneFile ?? null,
    normalization: options.normalization ?? {},
  });
  const settings = resolveSettings(options, { name: backbone.name, ...defaults });
  const isApart = semanticBatchSize !== null;
  const { imageSize } = settings;
  const { name, normalization } = backbone;
  const patchGraph = await findEmbedderGraph(backbone, {
    settings: isApart ? { ...settings, semanticLayer: null } : settings,
    folder,
  });
  const semanticGraph = isApart
    ? await findEmbedderGraph(backbone, { settings: { ...settings, layers: [] }, folder })
    : null;
  return await openEmbedderGraphs({
    ...{ name, normalization, imageSize, batchSize, semanticBatchSize, threads, provider },
    graphs: semanticGraph === null ? [patchGraph] : [patchGraph, semanticGraph],
    cacheFolder: folder,
  });
}

/** Graphs of an embedder that are there already, and how they run. */
export interface EmbedderGraphs {
  /** Name of the backbone. */
  readonly name: string;
  /** What the backbone expects of pixels. */
  readonly normalization: Normalization;
  /** Height and width of the images. */
  readonly imageSize: number;
  /** One graph for everything, or one for patch embeddings and one for semantic vectors. */
  readonly graphs: readonly { readonly path: string; readonly hash: string }[];
  /** Most images that go through the network at once. */
  readonly batchSize: number;
  /** Most images at once for semantic vectors in a graph of their own. */
  readonly semanticBatchSize: number | null;
  /** Threads of ONNX Runtime; 0: one per core. */
  readonly threads: number;
  /** Where operations run. */
  readonly provider: ExecutionProvider;
  /** Folder that keeps what ONNX Runtime makes of the graphs; default: the project's. */
  readonly cacheFolder?: string;
}

/** Opens graphs that an embedder was opened with before, without its backbone. */
export async function openEmbedderGraphs(options: EmbedderGraphs): Promise<OpenEmbedder> {
  const { graphs, batchSize, semanticBatchSize, threads, provider } = options;
  const { cacheFolder = graphFolder } = options;
  const parts: EmbedderPart[] = [];
  try {
    for (const [i, graph] of graphs.entries()) {
      const session = await openSession({ ...graph, threads, provider, cacheFolder });
      const [declared = null] = session.extentsOf("images");
      const limit = Math.min(i === 0 ? batchSize : semanticBatchSize!, declared ?? Infinity);
      parts.push({ ...graph, session, limit });
    }
    return wrapGraphs(parts, options);
  } catch (error) {
    for (const { session } of parts) await session.close();
    throw error;
  }
}

function resolveSettings(
  options: EmbedderOptions,
  backbone: BackboneDefaults & { readonly name: string },
): GraphSettings & { readonly semanticLayer: string } {
  const layers = options.layers ?? backbone.layers;
  const semanticLayer = options.semanticLayer ?? backbone.semantic_layer;
  if (layers === null || layers.length === 0 || semanticLayer === null) {
    throw new RangeError(
      `Cannot open backbone "${backbone.name}": at least one layer and a semantic layer must be ` +
        `named, got ${layers?.length || "no"} layers and ${semanticLayer ?? "no semantic layer"}`,
    );
  }
  const settings = {
    layers,
    semanticLayer,
    patchSize: options.patchSize ?? 3,
    pretrainEmbedDimension: pick(
      options.pretrainEmbedDimension,
      backbone.pretrain_embed_dimension,
    ),
    targetEmbedDimension: pick(options.targetEmbedDimension, backbone.target_embed_dimension),
    imageSize: options.imageSize ?? 256,
  };
  if (![1, 3, 5].includes(settings.patchSize)) {
    throw new RangeError(`${task}: patchSize must be 1, 3 or 5, got ${settings.patchSize}`);
  }
  checkCount(settings.imageSize, { task, name: "imageSize", least: 32 });
  for (const name of ["pretrainEmbedDimension", "targetEmbedDimension"] as const) {
    checkCount(settings[name] ?? 1, { task, name, least: 1 });
  }
  return settings;
}

/** `null` is a choice, too. */
function pick<Value>(chosen: Value | undefined, otherwise: Value): Value {
  return chosen === undefined ? otherwise : chosen;
}

interface EmbedderPart extends ImageGraph {
  readonly path: string;
  readonly hash: string;
}

/** Semantic vectors come out of a graph of their own, or else out of the first. */
function wrapGraphs(
  parts: readonly EmbedderPart[],
  { name, normalization, imageSize }: EmbedderGraphs,
): OpenEmbedder {
  const [patches, semantics] = parts as [EmbedderPart, EmbedderPart?];
  const hashes = parts.map(({ hash }) => hash);
  let isOpen = true;
  return {
    name,
    files: parts.map(({ path }) => path),
    fileHashes: hashes,
    hash: hashes.length === 1
      ? hashes[0]!
      : createHash("sha256").update(hashes.join("")).digest("hex"),
    dimension: lastExtent(patches.session, "embeddings"),
    semanticDimension: lastExtent((semantics ?? patches).session, "semantics"),
    normalization,
    embed: async (images) => {
      if (!isOpen) throw new TypeError("Cannot embed images: the embedder is closed");
      checkImages(images, imageSize);
      const results = await runGraph(patches, images);
      return toEmbeddedImages(
        semantics === undefined ? results : { ...results, ...await runGraph(semantics, images) },
      );
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await patches.session.close();
      await semantics?.session.close();
    },
  };
}

function lastExtent(session: GraphSession, name: HeadOutput): number {
  const extent = session.extentsOf(name).at(-1);
  if (typeof extent !== "number") {
    throw new TypeError(
      `${task}: output "${name}" must have a fixed last extent, got ${extent}`,
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
