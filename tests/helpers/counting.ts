/** An embedder that needs no network: it describes images by their pixels, and counts them. */
import type { Embedder } from "@/features/embedder.ts";
import type { ImageBatch } from "@/images/read.ts";
import { toMatrix } from "@/math/matrix.ts";

/** An embedder with a record of the batches that it was given. */
export interface CountingEmbedder extends Embedder {
  /** Number of images of every batch. */
  readonly batches: readonly number[];
}

/** Four positions with three values each, the mean colours of the quarters; the semantic vector is their mean. */
export function countingEmbedder(): CountingEmbedder {
  const batches: number[] = [];
  return {
    batches,
    name: "quarters",
    hash: "quarters",
    dimension: 3,
    semanticDimension: 3,
    normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
    embed: (images) => {
      batches.push(images.count);
      return Promise.resolve(describeQuarters(images));
    },
    close: () => Promise.resolve(),
  };
}

function describeQuarters({ count, height, width, data }: ImageBatch) {
  const embeddings = new Float32Array(count * 4 * 3), semantics = new Float32Array(count * 3);
  const share = 4 / (height * width);
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = data[((3 * image + channel) * height + y) * width + x]! * share;
          const quarter = 2 * Number(2 * y >= height) + Number(2 * x >= width);
          embeddings[(4 * image + quarter) * 3 + channel]! += value;
          semantics[3 * image + channel]! += value / 4;
        }
      }
    }
  }
  return {
    count,
    grid: { rows: 2, columns: 2 },
    embeddings: toMatrix(embeddings, { rows: 4 * count, columns: 3 }),
    semantics: toMatrix(semantics, { rows: count, columns: 3 }),
  };
}
