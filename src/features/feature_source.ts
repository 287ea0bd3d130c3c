/**
 * Features of a set of images, wherever they are kept.
 *
 * Whoever fits a memory bank asks for a few images at a time and does not know whether they lie
 * in memory or on disk.
 *
 * @module
 */
import { type EmbeddedImages, type PatchGrid, selectImages } from "@/features/embedder.ts";
import { type Matrix, type RowSource, selectRows, toMatrix } from "@/math/matrix.ts";

/** Features of images that can be had a few at a time. */
export interface FeatureSource {
  /** Number of images. */
  readonly count: number;
  /** Patch positions of every image. */
  readonly grid: PatchGrid;
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Semantic vectors of all images, one row each. */
  readonly semantics: Matrix;
  /**
   * Identifies the features of every image by what they were made of; `null` where that is not
   * known. Default: not known for any.
   */
  readonly keys?: readonly (string | null)[];
  /** The features of some images, in the order they are named; not to be changed. */
  load(images: ArrayLike<number>): Promise<EmbeddedImages>;
}

/**
 * Features that are in memory already.
 *
 * @param images All of them.
 * @returns The source. Of consecutive images it gives the memory itself, of others a copy.
 *
 * @example Two images of one patch
 * ```ts
 * import assert from "node:assert/strict";
 * import { residentFeatures } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const source = residentFeatures({
 *   count: 2,
 *   grid: { rows: 1, columns: 1 },
 *   embeddings: matrixOf([[1, 2], [3, 4]]),
 *   semantics: matrixOf([[0], [1]]),
 * });
 * const { embeddings } = await source.load([1]);
 * assert.deepEqual([...embeddings.data], [3, 4]);
 * ```
 */
export function residentFeatures(images: EmbeddedImages): FeatureSource {
  const { count, grid, embeddings, semantics } = images;
  const positions = grid.rows * grid.columns;
  const load = (numbers: ArrayLike<number>): EmbeddedImages => {
    const first = numbers[0] ?? 0, last = first + numbers.length;
    const isRun = Array.from(numbers).every((number, i) => number === first + i);
    if (!isRun || numbers.length === 0 || first < 0 || last > count) {
      return selectImages(images, numbers);
    }
    const { columns, data } = embeddings;
    const rows = numbers.length * positions;
    const from = first * positions * columns;
    return {
      count: numbers.length,
      grid,
      embeddings: toMatrix(data.subarray(from, from + rows * columns), { rows, columns }),
      semantics: selectRows(semantics, numbers),
    };
  };
  return {
    count,
    grid,
    dimension: embeddings.columns,
    semantics,
    load: (numbers) => Promise.resolve().then(() => load(numbers)),
  };
}

/** The patch embeddings of some images as rows that come in parts, image by image. */
export function patchesOf(source: FeatureSource, images: ArrayLike<number>): RowSource {
  const { grid, dimension } = source;
  return {
    rows: images.length * grid.rows * grid.columns,
    columns: dimension,
    parts: async function* () {
      for (let i = 0; i < images.length; i++) yield (await source.load([images[i]!])).embeddings;
    },
  };
}

/** Fetches single patch embeddings, reading each image once. */
export async function gatherPatches(
  source: FeatureSource,
  request: { readonly images: ArrayLike<number>; readonly indices: ArrayLike<number> },
): Promise<Matrix> {
  const { images, indices } = request;
  const { grid, dimension: columns } = source;
  const positions = grid.rows * grid.columns;
  const wanted = Array.from({ length: images.length }, (): number[] => []);
  for (let i = 0; i < indices.length; i++) {
    const place = wanted[Math.floor(indices[i]! / positions)];
    if (place === undefined) {
      throw new RangeError(
        `Cannot gather patches: rows must be from 0 to ${images.length * positions - 1}, ` +
          `got ${indices[i]}`,
      );
    }
    place.push(i);
  }
  const data = new Float32Array(indices.length * columns);
  for (const [number, places] of wanted.entries()) {
    if (places.length === 0) continue;
    const { embeddings } = await source.load([images[number]!]);
    for (const i of places) {
      const from = (indices[i]! - number * positions) * columns;
      data.set(embeddings.data.subarray(from, from + columns), i * columns);
    }
  }
  return toMatrix(data, { rows: indices.length, columns });
}
