import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openFeatureHead, openFeatureMaps } from "@/features/feature_maps.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import { makeFolder } from "../helpers/folder.ts";
import { drawPlaid } from "../helpers/images.ts";
import { relativeError } from "../helpers/mod.ts";

const size = 64;
const layers = ["stride8", "stride16"], semanticLayer = "stride32";

Deno.test("openFeatureHead() makes of feature maps what the embedder makes of images", async () => {
  const data = Float32Array.from([...drawPlaid(size), ...drawPlaid(size, 5)]);
  const images = { count: 2, height: size, width: size, data };
  const backbone = await openFeatureMaps(embeddedBackbone, { imageSize: size });
  const maps = await backbone.run(images);
  for (const widths of [{}, { patchSize: 1, targetEmbedDimension: 50 }] as const) {
    const head = await openFeatureHead(maps, { layers, semanticLayer, threads: 1, ...widths });
    const embedder = await openEmbedder({ imageSize: size, cacheFolder: makeFolder(), ...widths });
    const expected = await embedder.embed(images), found = await head.run(maps);
    assert.deepEqual([found.count, found.grid], [expected.count, expected.grid]);
    assert.equal(found.embeddings.columns, embedder.dimension);
    assert.ok(relativeError(found.embeddings.data, expected.embeddings.data) < 1e-5);
    assert.ok(relativeError(found.semantics.data, expected.semantics.data) < 1e-5);
    await head.close();
    await embedder.close();
  }
  await backbone.close();
});

Deno.test("openFeatureHead() names a layer that is missing", async () => {
  const map = { count: 1, channels: 1, height: 1, width: 1, data: Float32Array.of(1) };
  const maps = new Map([["stride8", map]]);
  await assert.rejects(openFeatureHead(maps, { layers, semanticLayer }), {
    name: "RangeError",
    message: 'Cannot open a feature head: layers must be among "stride8", got "stride16"',
  });
});
