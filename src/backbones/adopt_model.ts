/**
 * Starts a graph that begins with a foreign model.
 *
 * @module
 */
import { type ForeignModel, mapNodeNames } from "@/backbones/foreign_model.ts";
import { createGraph, type OnnxGraph, type OnnxShape } from "@/backbones/onnx_graph.ts";
import { editFields, joinBytes, wrapField } from "@/backbones/wire_fields.ts";

/** What becomes of the model's input. */
export interface AdoptOptions {
  /** Name of the graph. */
  readonly name: string;
  /** The model's input, which is called `images` in the graph. */
  readonly input: string;
  /** Element type and extents of the images. */
  readonly shape: OnnxShape;
}

/** A graph that begins with a foreign model. */
export interface AdoptedModel {
  /** The graph, to which more can be added; its one input is `images`. */
  readonly graph: OnnxGraph;
  /** Says under which name the graph holds a value of the model. */
  readonly nameOf: (name: string) => string;
}

/** Stands before all names of the model's values and nodes, so that none of ours is among them. */
const prefix = "backbone/";

/**
 * Starts a graph with the nodes and constants of a foreign model, at its operator set. Every
 * value and node bears the model's name with "backbone/" before it; everything else that nodes,
 * constants, functions and metadata say stays as it is.
 */
export function adoptModel(model: ForeignModel, options: AdoptOptions): AdoptedModel {
  const { name, input, shape } = options;
  const names = new Set<string>();
  const nameOf = (each: string): string => each === input ? "images" : prefix + each;
  const rename = (each: string): string => {
    if (each !== input) names.add(nameOf(each));
    return nameOf(each);
  };
  const encode = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
  // Names of nodes, which no two nodes may share, are apart from those of values.
  const renameNode = (text: Uint8Array): Uint8Array[] =>
    text.length === 0 ? [text] : [...encode(prefix), text];
  const fields = [
    ...model.graphRest,
    ...model.nodes.flatMap(({ bytes }) => {
      const node = joinBytes(editFields(bytes, { 3: renameNode }));
      return wrapField(1, mapNodeNames(node, rename));
    }),
    ...model.constants.flatMap(({ name: constant, field, bytes }) => {
      const toName = () => encode(rename(constant));
      const toTensor = (tensor: Uint8Array): Uint8Array[] => editFields(tensor, { 8: toName });
      return wrapField(field, field === 5 ? toTensor(bytes) : editFields(bytes, { 1: toTensor }));
    }),
  ];
  const { operatorSet, rest } = model;
  // From version 4 on constants need not be declared as inputs, which ours are not.
  const irVersion = Math.max(4, model.irVersion);
  const beginning = { operatorSet, irVersion, rest, fields, names };
  const graph = createGraph({ name, beginning });
  graph.input("images", shape);
  return { graph, nameOf };
}
