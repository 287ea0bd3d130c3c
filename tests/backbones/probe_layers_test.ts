import assert from "node:assert/strict";
import { readForeignModel } from "@/backbones/foreign_model.ts";
import { probeLayers, type ProbeOptions } from "@/backbones/onnx_backbone.ts";
import type { NodeProto } from "@/backbones/onnx_schema.ts";
import { foreignFile, smallGraph } from "../helpers/foreign.ts";

const options: ProbeOptions = { input: "x", layers: [], height: 8, width: 12 };

function readNodes(...node: NodeProto[]) {
  const initializer = [
    { name: "one", dims: [4], dataType: 7, int64Data: [1, 3, 8, 12] },
    { name: "rest", dims: [4], dataType: 7, int64Data: [1, -1, 8, 12] },
    { name: "two", dims: [4], dataType: 7, int64Data: [2, 3, 8, 6] },
  ];
  const graph = smallGraph({ node, initializer });
  return readForeignModel(foreignFile(13, { graph }), { source: "net.onnx" });
}

Deno.test("probeLayers() reports type and extents of any value", async () => {
  const model = readForeignModel(foreignFile(13), { source: "net.onnx" });
  assert.deepEqual(await probeLayers(model, { ...options, layers: ["pooled", "fine"] }), {
    layers: [{ type: "float32", dims: [2, 6] }, { type: "float32", dims: [2, 4, 4, 6] }],
  });
  const index = readNodes({ opType: "ArgMax", input: ["x"], output: ["y"] });
  assert.deepEqual((await probeLayers(index, { ...options, layers: ["y"] })).layers, [
    { type: "int64", dims: [1, 3, 8, 12] },
  ]);
});

Deno.test("probeLayers() finds out that a model takes one image alone", async () => {
  const layers = ["y"];
  // The first cannot run on two images; the second can, but makes six channels of one of them.
  for (const shape of ["one", "rest"]) {
    const one = readNodes({ opType: "Reshape", input: ["x", shape], output: ["y"] });
    assert.deepEqual(await probeLayers(one, { ...options, layers }), {
      layers: [{ type: "float32", dims: [1, 3, 8, 12] }],
      batch: 1,
    });
  }
  const free = readNodes({ opType: "Relu", input: ["x"], output: ["y"] });
  assert.deepEqual(await probeLayers(free, { ...options, layers, batch: 1 }), {
    layers: [{ type: "float32", dims: [1, 3, 8, 12] }],
    batch: 1,
  });
});

Deno.test("probeLayers() says when a model cannot run, or mixes images up", async () => {
  const unknown = readNodes({ opType: "Missing", input: ["x"], output: ["y"] });
  await assert.rejects(probeLayers(unknown, { ...options, layers: ["y"] }), {
    name: "Error",
    message:
      /^Cannot open "net.onnx": ONNX Runtime must be able to run it, got ".*No Op registered for Missing.*"$/,
  });
  // There is no fifth channel.
  const initializer = [{ name: "four", dims: [], dataType: 7, int64Data: [4] }];
  const gather = {
    opType: "Gather",
    input: ["made", "four"],
    output: ["y"],
    attribute: [{ name: "axis", type: 2, i: 1 }],
  };
  const node = [{ opType: "Relu", input: ["x"], output: ["made"] }, gather];
  const graph = smallGraph({ node, initializer: [...smallGraph().initializer!, ...initializer] });
  const failing = readForeignModel(foreignFile(13, { graph }), { source: "net.onnx" });
  await assert.rejects(probeLayers(failing, { ...options, layers: ["y"] }), {
    message: /ONNX Runtime must be able to run it, got "Non-zero status code .* Gather node.+"$/,
  });
  const mixed = readNodes({ opType: "Reshape", input: ["x", "two"], output: ["y"] });
  await assert.rejects(probeLayers(mixed, { ...options, layers: ["y"] }), {
    name: "TypeError",
    message:
      'Cannot open "net.onnx": the first extent of layer "y" must be the number of images, ' +
      "got 2×3×8×6 for one image",
  });
  const file = foreignFile(13, { irVersion: 99 });
  const late = readForeignModel(file, { source: "net.onnx" });
  await assert.rejects(probeLayers(late, { ...options, layers: ["fine"] }), {
    message: /ONNX Runtime must be able to run it, got "Unsupported model IR version: 99, /,
  });
});
