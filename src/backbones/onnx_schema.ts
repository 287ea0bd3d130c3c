/**
 * Writes and reads ONNX files as objects.
 *
 * The names of the fields are the specification's in camel case. Tensors travel as raw bytes, never
 * as lists of numbers, so that files of hundreds of megabytes are written with one copy.
 *
 * @module
 */
import protobuf from "protobufjs";
import { onnxMessages } from "@/backbones/onnx_messages.ts";

const types = protobuf.parse(onnxMessages).root;
const modelType = types.lookupType("onnx.ModelProto");
const graphType = types.lookupType("onnx.GraphProto");

/** A whole ONNX file. */
export interface ModelProto {
  /** Version of the file format; 8 goes with operator set 18. */
  readonly irVersion?: number;
  /** Program that wrote the file. */
  readonly producerName?: string;
  /** Free text. */
  readonly docString?: string;
  /** The computation. */
  readonly graph?: GraphProto;
  /** Operator sets that the nodes refer to. */
  readonly opsetImport?: readonly OperatorSetIdProto[];
  /** Free text by key. */
  readonly metadataProps?: readonly StringStringEntryProto[];
  /** Operators that the file defines itself. */
  readonly functions?: readonly FunctionProto[];
}

/** One entry of a list of texts by key. */
export interface StringStringEntryProto {
  /** Key. */
  readonly key?: string;
  /** Text. */
  readonly value?: string;
}

/** An operator that is defined by nodes. */
export interface FunctionProto {
  /** Name of the operator. */
  readonly name?: string;
  /** Operator set that the operator belongs to. */
  readonly domain?: string;
  /** Names of the values that it reads. */
  readonly input?: readonly string[];
  /** Names of the values that it makes. */
  readonly output?: readonly string[];
  /** Names of settings without a default. */
  readonly attribute?: readonly string[];
  /** Operations. */
  readonly node?: readonly NodeProto[];
  /** Operator sets that the nodes refer to. */
  readonly opsetImport?: readonly OperatorSetIdProto[];
}

/** An operator set: the empty domain is ONNX's own. */
export interface OperatorSetIdProto {
  /** Who defines the operators. */
  readonly domain?: string;
  /** Version of the set. */
  readonly version?: number;
}

/** A computation: nodes in an order in which every value is made before it is used. */
export interface GraphProto {
  /** Name of the graph. */
  readonly name?: string;
  /** Operations. */
  readonly node?: readonly NodeProto[];
  /** Constant tensors. */
  readonly initializer?: readonly TensorProto[];
  /** Constant tensors of which most values are zero. */
  readonly sparseInitializer?: readonly SparseTensorProto[];
  /** Values that the caller gives. */
  readonly input?: readonly ValueInfoProto[];
  /** Values that the caller gets. */
  readonly output?: readonly ValueInfoProto[];
  /** Types of values in between, where known. */
  readonly valueInfo?: readonly ValueInfoProto[];
}

/** One operation. */
export interface NodeProto {
  /** Name of the node. */
  readonly name?: string;
  /** Operator, such as "Conv". */
  readonly opType?: string;
  /** Operator set; empty for ONNX's own. */
  readonly domain?: string;
  /** Names of the values it reads; empty where an optional one is left out. */
  readonly input?: readonly string[];
  /** Names of the values it makes. */
  readonly output?: readonly string[];
  /** Fixed settings. */
  readonly attribute?: readonly AttributeProto[];
  /** Tells apart functions of one name. */
  readonly overload?: string;
}

/** A fixed setting of a node; `type` says which of the other fields counts. */
export interface AttributeProto {
  /** Name of the setting. */
  readonly name?: string;
  /** 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings, 10 graphs. */
  readonly type?: number;
  /** Inside a function: the function's setting whose content this takes over. */
  readonly refAttrName?: string;
  /** A float. */
  readonly f?: number;
  /** An integer. */
  readonly i?: number;
  /** A string in UTF-8. */
  readonly s?: Uint8Array;
  /** A tensor. */
  readonly t?: TensorProto;
  /** A graph, as branches and loops have them. */
  readonly g?: GraphProto;
  /** Several graphs. */
  readonly graphs?: readonly GraphProto[];
  /** Floats. */
  readonly floats?: readonly number[];
  /** Integers. */
  readonly ints?: readonly number[];
  /** Strings in UTF-8. */
  readonly strings?: readonly Uint8Array[];
}

/** A constant tensor. */
export interface TensorProto {
  /** Name of the value. */
  readonly name?: string;
  /** Extent of every axis. */
  readonly dims?: readonly number[];
  /** Element type; see {@link elementTypes}. */
  readonly dataType?: number;
  /** Little-endian values in row-major order. */
  readonly rawData?: Uint8Array;
  /** Values of a float tensor, where the writer did not use raw bytes. */
  readonly floatData?: readonly number[];
  /** Values of a tensor of small integers or half floats, likewise. */
  readonly int32Data?: readonly number[];
  /** Values of an int64 tensor, likewise. */
  readonly int64Data?: readonly number[];
  /** Values of a double tensor, likewise. */
  readonly doubleData?: readonly number[];
  /** 1 where the values lie in another file. */
  readonly dataLocation?: number;
  /** Where in which file, if so. */
  readonly externalData?: readonly StringStringEntryProto[];
}

/** A constant tensor of which only some values are stored. */
export interface SparseTensorProto {
  /** The values that are stored; their name is the tensor's. */
  readonly values?: TensorProto;
  /** Where they stand. */
  readonly indices?: TensorProto;
  /** Extent of every axis. */
  readonly dims?: readonly number[];
}

/** Name and type of a value. */
export interface ValueInfoProto {
  /** Name of the value. */
  readonly name?: string;
  /** Type of the value. */
  readonly type?: TypeProto;
}

/** Type of a value; only tensors are known here. */
export interface TypeProto {
  /** Element type and shape. */
  readonly tensorType?: {
    /** Element type; see {@link elementTypes}. */
    readonly elemType?: number;
    /** Extents, where known. */
    readonly shape?: { readonly dim?: readonly DimensionProto[] };
  };
}

/** Extent of one axis: a number, a name that stands for any number, or nothing. */
export interface DimensionProto {
  /** Fixed extent. */
  readonly dimValue?: number;
  /** Name of an extent that is known only when the graph runs. */
  readonly dimParam?: string;
}

/** Element types by name, with their numbers in files. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

/** Name of an element type. */
export type ElementType = keyof typeof elementTypes;

/**
 * Writes a model as the bytes of an ONNX file.
 *
 * @param model The model; left unchanged. Tensor bytes are copied once.
 * @returns The file.
 *
 * @example A model and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeModel, encodeModel } from "@/backbones/onnx_schema.ts";
 *
 * const bytes = encodeModel({ irVersion: 8, graph: { name: "empty" } });
 * assert.equal(decodeModel(bytes).graph?.name, "empty");
 * ```
 */
export function encodeModel(model: ModelProto): Uint8Array {
  return plain(modelType.encode(model).finish());
}

/**
 * Writes a graph alone: a part of an ONNX file. Parts that stand one after the other are one graph.
 *
 * @param graph The graph; left unchanged. Tensor bytes are copied once.
 * @returns The content of the file's field for the graph.
 *
 * @example A graph that is nothing but its name
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeGraph } from "@/backbones/onnx_schema.ts";
 *
 * assert.deepEqual([...encodeGraph({ name: "g" })], [0x12, 1, "g".charCodeAt(0)]);
 * ```
 */
export function encodeGraph(graph: GraphProto): Uint8Array {
  return plain(graphType.encode(graph).finish());
}

/**
 * Reads the bytes of an ONNX file. Fields that the specification does not have are left out, and
 * integers beyond 2⁵³ are rounded: to pass a file on, keep its bytes (`foreign_model.ts`).
 *
 * @param bytes The file; tensors in the result share its memory.
 * @returns The model; a field that the file does not hold is missing.
 * @throws {SyntaxError} If the bytes are no protocol buffer of this schema or hold no graph.
 *
 * @example Something else than a model
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeModel } from "@/backbones/onnx_schema.ts";
 *
 * assert.throws(() => decodeModel(Uint8Array.of(1, 2, 3)), /^SyntaxError: Cannot read an ONNX model/);
 * ```
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = modelType.toObject(modelType.decode(plain(bytes)), { longs: Number });
  } catch (error) {
    throw new SyntaxError(
      `Cannot read an ONNX model: the ${bytes.length} bytes must be a protocol buffer, ` +
        `got "${error instanceof Error ? error.message : error}"`,
      { cause: error },
    );
  }
  if (model.graph === undefined) {
    throw new SyntaxError("Cannot read an ONNX model: the file must hold a graph, got none");
  }
  return model;
}

/** The same memory as a plain array: a Node buffer's `slice` would share what it seems to copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
