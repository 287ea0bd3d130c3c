import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { type BatchOptions, loadBatches, type LoadedBatch } from "@/images/read.ts";

const options: BatchOptions = {
  resize: 4,
  imagesize: 4,
  batchSize: 3,
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
};

/** Uniform images with grey levels 10, 20, 30 and so on. */
async function withImages(count: number, body: (paths: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}.png`));
    for (const [i, path] of paths.entries()) {
      const pixels = new Uint8Array(16).fill(10 * (i + 1));
      await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } }).toFile(path);
    }
    await body(paths);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function collect(
  paths: string[],
  changed: Partial<BatchOptions> = {},
): Promise<LoadedBatch[]> {
  return await Array.fromAsync(loadBatches(paths, { ...options, ...changed }));
}

Deno.test("loadBatches() keeps the order of the paths and says where each batch begins", async () => {
  await withImages(7, async (paths) => {
    const batches = await collect(paths);
    assert.deepEqual(batches.map(({ first }) => first), [0, 3, 6]);
    assert.deepEqual(batches.map(({ images }) => images.count), [3, 3, 1]);
    const values = batches.flatMap(({ images: { count, data } }) =>
      Array.from({ length: count }, (_, i) => data[i * 48])
    );
    assert.deepEqual(values, [10, 20, 30, 40, 50, 60, 70]);
  });
});

Deno.test("loadBatches() gives the same values however far it reads ahead", async () => {
  await withImages(5, async (paths) => {
    const expected = await collect(paths, { prefetch: 0 });
    for (const prefetch of [1, 2, 100]) {
      assert.deepEqual(await collect(paths, { prefetch }), expected, `prefetch ${prefetch}`);
    }
  });
});

Deno.test("loadBatches() reads ahead no further than it was told", async () => {
  await withImages(6, async (paths) => {
    // Images beyond batch and prefetch are broken only after the first batch has arrived.
    const batches = loadBatches(paths, { ...options, batchSize: 2, prefetch: 2 });
    await batches.next();
    await Deno.remove(paths[4]!);
    await batches.next();
    await assert.rejects(batches.next(), {
      message: `Cannot load image "${paths[4]}": no such file`,
    });
  });
});

Deno.test("loadBatches() names the first broken file, after the batches before it", async () => {
  await withImages(6, async (paths) => {
    for (const broken of [4, 5]) await Deno.remove(paths[broken]!);
    const batches = loadBatches(paths, { ...options, prefetch: 8 });
    assert.equal((await batches.next()).value?.first, 0);
    await assert.rejects(batches.next(), {
      message: `Cannot load image "${paths[4]}": no such file`,
    });
  });
});

Deno.test("loadBatches() can be left early", async () => {
  await withImages(6, async (paths) => {
    await Deno.remove(paths[5]!);
    for await (const { first } of loadBatches(paths, options)) {
      assert.equal(first, 0);
      break;
    }
  });
});

Deno.test("loadBatches() yields nothing for no path and refuses impossible options", async () => {
  assert.deepEqual(await collect([]), []);
  await assert.rejects(collect([], { batchSize: 0 }), {
    name: "RangeError",
    message: "Cannot load images: batchSize must be a positive integer, got 0",
  });
  await assert.rejects(collect([], { prefetch: -1 }), {
    name: "RangeError",
    message: "Cannot load images: prefetch must be an integer from 0, got -1",
  });
});
