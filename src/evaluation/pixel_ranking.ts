/**
 * A ranking of all pixels of a set of anomaly maps, with the region that every anomalous pixel
 * lies in.
 *
 * Metrics depend on normal pixels only through their numbers between the scores of anomalous
 * ones. So the maps are gone through twice: the first pass keeps the anomalous pixels, which are
 * few, the second counts all pixels at and between their scores, from which the anomalous ones
 * are then subtracted. Exact, in memory that does not grow with the number of normal pixels.
 *
 * Counting compares 32-bit keys that sort like the floats they stand for, and a radix sort
 * orders tens of millions of them. The bits of a positive IEEE float already ascend like its
 * value; those of a negative one descend, so all of them are flipped, and the sign of a positive
 * one is set (Herf, 2001).
 *
 * @module
 */
import type { Ranking } from "@/evaluation/ranking.ts";
import { findRegions } from "@/evaluation/regions.ts";

/** One anomaly map with its truth. */
export interface PixelImage {
  /** Name of the image, for messages. */
  readonly image: string;
  /** Anomaly score of every pixel, row-major, finite. */
  readonly map: Float32Array;
  /** One value per pixel, anything but 0 is anomalous; `null` for a normal image. */
  readonly mask: ArrayLike<number> | null;
  /** Number of pixels in a row. */
  readonly columns: number;
}

/** Pixels of several images, ranked together. */
export interface PixelRanking {
  /** Anomalous among normal pixels. */
  readonly ranking: Ranking;
  /**
   * Region of each anomalous pixel, from the highest score down, numbered over all images from 0.
   */
  readonly regions: Uint32Array;
  /** Number of pixels of each region. */
  readonly regionSizes: Uint32Array;
}

/**
 * Ranks the pixels of a set of maps.
 *
 * An anomalous image that has no mask must be left out: it is not known which of its pixels are
 * normal.
 *
 * @param images Maps and masks, read one at a time, twice: an array, or an object whose
 *   `[Symbol.iterator]` makes the same maps each time. A generator ends after one pass and is
 *   refused rather than kept whole.
 * @returns The ranking; see `createPixelCollector` for its cost.
 * @throws {TypeError} If the images can be read only once, or a map and its mask differ in size.
 * @throws {RangeError} If a score is not finite.
 * @throws {Error} If the second pass does not bring the maps of the first.
 *
 * @example Maps that are made when they are needed
 * ```ts
 * import assert from "node:assert/strict";
 * import { rankPixels } from "@/evaluation/mod.ts";
 *
 * const { ranking } = rankPixels({
 *   *[Symbol.iterator]() {
 *     yield { image: "a.png", map: Float32Array.of(1, 5, 2), mask: [0, 1, 1], columns: 3 };
 *     yield { image: "b.png", map: Float32Array.of(3, 1), mask: null, columns: 2 };
 *   },
 * });
 * assert.deepEqual([...ranking.scores], [5, 2]);
 * assert.deepEqual([...ranking.above], [0, 1]);
 * ```
 */
export function rankPixels(images: Iterable<PixelImage>): PixelRanking {
  if (Object.is(images[Symbol.iterator](), images)) {
    throw new TypeError(
      "Cannot rank pixels: the images must be an iterable that can be read twice, such as an array, " +
        "got one that ends after one pass, such as a generator",
    );
  }
  const collector = createPixelCollector();
  for (const image of images) collector.add(image);
  const counter = collector.startCounting();
  for (const image of images) counter.add(image);
  return counter.rank();
}

/** The first pass: collects anomalous pixels, one image at a time. */
export interface PixelCollector {
  /** Takes in the anomalous pixels of one image; the arrays are not kept. */
  add(image: PixelImage): void;
  /** Ends the first pass and begins the second. */
  startCounting(): PixelCounter;
}

/** The second pass: counts pixels, one map at a time. */
export interface PixelCounter {
  /** Counts all pixels of one map, those of the first pass included; the array is not kept. */
  add(image: Pick<PixelImage, "image" | "map">): void;
  /** Ranks the pixels of all maps so far. */
  rank(): PixelRanking;
}

/**
 * Starts the first of two passes over anomaly maps; see `rankPixels`, which makes both.
 *
 * Keeps 8 bytes per anomalous pixel; the second pass, the ranking included, takes up to 60 bytes
 * for each of them, the more of their scores are distinct, and 8 MB. Both take O(pixels) time.
 */
export function createPixelCollector(): PixelCollector {
  const keys: Uint32Array[] = [], regions: Uint32Array[] = [];
  const regionSizes: number[] = [];
  return {
    add: (image) => {
      const { map, mask, columns } = image;
      if (mask === null) return;
      if (mask.length !== map.length) {
        throw new TypeError(
          `Cannot rank the pixels of "${image.image}": the map must have ${mask.length} pixels ` +
            `like its mask, got ${map.length}`,
        );
      }
      const { labels, sizes } = findRegions(mask, { columns });
      const count = sizes.reduce((sum, size) => sum + size, 0);
      const scores = new Float32Array(count), regionOf = new Uint32Array(count);
      for (let pixel = 0, i = 0; pixel < labels.length; pixel++) {
        const label = labels[pixel]!;
        if (label === 0) continue;
        scores[i] = map[pixel]!;
        regionOf[i++] = regionSizes.length + label - 1;
      }
      keys.push(keysOfImage({ image: image.image, map: scores }));
      regions.push(regionOf);
      for (const size of sizes) regionSizes.push(size);
    },
    startCounting: () => {
      const sorted = sortKeys(concatenate(keys), concatenate(regions));
      return createPixelCounter({
        keys: sorted.keys.reverse(),
        regions: sorted.companions.reverse(),
        regionSizes: Uint32Array.from(regionSizes),
      });
    },
  };
}

/** The second pass over anomalous pixels that are sorted by falling score. */
function createPixelCounter(
  anomalous: { keys: Uint32Array; regions: Uint32Array; regionSizes: Uint32Array },
): PixelCounter {
  const { keys, regions, regionSizes } = anomalous;
  const { marks, hits } = countEqual(keys);
  const anomalousCount = keys.length;
  const counter = createKeyCounter(marks);
  return {
    add: (image) => counter.add(keysOfImage(image)),
    rank: () => {
      const { total, above, tied } = counter.counts();
      for (let step = 0, found = 0; step < hits.length; found += hits[step++]!) {
        above[step]! -= found;
        tied[step]! -= hits[step]!;
        if (above[step]! < 0 || tied[step]! < 0) {
          throw new Error(
            "Cannot rank pixels: the second pass must bring every map of the first unchanged, " +
              `got too few pixels of score ${scoresOf([marks[step]!])[0]} or more`,
          );
        }
      }
      const ranking = {
        normalCount: total - anomalousCount,
        anomalousCount,
        scores: new Float64Array(scoresOf(marks)),
        hits,
        above,
        tied,
      };
      return { ranking, regions, regionSizes };
    },
  };
}

/** The distinct keys among sorted ones, and how often each occurs. */
function countEqual(keys: Uint32Array): { marks: Uint32Array; hits: Uint32Array } {
  let count = 0;
  for (let i = 0; i < keys.length; i++) if (i === 0 || keys[i] !== keys[i - 1]) count++;
  const marks = new Uint32Array(count), hits = new Uint32Array(count);
  for (let i = 0, last = -1; i < keys.length; i++) {
    if (i === 0 || keys[i] !== keys[i - 1]) marks[++last] = keys[i]!;
    hits[last]!++;
  }
  return { marks, hits };
}

function keysOfImage({ image, map }: Pick<PixelImage, "image" | "map">): Uint32Array {
  try {
    return keysOf(map);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot rank the pixels of "${image}": its map must be finite`, {
      cause: error,
    });
  }
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** How keys lie among marks; all numbers are whole and may exceed 32 bits. */
export interface KeyCounts {
  /** Number of keys. */
  readonly total: number;
  /** For each mark, the keys above it. */
  readonly above: Float64Array;
  /** For each mark, the keys equal to it. */
  readonly tied: Float64Array;
}

/** Counts keys, as many at a time as come. */
export interface KeyCounter {
  /** Counts more keys; the array is not kept. */
  add(keys: Uint32Array): void;
  /** Counts of all keys so far. */
  counts(): KeyCounts;
}

/** Keys that are sorted at a time, or as many as there are marks if those are more. */
const chunkLength = 2 ** 20;

/**
 * Creates a counter of keys above and at given marks, which descend: a chunk of about a million
 * keys is radix-sorted and merged with the marks. Takes O(1) time per key, and besides the marks
 * about 20 bytes for each of them and 8 MB.
 *
 * Looking up every key in a table of the marks was slower wherever keys and marks overlap, because
 * each look-up leaves the processor's caches; sorting and merging read and write in order.
 */
export function createKeyCounter(marks: Uint32Array): KeyCounter {
  const chunk = new Uint32Array(Math.max(chunkLength, marks.length));
  const above = new Float64Array(marks.length), tied = new Float64Array(marks.length);
  const lowest = marks.at(-1) ?? Infinity;
  let filled = 0, total = 0;
  const flush = (): void => {
    mergeCounts(sortKeys(chunk.subarray(0, filled)).keys, { marks, above, tied });
    filled = 0;
  };
  return {
    add: (keys) => {
      total += keys.length;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i]!;
        if (key < lowest) continue;
        if (filled === chunk.length) flush();
        chunk[filled++] = key;
      }
    },
    counts: () => {
      flush();
      return { total, above: above.slice(), tied: tied.slice() };
    },
  };
}

/** Adds the counts of keys that are sorted in ascending order. */
function mergeCounts(
  keys: Uint32Array,
  { marks, above, tied }: { marks: Uint32Array; above: Float64Array; tied: Float64Array },
): void {
  let i = keys.length - 1;
  for (let step = 0; step < marks.length; step++) {
    const mark = marks[step]!;
    while (i >= 0 && keys[i]! > mark) i--;
    above[step]! += keys.length - 1 - i;
    const first = i;
    while (i >= 0 && keys[i] === mark) i--;
    tied[step]! += first - i;
  }
}

/** Turns 32-bit floats into keys of the same order; −0 and 0 get the same key. */
export function keysOf(scores: Float32Array): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Uint32Array(scores.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    if ((word & 0x7f800000) === 0x7f800000) {
      throw new RangeError(
        `Cannot rank scores: every score must be finite, got ${scores[i]} at index ${i}`,
      );
    }
    keys[i] = word < 0x80000000 ? word | 0x80000000 : word === 0x80000000 ? word : ~word;
  }
  return keys;
}

/** Turns keys back into the values they stand for. */
export function scoresOf(keys: ArrayLike<number>): Float32Array {
  const bits = new Uint32Array(keys.length);
  for (let i = 0; i < bits.length; i++) {
    const key = keys[i]!;
    bits[i] = key >= 0x80000000 ? key & 0x7fffffff : ~key;
  }
  return new Float32Array(bits.buffer);
}

/**
 * Sorts keys in ascending order, each taking its companion along; equal keys keep their order.
 *
 * Least significant digit first, three digits of 11 bits: O(n) time, and as much memory again as
 * the input.
 */
export function sortKeys(
  keys: Uint32Array,
  companions: Uint32Array = new Uint32Array(0),
): { keys: Uint32Array; companions: Uint32Array } {
  const hasCompanions = companions.length > 0;
  if (hasCompanions && companions.length !== keys.length) {
    throw new TypeError(
      `Cannot sort keys: one companion per key is needed, got ${companions.length} for ${keys.length} keys`,
    );
  }
  let from = keys, to: Uint32Array = new Uint32Array(keys.length);
  let fromCompanions = companions;
  let toCompanions: Uint32Array = new Uint32Array(companions.length);
  for (const [digit, next] of countDigits(keys).entries()) {
    if (next.includes(keys.length)) continue; // all keys share this digit
    startEach(next);
    for (let i = 0; i < from.length; i++) {
      const key = from[i]!;
      const place = next[(key >>> 11 * digit) & 2047]!++;
      to[place] = key;
      if (hasCompanions) toCompanions[place] = fromCompanions[i]!;
    }
    [from, to] = [to, from];
    [fromCompanions, toCompanions] = [toCompanions, fromCompanions];
  }
  return { keys: from, companions: fromCompanions };
}

/** How often each value of the three digits occurs, least significant digit first. */
function countDigits(keys: Uint32Array): Uint32Array[] {
  const low = new Uint32Array(2048), middle = new Uint32Array(2048), high = new Uint32Array(1024);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    low[key & 2047]!++;
    middle[(key >>> 11) & 2047]!++;
    high[key >>> 22]!++;
  }
  return [low, middle, high];
}

/** Turns counts into the place where each value begins. */
function startEach(counts: Uint32Array): void {
  let start = 0;
  for (let value = 0; value < counts.length; value++) {
    const count = counts[value]!;
    counts[value] = start;
    start += count;
  }
}
