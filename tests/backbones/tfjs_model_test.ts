import assert from "node:assert/strict";
import { join } from "node:path";
import { readTfjsModel } from "@/backbones/embedded.ts";
import { makeFolder } from "../helpers/folder.ts";

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
