import assert from "node:assert/strict";
import { dirname, join } from "node:path";
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

/** Copies of the samples, whose files may be changed. */
async function copySamples(): Promise<string> {
  const copy = makeFolder();
  for (const { image } of samples) {
    await Deno.mkdir(dirname(join(copy, image)), { recursive: true });
    await Deno.copyFile(join(folder, image), join(copy, image));
  }
  return copy;
}

/** Ways in which a file comes to hold other bytes, and to hold its own again. */
const swaps: Readonly<Record<string, (path: string, bytes: Uint8Array) => void>> = {
  overwritten: (path, bytes) => Deno.writeFileSync(path, bytes),
  replaced: (path, bytes) => {
    Deno.writeFileSync(`${path}.new`, bytes);
    Deno.renameSync(`${path}.new`, path);
  },
  removed: (path, bytes) => {
    Deno.removeSync(path);
    Deno.writeFileSync(path, bytes);
  },
  disguised: (path, bytes) => {
    const { atime, mtime } = Deno.statSync(path);
    Deno.writeFileSync(path, bytes);
    Deno.utimeSync(path, atime!, mtime!);
  },
};

Deno.test("embedThroughCache() keeps nothing of a file that changes before it is decoded", async () => {
  const plain = await embedSamples(samples, { ...reading, embedder: countingEmbedder() });
  const trials = await Promise.all(
    Object.entries(swaps).flatMap(([way, swap]) =>
      (["before it is kept", "later"] as const).map(async (isRestored) => ({
        ...{ way, swap, isRestored },
        copy: await copySamples(),
      }))
    ),
  );
  // Deno tells the time of a file's last change in whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  for (const { way, swap, isRestored, copy } of trials) {
    const cacheFolder = makeFolder();
    const changing = join(copy, samples[3]!.image);
    const own = await Deno.readFile(changing);
    const other = await Deno.readFile(join(copy, samples[0]!.image));
    const lines: string[] = [];
    const files = openBoundedFolder({
      folder: cacheFolder,
      limit: 1e9,
      onRemark: (line) => lines.push(line),
    });
    const kept = openFeatureCache({ files, recipe: [] });
    // The cache is asked after files are hashed and before the first is decoded; the embedder,
    // after all five are decoded.
    let isSwapped = false;
    const has = (key: string): boolean => {
      if (!isSwapped) swap(changing, other);
      isSwapped = true;
      return kept.has(key);
    };
    const embedder = countingEmbedder();
    const embed: Embedder["embed"] = (images) => {
      if (isRestored === "before it is kept") swap(changing, own);
      return embedder.embed(images);
    };
    const changed: number[] = [];
    const options = { ...reading, folder: copy, batchSize: 5 };
    const first = await Array.fromAsync(embedThroughCache(samples, {
      ...options,
      embedder: { ...embedder, embed },
      cache: { ...kept, has },
      onChange: (image) => changed.push(image),
    }));
    assert.notDeepEqual(joinImages(first), plain, "the other bytes were decoded");
    assert.deepEqual([changed, lines], [[3], [
      `Cannot keep features of "${samples[3]!.image}": the file must stay as it was when it ` +
      "was first read, it has changed since",
    ]]);
    swap(changing, own);
    const later = { ...options, embedder: countingEmbedder(), cache: kept };
    const again = joinImages(await Array.fromAsync(embedThroughCache(samples, later)));
    assert.deepEqual(again, plain, `${way}, back ${isRestored}`);
    assert.deepEqual(later.embedder.batches, [1], "the others were kept");
  }
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
