import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { openDataset } from "@/datasets/registry.ts";
import { embedSamples, embedThroughCache } from "@/features/embed.ts";
import { type Embedder, joinImages } from "@/features/embedder.ts";
import { type FeatureCache, openFeatureCache } from "@/features/feature_cache.ts";
import { openBoundedFolder } from "@/files/cache.ts";
import { createStopwatch } from "@/files/stopwatch.ts";
import { countingEmbedder } from "../helpers/counting.ts";
import { makeFolder } from "../helpers/folder.ts";
import { makeMpddTree } from "../helpers/layouts.ts";

const datadir = await makeMpddTree({ classes: ["tubes"], width: 40, height: 40 });
const dataset = await openDataset({ name: "MPDD", datadir, classname: ["tubes"] });
const { samples, folder } = dataset;
const reading = { folder, resize: 36, imagesize: 32, batchSize: 2 };

const openCache = (
  cacheFolder: string,
  limit = 1e9,
  precision: "float32" | "float16" = "float32",
) =>
  openFeatureCache({
    files: openBoundedFolder({ folder: cacheFolder, limit }),
    recipe: ["quarters"],
    precision,
  });

Deno.test("embedThroughCache() embeds once what it is asked for twice, and gives the same", async () => {
  const cacheFolder = makeFolder();
  const first = countingEmbedder(), second = countingEmbedder();
  const plain = await embedSamples(samples, { ...reading, embedder: countingEmbedder() });
  for (const embedder of [first, second]) {
    const options = { ...reading, embedder, cache: openCache(cacheFolder) };
    const batches = await Array.fromAsync(embedThroughCache(samples, options));
    assert.deepEqual(batches.map(({ count }) => count), [2, 2, 1]);
    assert.deepEqual(joinImages(batches), plain);
  }
  assert.deepEqual([first.batches, second.batches], [[2, 2, 1], []]);
});

Deno.test("embedThroughCache() goes on where an interrupted run was", async () => {
  const cacheFolder = makeFolder();
  const first = countingEmbedder(), second = countingEmbedder();
  const interrupted = embedThroughCache(samples, {
    ...reading,
    embedder: first,
    cache: openCache(cacheFolder),
  });
  await interrupted.next();
  await interrupted.return(undefined);
  const options = { ...reading, embedder: second, cache: openCache(cacheFolder) };
  await Array.fromAsync(embedThroughCache(samples, options));
  assert.deepEqual([first.batches, second.batches], [[2], [2, 1]]);
});

Deno.test("embedThroughCache() makes anew what is damaged, gone or found no room", async () => {
  const cacheFolder = makeFolder();
  const plain = await embedSamples(samples, { ...reading, embedder: countingEmbedder() });
  const embedder = countingEmbedder();
  // Room for three entries of 64 + 4 · (3 + 12) bytes.
  const options = { ...reading, embedder, cache: openCache(cacheFolder, 3 * 124) };
  for (const _run of [1, 2]) {
    assert.deepEqual(joinImages(await Array.fromAsync(embedThroughCache(samples, options))), plain);
  }
  assert.deepEqual(embedder.batches, [2, 2, 1, 2]);
  const { cache } = options;
  const forgetful = { ...cache, has: () => true, read: () => null };
  const again = embedThroughCache(samples, { ...options, cache: forgetful });
  assert.deepEqual(joinImages(await Array.fromAsync(again)), plain);
});

Deno.test("embedThroughCache() goes by what a file holds, not by its name", async () => {
  const cacheFolder = makeFolder(), elsewhere = makeFolder();
  const embedder = countingEmbedder();
  const options = { ...reading, embedder, cache: openCache(cacheFolder) };
  await Array.fromAsync(embedThroughCache(samples.slice(0, 1), options));
  await Deno.copyFile(join(folder, samples[0]!.image), join(elsewhere, "copy.png"));
  const copy = { ...samples[0]!, image: "copy.png" };
  await Array.fromAsync(embedThroughCache([copy], { ...options, folder: elsewhere }));
  await Deno.copyFile(join(folder, samples[1]!.image), join(elsewhere, "copy.png"));
  await Array.fromAsync(embedThroughCache([copy], { ...options, folder: elsewhere }));
  assert.deepEqual(embedder.batches, [1, 1]);
});

Deno.test("embedThroughCache() rounds the first time as it does later", async () => {
  const cache = openCache(makeFolder(), 1e9, "float16");
  const options = { ...reading, embedder: countingEmbedder(), cache };
  const first = joinImages(await Array.fromAsync(embedThroughCache(samples, options)));
  assert.deepEqual(joinImages(await Array.fromAsync(embedThroughCache(samples, options))), first);
  const uncached = { ...reading, embedder: countingEmbedder(), precision: "float16" } as const;
  assert.deepEqual(await embedSamples(samples, uncached), first);
});

Deno.test("embedThroughCache() names a file that cannot be read, and times what it reads", async () => {
  const stopwatch = createStopwatch();
  const options = {
    ...reading,
    embedder: countingEmbedder(),
    cache: openCache(makeFolder()),
    stopwatch,
  };
  const missing = { ...samples[0]!, image: "gone.png" };
  await assert.rejects(Array.fromAsync(embedThroughCache([...samples, missing], options)), {
    message: `Cannot load image "${join(folder, "gone.png")}": no such file`,
  });
  await Array.fromAsync(embedThroughCache(samples, options));
  assert.equal(stopwatch.summary().read?.count, 4, "the fifth was in the batch that failed");
});

/** A cache in which nothing is and nothing can be kept. */
function brokenCache(): { readonly cache: FeatureCache; readonly failure: Error } {
  const failure = new Error("disk on fire");
  const write = () => Promise.reject(failure);
  return { cache: { ...openCache(makeFolder()), write }, failure };
}

const idle = { queue: 0, process: 0 };

Deno.test("embedThroughCache() throws what an entry could not be written for", async () => {
  for (const batchSize of [2, 5]) { // met between two batches, and after the last
    const { cache, failure } = brokenCache();
    const options = { ...reading, embedder: countingEmbedder(), batchSize, cache };
    await assert.rejects(Array.fromAsync(embedThroughCache(samples, options)), failure);
    assert.deepEqual(sharp.counters(), idle);
  }
});

Deno.test("embedThroughCache() throws what happened first, whatever becomes of the entries", async () => {
  const { cache } = brokenCache();
  const reason = new Error("out of memory");
  const whole = countingEmbedder();
  const embed: Embedder["embed"] = (images) =>
    whole.batches.length === 0 ? whole.embed(images) : Promise.reject(reason);
  const options = { ...reading, embedder: { ...whole, embed }, cache };
  await assert.rejects(Array.fromAsync(embedThroughCache(samples, options)), reason);
  assert.deepEqual(sharp.counters(), idle);
});

Deno.test("embedThroughCache() leaves nothing under way when its consumer stops early", async () => {
  const { cache, failure } = brokenCache();
  let written = 0;
  const write = async (): Promise<boolean> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    written++;
    return true;
  };
  for (const failing of [false, true]) {
    const options = {
      ...reading,
      embedder: countingEmbedder(),
      cache: failing ? cache : { ...cache, write },
    };
    const batches = embedThroughCache(samples, options);
    await batches.next();
    if (failing) await assert.rejects(batches.return(undefined), failure);
    else await batches.return(undefined);
    assert.deepEqual(sharp.counters(), idle);
  }
  assert.equal(written, 2);
});
