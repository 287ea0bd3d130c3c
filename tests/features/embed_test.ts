import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { Sample } from "@/datasets/dataset.ts";
import { openDataset } from "@/datasets/registry.ts";
import { embedByNetwork, embedSamples } from "@/features/embed.ts";
import { type Embedder, selectImages } from "@/features/embedder.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import { createStopwatch } from "@/files/stopwatch.ts";
import { countingEmbedder } from "../helpers/counting.ts";
import { makeFolder } from "../helpers/folder.ts";
import { drawPlaid } from "../helpers/images.ts";
import { makeMpddTree } from "../helpers/layouts.ts";
import { relativeError } from "../helpers/mod.ts";

const datadir = await makeMpddTree({ classes: ["tubes"], width: 40, height: 40 });
const tubes = await openDataset({ name: "MPDD", datadir, classname: ["tubes"] });
const reading = { folder: tubes.folder, resize: 36, imagesize: 32 };

Deno.test("embedByNetwork() sends batches in order and times both stages", async () => {
  const embedder = countingEmbedder(), stopwatch = createStopwatch();
  const options = { ...reading, embedder, batchSize: 3, stopwatch };
  const batches = await Array.fromAsync(embedByNetwork(tubes.samples, options));
  assert.deepEqual([batches.map(({ count }) => count), embedder.batches], [[3, 2], [3, 2]]);
  const { decode, embed } = stopwatch.summary();
  assert.deepEqual([decode?.count, embed?.count], [5, 5]);
});

Deno.test("embedByNetwork() passes the geometry on", async () => {
  const embed = async (fit: "short_side" | "square") => {
    const options = { ...reading, embedder: countingEmbedder(), batchSize: 5, fit };
    const wide = await makeMpddTree({ classes: ["tubes"], width: 80, height: 40 });
    const dataset = await openDataset({ name: "MPDD", datadir: wide, classname: ["tubes"] });
    return await Array.fromAsync(embedByNetwork(dataset.samples, { ...options, folder: wide }));
  };
  assert.notDeepEqual(await embed("square"), await embed("short_side"));
});

/** Photographs that take some time to decode: the next ones are still being read after the first. */
async function drawLarge(): Promise<{ folder: string; samples: Sample[] }> {
  const folder = makeFolder();
  const create = { width: 2000, height: 2000, channels: 3, background: "white" } as const;
  const bytes = await sharp({ create }).jpeg().toBuffer();
  const samples = [1, 2, 3, 4].map((i) => ({ ...tubes.samples[0]!, image: `${i}.jpg` }));
  for (const { image } of samples) await Deno.writeFile(join(folder, image), bytes);
  return { folder, samples };
}

const large = await drawLarge();
const idle = { queue: 0, process: 0 };

function isIdle(): boolean {
  const { queue, process } = sharp.counters();
  return queue === 0 && process === 0;
}

Deno.test("embedByNetwork() leaves nothing under way when its consumer stops early", async () => {
  const options = { ...reading, ...large, embedder: countingEmbedder(), batchSize: 1 };
  for await (const batch of embedByNetwork(large.samples, options)) {
    assert.equal(batch.count, 1);
    // The next images are being read; they reach the decoder in a moment.
    const end = performance.now() + 5000;
    while (isIdle() && performance.now() < end) await new Promise((go) => setTimeout(go, 1));
    assert.ok(!isIdle(), "the next images are being decoded");
    break;
  }
  assert.deepEqual(sharp.counters(), idle);
});

Deno.test("embedByNetwork() leaves nothing under way when the embedder throws", async () => {
  const reason = new Error("out of memory");
  const embedder = { ...countingEmbedder(), embed: () => Promise.reject(reason) };
  const options = { ...reading, ...large, embedder, batchSize: 1 };
  await assert.rejects(Array.fromAsync(embedByNetwork(large.samples, options)), reason);
  assert.deepEqual(sharp.counters(), idle);
});

const size = 64;
const folder = makeFolder();
const samples: Sample[] = [0, 1, 2, 3, 4].map((number) => ({
  image: `${number}.png`,
  className: "plaid",
  split: "train",
  isAnomalous: false,
  defect: null,
  mask: null,
}));
for (const [number, { image }] of samples.entries()) {
  const planes = drawPlaid(size, 5 * number);
  const pixels = Uint8Array.from(
    { length: planes.length },
    (_, i) => planes[(i % 3) * size * size + Math.floor(i / 3)]!,
  );
  const raw = { width: size, height: size, channels: 3 } as const;
  await sharp(pixels, { raw }).png().toFile(join(folder, image));
}

async function withEmbedder(body: (embedder: Embedder) => Promise<void>): Promise<void> {
  const embedder = await openEmbedder({ imageSize: size });
  try {
    await body(embedder);
  } finally {
    await embedder.close();
  }
}

Deno.test("embedSamples() gives each image the same rows at any batch size", async () => {
  await withEmbedder(async (embedder) => {
    const options = { folder, embedder, resize: size, imagesize: size };
    const single = await embedSamples(samples, { ...options, batchSize: 1 });
    const paired = await embedSamples(samples, { ...options, batchSize: 2 });
    assert.equal(single.embeddings.rows, 5 * 8 * 8);
    assert.ok(relativeError(paired.embeddings.data, single.embeddings.data) < 1e-4);
    assert.ok(relativeError(paired.semantics.data, single.semantics.data) < 1e-4);
    const last = await embedSamples(samples.slice(4), { ...options, batchSize: 2 });
    const expected = selectImages(paired, [4]);
    assert.ok(relativeError(last.embeddings.data, expected.embeddings.data) < 1e-4);
    assert.ok(
      relativeError(expected.embeddings.data, selectImages(paired, [3]).embeddings.data) > 0.01,
    );
  });
});

Deno.test("embedSamples() reports every batch and times both stages", async () => {
  await withEmbedder(async (embedder) => {
    const stopwatch = createStopwatch();
    const progress: number[] = [];
    await embedSamples(samples, {
      folder,
      embedder,
      resize: size,
      imagesize: size,
      batchSize: 2,
      stopwatch,
      onProgress: (done) => progress.push(done),
    });
    assert.deepEqual(progress, [2, 4, 5]);
    const { decode, embed } = stopwatch.summary();
    assert.deepEqual([decode?.count, embed?.count], [5, 5]);
  });
});

Deno.test("embedSamples() names the file that cannot be read", async () => {
  await withEmbedder(async (embedder) => {
    const missing = { ...samples[0]!, image: "missing.png" };
    const options = { folder, embedder, resize: size, imagesize: size, batchSize: 2 };
    await assert.rejects(embedSamples([...samples, missing], options), /missing\.png/);
    await assert.rejects(embedSamples([], options), {
      message: "Cannot embed images: at least one is needed, got none",
    });
  });
});
