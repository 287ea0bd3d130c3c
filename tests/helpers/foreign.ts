/** ONNX files as someone else might bring them along, and what they compute. */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import {
  elementTypes,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "@/backbones/onnx_schema.ts";
import {
  embedPatches,
  type FeatureMap,
  type PatchEmbeddingOptions,
} from "@/features/patch_embedding.ts";
import { createRandom } from "@/math/random.ts";

/** A value with its type; extents that are texts are free, and without extents nothing is said. */
export function describe(
  name: string,
  dims?: readonly (number | string)[],
  type: number = elementTypes.float32,
): ValueInfoProto {
  const dim = dims?.map((each) =>
    typeof each === "number" ? { dimValue: each } : { dimParam: each }
  );
  return {
    name,
    type: { tensorType: { elemType: type, ...(dim !== undefined && { shape: { dim } }) } },
  };
}

/** A constant with values drawn from the normal distribution, made smaller to keep sums near 1. */
export function drawConstant(name: string, dims: readonly number[], seed = 1): TensorProto {
  const random = createRandom(seed + name.length);
  const length = dims.reduce((product, extent) => product * extent, 1);
  const scale = 1 / Math.sqrt(length / dims[0]!);
  const data = Float32Array.from({ length }, () => scale * random.gaussian());
  return { name, dims, dataType: elementTypes.float32, rawData: new Uint8Array(data.buffer) };
}

/** A convolution that halves height and width. */
export function halve(input: string, kernel: string, output: string): NodeProto {
  return {
    opType: "Conv",
    name: output,
    input: [input, kernel],
    output: [output],
    attribute: [
      { name: "kernel_shape", type: 7, ints: [3, 3] },
      { name: "strides", type: 7, ints: [2, 2] },
      { name: "pads", type: 7, ints: [1, 1, 1, 1] },
    ],
  };
}

/**
 * Two maps, "fine" with 4 channels and "coarse" with 6, and the vector "pooled", of images "x". The
 * values in between have names that this project's own graphs use.
 */
export function smallGraph(changes: Partial<GraphProto> = {}): GraphProto {
  return {
    name: "net",
    node: [
      halve("x", "tensor_1", "Conv_3"),
      { opType: "Relu", input: ["Conv_3"], output: ["fine"] },
      halve("fine", "tensor_2", "embeddings"),
      { opType: "Relu", input: ["embeddings"], output: ["coarse"] },
      { opType: "GlobalAveragePool", input: ["coarse"], output: ["images"] },
      { opType: "Flatten", input: ["images"], output: ["pooled"] },
      { opType: "MatMul", input: ["pooled", "classes"], output: ["logits"] },
    ],
    initializer: [
      drawConstant("tensor_1", [4, 3, 3, 3]),
      drawConstant("tensor_2", [6, 4, 3, 3]),
      drawConstant("classes", [6, 20_000]),
    ],
    input: [describe("x", ["n", 3, "h", "w"])],
    output: [
      describe("fine", ["n", 4, "h2", "w2"]),
      describe("coarse", ["n", 6, "h4", "w4"]),
      describe("pooled", ["n", 6]),
    ],
    ...changes,
  };
}

/** A file at an operator set, by default with the graph above. */
export function foreignFile(
  operatorSet: number,
  changes: Partial<ModelProto> = {},
): Uint8Array {
  const opsetImport = [{ domain: "", version: operatorSet }];
  return encodeModel({ irVersion: 8, opsetImport, graph: smallGraph(), ...changes });
}

/** Images of random numbers. */
export function drawImages(count: number, height: number, width: number): FeatureMap {
  const random = createRandom(17);
  const data = Float32Array.from({ length: count * 3 * height * width }, () => random.gaussian());
  return { count, channels: 3, height, width, data };
}

/** What a run gave. */
export type Results = Record<string, { dims: readonly number[]; data: Float32Array }>;

/** Runs a file as it is on one input, in steps of so many images. */
export async function runFile(
  file: Uint8Array,
  { images, input, step = images.count }: { images: FeatureMap; input: string; step?: number },
): Promise<Results> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  const { count, height, width, data } = images;
  const size = 3 * height * width;
  const results: Results = {};
  for (let first = 0; first < count; first += step) {
    const part = data.subarray(first * size, (first + step) * size);
    const feeds = { [input]: new ort.Tensor("float32", part, [step, 3, height, width]) };
    for (const [name, { dims, data }] of Object.entries(await session.run(feeds))) {
      const values = data as Float32Array;
      const joined = new Float32Array((values.length / step) * (first + step));
      joined.set(results[name]?.data ?? []);
      joined.set(values, joined.length - values.length);
      results[name] = { dims: [first + step, ...dims.slice(1)], data: joined };
    }
  }
  await session.release();
  return results;
}

/** Patch embeddings of some of the maps, the plain way. */
export function embedPlainly(
  results: Results,
  { layers, ...options }: PatchEmbeddingOptions & { layers: readonly string[] },
): Float32Array {
  const maps = layers.map((layer): FeatureMap => {
    const { dims, data } = results[layer]!;
    assert.equal(dims.length, 4, layer);
    const [count, channels, height, width] = dims as [number, number, number, number];
    return { count, channels, height, width, data };
  });
  return embedPatches(maps, options).data;
}
