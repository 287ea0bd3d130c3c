import assert from "node:assert/strict";
import { basename } from "node:path";
import * as ort from "onnxruntime-node";
import type { Backbone } from "@/backbones/backbone.ts";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { createGraph } from "@/backbones/onnx_graph.ts";
import {
  embedPatches,
  type FeatureMap,
  type PatchEmbeddingOptions,
} from "@/features/patch_embedding.ts";
import {
  appendMeanHead,
  appendPatchHead,
  findEmbedderGraph,
  type GraphSettings,
} from "@/features/patch_head.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "../helpers/folder.ts";
import { loadGolden, relativeError, testWithShared } from "../helpers/mod.ts";

/** Runs a graph that consists of the patch head alone. */
async function runHead(maps: readonly FeatureMap[], options: PatchEmbeddingOptions) {
  const graph = createGraph({ name: "head" });
  const layers = maps.map(({ channels }, i) => ({
    channels,
    value: graph.input(`map${i}`, { type: "float32", shape: ["n", channels, `h${i}`, `w${i}`] }),
  }));
  const { value, dimension } = appendPatchHead(graph, { ...options, layers });
  graph.output("embedding", value, { type: "float32", shape: ["n", "rows", "columns", dimension] });
  const session = await ort.InferenceSession.create(graph.encode());
  const feeds = Object.fromEntries(
    maps.map(({ count, channels, height, width, data }, i) => [
      `map${i}`,
      new ort.Tensor("float32", data, [count, channels, height, width]),
    ]),
  );
  const result = (await session.run(feeds)).embedding!;
  await session.release();
  return { dims: result.dims, data: result.data as Float32Array };
}

async function assertGolden(name: string): Promise<void> {
  const golden = loadGolden(`patch_embedding_${name}`);
  const names: string[] = golden.meta.arrays.map((each: { name: string }) => each.name);
  const maps = names.filter((each) => each.startsWith("layer")).map((each) => {
    const { data, shape } = golden.f32(each);
    return { count: shape[0]!, channels: shape[1]!, height: shape[2]!, width: shape[3]!, data };
  });
  const { data } = await runHead(maps, golden.meta);
  assert.ok(relativeError(data, golden.f32("embedding").data) < 1e-5, name);
}

// Made with patchcore-inspection's own _embed; see the fixture's "source".
Deno.test("appendPatchHead() agrees with patchcore-inspection when widths do not divide", () =>
  assertGolden("odd"));

Deno.test("appendPatchHead() agrees with patchcore-inspection when there is one layer", () =>
  assertGolden("single_layer_patch5"));

for (const name of ["resnet18_shape", "wide_resnet50_shape"]) {
  testWithShared(
    `appendPatchHead() agrees with patchcore-inspection on a ${name.replaceAll("_", " ")}`,
    `golden/patch_embedding_${name}.json`,
    () => assertGolden(name),
  );
}

Deno.test("appendPatchHead() agrees with the plain computation, also where layers share a column", async () => {
  const random = createRandom(11);
  const draw = (shape: [number, number, number, number]): FeatureMap => {
    const [count, channels, height, width] = shape;
    const length = count * channels * height * width;
    const data = Float32Array.from({ length }, () => random.gaussian());
    return { count, channels, height, width, data };
  };
  const maps = [draw([2, 3, 7, 6]), draw([2, 5, 4, 3]), draw([2, 6, 2, 2])];
  const cases: PatchEmbeddingOptions[] = [
    {},
    { patchSize: 1 },
    { patchSize: 5 },
    { targetEmbedDimension: 4 },
    { pretrainEmbedDimension: 7 },
    { pretrainEmbedDimension: 7, targetEmbedDimension: 5 },
    { pretrainEmbedDimension: 4, targetEmbedDimension: 6 },
  ];
  for (const options of cases) {
    const expected = embedPatches(maps, options);
    const { dims, data } = await runHead(maps, options);
    assert.deepEqual(dims, [2, 7, 6, expected.columns]);
    const error = relativeError(data, expected.data);
    assert.ok(error < 1e-5, `${JSON.stringify(options)}: ${error}`);
  }
});

Deno.test("appendMeanHead() averages every channel of every image", async () => {
  const graph = createGraph({ name: "mean" });
  const value = graph.input("map", { type: "float32", shape: ["n", 2, "h", "w"] });
  const mean = appendMeanHead(graph, { value, channels: 2 });
  graph.output("mean", mean.value, { type: "float32", shape: ["n", mean.dimension] });
  const session = await ort.InferenceSession.create(graph.encode());
  const map = new ort.Tensor("float32", Float32Array.of(1, 3, 5, 5, 0, 0, -2, 4), [2, 2, 1, 2]);
  const result = (await session.run({ map })).mean!;
  await session.release();
  assert.deepEqual(result.dims, [2, 2]);
  assert.deepEqual([...result.data as Float32Array], [2, 5, 0, 1]);
});

Deno.test("appendMeanHead() takes a vector as it is, and appendPatchHead() refuses it", () => {
  const graph = createGraph({ name: "vector" });
  const value = graph.input("pooled", { type: "float32", shape: ["n", 7] });
  const vector = { value, channels: 7, isVector: true };
  assert.deepEqual(appendMeanHead(graph, vector), { value, dimension: 7 });
  const refusal = (name: string) => ({
    name: "TypeError",
    message: `Cannot embed patches: layer "${name}" must be a feature map ` +
      "(n × channels × height × width), got 2 axes",
  });
  assert.throws(() => appendPatchHead(graph, { layers: [vector] }), refusal("pooled"));
  const named = { ...vector, name: "head" };
  assert.throws(() => appendPatchHead(graph, { layers: [named] }), refusal("head"));
});

Deno.test("appendPatchHead() refuses a head without layers", () => {
  assert.throws(() => appendPatchHead(createGraph({ name: "empty" }), { layers: [] }), {
    name: "RangeError",
    message: "Cannot weigh patches: at least one layer is needed, got none",
  });
});

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
