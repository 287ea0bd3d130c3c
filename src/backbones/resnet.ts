/**
 * A ResNet as a backbone: safetensors in, operations of an ONNX graph out.
 *
 * Known are the plain residual networks of He et al. (CVPR 2016) and the wide ones of Zagoruyko
 * and Komodakis (BMVC 2016) as torchvision and timm name their weights, with the stride of a
 * bottleneck in its 3×3 convolution. Depths, widths and groups are read off the names and shapes
 * of the file's tensors (`readResnetLayout`); no list of networks is kept.
 *
 * In evaluation, batch norm is the linear map `(x − mean) / √(variance + ε) · weight + bias` per
 * channel (Ioffe and Szegedy, 2015), so a convolution followed by it becomes one convolution
 * with a bias (`foldBatchNorm`).
 *
 * @module
 */
import type { Backbone, LayerValue } from "@/backbones/backbone.ts";
import { createGraph, type OnnxGraph, type OnnxValue } from "@/backbones/onnx_graph.ts";
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

/**
 * Opens a ResNet: `layer1` to `layer4`, as far as the file goes.
 *
 * Opening reads the header of the file alone. Building reads the tensors of the wanted layers and
 * no others, one at a time, and folds batch norm into the convolutions.
 *
 * @param options The file and what belongs to it.
 * @returns The backbone; nothing stays open.
 * @throws {RangeError} If the file holds no plain ResNet.
 * @throws {SyntaxError} If it is not in the safetensors format.
 * @throws {Error} If there is no such file.
 *
 * @example A file that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { openResnet } from "@/backbones/mod.ts";
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

/** Every layer that a ResNet can have. */
const layerNames = ["layer1", "layer2", "layer3", "layer4"];

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

/** One convolution with its batch norm. */
export interface ResnetConvolution {
  /** Name of the kernel, without `.weight`. */
  readonly kernel: string;
  /** Name of the batch norm, without `.weight`. */
  readonly norm: string;
  /** Output channels, input channels per group, rows and columns of the kernel. */
  readonly shape: readonly [number, number, number, number];
  /** Step of the kernel in both directions. */
  readonly stride: 1 | 2;
  /** Groups of channels that do not mix. */
  readonly groups: number;
}

/** Convolutions whose result is added to the block's input. */
export interface ResnetBlock {
  /** Two (basic) or three (bottleneck) convolutions; all but the last are followed by ReLU. */
  readonly convolutions: readonly ResnetConvolution[];
  /** Brings the block's input to the shape of its result; `null` where that is so already. */
  readonly shortcut: ResnetConvolution | null;
}

/** Blocks of one resolution. */
export interface ResnetLayer {
  /** `layer1` to `layer4`. */
  readonly name: string;
  /** Channels of the feature map. */
  readonly channels: number;
  /** The blocks in order. */
  readonly blocks: readonly ResnetBlock[];
}

/** A ResNet up to the deepest layer that is wanted. */
export interface ResnetLayout {
  /** The first convolution, before ReLU and the 3×3 maximum with stride 2. */
  readonly stem: ResnetConvolution;
  /** The layers in order. */
  readonly layers: readonly ResnetLayer[];
}

/** What to look for. */
export interface ResnetRequest {
  /** The file's name, for errors. */
  readonly source: string;
  /** Deepest layer that is wanted, 1 to 4; default: as deep as the file goes. */
  readonly depth?: number;
}

/** Shape of every tensor by its name. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/**
 * Reads the architecture of a ResNet off its tensors. Anything that a plain ResNet does not have
 * within the wanted layers is refused: a network of another kind would be built wrongly without
 * a word.
 */
export function readResnetLayout(shapes: TensorShapes, request: ResnetRequest): ResnetLayout {
  const { source } = request;
  const reader = createReader(shapes, source);
  const available = countFrom(1, (n) => reader.has(`layer${n}.0.conv1.weight`));
  if (available === 0 || !reader.has("conv1.weight")) {
    throw refusal(
      source,
      `it must hold "conv1.weight" and "layer1.0.conv1.weight", got ${
        listSome([...shapes.keys()])
      }`,
    );
  }
  const depth = request.depth ?? Math.min(available, 4);
  if (depth > available) {
    throw refusal(
      source,
      `layer${depth} must be in the file, got none beyond layer${available}`,
    );
  }
  const stem = reader.convolution("conv1", { norm: "bn1", inputs: 3, size: 7, stride: 2 });
  const layers: ResnetLayer[] = [];
  let inputs = stem.shape[0];
  for (let n = 1; n <= depth; n++) {
    const layer = readLayer(`layer${n}`, { reader, inputs, stride: n === 1 ? 1 : 2 });
    layers.push(layer);
    inputs = layer.channels;
  }
  reader.refuseUnread(layers.map(({ name }) => name));
  return { stem, layers };
}

type Reader = ReturnType<typeof createReader>;

function readLayer(
  name: string,
  { reader, inputs, stride }: { reader: Reader; inputs: number; stride: 1 | 2 },
): ResnetLayer {
  const count = countFrom(0, (n) => reader.has(`${name}.${n}.conv1.weight`));
  const blocks: ResnetBlock[] = [];
  let channels = inputs;
  for (let n = 0; n < count; n++) {
    const block = readBlock(`${name}.${n}`, {
      reader,
      inputs: channels,
      stride: n === 0 ? stride : 1,
    });
    blocks.push(block);
    channels = block.convolutions.at(-1)!.shape[0];
  }
  return { name, channels, blocks };
}

function readBlock(
  name: string,
  { reader, inputs, stride }: { reader: Reader; inputs: number; stride: 1 | 2 },
): ResnetBlock {
  const isBottleneck = reader.has(`${name}.conv3.weight`);
  const sizes = isBottleneck ? [1, 3, 1] : [3, 3];
  const strided = isBottleneck ? 1 : 0;
  const convolutions: ResnetConvolution[] = [];
  let channels = inputs;
  sizes.forEach((size, i) => {
    const convolution = reader.convolution(`${name}.conv${i + 1}`, {
      norm: `${name}.bn${i + 1}`,
      inputs: channels,
      size,
      stride: i === strided ? stride : 1,
      mayGroup: isBottleneck && size === 3,
    });
    convolutions.push(convolution);
    channels = convolution.shape[0];
  });
  const isNeeded = stride !== 1 || inputs !== channels;
  if (!isNeeded && !reader.has(`${name}.downsample.0.weight`)) {
    return { convolutions, shortcut: null };
  }
  const shortcut = reader.convolution(`${name}.downsample.0`, {
    norm: `${name}.downsample.1`,
    inputs,
    outputs: channels,
    size: 1,
    stride,
  });
  return { convolutions, shortcut };
}

/** What a convolution and its batch norm must be. */
interface Expectation {
  readonly norm: string;
  readonly inputs: number;
  readonly outputs?: number;
  readonly size: number;
  readonly stride: 1 | 2;
  /** Whether channels may fall into groups; default: they must not. */
  readonly mayGroup?: boolean;
}

/** Looks tensors up, checks them, and remembers which were asked for. */
function createReader(shapes: TensorShapes, source: string) {
  const root = findRoot(shapes);
  const read = new Set<string>();
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(root + name);
    if (shape === undefined) throw refusal(source, `it must hold "${root}${name}", got none`);
    read.add(root + name);
    return shape;
  };
  return {
    has: (name: string): boolean => shapes.has(root + name),
    convolution: (name: string, expected: Expectation): ResnetConvolution => {
      const { norm, inputs, size, stride } = expected;
      const shape = shapeOf(`${name}.weight`);
      const [outputs = 0, perGroup = 0] = shape;
      const groups = inputs / perGroup;
      const fits = shape.length === 4 && shape[2] === size && shape[3] === size &&
        outputs > 0 && Number.isInteger(groups) && outputs % groups === 0 &&
        (groups === 1 || expected.mayGroup === true) &&
        outputs === (expected.outputs ?? outputs);
      if (!fits) {
        const needed = [expected.outputs ?? "outputs", inputs, size, size].join(" × ");
        throw refusal(
          source,
          `"${root}${name}.weight" must be ${needed}, got ${shape.join(" × ")}`,
        );
      }
      for (const part of ["weight", "bias", "running_mean", "running_var"]) {
        const found = shapeOf(`${norm}.${part}`);
        if (found.length !== 1 || found[0] !== outputs) {
          throw refusal(
            source,
            `"${root}${norm}.${part}" must have ${outputs} values, got ${found.join(" × ")}`,
          );
        }
      }
      const place = { kernel: root + name, norm: root + norm };
      return { ...place, shape: [outputs, perGroup, size, size], stride, groups };
    },
    refuseUnread: (layers: readonly string[]): void => {
      const parts = ["conv1", "bn1", ...layers].map((part) => `${root}${part}.`);
      const strange = [...shapes.keys()].find((name) =>
        parts.some((part) => name.startsWith(part)) && !read.has(name) &&
        !name.endsWith(".num_batches_tracked")
      );
      if (strange !== undefined) {
        throw refusal(source, `it must be a plain ResNet, which has no "${strange}"`);
      }
    },
  };
}

/** What stands before every name, as where a network was saved inside another: "backbone.". */
function findRoot(shapes: TensorShapes): string {
  const mark = "layer1.0.conv1.weight";
  const found = [...shapes.keys()].find((name) => name === mark || name.endsWith(`.${mark}`));
  return found?.slice(0, found.length - mark.length) ?? "";
}

function countFrom(first: number, exists: (n: number) => boolean): number {
  let count = 0;
  while (exists(first + count)) count++;
  return count;
}

function listSome(names: readonly string[]): string {
  const some = names.slice(0, 3).map((name) => `"${name}"`).join(", ");
  return names.length === 0 ? "nothing" : `${some}${names.length > 3 ? ", …" : ""}`;
}

function refusal(source: string, what: string): RangeError {
  return new RangeError(`Cannot build a ResNet from "${source}": ${what}`);
}

/** What building appends to, and what it reads from. */
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

/** What batch norm has learned, one value per channel. */
export interface BatchNorm {
  /** Factor, γ. */
  readonly weight: Float32Array;
  /** Offset, β. */
  readonly bias: Float32Array;
  /** Running mean. */
  readonly mean: Float32Array;
  /** Running variance. */
  readonly variance: Float32Array;
}

/** What folding needs to know. */
export interface FoldOptions {
  /** Batch norm of the convolution's outputs. */
  readonly norm: BatchNorm;
  /** What errors call the convolution. */
  readonly source: string;
  /** Added to the variance; default 1e-5, PyTorch's. */
  readonly epsilon?: number;
}

/**
 * Folds batch norm into the kernel of a convolution without bias, in place, and returns the
 * bias. Computed in 64-bit floats and rounded once; takes O(values) time and no extra memory.
 */
export function foldBatchNorm(kernel: Float32Array, options: FoldOptions): Float32Array {
  const { norm: { weight, bias, mean, variance }, source, epsilon = 1e-5 } = options;
  const channels = weight.length;
  const lengths = [bias, mean, variance].map(({ length }) => length);
  if (channels === 0 || kernel.length % channels !== 0 || lengths.some((n) => n !== channels)) {
    throw new TypeError(
      `Cannot fold batch norm into "${source}": every output channel needs one weight, bias, mean ` +
        `and variance, got ${channels}, ${
          lengths.join(", ")
        } for a kernel of ${kernel.length} values`,
    );
  }
  const perChannel = kernel.length / channels;
  const folded = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = weight[channel]! / Math.sqrt(variance[channel]! + epsilon);
    const offset = bias[channel]! - mean[channel]! * factor;
    const isSound = variance[channel]! >= 0 && variance[channel]! < Infinity;
    if (!isSound || !Number.isFinite(factor) || !Number.isFinite(offset)) {
      throw new RangeError(
        `Cannot fold batch norm into "${source}": values must be finite and variances not negative, ` +
          `got variance ${variance[channel]}, weight ${weight[channel]}, bias ${bias[channel]}, ` +
          `mean ${mean[channel]} in channel ${channel}`,
      );
    }
    folded[channel] = offset;
    const end = (channel + 1) * perChannel;
    for (let i = channel * perChannel; i < end; i++) kernel[i]! *= factor;
  }
  return folded;
}
