/** Scores and maps that several metric tests share. */
import type { PixelImage } from "@/evaluation/pixel_ranking.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { type Golden, loadGolden } from "./mod.ts";

/** Scores with labels. */
export interface Labeled {
  scores: Float64Array;
  labels: Uint8Array;
}

/** Few distinct scores, so that ties within and between labels are common; both labels occur. */
export function randomScores(options: { count: number; seed: number }): Labeled {
  const random = createRandom(options.seed);
  const labels = Uint8Array.from(
    { length: options.count },
    (_, i) => i === 0 ? 1 : i === 1 ? 0 : random.integer(2),
  );
  const scores = Float64Array.from(labels, (label) => random.integer(8) + 2 * label - 5);
  return { scores, labels };
}

/** The same items in another order. */
export function shuffled({ scores, labels }: Labeled, seed: number): Labeled {
  const order = permutation(scores.length, createRandom(seed));
  return {
    scores: Float64Array.from(order, (i) => scores[i]!),
    labels: Uint8Array.from(order, (i) => labels[i]!),
  };
}

/** Small maps with ragged masks and tied scores; the last image is normal. */
export function randomImages(options: { count: number; seed: number }): PixelImage[] {
  const random = createRandom(options.seed);
  return Array.from({ length: options.count }, (_, i) => {
    const columns = 5 + random.integer(3), pixels = 6 * columns;
    const mask = Uint8Array.from({ length: pixels }, () => random.next() < 0.25 ? 255 : 0);
    mask[0] = 255;
    const map = Float32Array.from(mask, (value) => random.integer(12) - 6 + (value ? 2 : 0));
    return { image: `${i}.png`, map, mask: i === options.count - 1 ? null : mask, columns };
  });
}

/** A golden case of maps and masks, image by image. */
export function goldenImages(name: string): { golden: Golden; images: PixelImage[] } {
  const golden = loadGolden(name);
  const maps = golden.f32("maps"), masks = golden.u8("masks");
  const [count, rows, columns] = maps.shape as [number, number, number];
  const pixels = rows * columns;
  const images = Array.from({ length: count }, (_, i) => ({
    image: `${i}.png`,
    map: maps.data.subarray(i * pixels, (i + 1) * pixels),
    mask: masks.data.subarray(i * pixels, (i + 1) * pixels),
    columns,
  }));
  return { golden, images };
}
