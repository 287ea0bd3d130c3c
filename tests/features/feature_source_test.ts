import assert from "node:assert/strict";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import {
  type FeatureSource,
  gatherPatches,
  patchesOf,
  residentFeatures,
} from "@/features/feature_source.ts";
import { rowOf, stackRows, toMatrix } from "@/math/matrix.ts";

const images: EmbeddedImages = {
  count: 4,
  grid: { rows: 2, columns: 3 },
  embeddings: toMatrix(Float32Array.from({ length: 4 * 6 * 2 }, (_, i) => i), {
    rows: 24,
    columns: 2,
  }),
  semantics: toMatrix(Float32Array.of(0, 1, 2, 3), { rows: 4, columns: 1 }),
};

Deno.test("residentFeatures() gives any images in any order, a run of them without copying", async () => {
  const source = residentFeatures(images);
  assert.deepEqual([source.count, source.grid, source.dimension], [4, images.grid, 2]);
  for (const numbers of [[0], [1, 2], [3, 0], [2, 2], [0, 1, 2, 3], []]) {
    assert.deepEqual(await source.load(numbers), selectImages(images, numbers));
  }
  const { embeddings } = await source.load([1, 2]);
  assert.equal(embeddings.data.buffer, images.embeddings.data.buffer);
});

Deno.test("residentFeatures() refuses images that are not there", async () => {
  for (const numbers of [[4], [-1], [3, 4]]) {
    await assert.rejects(residentFeatures(images).load(numbers), RangeError);
  }
});

Deno.test("gatherPatches() keeps the order of the rows and loads each image once", async () => {
  const loaded: number[] = [];
  const resident = residentFeatures(images);
  const source: FeatureSource = {
    ...resident,
    load: (numbers) => {
      loaded.push(...Array.from(numbers));
      return resident.load(numbers);
    },
  };
  const order = [3, 0, 2], indices = [17, 0, 6, 1, 0];
  const rows = await gatherPatches(source, { images: order, indices });
  const stacked = selectImages(images, order).embeddings;
  assert.deepEqual(
    indices.map((_, i) => [...rowOf(rows, i)]),
    indices.map((index) => [...rowOf(stacked, index)]),
  );
  assert.deepEqual(loaded, [3, 0, 2]);
});

Deno.test("gatherPatches() refuses rows that are not there", async () => {
  await assert.rejects(
    gatherPatches(residentFeatures(images), { images: [1], indices: [6] }),
    { message: "Cannot gather patches: rows must be from 0 to 5, got 6" },
  );
});

Deno.test("patchesOf() gives the rows that the images have together, again and again", async () => {
  const { rows, columns, parts } = patchesOf(residentFeatures(images), [3, 0]);
  const { embeddings } = selectImages(images, [3, 0]);
  assert.deepEqual([rows, columns], [12, 2]);
  for (const _time of [1, 2]) {
    assert.deepEqual(stackRows(await Array.fromAsync(parts())), embeddings);
  }
});
