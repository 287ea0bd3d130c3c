/**
 * Builds ONNX graphs: values, constant tensors and operations in, the bytes of an ONNX file out.
 *
 * @module
 */
import {
  type AttributeProto,
  type ElementType,
  elementTypes,
  encodeGraph,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "@/backbones/onnx_schema.ts";
import { joinBytes, wrapField } from "@/backbones/wire_fields.ts";
import { bytesOf } from "@/math/number_formats.ts";

/** A value inside one graph: an input, a constant, or what an operation made. */
export interface OnnxValue {
  /** Name in the file. */
  readonly name: string;
}

/** Arrays that can become constant tensors; the element type follows from the array. */
export type TensorArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

/**
 * Setting of an operation. A bare number is an integer; floats say so, as ONNX tells them apart.
 */
export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Element type and extents of an input or output. */
export interface OnnxShape {
  /** Element type. */
  readonly type: ElementType;
  /** Extents: a number, or a name for one that is known only when the graph runs. */
  readonly shape: readonly (number | string)[];
}

/** Shape and name of a constant tensor. */
export interface OnnxTensorOptions {
  /** Extents, whose product is the array's length; default: one axis. `[]` makes a scalar. */
  readonly dims?: readonly number[];
  /** Name in the file; default: numbered. */
  readonly name?: string;
}

/** What a graph begins with when it is not empty: parts of a file, as they were. */
export interface GraphBeginning {
  /** Version of ONNX's own operators that the file imports. */
  readonly operatorSet: number;
  /** Version of the file format; at least 4. */
  readonly irVersion: number;
  /** Whole fields of the file besides version and graph, imports of operator sets among them. */
  readonly rest: readonly Uint8Array[];
  /** Whole fields of its graph, in pieces: nodes and constant tensors, no input or output. */
  readonly fields: readonly Uint8Array[];
  /** Names of all values in it. */
  readonly names: Iterable<string>;
}

/** What a graph is called, and what it begins with. */
export interface CreateGraphOptions {
  /** Name of the graph. */
  readonly name: string;
  /** Nodes and constants of another file that come first; default: none. */
  readonly beginning?: GraphBeginning;
}

/** An ONNX graph under construction. */
export interface OnnxGraph {
  /** Version of ONNX's own operators that its nodes must keep to. */
  readonly operatorSet: number;
  /** Declares a value that the caller gives when the graph runs. */
  input(name: string, shape: OnnxShape): OnnxValue;
  /** Looks up a value of what the graph began with. */
  value(name: string): OnnxValue;
  /** Adds a constant tensor; the array must not change before {@link OnnxGraph.encode}. */
  tensor(data: TensorArray, options?: OnnxTensorOptions): OnnxValue;
  /** Adds a constant list of 64-bit integers, as shapes and axes are given. */
  int64(values: readonly number[]): OnnxValue;
  /** Adds an operation with one result; `null` leaves out an optional input. */
  node(
    operator: string,
    inputs: readonly (OnnxValue | null)[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): OnnxValue;
  /** Adds an operation with several results. */
  nodes(
    operator: string,
    inputs: readonly (OnnxValue | null)[],
    options: {
      /** Number of results. */
      readonly outputs: number;
      /** Settings; default: none. */
      readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
    },
  ): OnnxValue[];
  /** Hands a value to the caller under a name of its own; without a shape, any will do. */
  output(name: string, value: OnnxValue, shape?: OnnxShape): void;
  /** Writes the graph as the bytes of an ONNX file. */
  encode(): Uint8Array;
}

/** What a graph that begins empty is written for; 8 goes with operator set 18. */
const ownOperatorSet = 18;
const ownIrVersion = 8;

/**
 * Starts a graph: an empty one for operator set 18, or one that goes on where another file ended.
 *
 * Methods throw a `RangeError` for a name that is taken or missing, a value of another graph or a
 * fractional integer attribute, and a `TypeError` where a tensor's extents do not fit its array.
 *
 * @param options Name of the graph, and what it begins with.
 * @returns The graph, to be filled and encoded.
 *
 * @example Twice the input
 * ```ts
 * import assert from "node:assert/strict";
 * import * as ort from "onnxruntime-node";
 * import { createGraph } from "@/backbones/mod.ts";
 *
 * const graph = createGraph({ name: "double" });
 * const x = graph.input("x", { type: "float32", shape: ["n"] });
 * const two = graph.tensor(Float32Array.of(2), { dims: [] });
 * graph.output("y", graph.node("Mul", [x, two]), { type: "float32", shape: ["n"] });
 *
 * const session = await ort.InferenceSession.create(graph.encode());
 * const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 4), [2]) });
 * assert.deepEqual([...(y!.data as Float32Array)], [2, 8]);
 * ```
 */
export function createGraph(options: CreateGraphOptions): OnnxGraph {
  const { beginning } = options;
  const found = new Set(beginning?.names);
  const taken = new Set(found);
  const values = new WeakSet<OnnxValue>();
  const node: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const input: ValueInfoProto[] = [];
  const output: ValueInfoProto[] = [];
  const where = `ONNX graph "${options.name}"`;

  const claim = (name: string): string => {
    if (name === "" || taken.has(name)) {
      throw new RangeError(
        `Cannot add to ${where}: names must be new and not empty, got "${name}"`,
      );
    }
    taken.add(name);
    return name;
  };
  const number = (stem: string): string => {
    let index = taken.size;
    while (taken.has(`${stem}_${index}`)) index++;
    return `${stem}_${index}`;
  };
  const own = (name: string): OnnxValue => {
    const value = Object.freeze({ name });
    values.add(value);
    return value;
  };
  const nameOf = (value: OnnxValue | null): string => {
    if (value === null) return "";
    if (!values.has(value)) {
      throw new RangeError(
        `Cannot add to ${where}: values must belong to this graph, got "${value.name}" of another`,
      );
    }
    return value.name;
  };
  const graph: OnnxGraph = {
    operatorSet: beginning?.operatorSet ?? ownOperatorSet,
    value: (name) => {
      if (!found.has(name)) {
        throw new RangeError(
          `Cannot find a value in ${where}: its name must be one that the graph began with, ` +
            `got "${name}"`,
        );
      }
      return own(name);
    },
    input: (name, shape) => {
      input.push(valueInfo(claim(name), shape));
      return own(name);
    },
    tensor: (data, { dims = [data.length], name = number("tensor") } = {}) => {
      const count = dims.reduce((product, extent) => product * extent, 1);
      if (count !== data.length || !dims.every((each) => Number.isInteger(each) && each >= 0)) {
        throw new TypeError(
          `Cannot add tensor "${name}" to ${where}: the extents' product must be the number of ` +
            `values, got [${dims}] for ${data.length} values`,
        );
      }
      initializer.push({ name: claim(name), dims, ...storedAs(data) });
      return own(name);
    },
    int64: (numbers) => graph.tensor(BigInt64Array.from(numbers, BigInt)),
    node: (operator, inputs, attributes = {}) =>
      graph.nodes(operator, inputs, { outputs: 1, attributes })[0]!,
    nodes: (operator, inputs, { outputs, attributes = {} }) => {
      const names = inputs.map(nameOf);
      const attribute = Object.entries(attributes).map(([name, value]) =>
        toAttribute(name, { operator, value })
      );
      const made = Array.from({ length: outputs }, () => claim(number(operator)));
      node.push({ name: made[0]!, opType: operator, input: names, output: made, attribute });
      return made.map(own);
    },
    output: (name, value, shape) => {
      node.push({ name, opType: "Identity", input: [nameOf(value)], output: [claim(name)] });
      output.push(valueInfo(name, shape));
    },
    encode: () => {
      if (output.length === 0) {
        throw new RangeError(`Cannot encode ${where}: at least one output is needed, got none`);
      }
      const made = { name: options.name, node, initializer, input, output };
      if (beginning === undefined) {
        return encodeModel({
          irVersion: ownIrVersion,
          producerName: "hiercore-lab",
          opsetImport: [{ domain: "", version: ownOperatorSet }],
          graph: made,
        });
      }
      const { irVersion, rest, fields } = beginning;
      const graphFields = [...fields, encodeGraph(made)];
      return joinBytes([encodeModel({ irVersion }), ...rest, ...wrapField(7, graphFields)]);
    },
  };
  return graph;
}

function valueInfo(name: string, declared?: OnnxShape): ValueInfoProto {
  if (declared === undefined) return { name };
  const { type, shape } = declared;
  const dim = shape.map((each) =>
    typeof each === "number" ? { dimValue: each } : { dimParam: each }
  );
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function storedAs(data: TensorArray): { dataType: number; rawData: Uint8Array } {
  const type: ElementType = data instanceof Float32Array
    ? "float32"
    : data instanceof Float64Array
    ? "float64"
    : data instanceof Int32Array
    ? "int32"
    : data instanceof BigInt64Array
    ? "int64"
    : "uint8";
  return { dataType: elementTypes[type], rawData: bytesOf(data) };
}

function toAttribute(
  name: string,
  { operator, value }: { operator: string; value: OnnxAttribute },
): AttributeProto {
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === "object" && "float" in value) return { name, type: 1, f: value.float };
  if (typeof value === "object" && "floats" in value) {
    return { name, type: 6, floats: value.floats };
  }
  const numbers: readonly number[] = typeof value === "number" ? [value] : value;
  const fraction = numbers.find((each) => !Number.isInteger(each));
  if (fraction !== undefined) {
    throw new RangeError(
      `Cannot set ${operator}.${name}: a bare number must be an integer ` +
        `(write { float: … } for a float), got ${fraction}`,
    );
  }
  return typeof value === "number" ? { name, type: 2, i: value } : { name, type: 7, ints: numbers };
}
