/**
 * Photographs of a new product: what in a folder is normal, and what the network makes of it.
 *
 * @module
 */
import { basename, join, relative, resolve, sep } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { isImageName } from "@/datasets/listing.ts";
import { scanDataset } from "@/datasets/registry.ts";
import { findPhotographs } from "@/deploy/photographs.ts";
import { type EmbeddedImages, joinImages } from "@/features/embedder.ts";
import { roundFeatures } from "@/features/feature_cache.ts";
import type { OpenEmbedder } from "@/features/open_embedder.ts";
import { createCheckpoint } from "@/files/interruption.ts";
import { statIfExists } from "@/files/read.ts";
import { UnreadableImage } from "@/images/decode.ts";
import { loadImage, toImageBatch } from "@/images/read.ts";

/** A photograph of a new product. */
export interface ProductImage {
  /** Its path. */
  readonly path: string;
  /** What it is called in the model: the folder's name and its path below. */
  readonly name: string;
  /** Its class, which the folder's layout tells, or the folder's name. */
  readonly className: string;
}

/** Photographs that are taken as normal. */
export interface NewProduct {
  /** Absolute folder. */
  readonly folder: string;
  /** The photographs, in order. */
  readonly images: readonly ProductImage[];
  /** Which they are, in words. */
  readonly origin: string;
}

/**
 * Finds the normal photographs in a folder: those in its `train/good` or `good`, the training images
 * of classes in a layout that is read, or else every image in it and below.
 */
export async function findProduct(folder: string, run: string): Promise<NewProduct> {
  const root = resolve(folder);
  const refuse = (got: string): Error =>
    new Error(
      `Cannot extend "${run}": "${folder}" must be a folder with normal photographs, got ${got}`,
    );
  const stat = await statIfExists(root);
  if (stat === null) throw refuse("nothing there");
  if (!stat.isDirectory) throw refuse("a file");
  const title = basename(root);
  const toImage = (path: string, className = title): ProductImage => ({
    path,
    name: `${title}/${relative(root, path).split(sep).join("/")}`,
    className,
  });
  for (const below of ["train/good", "good"]) {
    const found = await imagesBelow(join(root, below));
    if (found.length === 0) continue;
    const origin = `those in ${below}; what lies beside is not used`;
    return { folder: root, images: found.map((path) => toImage(path)), origin };
  }
  if (!await hasImages(root)) {
    const { dataset } = await scanDataset({ name: "Folder", datadir: root, split: 1 });
    const train = dataset.samples.filter(({ split }) => split === "train");
    if (train.length > 0) {
      const images = train.map(({ image, className }) =>
        toImage(join(dataset.folder, image), className)
      );
      const classes = [...new Set(train.map(({ className }) => className))].join(", ");
      return { folder: root, images, origin: `training images of ${classes}` };
    }
  }
  const all = await imagesBelow(root);
  if (all.length === 0) throw refuse("no image in it");
  return {
    folder: root,
    images: all.map((path) => toImage(path)),
    origin: "every image in it and below, all taken as normal",
  };
}

async function hasImages(folder: string): Promise<boolean> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.some(({ name, isFile }) => isFile && isImageName(name));
}

async function imagesBelow(folder: string): Promise<string[]> {
  if (!(await statIfExists(folder))?.isDirectory) return [];
  const found = await Array.fromAsync(findPhotographs([folder]));
  return found.flatMap(({ path, fault }) => fault === undefined ? [path] : []);
}

/** What the network makes of those photographs that can be read. */
export interface EmbeddedPhotographs<Image> {
  /** Features of those that can be read; `null` if none can. */
  readonly embedded: EmbeddedImages | null;
  /** These photographs, in order. */
  readonly read: readonly Image[];
  /** The others, and why they cannot be read. */
  readonly faults: readonly { readonly path: string; readonly fault: string }[];
}

/**
 * Embeds photographs a batch at a time, as a run with this configuration does; those that cannot be
 * read are left out.
 */
export async function embedPhotographs<Image extends { readonly path: string }>(
  images: readonly Image[],
  { config, embedder, keep = (batch) => batch, onProgress = () => undefined }: {
    config: ExperimentConfig;
    embedder: OpenEmbedder;
    /** Makes of a batch what is kept of it; default: everything. */
    keep?: (batch: EmbeddedImages) => EmbeddedImages;
    onProgress?: (share: number) => void;
  },
): Promise<EmbeddedPhotographs<Image>> {
  const { DATASET, MODEL } = config;
  const size = Math.max(MODEL.batch_size, MODEL.semantic_batch_size ?? 1);
  const { normalization } = embedder, checkpoint = createCheckpoint();
  const parts: EmbeddedImages[] = [], read: Image[] = [];
  const faults: { path: string; fault: string }[] = [];
  for (let begin = 0; begin < images.length; begin += size) {
    await checkpoint();
    const pixels: Uint8Array[] = [];
    const batch = images.slice(begin, begin + size);
    const contents = await Promise.all(batch.map(({ path }) => readOne(path, config)));
    for (const [i, content] of contents.entries()) {
      if (typeof content === "string") faults.push({ path: batch[i]!.path, fault: content });
      else {
        pixels.push(content);
        read.push(batch[i]!);
      }
    }
    if (pixels.length > 0) {
      const planes = toImageBatch(pixels, { size: DATASET.imagesize, normalization });
      const embedded = await embedder.embed(planes);
      parts.push(keep(roundFeatures(embedded, MODEL.feature_precision)));
    }
    onProgress((begin + batch.length) / images.length);
  }
  return { embedded: parts.length === 0 ? null : joinImages(parts), read, faults };
}

/** Its pixels, or why it cannot be read. */
async function readOne(
  path: string,
  { DATASET }: ExperimentConfig,
): Promise<Uint8Array | string> {
  try {
    return await loadImage(path, DATASET);
  } catch (error) {
    if (error instanceof UnreadableImage) return error.reason;
    throw error;
  }
}
