/**
 * An ONNX file that someone brings along, taken apart into nodes and constants.
 *
 * The parts stay the bytes that they are in the file, so that nothing is lost that this project
 * does not know: newer fields, functions, integers beyond 2⁵³. `pruneModel` cuts a model down to
 * what some of its values need, and `mapNodeNames` visits and changes the names of values,
 * branches and loops included, while every other byte stays as it was. A file that refers to
 * tensors in other files is refused.
 *
 * @module
 */
import { decodeModel, type ModelProto, type ValueInfoProto } from "@/backbones/onnx_schema.ts";
import {
  editFields,
  type FieldEdits,
  joinBytes,
  readFields,
  wrapField,
} from "@/backbones/wire_fields.ts";

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
 * Takes an ONNX file apart without decoding its weights. Left out is what running the model does
 * not take: how to train it, and the notes on types and quantization of values in between, which
 * ONNX Runtime works out by itself.
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

/** Messages of the format in which a tensor can be, and which of their fields lead to it. */
const contents = {
  model: { 7: "graph", 25: "function" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
} as const;

/**
 * Finds the first tensor that refers to another file, wherever it is: among the constants of the
 * graph, of a branch or a loop, in a setting of a node, or in a function. Takes time linear in
 * the number of fields; values of tensors are skipped.
 */
export function findExternalTensor(model: Uint8Array): string | null {
  return findInside(model, "model");
}

function findInside(message: Uint8Array, kind: keyof typeof contents): string | null {
  const fields: Readonly<Record<number, keyof typeof contents | "tensor">> = contents[kind];
  for (const { number, body } of readFields(message)) {
    const inner = fields[number];
    if (inner === undefined || body === null) continue;
    const found = inner === "tensor" ? externalName(body) : findInside(body, inner);
    if (found !== null) return found;
  }
  return null;
}

/** Name of a tensor whose values lie elsewhere, else `null`. */
function externalName(tensor: Uint8Array): string | null {
  let name = "", isElsewhere = false;
  for (const { number, body, value } of readFields(tensor)) {
    if (number === 8 && body !== null) name = new TextDecoder().decode(body);
    if (number === 14) isElsewhere = value === 1; // data_location
  }
  return isElsewhere ? name : null;
}

/** What a node does to a value; "keeps": makes it inside of a branch or loop, for that alone. */
export type NameRole = "reads" | "makes" | "keeps";

/** Takes the name of a value, with what the node does to it, and returns the new name. */
export type NameMap = (name: string, role: NameRole) => string;

/**
 * Visits every name of a value in a node, and in the graphs that the node holds, but not the
 * empty name of a left-out input.
 */
export function mapNodeNames(node: Uint8Array, map: NameMap): Uint8Array[] {
  const reads = mapText(map, "reads");
  const keeps = mapText(map, "keeps");
  const inside: NameMap = (name, role) => map(name, role === "makes" ? "keeps" : role);
  /** A message with a name in it. */
  const named = (number: number, edit: FieldEdits[number]): FieldEdits[number] => (message) =>
    editFields(message, { [number]: edit });
  const pair = named(2, reads);
  const graph: FieldEdits[number] = (content) =>
    editFields(content, {
      1: (each) => mapNodeNames(each, inside), // node
      5: named(8, keeps), // initializer
      11: named(1, keeps), // input
      12: named(1, reads), // output
      13: named(1, reads), // value_info
      14: (annotation) => editFields(annotation, { 1: reads, 2: pair }), // quantization_annotation
      15: named(1, named(8, keeps)), // sparse_initializer
    });
  return editFields(node, {
    1: reads, // input
    2: mapText(map, "makes"), // output
    5: (attribute) => editFields(attribute, { 6: graph, 11: graph }), // attribute: g, graphs
  });
}

function mapText(map: NameMap, role: NameRole): FieldEdits[number] {
  return (text) =>
    text.length === 0
      ? [text]
      : [new TextEncoder().encode(map(new TextDecoder().decode(text), role))];
}

/**
 * Leaves out every node, constant and input that the wanted values do not depend on; what
 * branches and loops read from outside counts as needed, and the order stays. Takes time linear
 * in the number of names.
 */
export function pruneModel(model: ForeignModel, wanted: readonly string[]): ForeignModel {
  const { inputs, outputs, nodes, constants } = model;
  const makers = new Map(nodes.flatMap((node) => node.makes.map((name) => [name, node] as const)));
  const needed = new Set(wanted);
  const kept = new Set<typeof nodes[number]>();
  // A set may grow while it is gone through: what is added comes later.
  for (const name of needed) {
    const maker = makers.get(name);
    if (maker === undefined || kept.has(maker)) continue;
    kept.add(maker);
    maker.reads.forEach((each) => needed.add(each));
  }
  const isNeeded = ({ name = "" }: { readonly name?: string }): boolean => needed.has(name);
  return {
    ...model,
    inputs: inputs.filter(isNeeded),
    outputs: outputs.filter(({ name = "" }) => wanted.includes(name)),
    nodes: nodes.filter((node) => kept.has(node)),
    constants: constants.filter(isNeeded),
  };
}
