import assert from "node:assert/strict";
import { type ForeignModel, pruneModel, readForeignModel } from "@/backbones/foreign_model.ts";
import { encodeModel, type NodeProto } from "@/backbones/onnx_schema.ts";
import { createRandom } from "@/math/random.ts";
import { describe, drawConstant, foreignFile } from "../helpers/foreign.ts";

const source = "net.onnx";

function makesOf(model: ForeignModel): string[] {
  return model.nodes.flatMap(({ makes }) => makes);
}

Deno.test("pruneModel() drops dead nodes, constants and inputs and keeps the order", () => {
  const model = readForeignModel(foreignFile(13), { source });
  const part = pruneModel(model, ["coarse"]);
  assert.deepEqual(makesOf(part), ["Conv_3", "fine", "embeddings", "coarse"]);
  assert.deepEqual(part.constants.map(({ name }) => name), ["tensor_1", "tensor_2"]);
  assert.deepEqual(part.inputs.map(({ name }) => name), ["x"]);
  assert.deepEqual(part.outputs.map(({ name }) => name), ["coarse"]);
  assert.equal(model.nodes.length, 7);
  assert.deepEqual(pruneModel(model, ["none"]).nodes, []);
});

Deno.test("pruneModel() keeps what a branch inside a branch reads", () => {
  const deep = { name: "deep", node: [{ opType: "Neg", input: ["needed"], output: ["n"] }] };
  const branch = {
    name: "branch",
    node: [{
      opType: "If",
      input: ["k"],
      output: ["o"],
      attribute: [{ name: "b", type: 5, g: deep }],
    }],
  };
  const node: NodeProto[] = [
    { opType: "Exp", input: ["x"], output: ["needed"] },
    { opType: "Exp", input: ["x"], output: ["dead"] },
    { opType: "If", input: ["k"], output: ["y"], attribute: [{ name: "b", type: 5, g: branch }] },
  ];
  const graph = {
    node,
    input: [describe("x"), describe("k")],
    initializer: [drawConstant("c", [1])],
  };
  const part = pruneModel(readForeignModel(encodeModel({ graph }), { source }), ["y"]);
  assert.deepEqual(makesOf(part), ["needed", "y"]);
  assert.deepEqual(part.constants, []);
});

Deno.test("pruneModel() keeps a node for any of its results, and whatever order nodes are in", () => {
  const node: NodeProto[] = [
    { opType: "Neg", input: ["first"], output: ["y"] },
    { opType: "Split", input: ["x"], output: ["first", "second"] },
  ];
  const model = readForeignModel(encodeModel({ graph: { node } }), { source });
  assert.deepEqual(makesOf(pruneModel(model, ["y"])), ["y", "first", "second"]);
});

Deno.test("pruneModel() keeps exactly the nodes from which a path leads to a wanted value", () => {
  const random = createRandom(9);
  for (let round = 0; round < 30; round++) {
    // Node i reads two values made before it.
    const count = 12;
    const pick = (i: number): number => Math.floor(random.next() * i) - 1;
    const pairs = Array.from({ length: count }, (_, i) => [pick(i + 1), pick(i + 1)]);
    const name = (i: number): string => i < 0 ? "x" : `v${i}`;
    const node = pairs.map((pair, i) => ({
      opType: "Add",
      input: pair.map(name),
      output: [name(i)],
    }));
    const reaches = (i: number, goal: number): boolean =>
      i === goal || (goal >= 0 && pairs[goal]!.some((each) => reaches(i, each)));
    const goal = count - 1 - round % 4;
    const expected = pairs.flatMap((_, i) => reaches(i, goal) ? [name(i)] : []);
    const model = readForeignModel(encodeModel({ graph: { node } }), { source });
    assert.deepEqual(makesOf(pruneModel(model, [name(goal)])), expected);
  }
});
