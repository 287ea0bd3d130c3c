/**
 * A backbone that someone brings along as an ONNX file.
 *
 * Its layers are the file's outputs, or any value inside of it by its name. What they do not need is
 * left out, and the rest of a graph is appended to the file's own nodes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { adoptModel } from "@/backbones/adopt_model.ts";
import type { Backbone, BackboneGraph, BackbonePart, LayerValue } from "@/backbones/backbone.ts";
import { checkImageInput } from "@/backbones/check_image_input.ts";
import { type ForeignModel, readForeignModel } from "@/backbones/foreign_model.ts";
import { elementTypes, type ValueInfoProto } from "@/backbones/onnx_schema.ts";
import { type ProbedLayer, probeLayers } from "@/backbones/probe_layers.ts";
import { pruneModel } from "@/backbones/prune_model.ts";
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

/** The oldest operators that what is appended can be made of. */
const oldestOperatorSet = 11;

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
 * import { openOnnxBackbone } from "@/backbones/onnx_backbone.ts";
 * import { createGraph } from "@/backbones/onnx_graph.ts";
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
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isFile) return await Deno.readFile(path);
    throw new Error(
      `Cannot read "${path}": it must be a file, got a ${
        isDirectory ? "folder" : "device or pipe"
      }`,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot read "${path}": the file must exist`, { cause: error });
  }
}

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
