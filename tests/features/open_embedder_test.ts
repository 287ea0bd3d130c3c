import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { type EmbedderOptions, openEmbedder } from "@/features/open_embedder.ts";
import { embedPatches, type FeatureMap } from "@/features/patch_embedding.ts";
import type { ImageBatch } from "@/images/read.ts";
import { makeFolder } from "../helpers/folder.ts";
import { drawPlaid } from "../helpers/images.ts";
import { relativeError } from "../helpers/mod.ts";

const cacheFolder = makeFolder();

/** Small images keep these tests quick. */
const size = 96;

function plaids(count: number, side = size): ImageBatch {
  const data = new Float32Array(count * 3 * side * side);
  for (let i = 0; i < count; i++) data.set(drawPlaid(side, 5 * i), i * 3 * side * side);
  return { count, height: side, width: side, data };
}

async function embed(images: ImageBatch, options: EmbedderOptions = {}): Promise<EmbeddedImages> {
  const embedder = await openEmbedder({
    imageSize: images.height,
    threads: 1,
    cacheFolder,
    ...options,
  });
  try {
    return await embedder.embed(images);
  } finally {
    await embedder.close();
  }
}

/** The feature maps alone, by another graph. */
async function featureMaps(images: ImageBatch): Promise<Record<string, FeatureMap>> {
  const { layers } = embeddedBackbone;
  const { count, height, width, data } = images;
  const { graph, maps } = await embeddedBackbone.build({ height, width, layers });
  maps.forEach(({ value, channels }, i) =>
    graph.output(layers[i]!, value, { type: "float32", shape: ["n", channels, "h", "w"] })
  );
  const session = await ort.InferenceSession.create(graph.encode());
  const results = await session.run({
    images: new ort.Tensor("float32", data, [count, 3, height, width]),
  });
  await session.release();
  return Object.fromEntries(layers.map((layer) => {
    const { dims, data } = results[layer]!;
    const [count, channels, height, width] = dims as [number, number, number, number];
    return [layer, { count, channels, height, width, data: data as Float32Array }];
  }));
}

Deno.test("openEmbedder() embeds as the plain computation does on the backbone's feature maps", async () => {
  const images = plaids(2);
  const maps = await featureMaps(images);
  const { count, grid, embeddings, semantics } = await embed(images);
  assert.equal(count, 2);
  assert.deepEqual(grid, { rows: size / 8, columns: size / 8 });
  const expected = embedPatches([maps.stride8!, maps.stride16!]);
  assert.deepEqual([embeddings.rows, embeddings.columns], [expected.rows, expected.columns]);
  assert.ok(relativeError(embeddings.data, expected.data) < 1e-5);
  const { channels, height, width, data } = maps.stride32!;
  const means = Float32Array.from({ length: 2 * channels }, (_, i) => {
    const plane = data.subarray(i * height * width, (i + 1) * height * width);
    return plane.reduce((sum, value) => sum + value, 0) / plane.length;
  });
  assert.deepEqual([semantics.rows, semantics.columns], [2, channels]);
  assert.ok(relativeError(semantics.data, means) < 1e-5);
});

Deno.test("openEmbedder() gives every option an effect", async () => {
  const images = plaids(1);
  const maps = await featureMaps(images);
  const { stride8, stride16, stride32 } = maps as Record<string, FeatureMap>;
  const cases: [EmbedderOptions, FeatureMap[]][] = [
    [{ layers: ["stride16"] }, [stride16!]],
    [{ layers: ["stride16", "stride32", "stride8"] }, [stride16!, stride32!, stride8!]],
    [{ patchSize: 1 }, [stride8!, stride16!]],
    [{ patchSize: 5 }, [stride8!, stride16!]],
    [{ pretrainEmbedDimension: 50 }, [stride8!, stride16!]],
    [{ targetEmbedDimension: 33 }, [stride8!, stride16!]],
    [{ pretrainEmbedDimension: 64, targetEmbedDimension: 64 }, [stride8!, stride16!]],
  ];
  for (const [options, layers] of cases) {
    const expected = embedPatches(layers, options);
    const { grid, embeddings } = await embed(images, options);
    assert.deepEqual(grid, { rows: layers[0]!.height, columns: layers[0]!.width });
    assert.equal(embeddings.columns, expected.columns);
    const error = relativeError(embeddings.data, expected.data);
    assert.ok(error < 1e-5, `${JSON.stringify(options)}: ${error}`);
  }
  assert.equal((await embed(images, { semanticLayer: "stride16" })).semantics.columns, 88);
  assert.deepEqual((await embed(plaids(1, 64))).grid, { rows: 8, columns: 8 });
});

Deno.test("openEmbedder() describes itself as its results turn out", async () => {
  const embedder = await openEmbedder({ imageSize: size, cacheFolder });
  const { embeddings, semantics } = await embedder.embed(plaids(1));
  assert.equal(embedder.name, "embedded");
  assert.equal(embedder.dimension, embeddings.columns);
  assert.equal(embedder.semanticDimension, semantics.columns);
  assert.deepEqual(embedder.normalization, { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  assert.match(embedder.hash, /^[0-9a-f]{64}$/);
  await embedder.close();
});

Deno.test("openEmbedder() embeds an image alike alone, in a batch and on more threads", async () => {
  const images = plaids(3);
  const copy = images.data.slice();
  const batch = await embed(images, { threads: 2 });
  assert.deepEqual(images.data, copy);
  const pixels = 3 * size * size, values = batch.embeddings.data.length / 3;
  for (let i = 0; i < 3; i++) {
    const data = images.data.slice(i * pixels, (i + 1) * pixels);
    const alone = await embed({ count: 1, height: size, width: size, data });
    const part = batch.embeddings.data.subarray(i * values, (i + 1) * values);
    assert.ok(relativeError(alone.embeddings.data, part) < 1e-5, `image ${i}`);
  }
});

Deno.test("openEmbedder() writes one file per graph and makes a damaged one anew", async () => {
  const folder = makeFolder();
  const open = async (options: EmbedderOptions = {}) => {
    const embedder = await openEmbedder({ imageSize: 64, cacheFolder: folder, ...options });
    await embedder.close();
    return embedder.hash;
  };
  const files = () =>
    [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.startsWith("embedded-") && name.endsWith(".onnx"));
  const hash = await open();
  const [name] = files();
  assert.match(name!, /^embedded-[0-9a-f]{16}\.onnx$/);
  assert.equal(await open({ threads: 1 }), hash);
  assert.deepEqual(files(), [name]);
  await Deno.truncate(join(folder, name!), 1000);
  assert.equal(await open(), hash);
  assert.notEqual(await open({ patchSize: 1 }), hash);
  assert.equal(files().length, 2);
});

Deno.test("openEmbedder() runs as many images at once as it may, with the same results", async () => {
  const images = plaids(5);
  const whole = await embed(images);
  const close = (one: EmbeddedImages): void => {
    assert.deepEqual(one.grid, whole.grid);
    assert.deepEqual([one.count, one.embeddings.rows], [5, whole.embeddings.rows]);
    assert.ok(relativeError(one.embeddings.data, whole.embeddings.data) < 1e-5);
    assert.ok(relativeError(one.semantics.data, whole.semantics.data) < 1e-5);
  };
  close(await embed(images, { batchSize: 2 }));
  close(await embed(images, { batchSize: 1, semanticBatchSize: 3 }));
  close(await embed(images, { semanticBatchSize: 9 }));
});

Deno.test("openEmbedder() keeps semantic vectors in a graph of their own when told so", async () => {
  const open = (options: EmbedderOptions) =>
    openEmbedder({ imageSize: 64, cacheFolder, ...options });
  const together = await open({}), apart = await open({ semanticBatchSize: 4 });
  assert.deepEqual([together.files.length, apart.files.length], [1, 2]);
  assert.notEqual(apart.hash, together.hash);
  assert.match(apart.hash, /^[0-9a-f]{64}$/);
  assert.equal(apart.semanticDimension, together.semanticDimension);
  await Promise.all([together.close(), apart.close()]);
});

Deno.test("openEmbedder() keeps results readable after it is closed, and refuses further images", async () => {
  const embedder = await openEmbedder({ imageSize: size, cacheFolder });
  const images = plaids(1);
  const before = await embedder.embed(images);
  const copy = before.embeddings.data.slice();
  await embedder.close();
  await embedder.close();
  assert.deepEqual(before.embeddings.data, copy);
  await assert.rejects(embedder.embed(images), {
    name: "TypeError",
    message: "Cannot embed images: the embedder is closed",
  });
});

Deno.test("openEmbedder() says which option or image is wrong", async () => {
  const range = (options: EmbedderOptions, message: string) =>
    assert.rejects(openEmbedder({ cacheFolder, ...options }), { name: "RangeError", message });
  const among = 'Cannot open backbone "embedded": layers must be among ' +
    '"stride8", "stride16", "stride32", got ';
  await range({ layers: ["stride8", "layer3"] }, `${among}"layer3"`);
  await range({ semanticLayer: "layer4" }, `${among}"layer4"`);
  await range(
    { layers: [] },
    'Cannot open backbone "embedded": at least one layer and a semantic layer must be named, ' +
      "got no layers and stride32",
  );
  const cannot = "Cannot open a backbone: ";
  await assert.rejects(openEmbedder({ backbone: "vgg" }), /its name must be one of .*, got "vgg"$/);
  await range({ imageSize: 16 }, `${cannot}imageSize must be an integer from 32, got 16`);
  await range({ threads: -1 }, `${cannot}threads must be an integer from 0, got -1`);
  await range(
    { targetEmbedDimension: 0 },
    `${cannot}targetEmbedDimension must be an integer from 1, got 0`,
  );
  await range({ batchSize: 0 }, `${cannot}batchSize must be an integer from 1, got 0`);
  await range(
    { semanticBatchSize: 1.5 },
    `${cannot}semanticBatchSize must be an integer from 1, got 1.5`,
  );
  const seven = 7 as 5;
  await range({ patchSize: seven }, `${cannot}patchSize must be 1, 3 or 5, got 7`);

  const embedder = await openEmbedder({ imageSize: size, cacheFolder });
  await assert.rejects(embedder.embed(plaids(1, 64)), {
    name: "TypeError",
    message: "Cannot embed images: they must be 96×96, got 64×64",
  });
  await assert.rejects(embedder.embed({ ...plaids(2), count: 3 }), {
    name: "TypeError",
    message: "Cannot embed images: at least one image of 3 × 96 × 96 values is needed, " +
      "got 55296 values for 3 images",
  });
  await embedder.close();
});
