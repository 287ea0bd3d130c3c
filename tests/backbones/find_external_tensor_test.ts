import assert from "node:assert/strict";
import { findExternalTensor } from "@/backbones/foreign_model.ts";
import { encodeModel, type GraphProto } from "@/backbones/onnx_schema.ts";
import { foreignFile, smallGraph } from "../helpers/foreign.ts";

const w = { name: "w", dims: [1], dataType: 1, dataLocation: 1 };
const here = { name: "here", dims: [1], dataType: 1, rawData: new Uint8Array(4) };

const find = (graph: GraphProto) => findExternalTensor(encodeModel({ graph }));

/** A node with one setting. */
const set = (
  setting: NonNullable<NonNullable<GraphProto["node"]>[number]["attribute"]>[number],
) => [{ opType: "Any", attribute: [setting] }];

Deno.test("findExternalTensor() finds a tensor wherever the format can hold one", () => {
  const inside: GraphProto = { initializer: [here, w] };
  const places: GraphProto[] = [
    inside,
    { node: set({ name: "value", t: w }) },
    { node: set({ name: "then_branch", g: inside }) },
    // A branch in a branch.
    { node: set({ name: "body", g: { node: set({ name: "value", g: inside }) } }) },
  ];
  places.forEach((place) => assert.equal(find(place), "w"));
});

Deno.test("findExternalTensor() finds a tensor in a function, a list and a sparse tensor", () => {
  const message = (number: number, content: readonly number[]) => {
    assert.ok(content.length < 128);
    const tag = number * 8 + 2;
    const head = tag < 128 ? [tag] : [tag % 128 + 128, Math.floor(tag / 128)];
    return [...head, content.length, ...content];
  };
  // TensorProto: name (8) "w", data_location (14) EXTERNAL.
  const tensor = [...message(8, [0x77]), 14 * 8, 1];
  const attributes = [message(10, tensor), message(22, message(1, tensor))];
  for (const attribute of attributes) {
    const node = message(5, attribute);
    assert.equal(findExternalTensor(Uint8Array.from(message(7, message(1, node)))), "w");
    assert.equal(findExternalTensor(Uint8Array.from(message(25, message(7, node)))), "w");
  }
  const sparse = message(15, message(2, tensor));
  assert.equal(findExternalTensor(Uint8Array.from(message(7, sparse))), "w");
});

Deno.test("findExternalTensor() finds none where all values are in the file", () => {
  assert.equal(findExternalTensor(foreignFile(13)), null);
  assert.equal(find({ initializer: [{ ...w, dataLocation: 0 }] }), null);
  assert.equal(find({ initializer: [{ dims: [1], dataType: 1, dataLocation: 1 }] }), "");
  assert.throws(() => findExternalTensor(Uint8Array.of(1, 2, 3)), SyntaxError);
  assert.equal(findExternalTensor(foreignFile(13, { graph: smallGraph({ node: [] }) })), null);
});
