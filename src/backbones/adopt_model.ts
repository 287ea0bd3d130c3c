/**
 * Starts a graph that begins with a foreign model, or with two, one after the other.
 *
 * @module
 */
import { type ForeignModel, mapNodeNames } from "@/backbones/foreign_model.ts";
import {
  createGraph,
  type OnnxGraph,
  type OnnxShape,
  type OnnxValue,
} from "@/backbones/onnx_graph.ts";
import { encodeModel } from "@/backbones/onnx_schema.ts";
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
  const fields = renamedFields(model, { prefix, nameOf, inputs: [input], names });
  const { operatorSet, rest } = model;
  const beginning = { operatorSet, irVersion: irVersionOf(model), rest, fields, names };
  const graph = createGraph({ name, beginning });
  graph.input("images", shape);
  return { graph, nameOf };
}

/** From version 4 on constants need not be declared as inputs, which ours are not. */
function irVersionOf({ irVersion }: ForeignModel): number {
  return Math.max(4, irVersion);
}

/** Nodes and constants as fields of a graph, with their names changed; notes all names but inputs. */
function renamedFields(
  model: ForeignModel,
  { prefix, nameOf, inputs, names }: {
    readonly prefix: string;
    readonly nameOf: (name: string) => string;
    readonly inputs: readonly string[];
    readonly names: Set<string>;
  },
): Uint8Array[] {
  const rename = (each: string): string => {
    if (!inputs.includes(each)) names.add(nameOf(each));
    return nameOf(each);
  };
  const encode = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
  // Names of nodes, which no two nodes may share, are apart from those of values.
  const renameNode = (text: Uint8Array): Uint8Array[] =>
    text.length === 0 ? [text] : [...encode(prefix), text];
  return [
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
}

/** How two models are put one after the other. */
export interface ChainOptions {
  /** Name of the graph. */
  readonly name: string;
  /** Value of the first model that takes the place of the second one's input `images`. */
  readonly made: string;
  /** Inputs of the first model, which become those of the graph. */
  readonly inputs: Readonly<Record<string, OnnxShape>>;
  /** Texts by key that the file says about itself; default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A graph that begins with two models. */
export interface ChainedModels {
  /** The graph, to which more can be added. */
  readonly graph: OnnxGraph;
  /** Finds a value of the first model. */
  first(name: string): OnnxValue;
  /** Finds a value of the second model. */
  second(name: string): OnnxValue;
}

/**
 * Starts a graph with the nodes and constants of two models, of which the second takes what the
 * first makes. It imports the operator sets of the second, to which the first must keep.
 */
export function chainModels(
  models: { readonly first: ForeignModel; readonly second: ForeignModel },
  { name, made, inputs, metadata = {} }: ChainOptions,
): ChainedModels {
  const names = new Set<string>();
  const inFirst = (each: string): string => Object.hasOwn(inputs, each) ? each : `prepare/${each}`;
  const inSecond = (each: string): string => each === "images" ? inFirst(made) : prefix + each;
  const fields = [
    ...renamedFields(models.first, {
      prefix: "prepare/",
      nameOf: inFirst,
      inputs: Object.keys(inputs),
      names,
    }),
    ...renamedFields(models.second, { prefix, nameOf: inSecond, inputs: ["images"], names }),
  ];
  const { operatorSet, rest } = models.second;
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  const graph = createGraph({
    name,
    beginning: {
      operatorSet,
      irVersion: irVersionOf(models.second),
      rest: [...rest, encodeModel({ metadataProps })],
      fields,
      names,
    },
  });
  for (const [input, shape] of Object.entries(inputs)) graph.input(input, shape);
  return {
    graph,
    first: (each) => graph.value(inFirst(each)),
    second: (each) => graph.value(inSecond(each)),
  };
}
