import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { openDataset } from "@/datasets/registry.ts";
import { embedFeatures } from "@/features/embed.ts";
import { openFeatureCache } from "@/features/feature_cache.ts";
import { openBoundedFolder } from "@/files/cache.ts";
import { countingEmbedder } from "../helpers/counting.ts";
import { makeFolder } from "../helpers/folder.ts";
import { makeMpddTree } from "../helpers/layouts.ts";

const datadir = await makeMpddTree({ classes: ["tubes"], width: 40, height: 40 });
const { samples, folder } = await openDataset({ name: "MPDD", datadir, classname: ["tubes"] });
const reading = { folder, resize: 36, imagesize: 32, batchSize: 2 };
const openCache = (limit: number) =>
  openFeatureCache({ files: openBoundedFolder({ folder: makeFolder(), limit }), recipe: [] });

/** Bytes of the embeddings of an image: 4 positions of 3 values. */
const perImage = 48;

Deno.test("embedFeatures() gives the same features from memory and from the cache", async () => {
  const cache = openCache(1e9);
  const embedder = countingEmbedder();
  const options = { ...reading, embedder, cache };
  const resident = await embedFeatures(samples, { ...options, memoryLimit: 5 * perImage });
  const stored = await embedFeatures(samples, { ...options, memoryLimit: 5 * perImage - 1 });
  const bare = await embedFeatures(samples, { ...reading, embedder, memoryLimit: 0 });
  for (const source of [stored, bare]) {
    assert.deepEqual([source.count, source.dimension, source.grid], [5, 3, {
      rows: 2,
      columns: 2,
    }]);
    assert.deepEqual(source.semantics, resident.semantics);
    for (const images of [[0, 1, 2, 3, 4], [4], [3, 1]]) {
      assert.deepEqual(await source.load(images), await resident.load(images));
    }
  }
  // Once for the first two sources together, once without a cache.
  assert.equal(embedder.batches.reduce((sum, count) => sum + count, 0), 10);
});

Deno.test("embedFeatures() embeds again, on request, what the cache had no room for", async () => {
  const cache = openCache(0);
  const embedder = countingEmbedder();
  const source = await embedFeatures(samples, { ...reading, embedder, cache, memoryLimit: 0 });
  const before = embedder.batches.length;
  const { embeddings } = await source.load([2]);
  assert.equal(embedder.batches.length, before + 1);
  const resident = await embedFeatures(samples, { ...reading, embedder, memoryLimit: 0 });
  assert.deepEqual(embeddings, (await resident.load([2])).embeddings);
});

Deno.test("embedFeatures() reports progress to the last image, once", async () => {
  for (const memoryLimit of [0, 1e9]) {
    const cache = openCache(1e9);
    const done: number[] = [];
    const onProgress = (count: number): void => void done.push(count);
    const options = { ...reading, embedder: countingEmbedder(), cache, memoryLimit, onProgress };
    await embedFeatures(samples, options);
    assert.deepEqual(done, [2, 4, 5]);
  }
});

Deno.test("embedFeatures() reads image files once to tell them apart, not at every load", async () => {
  const copy = makeFolder();
  for (const { image } of samples) {
    await Deno.mkdir(join(copy, dirname(image)), { recursive: true });
    await Deno.copyFile(join(folder, image), join(copy, image));
  }
  const options = { ...reading, folder: copy, embedder: countingEmbedder(), cache: openCache(1e9) };
  const source = await embedFeatures(samples, { ...options, memoryLimit: 0 });
  const before = await source.load([3]);
  await Deno.remove(copy, { recursive: true });
  await Deno.mkdir(copy);
  assert.deepEqual(await source.load([3]), before);
});

Deno.test("embedFeatures() takes back what identifies an image that has changed meanwhile", async () => {
  for (const memoryLimit of [0, 1e9]) {
    const copy = makeFolder();
    for (const { image } of samples) {
      await Deno.mkdir(join(copy, dirname(image)), { recursive: true });
      await Deno.copyFile(join(folder, image), join(copy, image));
    }
    const limit = 0; // nothing finds room, so that images are read whenever they are asked for
    const files = openBoundedFolder({ folder: makeFolder(), limit, onRemark: () => {} });
    const cache = openFeatureCache({ files, recipe: [] });
    const options = { ...reading, folder: copy, embedder: countingEmbedder(), cache };
    let asked = 0;
    const has = (): boolean => {
      // The first image has been embedded, for its shape, when the second time begins.
      if (asked++ === 1) {
        Deno.copyFileSync(join(copy, samples[0]!.image), join(copy, samples[2]!.image));
      }
      return false;
    };
    const source = await embedFeatures(samples, {
      ...options,
      cache: { ...cache, has },
      memoryLimit,
    });
    assert.deepEqual(source.keys!.map((key) => key === null), [false, false, true, false, false]);
    if (memoryLimit > 0) continue;
    await Deno.writeTextFile(join(copy, samples[4]!.image), "");
    await assert.rejects(source.load([4]));
    await Deno.copyFile(join(copy, samples[1]!.image), join(copy, samples[4]!.image));
    await source.load([4]);
    assert.deepEqual(source.keys!.map((key) => key === null), [false, false, true, false, true]);
  }
});
