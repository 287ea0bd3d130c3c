import assert from "node:assert/strict";
import { adoptModel, chainModels } from "@/backbones/adopt_model.ts";
import { readForeignModel } from "@/backbones/foreign_model.ts";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { decodeModel, encodeModel, type ModelProto } from "@/backbones/onnx_schema.ts";
import { drawImages, foreignFile, halve, runFile, smallGraph } from "../helpers/foreign.ts";
import { relativeError } from "../helpers/mod.ts";

const shape = { type: "float32", shape: ["n", 3, "h", "w"] } as const;

function adopt(file: Uint8Array) {
  const model = readForeignModel(file, { source: "net.onnx" });
  return adoptModel(model, { name: "ours", input: "x", shape });
}

Deno.test("adoptModel() computes what the file does, under any name that the caller chooses", async () => {
  const file = foreignFile(13);
  const { graph, nameOf } = adopt(file);
  const images = drawImages(2, 8, 8);
  // All these names are taken inside the file.
  const names = { embeddings: "coarse", Conv_3: "fine", tensor_1: "pooled" };
  for (const [name, value] of Object.entries(names)) {
    graph.output(name, graph.node("Identity", [graph.value(nameOf(value))]));
  }
  const made = await runFile(graph.encode(), { images, input: "images" });
  const expected = await runFile(file, { images, input: "x" });
  for (const [name, value] of Object.entries(names)) {
    assert.deepEqual(made[name]!.dims, expected[value]!.dims);
    assert.ok(relativeError(made[name]!.data, expected[value]!.data) < 1e-6, name);
  }
});

Deno.test("adoptModel() renames values and nodes, and keeps the rest of the file", () => {
  const graph = smallGraph({
    node: [halve("x", "tensor_1", "fine"), { opType: "Relu", input: ["fine"], output: ["coarse"] }],
    sparseInitializer: [{ values: { name: "sparse", rawData: Uint8Array.of(1) }, dims: [3] }],
  });
  const changes: Partial<ModelProto> = {
    irVersion: 9,
    producerName: "somebody",
    functions: [{ name: "F", domain: "own", input: ["fine"], output: ["x"] }],
    metadataProps: [{ key: "fine", value: "x" }],
    graph,
  };
  const { graph: ours, nameOf } = adopt(foreignFile(13, changes));
  ours.output("y", ours.value(nameOf("coarse")));
  const model = decodeModel(ours.encode());
  assert.equal(model.irVersion, 9);
  assert.equal(model.producerName, "somebody");
  assert.deepEqual(model.opsetImport, [{ domain: "", version: 13 }]);
  assert.deepEqual(model.functions, changes.functions);
  assert.deepEqual(model.metadataProps, changes.metadataProps);
  const { name, node, initializer, sparseInitializer, input, output } = model.graph!;
  assert.equal(name, "ours");
  assert.deepEqual(node!.slice(0, 2), [
    {
      ...graph.node![0],
      name: "backbone/fine",
      input: ["images", "backbone/tensor_1"],
      output: ["backbone/fine"],
    },
    { opType: "Relu", input: ["backbone/fine"], output: ["backbone/coarse"] },
  ]);
  assert.deepEqual(
    initializer,
    graph.initializer!.map((each) => ({ ...each, name: `backbone/${each.name}` })),
  );
  assert.equal(sparseInitializer![0]!.values!.name, "backbone/sparse");
  assert.deepEqual([input![0]!.name, output![0]!.name], ["images", "y"]);
});

Deno.test("adoptModel() raises a version of the format in which constants had to be inputs", () => {
  const { graph, nameOf } = adopt(foreignFile(11, { irVersion: 3 }));
  graph.output("y", graph.value(nameOf("fine")));
  assert.equal(decodeModel(graph.encode()).irVersion, 4);
  assert.equal(graph.operatorSet, 11);
});

Deno.test("adoptModel() makes a graph that knows its own values alone", () => {
  const file = encodeModel({ graph: { node: [{ opType: "Relu", input: ["x"], output: ["y"] }] } });
  const { graph } = adopt(file);
  assert.throws(() => graph.value("y"), {
    name: "RangeError",
    message: 'Cannot find a value in ONNX graph "ours": its name must be one that the graph ' +
      'began with, got "y"',
  });
  assert.throws(() => graph.input("backbone/y", shape), {
    name: "RangeError",
    message: 'Cannot add to ONNX graph "ours": names must be new and not empty, got "backbone/y"',
  });
});

Deno.test("chainModels() gives what one model makes to another, whose operators it keeps to", async () => {
  const before = createGraph({ name: "before" });
  const given = before.input("photo", shape);
  const two = before.tensor(Float32Array.of(2), { dims: [], name: "fine" });
  before.output("images", before.node("Mul", [given, two]), shape);
  const graph = createGraph({ name: "embedder" });
  const images = graph.input("images", shape);
  graph.output("fine", graph.node("Add", [images, graph.tensor(Float32Array.of(1), { dims: [] })]));
  const read = (bytes: Uint8Array) => readForeignModel(bytes, { source: "net.onnx" });
  const chained = chainModels({ first: read(before.encode()), second: read(graph.encode()) }, {
    name: "both",
    made: "images",
    inputs: { photo: shape },
    metadata: { "by.whom": "us" },
  });
  chained.graph.output("twice", chained.first("images"));
  chained.graph.output("more", chained.second("fine"));
  const file = chained.graph.encode();
  const { opsetImport, metadataProps } = decodeModel(file);
  assert.deepEqual(opsetImport, [{ domain: "", version: 18 }]);
  assert.deepEqual(metadataProps, [{ key: "by.whom", value: "us" }]);
  const drawn = drawImages(1, 4, 4);
  const { twice, more } = await runFile(file, { images: drawn, input: "photo" });
  assert.deepEqual(twice!.data, drawn.data.map((value) => 2 * value));
  assert.deepEqual(more!.data, drawn.data.map((value) => Math.fround(2 * value) + 1));
});
