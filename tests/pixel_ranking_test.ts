import assert from "node:assert/strict";
import { createPixelCollector, rankPixels } from "@/pixel_ranking.ts";
import { rankScores } from "@/ranking.ts";
import { randomImages } from "./metric_inputs.ts";

Deno.test("createPixelCollector() lists the region of each anomalous pixel by falling score", () => {
  // Regions: 0 has the pixels 4 and 1, region 1 the pixel 6; region 2, in the other image, 5.
  const { regions, regionSizes } = rankPixels([
    { image: "a.png", map: Float32Array.of(4, 1, 0, 6), mask: [1, 1, 0, 1], columns: 4 },
    { image: "b.png", map: Float32Array.of(5, 0), mask: [1, 0], columns: 2 },
  ]);
  assert.deepEqual([...regions], [1, 2, 0, 0]);
  assert.deepEqual([...regionSizes], [2, 1, 1]);
});

Deno.test("createPixelCollector() ranks pixels like plain scores", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const images = randomImages({ count: 4, seed });
    const scores = images.flatMap(({ map }) => [...map]);
    const labels = images.flatMap(({ map, mask }) =>
      [...map].map((_, pixel) => (mask?.[pixel] ?? 0) > 0)
    );
    assert.deepEqual(rankPixels(images).ranking, rankScores(scores, labels));
  }
});

Deno.test("createPixelCollector() leaves the maps as they were and can rank twice", () => {
  const images = randomImages({ count: 3, seed: 1 });
  const copies = images.map(({ map }) => map.slice());
  const collector = createPixelCollector();
  for (const image of images) collector.add(image);
  const counter = collector.startCounting();
  for (const image of images) counter.add(image);
  assert.deepEqual(counter.rank(), counter.rank());
  assert.deepEqual(images.map(({ map }) => map), copies);
});

Deno.test("createPixelCollector() names the image whose map does not fit", () => {
  const pixels = createPixelCollector();
  const image = "screw/test/thread_side/004.png";
  assert.throws(() => pixels.add({ image, map: new Float32Array(4), mask: [0, 1], columns: 2 }), {
    name: "TypeError",
    message:
      `Cannot rank the pixels of "${image}": the map must have 2 pixels like its mask, got 4`,
  });
  assert.throws(
    () => rankPixels([{ image, map: Float32Array.of(1, NaN), mask: null, columns: 2 }]),
    { name: "RangeError", message: `Cannot rank the pixels of "${image}": its map must be finite` },
  );
});

Deno.test("rankPixels() refuses images that can be read only once", () => {
  function* generate() {
    yield { image: "a.png", map: Float32Array.of(1), mask: null, columns: 1 };
  }
  assert.throws(() => rankPixels(generate()), {
    name: "TypeError",
    message:
      "Cannot rank pixels: the images must be an iterable that can be read twice, such as an array, " +
      "got one that ends after one pass, such as a generator",
  });
});

Deno.test("createPixelCollector() notices a second pass that lacks a map of the first", () => {
  const collector = createPixelCollector();
  collector.add({ image: "a.png", map: Float32Array.of(7), mask: [1], columns: 1 });
  assert.throws(() => collector.startCounting().rank(), {
    message: "Cannot rank pixels: the second pass must bring every map of the first unchanged, " +
      "got too few pixels of score 7 or more",
  });
});
