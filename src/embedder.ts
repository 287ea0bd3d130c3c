/**
 * The embedder interface: images in, patch embeddings and semantic vectors out.
 *
 * @module
 */
import { type Matrix, rowOf, selectRows } from "@/matrix.ts";

/** Images of one size as planes: `data[((n · 3 + channel) · height + y) · width + x]`. */
export interface ImageBatch {
  /** Number of images. */
  readonly count: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** RGB as floats; the range is the one the embedder's `normalization` produces. */
  readonly data: Float32Array;
}

/** Patch positions of one image: `rows` down, `columns` across. */
export interface PatchGrid {
  /** Patch positions from top to bottom. */
  readonly rows: number;
  /** Patch positions from left to right. */
  readonly columns: number;
}

/** What a backbone makes of a batch of images. */
export interface EmbeddedImages {
  /** Number of images. */
  readonly count: number;
  /** Patch positions of every image. */
  readonly grid: PatchGrid;
  /** Patch embeddings, image-major, then row-major over the grid: `count · rows · columns` rows. */
  readonly embeddings: Matrix;
  /** Semantic vectors, one row per image, not normalised. */
  readonly semantics: Matrix;
}

/** How pixel values 0 to 255 become network input: `(value / scale − mean) / std`, per channel. */
export interface Normalization {
  /** Divides every pixel value first. */
  readonly scale: number;
  /** Subtracted per channel. */
  readonly mean: readonly [number, number, number];
  /** Divides per channel last. */
  readonly std: readonly [number, number, number];
}

/** Turns images into patch embeddings and semantic vectors. */
export interface Embedder {
  /** Name of the backbone. */
  readonly name: string;
  /** SHA-256 of the graph file, in hex. */
  readonly hash: string;
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Columns of the semantic vectors. */
  readonly semanticDimension: number;
  /** The input range that the backbone expects. */
  readonly normalization: Normalization;
  /** Embeds a batch; the batch is left unchanged. */
  embed(images: ImageBatch): Promise<EmbeddedImages>;
  /** Frees native memory; the embedder must not be used afterwards. */
  close(): Promise<void>;
}

/**
 * Copies the named images out of embedded ones, in the order given.
 *
 * @param embedded Embedded images; left unchanged.
 * @param images Image numbers, from 0; one may be named twice.
 * @returns The embeddings and semantic vectors of those images alone.
 * @throws {RangeError} If there is no such image.
 *
 * @example The second of two images
 * ```ts
 * import assert from "node:assert/strict";
 * import { selectImages } from "@/embedder.ts";
 * import { matrixOf } from "@/matrix.ts";
 *
 * const embedded = {
 *   count: 2,
 *   grid: { rows: 1, columns: 2 },
 *   embeddings: matrixOf([[1], [2], [3], [4]]),
 *   semantics: matrixOf([[0, 1], [1, 0]]),
 * };
 * const second = selectImages(embedded, [1]);
 * assert.deepEqual([...second.embeddings.data], [3, 4]);
 * assert.deepEqual([...second.semantics.data], [1, 0]);
 * ```
 */
export function selectImages(
  embedded: EmbeddedImages,
  images: ArrayLike<number>,
): EmbeddedImages {
  const { grid, embeddings } = embedded;
  const perImage: Matrix = {
    rows: embedded.count,
    columns: grid.rows * grid.columns * embeddings.columns,
    data: embeddings.data,
  };
  const data = new Float32Array(images.length * perImage.columns);
  for (let i = 0; i < images.length; i++) {
    data.set(rowOf(perImage, images[i]!), i * perImage.columns);
  }
  return {
    count: images.length,
    grid,
    embeddings: {
      rows: images.length * grid.rows * grid.columns,
      columns: embeddings.columns,
      data,
    },
    semantics: selectRows(embedded.semantics, images),
  };
}
