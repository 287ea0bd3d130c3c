/**
 * Turns part of a TensorFlow.js graph model into ONNX operations, planes first (NCHW) instead of
 * channels last (NHWC).
 *
 * Knows the operations of convolutional backbones: convolutions (plain, depthwise, fused with bias
 * and activation), sums and products, Relu, Relu6 and the mean over all pixels. TensorFlow's
 * `SAME` padding is ONNX's `SAME_UPPER`: the odd pixel goes below and to the right.
 *
 * @module
 */
import type { OnnxAttribute, OnnxGraph, OnnxValue } from "@/backbones/onnx_graph.ts";
import type { TfjsModel, TfjsNode, TfjsWeight } from "@/backbones/tfjs_model.ts";

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

/**
 * Converts the part of a model that the wanted results depend on; any placeholder is the input.
 *
 * @param model The model to read.
 * @param conversion The receiving graph, its images, and the wanted nodes.
 * @returns One result per wanted node, in order.
 * @throws {RangeError} If a node does not exist, or its operation or setting is not known here.
 *
 * @example A doubled image
 * ```ts
 * import assert from "node:assert/strict";
 * import { createGraph } from "@/backbones/onnx_graph.ts";
 * import { convertTfjs } from "@/backbones/tfjs_to_onnx.ts";
 *
 * const node = (name: string, op: string, inputs: string[]) => ({ name, op, inputs, attributes: {} });
 * const nodes = [node("in", "Placeholder", []), node("sum", "Add", ["in", "in"])];
 * const model = { nodes: new Map(nodes.map((each) => [each.name, each])), weights: new Map() };
 *
 * const graph = createGraph({ name: "twice" });
 * const input = graph.input("x", { type: "float32", shape: ["n", 3, "h", "w"] });
 * const [sum] = convertTfjs(model, { graph, input, outputs: ["sum"] });
 * assert.equal(sum!.channels, 3);
 * ```
 */
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

/** Height × width × in × out (depthwise: × multiplier) becomes out × in per group × height × width. */
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
