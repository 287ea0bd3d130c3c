import assert from "node:assert/strict";
import type { Backbone } from "@/backbones/backbone.ts";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openFeatureMaps } from "@/features/feature_maps.ts";
import { meanFeatures } from "@/features/layers.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import { embedPatches } from "@/features/patch_embedding.ts";
import { makeFolder } from "../helpers/folder.ts";
import { drawPlaid } from "../helpers/images.ts";
import { relativeError } from "../helpers/mod.ts";

const size = 64;
const data = Float32Array.from([...drawPlaid(size), ...drawPlaid(size, 9)]);
const images = { count: 2, height: size, width: size, data };

Deno.test("openFeatureMaps() hands out what the embedder makes its embeddings of", async () => {
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: size });
  const embedder = await openEmbedder({ imageSize: size, cacheFolder: makeFolder() });
  const found = await maps.run(images);
  const { embeddings, semantics } = await embedder.embed(images);
  await maps.close();
  await embedder.close();
  assert.deepEqual([...found.keys()], ["stride8", "stride16", "stride32"]);
  assert.deepEqual(
    [...found.values()].map(({ count, channels, height, width }) => [
      ...[count, channels, height, width],
    ]),
    [[2, 32, 8, 8], [2, 88, 4, 4], [2, 480, 2, 2]],
  );
  const patches = embedPatches([found.get("stride8")!, found.get("stride16")!]);
  assert.ok(relativeError(patches.data, embeddings.data) < 1e-5);
  assert.ok(relativeError(meanFeatures(found.get("stride32")!).data, semantics.data) < 1e-5);
});

Deno.test("openFeatureMaps() keeps to the layers and the order that were asked for", async () => {
  const layers = ["stride16", "stride8"];
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: size, layers, threads: 1 });
  const found = await maps.run(images);
  await maps.close();
  await maps.close();
  assert.deepEqual([...found.keys()], layers);
  assert.deepEqual(maps.layers, layers);
  await assert.rejects(maps.run(images), {
    name: "TypeError",
    message: "Cannot compute feature maps: the backbone is closed",
  });
});

Deno.test("openFeatureMaps() honours a network that takes one image at a time, and refuses vectors", async () => {
  const single: Backbone = {
    ...embeddedBackbone,
    build: async (part) => ({ ...await embeddedBackbone.build(part), batch: 1 }),
  };
  const found = await Promise.all([single, embeddedBackbone].map(async (backbone) => {
    const maps = await openFeatureMaps(backbone, { imageSize: size, layers: ["stride8"] });
    const { count, data } = (await maps.run(images)).get("stride8")!;
    await maps.close();
    return { count, data };
  }));
  assert.equal(found[0]!.count, 2);
  assert.ok(relativeError(found[0]!.data, found[1]!.data) < 1e-5);
  const flat: Backbone = {
    ...embeddedBackbone,
    build: async (part) => {
      const { graph, maps } = await embeddedBackbone.build(part);
      return { graph, maps: maps.map((map) => ({ ...map, isVector: true })) };
    },
  };
  await assert.rejects(openFeatureMaps(flat, { imageSize: size, layers: ["stride32"] }), {
    name: "TypeError",
    message: 'Cannot open feature maps of "embedded": layer "stride32" must be a feature map, ' +
      "got a vector per image",
  });
});

Deno.test("openFeatureMaps() says what does not fit", async () => {
  const open = (layers: string[]) => openFeatureMaps(embeddedBackbone, { imageSize: size, layers });
  await assert.rejects(open([]), {
    name: "RangeError",
    message: 'Cannot open feature maps of "embedded": at least one layer is needed, each once, ' +
      "got none",
  });
  await assert.rejects(open(["stride8", "stride8"]), {
    message: 'Cannot open feature maps of "embedded": at least one layer is needed, each once, ' +
      'got "stride8", "stride8"',
  });
  const maps = await open(["stride8"]);
  await assert.rejects(maps.run({ ...images, width: 32 }), {
    name: "TypeError",
    message: "Cannot compute feature maps: images must be 64×64, got 64×32",
  });
  await maps.close();
});
