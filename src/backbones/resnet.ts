/**
 * A ResNet as a backbone: safetensors in, operations of an ONNX graph out.
 *
 * @module
 */
import type { Backbone, LayerValue } from "@/backbones/backbone.ts";
import { foldBatchNorm } from "@/backbones/fold_batch_norm.ts";
import { createGraph, type OnnxGraph, type OnnxValue } from "@/backbones/onnx_graph.ts";
import {
  readResnetLayout,
  type ResnetBlock,
  type ResnetConvolution,
  type ResnetLayout,
  type TensorShapes,
} from "@/backbones/resnet_layout.ts";
import { openSafetensors, type SafetensorsFile } from "@/backbones/safetensors.ts";
import { hashFile } from "@/files/read.ts";
import type { Normalization } from "@/images/read.ts";

/** Which file to open, and what it expects. */
export interface ResnetOptions {
  /** Name in configurations and results. */
  readonly name: string;
  /** The safetensors file. */
  readonly path: string;
  /** Input range. */
  readonly normalization: Normalization;
}

/** Every layer that a ResNet can have. */
const layerNames = ["layer1", "layer2", "layer3", "layer4"];

/**
 * Opens a ResNet: `layer1` to `layer4`, as far as the file goes.
 *
 * Building reads the tensors of the wanted layers and no others, one at a time, and folds batch norm
 * into the convolutions.
 *
 * @param options The file and what belongs to it.
 * @returns The backbone; nothing stays open.
 * @throws {RangeError} If the file holds no plain ResNet.
 * @throws {SyntaxError} If it is not in the safetensors format.
 *
 * @example A file that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { openResnet } from "@/backbones/resnet.ts";
 *
 * const normalization = { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
 * await assert.rejects(openResnet({ name: "mine", path: "no.safetensors", normalization }), {
 *   message: 'Cannot read "no.safetensors": the file must exist',
 * });
 * ```
 */
export async function openResnet(options: ResnetOptions): Promise<Backbone> {
  const { name, path, normalization } = options;
  const held = await withFile(path, (file) => readLayout(file));
  return {
    name,
    normalization,
    layers: held.layers.map((layer) => layer.name),
    fingerprint: () => hashFile(path),
    build: ({ height, width, layers }) =>
      withFile(path, async (file) => {
        const layout = readLayout(file, deepest(layers, name));
        const graph = createGraph({ name });
        const shape = ["n", 3, height, width];
        const input = graph.input("images", { type: "float32", shape });
        const made = await appendResnet(graph, { input, layout, file });
        return { graph, maps: layers.map((layer) => made.get(layer)!) };
      }),
  };
}

function readLayout(file: SafetensorsFile, depth?: number): ResnetLayout {
  const shapes: TensorShapes = new Map(file.names.map((name) => [name, file.shape(name)]));
  return readResnetLayout(shapes, {
    source: file.path,
    ...(depth !== undefined && { depth }),
  });
}

/** The number of the deepest of the layers. */
function deepest(layers: readonly string[], name: string): number {
  const unknown = layers.find((layer) => !layerNames.includes(layer));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot open backbone "${name}": layers must be among ` +
        `${layerNames.map((each) => `"${each}"`).join(", ")}, got "${unknown}"`,
    );
  }
  return Math.max(...layers.map((layer) => layerNames.indexOf(layer) + 1));
}

async function withFile<Result>(
  path: string,
  use: (file: SafetensorsFile) => Result | Promise<Result>,
): Promise<Result> {
  const file = await openSafetensors(path);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

interface Part {
  readonly graph: OnnxGraph;
  readonly file: SafetensorsFile;
}

async function appendResnet(
  graph: OnnxGraph,
  { input, layout, file }: { input: OnnxValue; layout: ResnetLayout; file: SafetensorsFile },
): Promise<Map<string, LayerValue>> {
  const part = { graph, file };
  const stem = await appendConvolution(part, { input, convolution: layout.stem });
  let value = graph.node("MaxPool", [graph.node("Relu", [stem])], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const made = new Map<string, LayerValue>();
  for (const { name, channels, blocks } of layout.layers) {
    for (const block of blocks) value = await appendBlock(part, { input: value, block });
    made.set(name, { value, channels });
  }
  return made;
}

async function appendBlock(
  part: Part,
  { input, block }: { input: OnnxValue; block: ResnetBlock },
): Promise<OnnxValue> {
  const { graph } = part;
  const { convolutions, shortcut } = block;
  let value = input;
  for (const [i, convolution] of convolutions.entries()) {
    value = await appendConvolution(part, { input: value, convolution });
    if (i < convolutions.length - 1) value = graph.node("Relu", [value]);
  }
  const beside = shortcut === null
    ? input
    : await appendConvolution(part, { input, convolution: shortcut });
  return graph.node("Relu", [graph.node("Add", [value, beside])]);
}

async function appendConvolution(
  { graph, file }: Part,
  { input, convolution }: { input: OnnxValue; convolution: ResnetConvolution },
): Promise<OnnxValue> {
  const { kernel: name, norm, shape, stride, groups } = convolution;
  const kernel = await file.read(`${name}.weight`);
  const bias = foldBatchNorm(kernel, {
    norm: {
      weight: await file.read(`${norm}.weight`),
      bias: await file.read(`${norm}.bias`),
      mean: await file.read(`${norm}.running_mean`),
      variance: await file.read(`${norm}.running_var`),
    },
    source: `${file.path}: ${name}`,
  });
  const size = shape[2], reach = (size - 1) / 2;
  return graph.node("Conv", [input, graph.tensor(kernel, { dims: shape }), graph.tensor(bias)], {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [reach, reach, reach, reach],
    group: groups,
  });
}
