/**
 * Cuts a foreign model down to what some of its values need.
 *
 * @module
 */
import type { ForeignModel } from "@/backbones/foreign_model.ts";

/**
 * Leaves out every node, constant and input that the wanted values do not depend on.
 *
 * What branches and loops read from outside counts as needed. The order stays. Takes time linear in
 * the number of names.
 *
 * @param model The model; left unchanged.
 * @param wanted Names of values; one that the model does not make adds nothing.
 * @returns The part, whose outputs are those of the model's that are wanted.
 *
 * @example One of two branches
 * ```ts
 * import assert from "node:assert/strict";
 * import { readForeignModel } from "@/backbones/foreign_model.ts";
 * import { encodeModel } from "@/backbones/onnx_schema.ts";
 * import { pruneModel } from "@/backbones/prune_model.ts";
 *
 * const node = [
 *   { opType: "Relu", input: ["x"], output: ["y"] },
 *   { opType: "Exp", input: ["x"], output: ["z"] },
 *   { opType: "Neg", input: ["y"], output: ["-y"] },
 * ];
 * const file = encodeModel({ graph: { node, input: [{ name: "x" }] } });
 * const { nodes } = pruneModel(readForeignModel(file, { source: "net.onnx" }), ["-y"]);
 *
 * assert.deepEqual(nodes.map(({ makes }) => makes), [["y"], ["-y"]]);
 * ```
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
