/**
 * Looks for tensors of an ONNX file whose values lie in other files.
 *
 * @module
 */
import { readFields } from "@/backbones/wire_fields.ts";

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
 * graph, of a branch or a loop, in a setting of a node, or in a function.
 *
 * Takes time linear in the number of fields; values of tensors are skipped.
 *
 * @param model The file.
 * @returns The tensor's name, which may be empty, or `null` if all values are in the file.
 * @throws {SyntaxError} If the bytes are no protocol buffer.
 *
 * @example A constant in a setting of a node
 * ```ts
 * import assert from "node:assert/strict";
 * import { findExternalTensor } from "@/backbones/find_external_tensor.ts";
 * import { encodeModel } from "@/backbones/onnx_schema.ts";
 *
 * const t = { name: "w", dims: [1], dataType: 1, dataLocation: 1 };
 * const node = [{ opType: "Constant", output: ["c"], attribute: [{ name: "value", type: 4, t }] }];
 *
 * assert.equal(findExternalTensor(encodeModel({ graph: { node } })), "w");
 * assert.equal(findExternalTensor(encodeModel({ graph: { name: "empty" } })), null);
 * ```
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
