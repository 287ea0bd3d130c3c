/**
 * A backbone that someone brings along as an ONNX file.
 *
 * Its layers are the file's outputs, or any value inside of it by its name. What they do not
 * need is left out, and the rest of a graph is appended to the file's own nodes. Such a file
 * says little about itself: `checkImageInput` makes sure that it takes images of the wanted
 * size, and `probeLayers` runs it once on black images to find out what the layers look like.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as ort from "onnxruntime-node";
import { adoptModel } from "@/backbones/adopt_model.ts";
import type { Backbone, BackboneGraph, BackbonePart, LayerValue } from "@/backbones/backbone.ts";
import { type ForeignModel, pruneModel, readForeignModel } from "@/backbones/foreign_model.ts";
import "@/backbones/onnx_runtime.ts";
import { elementTypes, type ValueInfoProto } from "@/backbones/onnx_schema.ts";
import { openFile, readFully } from "@/files/read.ts";
import type { Normalization } from "@/images/read.ts";
import { closestName } from "@/messages.ts";

/** Which file to open, and what it expects. */
export interface OnnxBackboneOptions {
  /** Name in configurations and results. */
  readonly name: string;
  /** The ONNX file. */
  readonly path: string;
  /** Input range. */
  readonly normalization: Normalization;
  /** Values to list as layers; default: the file's float32 outputs of 4 or 2 axes. */
  readonly outputs?: readonly string[];
}

/**
 * Opens an ONNX file as a backbone.
 *
 * Opening reads the file once, for its outputs and its fingerprint, and keeps neither file nor
 * memory. Building reads it again, and runs the wanted part once to learn how many channels there
 * are. Listed are the file's outputs from fine to coarse where it declares their heights, else in
 * its own order; but any value that a node makes can be named as a layer.
 *
 * @param options The file and what belongs to it.
 * @returns The backbone; nothing stays open.
 * @throws {SyntaxError} If the file is no ONNX model.
 * @throws {RangeError} If its operator set is older than 11, its weights lie in other files, or it
 * does not have a value that is named.
 * @throws {Error} If there is no such file.
 *
 * @example A network of one convolution
 * ```ts
 * import assert from "node:assert/strict";
 * import { createGraph, openOnnxBackbone } from "@/backbones/mod.ts";
 *
 * const graph = createGraph({ name: "net" });
 * const x = graph.input("x", { type: "float32", shape: ["n", 3, "h", "w"] });
 * const kernel = graph.tensor(new Float32Array(5 * 3), { dims: [5, 3, 1, 1] });
 * const map = graph.node("Conv", [x, kernel]);
 * graph.output("map", map, { type: "float32", shape: ["n", 5, "h", "w"] });
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await Deno.writeFile(path, graph.encode());
 *
 * const normalization = { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
 * const backbone = await openOnnxBackbone({ name: "mine", path, normalization });
 * assert.deepEqual(backbone.layers, ["map"]);
 * const { maps } = await backbone.build({ height: 8, width: 8, layers: ["map"] });
 * assert.equal(maps[0]!.channels, 5);
 * await Deno.remove(path);
 * ```
 */
export async function openOnnxBackbone(options: OnnxBackboneOptions): Promise<Backbone> {
  const { name, path, normalization, outputs } = options;
  const { layers, fingerprint } = await describeFile(path, outputs);
  return {
    name,
    normalization,
    layers,
    fingerprint: () => Promise.resolve(fingerprint),
    build: async (part) => buildGraph(readModel(await readBytes(path), path), { name, part }),
  };
}

/** A function of its own, so that nothing of the file is kept alive by what is returned. */
async function describeFile(
  path: string,
  outputs?: readonly string[],
): Promise<{ readonly layers: readonly string[]; readonly fingerprint: string }> {
  const bytes = await readBytes(path);
  const model = readModel(bytes, path);
  outputs?.forEach((layer) => checkLayer(model, layer));
  return {
    layers: outputs ?? listLayers(model.outputs),
    fingerprint: createHash("sha256").update(bytes).digest("hex"),
  };
}

async function buildGraph(
  whole: ForeignModel,
  { name, part }: { readonly name: string; readonly part: BackbonePart },
): Promise<BackboneGraph> {
  const { height, width, layers } = part;
  layers.forEach((layer) => checkLayer(whole, layer));
  layers.forEach((layer) => checkDependence(whole, layer));
  const model = pruneModel(whole, layers);
  const { source } = model;
  const { input, batch: declared } = checkImageInput(model.inputs, { source, height, width });
  const probed = await probeLayers(model, {
    input,
    layers,
    height,
    width,
    ...(declared !== undefined && { batch: declared }),
  });
  const { batch } = probed;
  const shape = { type: "float32", shape: [batch ?? "n", 3, height, width] } as const;
  const { graph, nameOf } = adoptModel(model, { name, input, shape });
  const maps = layers.map((layer, i): LayerValue => {
    const { channels, isVector } = checkProbed(probed.layers[i]!, { source, layer });
    return { name: layer, value: graph.value(nameOf(layer)), channels, isVector };
  });
  return {
    graph,
    maps,
    ...(batch !== undefined && { batch }),
  };
}

async function readBytes(path: string): Promise<Uint8Array> {
  using file = await openFile(path);
  const bytes = new Uint8Array((await file.stat()).size);
  return bytes.subarray(0, await readFully(file, bytes));
}

/** The oldest operators that what is appended can be made of. */
const oldestOperatorSet = 11;

function readModel(bytes: Uint8Array, path: string): ForeignModel {
  const model = readForeignModel(bytes, { source: path });
  if (model.operatorSet < oldestOperatorSet) {
    throw new RangeError(
      `Cannot open "${path}": its operator set must be ${oldestOperatorSet} or later, ` +
        `got ${model.operatorSet || "none"}; export it again`,
    );
  }
  return model;
}

/** Names of the outputs that can be layers, from fine to coarse where all heights are declared. */
function listLayers(outputs: readonly ValueInfoProto[]): string[] {
  const usable = outputs.flatMap(({ name = "", type }) => {
    const { elemType, shape } = type?.tensorType ?? {};
    const dims = shape?.dim ?? [];
    const isUsable = elemType === elementTypes.float32 && (dims.length === 4 || dims.length === 2);
    // A vector is the coarsest.
    return isUsable ? [{ name, height: dims.length === 2 ? 0 : dims[2]!.dimValue }] : [];
  });
  const isKnown = usable.every(({ height }) => height !== undefined);
  const sorted = isKnown ? usable.toSorted((a, b) => b.height! - a.height!) : usable;
  return sorted.map(({ name }) => name);
}

/** Most names in a message. */
const mostNames = 8;

function checkLayer({ source, nodes, outputs }: ForeignModel, layer: string): void {
  if (layer !== "" && nodes.some(({ makes }) => makes.includes(layer))) return;
  const declared = outputs.map(({ name = "" }) => name);
  const closest = closestName(layer, [...declared, ...nodes.flatMap(({ makes }) => makes)]);
  const listed = declared.slice(0, mostNames).map((name) => `"${name}"`).join(", ");
  const more = declared.length - mostNames;
  throw new RangeError(
    `Cannot open "${source}": layers must be among its outputs ${listed || "(none)"}` +
      `${more > 0 ? ` and ${more} more` : ""} or be values inside of it, got "${layer}"` +
      `${closest === null ? "" : `, did you mean "${closest}"?`}`,
  );
}

/** What is the same for every image would tell none of them apart. */
function checkDependence(model: ForeignModel, layer: string): void {
  if (pruneModel(model, [layer]).inputs.length > 0) return;
  throw new RangeError(
    `Cannot open "${model.source}": layer "${layer}" must depend on the images, got a constant`,
  );
}

/** Which file it is about, and how large the images are. */
export interface ImageInputOptions {
  /** Name of the file for messages. */
  readonly source: string;
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
}

/** The input that takes the images. */
export interface ImageInput {
  /** Name of the input. */
  readonly input: string;
  /** Number of images that it takes at once, where it takes no other; missing: any. */
  readonly batch?: 1;
}

/** Finds the one input of a model, and checks it as far as the file declares its shape. */
export function checkImageInput(
  inputs: readonly ValueInfoProto[],
  options: ImageInputOptions,
): ImageInput {
  const { source, height, width } = options;
  const [first] = inputs;
  if (first === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    throw new RangeError(
      `Cannot open "${source}": its layers must need one input, got ${names || "none"}`,
    );
  }
  const { name: input = "", type } = first;
  const what = `Cannot open "${source}": its input "${input}" must`;
  const { elemType = elementTypes.float32, shape } = type?.tensorType ?? {};
  if (elemType !== elementTypes.float32) {
    const names = Object.entries(elementTypes);
    const found = names.find(([, number]) => number === elemType)?.[0] ?? `type ${elemType}`;
    throw new TypeError(`${what} be float32, got ${found}; export it again as float32`);
  }
  if (shape === undefined) return { input };
  // Older exporters write 0 or -1 for an extent that is free.
  const dims = (shape.dim ?? []).map(({ dimValue = 0 }) => dimValue < 1 ? undefined : dimValue);
  if (dims.length !== 4) {
    throw new TypeError(`${what} have 4 axes (n × 3 × height × width), got ${dims.length}`);
  }
  const [batch, channels, rows, columns] = dims;
  if ((channels ?? 3) !== 3) {
    throw new TypeError(
      columns === 3
        ? `${what} be n × 3 × height × width, got channels last; export it with channels first`
        : `${what} have 3 channels, got ${channels}`,
    );
  }
  if ((rows ?? height) !== height || (columns ?? width) !== width) {
    throw new RangeError(
      `${what} take ${height}×${width} images, ` +
        `got a file that takes ${rows ?? "any"}×${columns ?? "any"} alone`,
    );
  }
  if ((batch ?? 1) !== 1) {
    throw new RangeError(`${what} take one image at a time or any number, got ${batch} at a time`);
  }
  return { input, ...(batch === 1 && { batch }) };
}

/** Which values, and on which images. */
export interface ProbeOptions {
  /** Name of the model's input. */
  readonly input: string;
  /** Names of the values. */
  readonly layers: readonly string[];
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Number of images, where the model takes no other; default: any. */
  readonly batch?: 1;
}

/** What a value turned out to be. */
export interface ProbedLayer {
  /** Element type in ONNX Runtime's words. */
  readonly type: string;
  /** Extents for one run. */
  readonly dims: readonly number[];
}

/** What the run showed. */
export interface ProbedLayers {
  /** The values in the order in which they were named. */
  readonly layers: readonly ProbedLayer[];
  /** Number of images that the model takes at once; missing: any. */
  readonly batch?: 1;
}

/**
 * Runs a foreign model on two black images, or on one if it does not take two: a model can be
 * fixed to one image without saying so, when a shape inside of it is. Takes the memory of the
 * encoded model and what ONNX Runtime needs beside it, and frees both.
 */
export async function probeLayers(
  model: ForeignModel,
  options: ProbeOptions,
): Promise<ProbedLayers> {
  const { source } = model;
  const session = await attempt(source, openProbe(model, options));
  try {
    if (options.batch === undefined) {
      const layers = await run(session, { ...options, count: 2 }).catch(() => null);
      if (layers?.every(({ dims }) => dims[0] === 2)) return { layers };
    }
    const layers = await attempt(source, run(session, { ...options, count: 1 }));
    layers.forEach(({ dims }, i) => {
      if (dims[0] === 1) return;
      throw new TypeError(
        `Cannot open "${source}": the first extent of layer "${options.layers[i]}" must be the ` +
          `number of images, got ${dims.join("×") || "no extents"} for one image`,
      );
    });
    return { layers, batch: 1 };
  } finally {
    await session.release();
  }
}

function openProbe(model: ForeignModel, options: ProbeOptions): Promise<ort.InferenceSession> {
  const { input, layers, height, width, batch = "n" } = options;
  const shape = { type: "float32", shape: [batch, 3, height, width] } as const;
  const { graph, nameOf } = adoptModel(model, { name: "probe", input, shape });
  layers.forEach((layer, i) => graph.output(`layer ${i}`, graph.value(nameOf(layer))));
  return ort.InferenceSession.create(graph.encode(), { graphOptimizationLevel: "disabled" });
}

async function run(
  session: ort.InferenceSession,
  options: ProbeOptions & { readonly count: number },
): Promise<ProbedLayer[]> {
  const { layers, height, width, count } = options;
  const data = new Float32Array(count * 3 * height * width);
  const images = new ort.Tensor("float32", data, [count, 3, height, width]);
  const results = await session.run({ images });
  return layers.map((_, i) => {
    const { type, dims } = results[`layer ${i}`]!;
    return { type, dims };
  });
}

async function attempt<Result>(source: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(
      `Cannot open "${source}": ONNX Runtime must be able to run it, got "${firstLine(error)}"`,
      { cause: error },
    );
  }
}

/** Without the place in ONNX Runtime's own code that some messages begin with. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]!.replace(/^\S+:\d+ [^(]*\(.*?\) /, "");
}

function checkProbed(
  { type, dims }: ProbedLayer,
  { source, layer }: { readonly source: string; readonly layer: string },
): { readonly channels: number; readonly isVector: boolean } {
  if (type !== "float32") {
    throw new TypeError(`Cannot open "${source}": layer "${layer}" must be float32, got ${type}`);
  }
  if (dims.length !== 4 && dims.length !== 2) {
    const hint = dims.length === 3 ? ", as the tokens of a transformer have" : "";
    throw new TypeError(
      `Cannot open "${source}": layer "${layer}" must be a feature map (n × channels × height × ` +
        `width) or a vector (n × values), got ${dims.length} axes${hint}`,
    );
  }
  return { channels: dims[1]!, isVector: dims.length === 2 };
}
