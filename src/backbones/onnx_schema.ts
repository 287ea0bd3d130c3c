/**
 * ONNX files as objects: the messages of the format, and how they are written and read.
 *
 * Field numbers are those of the public specification (onnx.proto, IR version 13), and the names
 * of the fields are the specification's in camel case. What this project never looks into is
 * declared as bytes, which are written as messages are. Tensors travel as raw bytes, never as
 * lists of numbers, so that files of hundreds of megabytes are written with one copy.
 *
 * @module
 */
import protobuf from "protobufjs";

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

/** Every message of an ONNX file in the language of protocol buffers. */
export const onnxMessages: string = `
syntax = "proto2";
package onnx;
message ModelProto {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional string domain = 4;
  optional int64 model_version = 5;
  optional string doc_string = 6;
  optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
  repeated bytes training_info = 20;
  repeated FunctionProto functions = 25;
  repeated bytes configuration = 26;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message FunctionProto {
  optional string name = 1;
  repeated string input = 4;
  repeated string output = 5;
  repeated string attribute = 6;
  repeated NodeProto node = 7;
  optional string doc_string = 8;
  repeated OperatorSetIdProto opset_import = 9;
  optional string domain = 10;
  repeated AttributeProto attribute_proto = 11;
  repeated ValueInfoProto value_info = 12;
  optional string overload = 13;
  repeated StringStringEntryProto metadata_props = 14;
}
message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  optional string doc_string = 10;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
  repeated bytes quantization_annotation = 14;
  repeated SparseTensorProto sparse_initializer = 15;
  repeated StringStringEntryProto metadata_props = 16;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string doc_string = 6;
  optional string domain = 7;
  optional string overload = 8;
  repeated StringStringEntryProto metadata_props = 9;
  repeated bytes device_configurations = 10;
}
message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11;
  optional string doc_string = 13;
  optional bytes tp = 14;
  repeated bytes type_protos = 15;
  optional int32 type = 20;
  optional string ref_attr_name = 21;
  optional SparseTensorProto sparse_tensor = 22;
  repeated SparseTensorProto sparse_tensors = 23;
}
message TensorProto {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  optional bytes segment = 3;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];
  optional string doc_string = 12;
  repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14;
  repeated StringStringEntryProto metadata_props = 16;
}
message SparseTensorProto {
  optional TensorProto values = 1;
  optional TensorProto indices = 2;
  repeated int64 dims = 3;
}
message ValueInfoProto {
  optional string name = 1;
  optional TypeProto type = 2;
  optional string doc_string = 3;
  repeated StringStringEntryProto metadata_props = 4;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
  optional bytes sequence_type = 4;
  optional bytes map_type = 5;
  optional string denotation = 6;
  optional bytes opaque_type = 7;
  optional bytes sparse_tensor_type = 8;
  optional bytes optional_type = 9;
}
message TensorShapeProto {
  message Dimension {
    oneof value { int64 dim_value = 1; string dim_param = 2; }
    optional string denotation = 3;
  }
  repeated Dimension dim = 1;
}
`;

const types = protobuf.parse(onnxMessages).root;
const modelType = types.lookupType("onnx.ModelProto");
const graphType = types.lookupType("onnx.GraphProto");

/** Writes a model as the bytes of an ONNX file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return plain(modelType.encode(model).finish());
}

/** Writes a graph alone; parts of an ONNX file that stand one after the other are one graph. */
export function encodeGraph(graph: GraphProto): Uint8Array {
  return plain(graphType.encode(graph).finish());
}

/**
 * Reads the bytes of an ONNX file. Fields that the specification does not have are left out, and
 * integers beyond 2⁵³ are rounded: to pass a file on, keep its bytes (`foreign_model.ts`).
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
