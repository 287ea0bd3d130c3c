/**
 * The embedder interface: images in, patch embeddings and semantic vectors out; and how embedded
 * images are picked and joined.
 *
 * @module
 */
import type { ImageBatch, Normalization } from "@/images/read.ts";
import { type Matrix, rowOf, selectRows, stackRows } from "@/math/matrix.ts";

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
 * import { selectImages } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
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

/**
 * Puts images one after the other.
 *
 * @param parts At least one, all of the same grid and dimensions.
 * @returns Copies of all images in order; the part itself if it is the only one.
 * @throws {TypeError} If there is no part, or one has another shape.
 *
 * @example Two images of one patch
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinImages } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const grid = { rows: 1, columns: 1 };
 * const one = { count: 1, grid, embeddings: matrixOf([[1]]), semantics: matrixOf([[7]]) };
 * const two = { count: 1, grid, embeddings: matrixOf([[2]]), semantics: matrixOf([[8]]) };
 * assert.deepEqual([...joinImages([one, two]).embeddings.data], [1, 2]);
 * ```
 */
export function joinImages(parts: readonly EmbeddedImages[]): EmbeddedImages {
  const [first] = parts;
  if (first === undefined) throw new TypeError("Cannot join images: one is needed, got none");
  const shape = ({ grid, embeddings, semantics }: EmbeddedImages): string =>
    `${grid.rows} × ${grid.columns} positions, ${embeddings.columns} and ${semantics.columns} values`;
  const other = parts.find((part) => shape(part) !== shape(first));
  if (other !== undefined) {
    throw new TypeError(
      `Cannot join images: all must have ${shape(first)}, got ${shape(other)}`,
    );
  }
  if (parts.length === 1) return first;
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    grid: first.grid,
    embeddings: stackRows(parts.map(({ embeddings }) => embeddings)),
    semantics: stackRows(parts.map(({ semantics }) => semantics)),
  };
}
