/**
 * Visits and changes the names of values in the nodes of an ONNX file, branches and loops included,
 * while every other byte stays as it was.
 *
 * @module
 */
import { editFields, type FieldEdits } from "@/backbones/wire_fields.ts";

/** What a node does to a value; "keeps": makes it inside of a branch or loop, for that alone. */
export type NameRole = "reads" | "makes" | "keeps";

/** Takes the name of a value, with what the node does to it, and returns the new name. */
export type NameMap = (name: string, role: NameRole) => string;

/**
 * Visits every name of a value in a node, and in the graphs that the node holds.
 *
 * A name that stands for a left-out input is empty and is not visited.
 *
 * @param node The node, as in a file (NodeProto).
 * @param map Called for every name; returns the new one.
 * @returns The node with the new names, in pieces.
 * @throws {SyntaxError} If the bytes are no protocol buffer.
 *
 * @example In capitals
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapNodeNames } from "@/backbones/map_value_names.ts";
 * import { decodeModel, encodeModel } from "@/backbones/onnx_schema.ts";
 * import { editFields, joinBytes } from "@/backbones/wire_fields.ts";
 *
 * const node = { opType: "Add", input: ["a", "b"], output: ["sum"] };
 * const file = encodeModel({ graph: { node: [node] } });
 * const capitals = (node: Uint8Array) => mapNodeNames(node, (name) => name.toUpperCase());
 * const edited = editFields(file, { 7: (graph) => editFields(graph, { 1: capitals }) });
 *
 * const [changed] = decodeModel(joinBytes(edited)).graph!.node!;
 * assert.deepEqual(changed, { opType: "Add", input: ["A", "B"], output: ["SUM"] });
 * ```
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
