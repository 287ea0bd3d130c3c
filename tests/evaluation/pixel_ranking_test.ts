import assert from "node:assert/strict";
import {
  createKeyCounter,
  createPixelCollector,
  keysOf,
  type PixelImage,
  rankPixels,
  scoresOf,
  sortKeys,
} from "@/evaluation/pixel_ranking.ts";
import { rankScores } from "@/evaluation/ranking.ts";
import { findRegions } from "@/evaluation/regions.ts";
import { createRandom } from "@/math/random.ts";
import { randomImages } from "../helpers/metric_inputs.ts";

Deno.test("rankPixels() lists the region of each anomalous pixel by falling score", () => {
  // Regions: 0 has the pixels 4 and 1, region 1 the pixel 6; region 2, in the other image, 5.
  const { regions, regionSizes } = rankPixels([
    { image: "a.png", map: Float32Array.of(4, 1, 0, 6), mask: [1, 1, 0, 1], columns: 4 },
    { image: "b.png", map: Float32Array.of(5, 0), mask: [1, 0], columns: 2 },
  ]);
  assert.deepEqual([...regions], [1, 2, 0, 0]);
  assert.deepEqual([...regionSizes], [2, 1, 1]);
});

Deno.test("rankPixels() agrees to the digit with ranking all pixels at once", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const images = randomImages({ count: 4, seed });
    assert.deepEqual(rankPixels(images), slowRanking(images), `seed ${seed}`);
  }
});

Deno.test("rankPixels() agrees with ranking all pixels when they fill more than one chunk", () => {
  const random = createRandom(9);
  const columns = 1250, pixels = 1000 * columns;
  const large = ["a.png", "b.png"].map((image) => ({
    image,
    map: Float32Array.from({ length: pixels }, () => random.integer(50) - 20),
    mask: Uint8Array.from({ length: pixels }, (_, i) => i % 997 < 3 ? 1 : 0),
    columns,
  }));
  assert.deepEqual(rankPixels(large), slowRanking(large));
});

Deno.test("rankPixels() takes maps that are made anew for each pass", () => {
  const images = randomImages({ count: 5, seed: 3 });
  let passes = 0;
  const made = {
    *[Symbol.iterator]() {
      passes++;
      const map = new Float32Array(1000);
      for (const image of images) {
        map.set(image.map);
        yield { ...image, map: map.subarray(0, image.map.length) };
      }
    },
  };
  assert.deepEqual(rankPixels(made), rankPixels(images));
  assert.equal(passes, 2);
});

Deno.test("rankPixels() leaves the maps as they were", () => {
  const images = randomImages({ count: 3, seed: 1 });
  const copies = images.map(({ map }) => map.slice());
  rankPixels(images);
  assert.deepEqual(images.map(({ map }) => map), copies);
});

Deno.test("rankPixels() holds a mask of more regions than a function takes arguments", () => {
  const columns = 1000, pixels = columns * columns;
  const map = new Float32Array(pixels);
  const mask = Uint8Array.from(
    map,
    (_, i) => i % 2 === 0 && Math.floor(i / columns) % 2 === 0 ? 1 : 0,
  );
  assert.equal(rankPixels([{ image: "a.png", map, mask, columns }]).regionSizes.length, pixels / 4);
});

Deno.test("rankPixels() refuses images that can be read only once", () => {
  const message =
    "Cannot rank pixels: the images must be an iterable that can be read twice, such as an array, " +
    "got one that ends after one pass, such as a generator";
  const images = randomImages({ count: 2, seed: 1 });
  assert.throws(() => rankPixels(images.values()), { name: "TypeError", message });
  assert.throws(() => rankPixels((function* () {})()), { name: "TypeError", message });
});

Deno.test("rankPixels() names the image whose map does not fit", () => {
  const image = "screw/test/thread_side/004.png";
  assert.throws(() => rankPixels([{ image, map: new Float32Array(4), mask: [0, 1], columns: 2 }]), {
    name: "TypeError",
    message:
      `Cannot rank the pixels of "${image}": the map must have 2 pixels like its mask, got 4`,
  });
  for (const mask of [null, [1, 0], [0, 1]]) {
    assert.throws(() => rankPixels([{ image, map: Float32Array.of(1, NaN), mask, columns: 2 }]), {
      name: "RangeError",
      message: `Cannot rank the pixels of "${image}": its map must be finite`,
    });
  }
});

Deno.test("createPixelCollector() ranks more maps after a first ranking", () => {
  const images = randomImages({ count: 5, seed: 7 });
  const collector = createPixelCollector();
  for (const image of images) collector.add(image);
  const counter = collector.startCounting();
  for (const image of images.slice(0, 4)) counter.add(image);
  assert.deepEqual(counter.rank(), rankPixels(images.slice(0, 4)));
  counter.add(images[4]!);
  assert.deepEqual(counter.rank(), rankPixels(images));
  assert.deepEqual(counter.rank(), rankPixels(images));
});

Deno.test("createPixelCollector() refuses a second pass without a map of the first", () => {
  const map = Float32Array.of(3, 1);
  const count = (second: Float32Array) => {
    const collector = createPixelCollector();
    collector.add({ image: "a.png", map, mask: [1, 0], columns: 2 });
    const counter = collector.startCounting();
    counter.add({ image: "a.png", map: second });
    return counter.rank();
  };
  assert.equal(count(map).ranking.normalCount, 1);
  assert.throws(() => count(Float32Array.of(2, 1)), {
    name: "Error",
    message: "Cannot rank pixels: the second pass must bring every map of the first unchanged, " +
      "got too few pixels of score 3 or more",
  });
});

/** All pixels at once, through the ranking of plain scores and a stable sort. */
function slowRanking(images: readonly PixelImage[]) {
  const scores: number[] = [], isAnomalous: boolean[] = [];
  const found: { score: number; region: number }[] = [];
  const regionSizes: number[] = [];
  for (const { map, mask, columns } of images) {
    const { labels, sizes } = findRegions(mask ?? new Uint8Array(map.length), { columns });
    map.forEach((score, pixel) => {
      scores.push(score);
      isAnomalous.push(labels[pixel]! > 0);
      if (labels[pixel]! > 0) {
        found.push({ score, region: regionSizes.length + labels[pixel]! - 1 });
      }
    });
    regionSizes.push(...sizes);
  }
  found.sort((a, b) => a.score - b.score);
  return {
    ranking: rankScores(scores, isAnomalous),
    regions: Uint32Array.from(found.reverse(), ({ region }) => region),
    regionSizes: Uint32Array.from(regionSizes),
  };
}

Deno.test("createKeyCounter() counts keys above and at each mark", () => {
  // Above 8: 9. Above 5: 9, 8, 8. Above 2: those, 5 and 3; 1 lies below all.
  const counter = createKeyCounter(Uint32Array.of(8, 5, 2));
  counter.add(Uint32Array.of(3, 8, 1));
  counter.add(Uint32Array.of(9, 5, 8));
  const { total, above, tied } = counter.counts();
  assert.equal(total, 6);
  assert.deepEqual(above, Float64Array.of(1, 3, 5));
  assert.deepEqual(tied, Float64Array.of(2, 1, 0));
});

Deno.test("createKeyCounter() agrees with counting one by one over several chunks", () => {
  const random = createRandom(6);
  const marks = Uint32Array.of(0xffffffff, 3e9, 2 ** 31, 2 ** 31 - 1, 70_000, 900, 899, 40, 0);
  for (const spread of [2 ** 32, 1000]) {
    const counter = createKeyCounter(marks);
    const parts = [700_000, 0, 900_000, 1_200_000].map((length) =>
      Uint32Array.from({ length }, () => random.integer(spread))
    );
    for (const part of parts) counter.add(part);
    const { total, above, tied } = counter.counts();
    const count = (holds: (key: number) => boolean) =>
      parts.reduce((sum, part) => sum + part.filter(holds).length, 0);
    assert.equal(total, 2_800_000);
    for (const [step, mark] of marks.entries()) {
      assert.equal(above[step], count((key) => key > mark), `above ${mark}`);
      assert.equal(tied[step], count((key) => key === mark), `at ${mark}`);
    }
  }
});

Deno.test("createKeyCounter() goes on counting and leaves the keys as they were", () => {
  const counter = createKeyCounter(Uint32Array.of(5));
  const keys = Uint32Array.of(7, 5, 6);
  counter.add(keys);
  const first = counter.counts();
  counter.add(keys);
  assert.deepEqual(first, { total: 3, above: Float64Array.of(2), tied: Float64Array.of(1) });
  assert.deepEqual(counter.counts().above, Float64Array.of(4));
  assert.deepEqual([...keys], [7, 5, 6]);
});

Deno.test("createKeyCounter() counts the total without any mark", () => {
  const counter = createKeyCounter(new Uint32Array(0));
  counter.add(Uint32Array.of(1, 2));
  assert.equal(counter.counts().total, 2);
});

Deno.test("keysOf() orders every kind of finite float as its value", () => {
  const values = Float32Array.of(-3.4e38, -2, -1.5, -1e-42, 0, 1e-42, 1e-3, 1, 1.0000001, 3.4e38);
  const keys = keysOf(values);
  for (let i = 1; i < keys.length; i++) assert.ok(keys[i - 1]! < keys[i]!, `at ${values[i]}`);
  assert.deepEqual(scoresOf(keys), values);
});

Deno.test("keysOf() gives zero and minus zero one key", () => {
  const [zero, minusZero] = keysOf(Float32Array.of(0, -0));
  assert.equal(zero, minusZero);
});

Deno.test("keysOf() reads a view that begins inside its buffer", () => {
  const values = Float32Array.of(1, 2, 3);
  assert.deepEqual([...scoresOf(keysOf(values.subarray(1)))], [2, 3]);
});

Deno.test("sortKeys() agrees with the built-in sort over all digits", () => {
  const random = createRandom(1);
  for (const spread of [1, 100, 5000, 2 ** 24, 2 ** 32]) {
    const keys = Uint32Array.from({ length: 3000 }, () => random.integer(spread));
    assert.deepEqual(sortKeys(keys.slice()).keys, keys.slice().sort(), `spread ${spread}`);
  }
});

Deno.test("sortKeys() keeps companions with their keys and equal keys in order", () => {
  const random = createRandom(2);
  const keys = Uint32Array.from({ length: 500 }, () => random.integer(50) * 1e6);
  const positions = Uint32Array.from(keys, (_, i) => i);
  const sorted = sortKeys(keys.slice(), positions);
  sorted.companions.forEach((position, i) => {
    assert.equal(keys[position], sorted.keys[i]);
    if (i > 0 && sorted.keys[i - 1] === sorted.keys[i]) {
      assert.ok(sorted.companions[i - 1]! < position);
    }
  });
});

Deno.test("sortKeys() sorts nothing without complaint", () => {
  assert.equal(sortKeys(new Uint32Array(0)).keys.length, 0);
});

Deno.test("keysOf() and sortKeys() say what does not fit", () => {
  assert.throws(() => keysOf(Float32Array.of(1, -Infinity)), {
    message: "Cannot rank scores: every score must be finite, got -Infinity at index 1",
  });
  assert.throws(() => sortKeys(Uint32Array.of(1, 2), Uint32Array.of(1)), {
    message: "Cannot sort keys: one companion per key is needed, got 1 for 2 keys",
  });
});
