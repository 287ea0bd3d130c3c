import assert from "node:assert/strict";
import { basename } from "node:path";
import * as ort from "onnxruntime-node";
import type { Backbone } from "@/backbones/backbone.ts";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { findEmbedderGraph, type GraphSettings } from "@/features/patch_head.ts";
import { makeFolder } from "../helpers/folder.ts";

const settings: GraphSettings = {
  layers: ["stride8"],
  semanticLayer: "stride16",
  patchSize: 3,
  pretrainEmbedDimension: null,
  targetEmbedDimension: null,
  imageSize: 64,
};

async function outputsOf(path: string): Promise<string[]> {
  const session = await ort.InferenceSession.create(path);
  const names = [...session.outputNames];
  await session.release();
  return names;
}

Deno.test("findEmbedderGraph() gives the outputs that are wanted", async () => {
  const folder = makeFolder();
  const outputs = async (change: Partial<GraphSettings>) => {
    const changed = { ...settings, ...change };
    const { path } = await findEmbedderGraph(embeddedBackbone, { settings: changed, folder });
    return await outputsOf(path);
  };
  assert.deepEqual(await outputs({}), ["embeddings", "semantics"]);
  assert.deepEqual(await outputs({ semanticLayer: null }), ["embeddings"]);
  assert.deepEqual(await outputs({ layers: [] }), ["semantics"]);
});

Deno.test("findEmbedderGraph() builds anew whenever weights or settings change, and not else", async () => {
  const folder = makeFolder();
  let built = 0;
  const counting = (fingerprint: string): Backbone => ({
    ...embeddedBackbone,
    fingerprint: () => Promise.resolve(fingerprint),
    build: (part) => {
      built++;
      return embeddedBackbone.build(part);
    },
  });
  const find = async (change: Partial<GraphSettings>, fingerprint = "a") =>
    basename(
      (await findEmbedderGraph(counting(fingerprint), {
        settings: { ...settings, ...change },
        folder,
      })).path,
    );
  const names = [
    await find({}),
    await find({}, "b"),
    await find({ patchSize: 1 }),
    await find({ pretrainEmbedDimension: 20 }),
    await find({ targetEmbedDimension: 20 }),
    await find({ imageSize: 96 }),
    await find({ semanticLayer: "stride8" }),
    await find({ layers: ["stride16"] }),
  ];
  assert.equal(new Set(names).size, 8);
  assert.equal(built, 8);
  assert.equal(await find({}), names[0]);
  assert.equal(built, 8);
});
