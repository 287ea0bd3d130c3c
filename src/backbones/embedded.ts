/**
 * The embedded backbone: a MobileNetV3 that an npm package ships, so that nothing is downloaded.
 *
 * It is the feature extractor of the CenterNet object detector in `@vladmandic/human` (MIT),
 * trained on COCO. It takes RGB from 0 to 255 as it is.
 *
 * The package stores it as a TensorFlow.js graph model: a JSON file that lists operations and
 * weights, beside the files that hold the weights' bytes (`readTfjsModel`). The weights are half
 * floats; 32-bit values are read too, other quantisations refused.
 *
 * What is wanted of it becomes ONNX operations, planes first (NCHW) instead of channels last
 * (NHWC) (`convertTfjs`). Known are the operations of convolutional backbones: convolutions
 * (plain, depthwise, fused with bias and activation), sums and products, Relu, Relu6 and the
 * mean over all pixels. TensorFlow's `SAME` padding is ONNX's `SAME_UPPER`: the odd pixel goes
 * below and to the right.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Backbone } from "@/backbones/backbone.ts";
import {
  createGraph,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxValue,
} from "@/backbones/onnx_graph.ts";
import { joinBytes } from "@/backbones/wire_fields.ts";
import { float16ToFloat32 } from "@/math/number_formats.ts";

/** Node of the graph behind every layer; 32, 88 and 480 channels. */
const nodes: Readonly<Record<string, string>> = {
  stride8: "tower_0/MobilenetV3/expanded_conv_5/add",
  stride16: "tower_0/MobilenetV3/expanded_conv_11/add",
  stride32: "tower_0/extern1/hard_swish/mul_1",
};

/**
 * MobileNetV3 of CenterNet with feature maps at an 8th, a 16th and a 32nd of the image.
 *
 * @example Channels of its two finer feature maps
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 *
 * const part = { height: 64, width: 64, layers: ["stride8", "stride16"] };
 * const { maps } = await embeddedBackbone.build(part);
 * assert.deepEqual(maps.map(({ channels }) => channels), [32, 88]);
 * ```
 */
export const embeddedBackbone: Backbone = {
  name: "embedded",
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  layers: Object.keys(nodes),
  fingerprint: async () => {
    const hash = createHash("sha256");
    for (const extension of ["json", "bin"]) hash.update(await Deno.readFile(modelFile(extension)));
    return hash.digest("hex");
  },
  build: async ({ height, width, layers }) => {
    const outputs = layers.map((layer) => {
      const node = nodes[layer];
      if (node === undefined) {
        throw new RangeError(
          `Cannot open backbone "embedded": layers must be among ` +
            `${Object.keys(nodes).map((each) => `"${each}"`).join(", ")}, got "${layer}"`,
        );
      }
      return node;
    });
    const graph = createGraph({ name: "embedded" });
    const shape = ["n", 3, height, width];
    const input = graph.input("images", { type: "float32", shape });
    const model = await readTfjsModel(modelFile("json"));
    return { graph, maps: convertTfjs(model, { graph, input, outputs }) };
  },
};

/** The package exports its code only; the model lies beside the folder of its main file. */
function modelFile(extension: string): string {
  const main = import.meta.resolve("@vladmandic/human");
  return fileURLToPath(new URL(`../models/centernet.${extension}`, main));
}

/** Setting of an operation. */
export type TfjsAttribute = boolean | number | string | readonly number[] | readonly string[];

/** One operation of a TensorFlow graph; its result bears the same name. */
export interface TfjsNode {
  /** Name of the node. */
  readonly name: string;
  /** Operation, such as "_FusedConv2D". */
  readonly op: string;
  /** Names of the nodes it reads. */
  readonly inputs: readonly string[];
  /** Settings that are numbers, strings or lists of them. */
  readonly attributes: Readonly<Record<string, TfjsAttribute>>;
}

/** A constant of a TensorFlow graph, in the axis order of TensorFlow. */
export interface TfjsWeight {
  /** Extent of every axis. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: Float32Array | Int32Array;
}

/** A TensorFlow graph with its weights. */
export interface TfjsModel {
  /** Operations by name. */
  readonly nodes: ReadonlyMap<string, TfjsNode>;
  /** Constants by name. */
  readonly weights: ReadonlyMap<string, TfjsWeight>;
}

interface StoredWeight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

interface StoredAttribute {
  b?: boolean;
  i?: string | number;
  f?: number;
  s?: string;
  list?: { i?: (string | number)[]; f?: number[]; s?: string[] };
}

/** The JSON file, as far as it is read. */
interface StoredModel {
  format: string;
  modelTopology: {
    node: {
      name: string;
      op: string;
      input?: string[];
      attr?: Record<string, StoredAttribute>;
    }[];
  };
  weightsManifest: { paths: string[]; weights: StoredWeight[] }[];
}

/** Reads a TensorFlow.js graph model from disk. */
export async function readTfjsModel(path: string): Promise<TfjsModel> {
  const stored = parseStored(await Deno.readTextFile(path), path);
  const nodes = new Map<string, TfjsNode>();
  for (const { name, op, input = [], attr = {} } of stored.modelTopology.node) {
    const attributes: Record<string, TfjsAttribute> = {};
    for (const [key, value] of Object.entries(attr)) {
      const decoded = decodeAttribute(value);
      if (decoded !== undefined) attributes[key] = decoded;
    }
    nodes.set(name, { name, op, inputs: input, attributes });
  }
  const weights = new Map<string, TfjsWeight>();
  for (const group of stored.weightsManifest) {
    const files = group.paths.map((each) => Deno.readFile(join(dirname(path), each)));
    const bytes = joinBytes(await Promise.all(files));
    let offset = 0;
    for (const weight of group.weights) {
      const { data, size } = decodeWeight(weight, { bytes, offset, path });
      weights.set(weight.name, { shape: weight.shape, data });
      offset += size;
    }
    if (offset !== bytes.length) {
      throw new SyntaxError(
        `Cannot read "${path}": its weights must fill ${
          group.paths.join(", ")
        } to the last byte, ` +
          `got ${offset} bytes of weights in ${bytes.length}`,
      );
    }
  }
  return { nodes, weights };
}

function parseStored(text: string, path: string): StoredModel {
  const stored: Partial<StoredModel> = JSON.parse(text);
  if (stored.format !== "graph-model" || !stored.modelTopology || !stored.weightsManifest) {
    throw new SyntaxError(
      `Cannot read "${path}": it must be a TensorFlow.js model of format "graph-model", ` +
        `got format "${stored.format}"`,
    );
  }
  return stored as StoredModel;
}

function decodeAttribute({ b, i, f, s, list }: StoredAttribute): TfjsAttribute | undefined {
  if (b !== undefined) return b;
  if (i !== undefined) return Number(i);
  if (f !== undefined) return f;
  if (s !== undefined) return atob(s);
  if (list?.s !== undefined) return list.s.map(atob);
  if (list !== undefined) return (list.i ?? list.f ?? []).map(Number);
  return undefined;
}

function decodeWeight(
  weight: StoredWeight,
  source: { bytes: Uint8Array; offset: number; path: string },
): { data: Float32Array | Int32Array; size: number } {
  const { bytes, offset, path } = source;
  const count = weight.shape.reduce((product, extent) => product * extent, 1);
  const kind = weight.quantization?.dtype ?? weight.dtype;
  const width = kind === "float16" ? 2 : 4;
  const size = count * width;
  if (offset + size > bytes.length) {
    throw new SyntaxError(
      `Cannot read "${path}": weight "${weight.name}" must end within the weight file's ` +
        `${bytes.length} bytes, got ${offset + size}`,
    );
  }
  const buffer = bytes.slice(offset, offset + size).buffer;
  if (weight.dtype === "float32" && kind === "float16") {
    return { data: float16ToFloat32(new Uint16Array(buffer)), size };
  }
  if (weight.quantization === undefined && kind === "float32") {
    return { data: new Float32Array(buffer), size };
  }
  if (weight.quantization === undefined && kind === "int32") {
    return { data: new Int32Array(buffer), size };
  }
  throw new SyntaxError(
    `Cannot read "${path}": weight "${weight.name}" must be float32 (plain or as float16) ` +
      `or int32, got ${weight.dtype} as ${kind}`,
  );
}

/** What to convert, and into what. */
export interface TfjsConversion {
  /** The graph that receives the operations. */
  readonly graph: OnnxGraph;
  /** The images in that graph, n × channels × height × width. */
  readonly input: OnnxValue;
  /** Names of the nodes whose results are wanted. */
  readonly outputs: readonly string[];
}

/** A converted result. */
export interface TfjsResult {
  /** The value in the ONNX graph, n × channels × height × width. */
  readonly value: OnnxValue;
  /** Number of channels. */
  readonly channels: number;
}

/** Converts the part of a model that the wanted results depend on; any placeholder is the input. */
export function convertTfjs(model: TfjsModel, conversion: TfjsConversion): TfjsResult[] {
  const { graph, input, outputs } = conversion;
  const made = new Map<string, TfjsResult>();
  const convert = (name: string): TfjsResult => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const node = model.nodes.get(name);
    if (node === undefined) {
      throw new RangeError(`Cannot convert a TensorFlow.js model: it has no node "${name}"`);
    }
    const result = convertNode(node, { graph, input, model, convert });
    made.set(name, result);
    return result;
  };
  return outputs.map(convert);
}

interface Context {
  readonly graph: OnnxGraph;
  readonly input: OnnxValue;
  readonly model: TfjsModel;
  readonly convert: (name: string) => TfjsResult;
}

function convertNode(node: TfjsNode, context: Context): TfjsResult {
  const { graph, input, convert } = context;
  switch (node.op) {
    case "Placeholder":
      return { value: input, channels: 3 };
    case "_FusedConv2D":
    case "Conv2D":
    case "FusedDepthwiseConv2dNative":
    case "DepthwiseConv2dNative":
      return convertConvolution(node, context);
    case "Relu":
    case "Relu6": {
      const operand = convert(node.inputs[0]!);
      return { ...operand, value: activate(graph, { value: operand.value, name: node.op }) };
    }
    case "Add":
    case "AddV2":
    case "Mul":
      return convertPairwise(node, context);
    case "Mean":
      return convertMean(node, context);
    default:
      throw refusal(node, `the operation must be one this converter knows, got ${node.op}`);
  }
}

function convertConvolution(node: TfjsNode, { graph, model, convert }: Context): TfjsResult {
  const operand = convert(node.inputs[0]!);
  const isDepthwise = node.op.includes("Depthwise");
  const kernel = constant(node, { model, index: 1 });
  const kernelShape = kernel.shape.slice(0, 2);
  const dims = onnxKernelShape(kernel.shape, isDepthwise);
  const weights = graph.tensor(transposeKernel(kernel, isDepthwise), { dims });
  const fused = listOf(node, "fused_ops");
  const hasBias = fused[0] === "BiasAdd";
  const bias = hasBias ? graph.tensor(floats(constant(node, { model, index: 2 }))) : null;
  const strides = spatial(node, "strides");
  const dilations = spatial(node, "dilations");
  const attributes: Record<string, OnnxAttribute> = {
    kernel_shape: kernelShape,
    strides,
    dilations,
    group: isDepthwise ? operand.channels : 1,
    auto_pad: padding(node),
  };
  let value = graph.node("Conv", [operand.value, weights, bias], attributes);
  for (const name of hasBias ? fused.slice(1) : fused) {
    if (name !== "Relu" && name !== "Relu6") {
      throw refusal(node, `fused operations must be BiasAdd, Relu or Relu6, got ${name}`);
    }
    value = activate(graph, { value, name });
  }
  return { value, channels: dims[0]! };
}

/**
 * Height × width × in × out (depthwise: × multiplier) becomes out × in per group × height ×
 * width.
 */
function onnxKernelShape(shape: readonly number[], isDepthwise: boolean): number[] {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  return isDepthwise ? [inputs * outputs, 1, height, width] : [outputs, inputs, height, width];
}

function transposeKernel({ shape, data }: TfjsWeight, isDepthwise: boolean): Float32Array {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const transposed = new Float32Array(data.length);
  const pixels = height * width;
  for (let pixel = 0, from = 0; pixel < pixels; pixel++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++, from++) {
        const row = isDepthwise ? i * outputs + o : o * inputs + i;
        transposed[row * pixels + pixel] = data[from]!;
      }
    }
  }
  return transposed;
}

function convertPairwise(node: TfjsNode, { graph, model, convert }: Context): TfjsResult {
  const operator = node.op === "Mul" ? "Mul" : "Add";
  let channels = 0;
  const operands = node.inputs.map((name) => {
    const weight = model.weights.get(name);
    if (weight === undefined) {
      const operand = convert(name);
      channels = Math.max(channels, operand.channels);
      return operand.value;
    }
    if (weight.data.length !== 1) {
      throw refusal(node, `a constant operand must be one number, got ${weight.data.length}`);
    }
    return graph.tensor(floats(weight), { dims: [] });
  });
  return { value: graph.node(operator, operands), channels };
}

function convertMean(node: TfjsNode, { graph, model, convert }: Context): TfjsResult {
  const axes = [...constant(node, { model, index: 1 }).data].join();
  if (axes !== "1,2" || node.attributes.keep_dims !== true) {
    throw refusal(node, `the mean must keep its axes and cover height and width, got axes ${axes}`);
  }
  const operand = convert(node.inputs[0]!);
  return { ...operand, value: graph.node("GlobalAveragePool", [operand.value]) };
}

function activate(
  graph: OnnxGraph,
  { value, name }: { value: OnnxValue; name: "Relu" | "Relu6" },
): OnnxValue {
  if (name === "Relu") return graph.node("Relu", [value]);
  const bounds = [0, 6].map((bound) => graph.tensor(Float32Array.of(bound), { dims: [] }));
  return graph.node("Clip", [value, ...bounds]);
}

function constant(
  node: TfjsNode,
  { model, index }: { model: TfjsModel; index: number },
): TfjsWeight {
  const weight = model.weights.get(node.inputs[index] ?? "");
  if (weight === undefined) {
    throw refusal(node, `input ${index} must be a constant, got "${node.inputs[index]}"`);
  }
  return weight;
}

function floats({ data }: TfjsWeight): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

function listOf(node: TfjsNode, key: string): readonly (string | number)[] {
  const value = node.attributes[key] ?? [];
  return Array.isArray(value) ? value : [];
}

/** The two middle numbers of a list that goes over all four axes; ones where there is no list. */
function spatial(node: TfjsNode, key: string): number[] {
  const list = listOf(node, key);
  return list.length === 4 ? [Number(list[1]), Number(list[2])] : [1, 1];
}

function padding(node: TfjsNode): string {
  const { padding, data_format: layout = "NHWC" } = node.attributes;
  if (layout !== "NHWC") throw refusal(node, `the layout must be NHWC, got ${layout}`);
  if (padding !== "SAME" && padding !== "VALID") {
    throw refusal(node, `the padding must be SAME or VALID, got ${padding}`);
  }
  return padding === "SAME" ? "SAME_UPPER" : "VALID";
}

function refusal(node: TfjsNode, reason: string): RangeError {
  return new RangeError(`Cannot convert TensorFlow.js node "${node.name}": ${reason}`);
}
