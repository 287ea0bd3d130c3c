import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import {
  convertTfjs,
  embeddedBackbone,
  readTfjsModel,
  type TfjsAttribute,
  type TfjsModel,
  type TfjsWeight,
} from "@/backbones/embedded.ts";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("embeddedBackbone knows its layers", () => {
  assert.deepEqual(embeddedBackbone.layers, ["stride8", "stride16", "stride32"]);
});

Deno.test("embeddedBackbone gives the channels of each layer in the order asked for", async () => {
  const layers = ["stride32", "stride8"];
  const { maps } = await embeddedBackbone.build({ height: 64, width: 96, layers });
  assert.deepEqual(maps.map(({ channels }) => channels), [480, 32]);
});

/** Writes a model of two constants and one operation, with one part replaced. */
async function writeModel(changes: Record<string, unknown> = {}, bytes?: Uint8Array) {
  const folder = makeFolder();
  const attr = {
    strides: { list: { i: ["1", "2", "2", "1"] } },
    padding: { s: btoa("SAME") },
    fused_ops: { list: { s: [btoa("BiasAdd"), btoa("Relu")] } },
    keep_dims: { b: true },
    epsilon: { f: 0.5 },
    T: { type: "DT_FLOAT" },
  };
  const model = {
    format: "graph-model",
    modelTopology: { node: [{ name: "out", op: "_FusedConv2D", input: ["in", "w"], attr }] },
    weightsManifest: [{
      paths: ["a.bin", "b.bin"],
      weights: [
        {
          name: "w",
          shape: [1, 3],
          dtype: "float32",
          quantization: { dtype: "float16", original_dtype: "float32" },
        },
        { name: "plain", shape: [], dtype: "float32" },
        { name: "axes", shape: [1], dtype: "int32" },
      ],
    }],
    ...changes,
  };
  // Half floats 1 = 0x3c00, -2 = 0xc000, 2⁻²⁴ (the smallest) = 0x0001; then 0.25; then -7.
  const all = bytes ??
    Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0, 0, 0, 0x80, 0x3e, 0xf9, 0xff, 0xff, 0xff);
  const path = join(folder, "model.json");
  await Deno.writeTextFile(path, JSON.stringify(model));
  await Deno.writeFile(join(folder, "a.bin"), all.subarray(0, 5));
  await Deno.writeFile(join(folder, "b.bin"), all.subarray(5));
  return path;
}

Deno.test("readTfjsModel() decodes half floats, floats and integers that cross file borders", async () => {
  const { weights } = await readTfjsModel(await writeModel());
  assert.deepEqual(weights.get("w"), { shape: [1, 3], data: Float32Array.of(1, -2, 2 ** -24) });
  assert.deepEqual(weights.get("plain"), { shape: [], data: Float32Array.of(0.25) });
  assert.deepEqual(weights.get("axes"), { shape: [1], data: Int32Array.of(-7) });
});

Deno.test("readTfjsModel() decodes the settings of an operation", async () => {
  const { nodes } = await readTfjsModel(await writeModel());
  assert.deepEqual(nodes.get("out"), {
    name: "out",
    op: "_FusedConv2D",
    inputs: ["in", "w"],
    attributes: {
      strides: [1, 2, 2, 1],
      padding: "SAME",
      fused_ops: ["BiasAdd", "Relu"],
      keep_dims: true,
      epsilon: 0.5,
    },
  });
});

Deno.test("readTfjsModel() says what is wrong with a file", async () => {
  const layers = await writeModel({ format: "layers-model" });
  await assert.rejects(readTfjsModel(layers), {
    name: "SyntaxError",
    message: `Cannot read "${layers}": it must be a TensorFlow.js model of format "graph-model", ` +
      'got format "layers-model"',
  });
  const short = await writeModel({}, new Uint8Array(12));
  await assert.rejects(readTfjsModel(short), {
    name: "SyntaxError",
    message: `Cannot read "${short}": weight "axes" must end within the weight file's 12 bytes, ` +
      "got 14",
  });
  const long = await writeModel({}, new Uint8Array(20));
  await assert.rejects(readTfjsModel(long), {
    name: "SyntaxError",
    message: `Cannot read "${long}": its weights must fill a.bin, b.bin to the last byte, ` +
      "got 14 bytes of weights in 20",
  });
  const weight = { name: "q", shape: [2], dtype: "float32", quantization: { dtype: "uint8" } };
  const quantized = await writeModel({
    weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: [weight] }],
  });
  await assert.rejects(readTfjsModel(quantized), {
    name: "SyntaxError",
    message: `Cannot read "${quantized}": weight "q" must be float32 (plain or as float16) ` +
      "or int32, got float32 as uint8",
  });
});

type Attributes = Record<string, TfjsAttribute>;

function modelOf(
  nodes: [string, string, string[], Attributes?][],
  weights: Record<string, TfjsWeight> = {},
): TfjsModel {
  const entries = nodes.map(([name, op, inputs, attributes = {}]) =>
    [name, { name, op, inputs, attributes }] as const
  );
  return { nodes: new Map(entries), weights: new Map(Object.entries(weights)) };
}

async function run(model: TfjsModel, image: { dims: number[]; data: number[] }) {
  const graph = createGraph({ name: "test" });
  const input = graph.input("x", { type: "float32", shape: ["n", 3, "h", "w"] });
  const [result] = convertTfjs(model, { graph, input, outputs: ["out"] });
  graph.output("y", result!.value, { type: "float32", shape: ["n", "c", "a", "b"] });
  const session = await ort.InferenceSession.create(graph.encode());
  const { y } = await session.run({
    x: new ort.Tensor("float32", Float32Array.from(image.data), image.dims),
  });
  await session.release();
  assert.equal(result!.channels, y!.dims[1]);
  return { dims: y!.dims, data: [...y!.data as Float32Array] };
}

const ones = (shape: number[]): TfjsWeight => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
});
const strided: Attributes = { strides: [1, 2, 2, 1], padding: "SAME", data_format: "NHWC" };

Deno.test("convertTfjs() pads an even image below and to the right when the stride is two", async () => {
  const model = modelOf(
    [["in", "Placeholder", []], ["out", "Conv2D", ["in", "w"], strided]],
    { w: ones([3, 3, 3, 1]) },
  );
  // Windows start at 0 and 2 of four columns: three ones and two ones wide; times three channels.
  const image = { dims: [1, 3, 4, 4], data: Array(48).fill(1) };
  assert.deepEqual(await run(model, image), { dims: [1, 1, 2, 2], data: [27, 18, 18, 12] });
});

Deno.test("convertTfjs() puts the kernel's axes in order, adds the bias and clips", async () => {
  // 1 × 1 kernel, three channels in, two out: out₀ = a + 10 b + 100 c, out₁ = -a; in TensorFlow's order.
  const w = { shape: [1, 1, 3, 2], data: Float32Array.of(1, -1, 10, 0, 100, 0) };
  const b = { shape: [2], data: Float32Array.of(-210, 9) };
  const fused_ops = ["BiasAdd", "Relu6"];
  const model = modelOf(
    [["in", "Placeholder", []], ["out", "_FusedConv2D", ["in", "w", "b"], {
      padding: "VALID",
      fused_ops,
    }]],
    { w, b },
  );
  // 4 + 10 · 1 + 100 · 2 - 210 = 4; -4 + 9 = 5. And 9 + 10 + 200 - 210 = 9 → 6; -9 + 9 = 0.
  const image = { dims: [1, 3, 1, 2], data: [4, 9, 1, 1, 2, 2] };
  assert.deepEqual(await run(model, image), { dims: [1, 2, 1, 2], data: [4, 6, 5, 0] });
});

Deno.test("convertTfjs() keeps channels apart in a depthwise convolution", async () => {
  // 1 × 2 kernel per channel and two results per channel: height, width, channel, multiplier.
  const w = {
    shape: [1, 2, 3, 2],
    data: Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60),
  };
  const model = modelOf(
    [["in", "Placeholder", []], ["out", "DepthwiseConv2dNative", ["in", "w"], {
      padding: "VALID",
      strides: [1, 1, 1, 1],
    }]],
    { w },
  );
  const image = { dims: [1, 3, 1, 2], data: [1, 1, 1, 0, 0, 1] };
  assert.deepEqual((await run(model, image)).data, [11, 22, 3, 4, 50, 60]);
});

Deno.test("convertTfjs() weighs channels by the mean over all pixels", async () => {
  const model = modelOf(
    [
      ["in", "Placeholder", []],
      ["mean", "Mean", ["in", "axes"], { keep_dims: true }],
      ["more", "Add", ["mean", "one"]],
      ["product", "Mul", ["more", "in"]],
      ["out", "Relu", ["product"]],
    ],
    {
      axes: { shape: [2], data: Int32Array.of(1, 2) },
      one: { shape: [], data: Float32Array.of(1) },
    },
  );
  // Means 2, 0, -3; plus one 3, 1, -2; times the pixels, negatives to zero.
  const image = { dims: [1, 3, 1, 2], data: [1, 3, -5, 5, -2, -4] };
  assert.deepEqual((await run(model, image)).data, [3, 9, 0, 5, 4, 8]);
});

Deno.test("convertTfjs() says which node it cannot convert, and why", () => {
  const refused = (model: TfjsModel, reason: string) => {
    const graph = createGraph({ name: "refused" });
    const input = graph.input("x", { type: "float32", shape: ["n", 3, "h", "w"] });
    const message = `Cannot convert ${reason}`;
    assert.throws(() => convertTfjs(model, { graph, input, outputs: ["out"] }), {
      name: "RangeError",
      message,
    });
  };
  const weights = { w: ones([1, 1, 3, 1]), axes: { shape: [1], data: Int32Array.of(3) } };
  const of = (op: string, inputs: string[], attributes: Attributes = {}) =>
    modelOf([["in", "Placeholder", []], ["out", op, inputs, attributes]], weights);
  refused(modelOf([]), 'a TensorFlow.js model: it has no node "out"');
  const node = 'TensorFlow.js node "out": ';
  refused(
    of("TopKV2", ["in"]),
    `${node}the operation must be one this converter knows, got TopKV2`,
  );
  refused(
    of("Mean", ["in", "axes"], { keep_dims: true }),
    `${node}the mean must keep its axes and cover height and width, got axes 3`,
  );
  refused(of("Conv2D", ["in", "in"]), `${node}input 1 must be a constant, got "in"`);
  refused(of("Mul", ["in", "w"]), `${node}a constant operand must be one number, got 3`);
  refused(
    of("Conv2D", ["in", "w"], { padding: "EXPLICIT" }),
    `${node}the padding must be SAME or VALID, got EXPLICIT`,
  );
  refused(
    of("Conv2D", ["in", "w"], { padding: "SAME", data_format: "NCHW" }),
    `${node}the layout must be NHWC, got NCHW`,
  );
  refused(
    of("_FusedConv2D", ["in", "w"], { padding: "SAME", fused_ops: ["Elu"] }),
    `${node}fused operations must be BiasAdd, Relu or Relu6, got Elu`,
  );
});
