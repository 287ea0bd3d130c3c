/**
 * Reads TensorFlow.js graph models: a JSON file that lists operations and weights, beside the
 * files that hold the weights' bytes.
 *
 * Weights may be stored as 32-bit values or as half floats; other quantisations are refused.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { float16ToFloat32 } from "@/math/number_formats.ts";

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

/**
 * Reads a TensorFlow.js graph model from disk.
 *
 * @param path The model's JSON file; the weight files lie where it says, beside it.
 * @returns Operations and decoded weights.
 * @throws {SyntaxError} If the file is no graph model, or a weight is stored in an unknown way.
 *
 * @example A model of one constant
 * ```ts
 * import assert from "node:assert/strict";
 * import { join } from "node:path";
 * import { readTfjsModel } from "@/backbones/tfjs_model.ts";
 *
 * const folder = Deno.makeTempDirSync();
 * const weights = [{ name: "half", shape: [1], dtype: "float32", quantization: { dtype: "float16" } }];
 * const model = {
 *   format: "graph-model",
 *   modelTopology: { node: [{ name: "half", op: "Const" }] },
 *   weightsManifest: [{ paths: ["one.bin"], weights }],
 * };
 * Deno.writeTextFileSync(join(folder, "one.json"), JSON.stringify(model));
 * Deno.writeFileSync(join(folder, "one.bin"), Uint8Array.of(0x00, 0x38)); // 0.5 as a half float
 *
 * const { weights: read } = await readTfjsModel(join(folder, "one.json"));
 * Deno.removeSync(folder, { recursive: true });
 *
 * assert.deepEqual([...read.get("half")!.data], [0.5]);
 * ```
 */
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
    const bytes = await readJoined(group.paths.map((each) => join(dirname(path), each)));
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

async function readJoined(paths: readonly string[]): Promise<Uint8Array> {
  const parts = await Promise.all(paths.map((path) => Deno.readFile(path)));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
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
