/**
 * An ONNX file that someone brings along, taken apart into nodes and constants.
 *
 * The parts stay the bytes that they are in the file, so that nothing is lost that this project does
 * not know: newer fields, functions, integers beyond 2⁵³.
 *
 * @module
 */
import { findExternalTensor } from "@/backbones/find_external_tensor.ts";
import { mapNodeNames } from "@/backbones/map_value_names.ts";
import { decodeModel, type ModelProto, type ValueInfoProto } from "@/backbones/onnx_schema.ts";
import { joinBytes, readFields, wrapField } from "@/backbones/wire_fields.ts";

/** An operation of a foreign model. */
export interface ForeignNode {
  /** The node as it is in the file. */
  readonly bytes: Uint8Array;
  /** Names that it reads, those inside its branches and loops included. */
  readonly reads: readonly string[];
  /** Names of the values that it makes. */
  readonly makes: readonly string[];
}

/** A constant tensor of a foreign model. */
export interface ForeignConstant {
  /** Name of the value. */
  readonly name: string;
  /** Field of the graph that holds it: 5, or 15 where it is sparse. */
  readonly field: number;
  /** The tensor as it is in the file. */
  readonly bytes: Uint8Array;
}

/** An ONNX file, or a part of one. */
export interface ForeignModel {
  /** Name of the file for messages. */
  readonly source: string;
  /** Version of ONNX's own operators that its nodes refer to; 0 if it names none. */
  readonly operatorSet: number;
  /** Version of the file format. */
  readonly irVersion: number;
  /** Values that the caller gives; those that have a constant as default are left out. */
  readonly inputs: readonly ValueInfoProto[];
  /** Values that it declares as its results. */
  readonly outputs: readonly ValueInfoProto[];
  /** Operations in the order of the file. */
  readonly nodes: readonly ForeignNode[];
  /** Constant tensors in the order of the file. */
  readonly constants: readonly ForeignConstant[];
  /** Whole fields of the file besides version and graph: operator sets, functions, metadata. */
  readonly rest: readonly Uint8Array[];
  /** Whole fields of the graph that are about all of it, such as metadata. */
  readonly graphRest: readonly Uint8Array[];
}

/**
 * Takes an ONNX file apart without decoding its weights.
 *
 * Left out is what running the model does not take: how to train it, and the notes on types and
 * quantization of values in between, which ONNX Runtime works out by itself.
 *
 * @param bytes The file; all parts share its memory.
 * @param options Name of the file for messages.
 * @returns The parts.
 * @throws {SyntaxError} If the file is no ONNX model.
 * @throws {RangeError} If its weights lie in other files.
 *
 * @example A file that this project could have written itself
 * ```ts
 * import assert from "node:assert/strict";
 * import { readForeignModel } from "@/backbones/foreign_model.ts";
 * import { encodeModel } from "@/backbones/onnx_schema.ts";
 *
 * const node = [{ opType: "Relu", input: ["x"], output: ["y"] }];
 * const file = encodeModel({ opsetImport: [{ version: 13 }], graph: { node, output: [{ name: "y" }] } });
 * const { operatorSet, nodes } = readForeignModel(file, { source: "net.onnx" });
 *
 * assert.equal(operatorSet, 13);
 * assert.deepEqual(nodes[0]!.reads, ["x"]);
 * ```
 */
export function readForeignModel(
  bytes: Uint8Array,
  options: { readonly source: string },
): ForeignModel {
  const { source } = options;
  try {
    return takeApart(bytes, source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `Cannot open "${source}": it must be an ONNX model, got ${bytes.length} bytes of something else`,
      { cause: error },
    );
  }
}

function takeApart(bytes: Uint8Array, source: string): ForeignModel {
  checkWeights(bytes, source);
  const nodes: ForeignNode[] = [], constants: ForeignConstant[] = [];
  const rest: Uint8Array[] = [], graphRest: Uint8Array[] = [], frame: Uint8Array[] = [];
  for (const { number, whole, body } of readFields(bytes)) {
    if (number === 1 || number === 8) frame.push(whole); // ir_version, opset_import
    // Left out besides these: training_info, global_mutable_initializer_name.
    if (![1, 7, 20, 30].includes(number)) rest.push(whole);
    if (number !== 7 || body === null) continue;
    const ends: Uint8Array[] = [];
    for (const { number, whole, body: part } of readFields(body)) {
      if (part === null) graphRest.push(whole);
      else if (number === 1) nodes.push(readNode(part));
      else if (number === 5) constants.push(readConstant(part));
      else if (number === 15) constants.push(readSparseConstant(part));
      else if (number === 11 || number === 12) ends.push(whole); // input, output
      // Left out besides these: name, value_info, quantization_annotation.
      else if (![2, 13, 14].includes(number)) graphRest.push(whole);
    }
    frame.push(...wrapField(7, ends));
  }
  const { graph, irVersion = 0, opsetImport = [] }: ModelProto = decodeModel(joinBytes(frame));
  const own = opsetImport.filter(({ domain = "" }) => domain === "" || domain === "ai.onnx");
  const given = new Set(constants.map(({ name }) => name));
  return {
    source,
    irVersion,
    operatorSet: Math.max(0, ...own.map(({ version = 0 }) => version)),
    inputs: (graph?.input ?? []).filter(({ name = "" }) => !given.has(name)),
    outputs: graph?.output ?? [],
    nodes,
    constants,
    rest,
    graphRest,
  };
}

function readNode(bytes: Uint8Array): ForeignNode {
  const reads: string[] = [], makes: string[] = [];
  mapNodeNames(bytes, (name, role) => {
    if (role === "reads") reads.push(name);
    if (role === "makes") makes.push(name);
    return name;
  });
  return { bytes, reads, makes };
}

function readSparseConstant(bytes: Uint8Array): ForeignConstant {
  const values = [...readFields(bytes)].find(({ number }) => number === 1)?.body;
  return { name: readConstant(values ?? new Uint8Array(0)).name, field: 15, bytes };
}

function readConstant(bytes: Uint8Array): ForeignConstant {
  const name = [...readFields(bytes)].find(({ number }) => number === 8)?.body;
  return { name: new TextDecoder().decode(name ?? new Uint8Array(0)), field: 5, bytes };
}

/** ONNX Runtime would look for the other file in the working directory. */
function checkWeights(bytes: Uint8Array, source: string): void {
  const name = findExternalTensor(bytes);
  if (name === null) return;
  throw new RangeError(
    `Cannot open "${source}": its weights must lie in the file itself, got ` +
      `${name === "" ? "a constant" : `"${name}"`} in another; save the weights inside the file`,
  );
}
