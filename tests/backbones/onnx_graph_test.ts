import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { decodeModel, encodeGraph, encodeModel } from "@/backbones/onnx_schema.ts";

async function run(bytes: Uint8Array, feeds: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

Deno.test("createGraph() makes a convolution that ONNX Runtime computes as worked by hand", async () => {
  const graph = createGraph({ name: "conv" });
  const x = graph.input("x", { type: "float32", shape: ["n", 1, "h", "w"] });
  const ones = graph.tensor(new Float32Array(9).fill(1), { dims: [1, 1, 3, 3], name: "ones" });
  const sum = graph.node("Conv", [x, ones], { pads: [1, 1, 1, 1], strides: [1, 1] });
  graph.output("sum", sum, { type: "float32", shape: ["n", 1, "h", "w"] });
  // 1 2 / 3 4 with a border of zeros: every 3 × 3 window holds all four values.
  const input = new ort.Tensor("float32", Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]);
  const result = (await run(graph.encode(), { x: input })).sum!;
  assert.deepEqual(result.dims, [1, 1, 2, 2]);
  assert.deepEqual([...result.data as Float32Array], [10, 10, 10, 10]);
});

Deno.test("createGraph() carries float attributes, left-out inputs and several results", async () => {
  const graph = createGraph({ name: "several" });
  const x = graph.input("x", { type: "float32", shape: [3] });
  const six = graph.tensor(Float32Array.of(6), { dims: [] });
  const clipped = graph.node("Clip", [x, null, six]);
  const leaky = graph.node("LeakyRelu", [clipped], { alpha: { float: 0.5 } });
  const [top, index] = graph.nodes("TopK", [leaky, graph.int64([2])], {
    outputs: 2,
    attributes: { largest: 0 },
  });
  graph.output("top", top!, { type: "float32", shape: [2] });
  graph.output("index", index!, { type: "int64", shape: [2] });
  const results = await run(graph.encode(), {
    x: new ort.Tensor("float32", Float32Array.of(9, -8, 2), [3]),
  });
  // Clipped to at most 6: 6, -8, 2; negatives halved: 6, -4, 2; the two smallest: -4 and 2.
  assert.deepEqual([...results.top!.data as Float32Array], [-4, 2]);
  assert.deepEqual([...results.index!.data as BigInt64Array], [1n, 2n]);
});

Deno.test("createGraph() keeps every element type of a constant tensor", async () => {
  const graph = createGraph({ name: "types" });
  const x = graph.input("x", { type: "float32", shape: [1] });
  const arrays = {
    float32: Float32Array.of(1.5, -2),
    float64: Float64Array.of(0.1, 1e300),
    int32: Int32Array.of(-7, 2 ** 30),
    int64: BigInt64Array.of(-1n, 2n ** 60n),
    uint8: Uint8Array.of(0, 255),
  } as const;
  for (const [name, data] of Object.entries(arrays)) {
    const type = name as keyof typeof arrays;
    graph.output(name, graph.tensor(data), { type, shape: [2] });
  }
  graph.output("echo", x, { type: "float32", shape: [1] });
  const results = await run(graph.encode(), {
    x: new ort.Tensor("float32", Float32Array.of(3), [1]),
  });
  for (const [name, data] of Object.entries(arrays)) {
    assert.deepEqual(results[name]!.data, data, name);
  }
});

Deno.test("createGraph() reads a tensor from the middle of a larger buffer", () => {
  const graph = createGraph({ name: "view" });
  const all = Float32Array.of(1, 2, 3, 4);
  const value = graph.tensor(all.subarray(1, 3));
  graph.output("y", value, { type: "float32", shape: [2] });
  const raw = decodeModel(graph.encode()).graph!.initializer![0]!.rawData!;
  assert.deepEqual([...new Float32Array(raw.slice().buffer)], [2, 3]);
});

Deno.test("decodeModel() returns what createGraph() wrote", () => {
  const graph = createGraph({ name: "round" });
  const x = graph.input("x", { type: "float32", shape: ["n", 3] });
  const pooled = graph.node("AveragePool", [x], { kernel_shape: [3, 3], auto_pad: "SAME_UPPER" });
  graph.output("y", pooled, { type: "float32", shape: ["n", 3] });
  const model = decodeModel(graph.encode());
  assert.equal(model.irVersion, 8);
  assert.deepEqual(model.opsetImport, [{ domain: "", version: 18 }]);
  const [node] = model.graph!.node!;
  assert.equal(node!.opType, "AveragePool");
  assert.deepEqual(node!.input, ["x"]);
  assert.deepEqual(node!.attribute![0]!.ints, [3, 3]);
  assert.equal(new TextDecoder().decode(node!.attribute![1]!.s), "SAME_UPPER");
  const dims = model.graph!.input![0]!.type!.tensorType!.shape!.dim!;
  assert.deepEqual(dims, [{ dimParam: "n" }, { dimValue: 3 }]);
});

Deno.test("createGraph() writes equal bytes when it is told the same", () => {
  const build = () => {
    const graph = createGraph({ name: "same" });
    const x = graph.input("x", { type: "float32", shape: [1] });
    graph.output("y", graph.node("Relu", [x]), { type: "float32", shape: [1] });
    return graph.encode();
  };
  assert.deepEqual(build(), build());
});

Deno.test("createGraph() leaves type and extents of an output to ONNX Runtime where none are given", async () => {
  const graph = createGraph({ name: "free" });
  const x = graph.input("x", { type: "float32", shape: ["n"] });
  graph.output("sizes", graph.node("Shape", [x]));
  const results = await run(graph.encode(), {
    x: new ort.Tensor("float32", Float32Array.of(3, 4), [2]),
  });
  assert.deepEqual([...results.sizes!.data as BigInt64Array], [2n]);
});

Deno.test("createGraph() goes on where another file ended", async () => {
  // It begins with "Relu_0" = -x, a name that is numbered as ours are.
  const node = { opType: "Neg", input: ["x"], output: ["Relu_0"] };
  const beginning = {
    operatorSet: 13,
    irVersion: 7,
    rest: [encodeModel({ opsetImport: [{ version: 13 }], producerName: "other" })],
    fields: [encodeGraph({ node: [node] })],
    names: ["Relu_0", "Relu_1"],
  };
  const graph = createGraph({ name: "longer", beginning });
  assert.equal(graph.operatorSet, 13);
  graph.input("x", { type: "float32", shape: ["n"] });
  const positive = graph.node("Relu", [graph.value("Relu_0")]);
  assert.equal(positive.name, "Relu_3");
  graph.output("y", positive, { type: "float32", shape: ["n"] });
  const model = decodeModel(graph.encode());
  assert.deepEqual([model.irVersion, model.producerName], [7, "other"]);
  assert.deepEqual(model.opsetImport, [{ version: 13 }]);
  assert.equal(model.graph!.name, "longer");
  const results = await run(graph.encode(), {
    x: new ort.Tensor("float32", Float32Array.of(-3, 4), [2]),
  });
  assert.deepEqual([...results.y!.data as Float32Array], [3, 0]);
});

Deno.test("createGraph() says what is wrong with a name, a value, a size or an attribute", () => {
  const graph = createGraph({ name: "g" });
  const x = graph.input("x", { type: "float32", shape: [1] });
  assert.throws(() => graph.input("x", { type: "float32", shape: [1] }), {
    name: "RangeError",
    message: 'Cannot add to ONNX graph "g": names must be new and not empty, got "x"',
  });
  assert.throws(() => createGraph({ name: "h" }).node("Relu", [x]), {
    name: "RangeError",
    message: 'Cannot add to ONNX graph "h": values must belong to this graph, got "x" of another',
  });
  assert.throws(() => graph.tensor(new Float32Array(5), { dims: [2, 3], name: "w" }), {
    name: "TypeError",
    message: 'Cannot add tensor "w" to ONNX graph "g": the extents\' product must be the number ' +
      "of values, got [2,3] for 5 values",
  });
  assert.throws(() => graph.node("LeakyRelu", [x], { alpha: 0.1 }), {
    name: "RangeError",
    message: "Cannot set LeakyRelu.alpha: a bare number must be an integer " +
      "(write { float: … } for a float), got 0.1",
  });
  assert.throws(() => graph.encode(), {
    name: "RangeError",
    message: 'Cannot encode ONNX graph "g": at least one output is needed, got none',
  });
});

Deno.test("decodeModel() refuses bytes that are no model", () => {
  assert.throws(() => decodeModel(new Uint8Array(0)), {
    name: "SyntaxError",
    message: "Cannot read an ONNX model: the file must hold a graph, got none",
  });
  assert.throws(() => decodeModel(Uint8Array.of(1, 2, 3)), {
    name: "SyntaxError",
    message: /^Cannot read an ONNX model: the 3 bytes must be a protocol buffer, got ".+"$/,
  });
});
