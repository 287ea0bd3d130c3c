import assert from "node:assert/strict";
import {
  findExternalTensor,
  type ForeignModel,
  mapNodeNames,
  type NameMap,
  readForeignModel,
} from "@/backbones/foreign_model.ts";
import {
  type AttributeProto,
  decodeModel,
  encodeModel,
  type GraphProto,
  type NodeProto,
} from "@/backbones/onnx_schema.ts";
import { editFields, joinBytes } from "@/backbones/wire_fields.ts";
import { describe, foreignFile, smallGraph } from "../helpers/foreign.ts";

const source = "net.onnx";

function read(file: Uint8Array): ForeignModel {
  return readForeignModel(file, { source });
}

Deno.test("readForeignModel() takes a file apart without copying it", () => {
  const file = foreignFile(13);
  const model = read(file);
  assert.deepEqual([model.operatorSet, model.irVersion], [13, 8]);
  assert.deepEqual(model.inputs, smallGraph().input);
  assert.deepEqual(model.outputs, smallGraph().output);
  assert.deepEqual(model.nodes.map(({ reads, makes }) => ({ reads, makes })), [
    { reads: ["x", "tensor_1"], makes: ["Conv_3"] },
    { reads: ["Conv_3"], makes: ["fine"] },
    { reads: ["fine", "tensor_2"], makes: ["embeddings"] },
    { reads: ["embeddings"], makes: ["coarse"] },
    { reads: ["coarse"], makes: ["images"] },
    { reads: ["images"], makes: ["pooled"] },
    { reads: ["pooled", "classes"], makes: ["logits"] },
  ]);
  assert.deepEqual(model.constants.map(({ name, field }) => [name, field]), [
    ["tensor_1", 5],
    ["tensor_2", 5],
    ["classes", 5],
  ]);
  for (const { bytes } of [...model.nodes, ...model.constants]) {
    assert.equal(bytes.buffer, file.buffer);
  }
});

Deno.test("readForeignModel() tells inputs from constants that are declared as inputs", () => {
  const graph = smallGraph({
    input: [describe("tensor_1", [4, 3, 3, 3]), describe("x"), describe("sparse"), describe("y")],
    sparseInitializer: [{ values: { name: "sparse", rawData: new Uint8Array(4) }, dims: [9] }],
  });
  const model = read(foreignFile(13, { graph }));
  assert.deepEqual(model.inputs.map(({ name }) => name), ["x", "y"]);
  const sparse = model.constants.find(({ name }) => name === "sparse");
  assert.equal(sparse?.field, 15);
});

Deno.test("readForeignModel() reads what branches read, too", () => {
  const branch = (value: string) => ({ output: [describe(value)] });
  const attribute = [
    { name: "then_branch", type: 5, g: branch("a") },
    { name: "else_branch", type: 5, g: branch("b") },
  ];
  const node = [{ opType: "If", input: ["c"], output: ["d"], attribute }];
  const model = read(foreignFile(13, { graph: { name: "g", node } }));
  assert.deepEqual(model.nodes[0]!.reads, ["c", "a", "b"]);
});

Deno.test("readForeignModel() finds ONNX's own operator set under both of its names", () => {
  const sets = (...opsetImport: { domain?: string; version: number }[]) =>
    read(foreignFile(13, { opsetImport })).operatorSet;
  assert.equal(sets({ domain: "com.microsoft", version: 99 }, { version: 17 }), 17);
  assert.equal(sets({ domain: "ai.onnx", version: 12 }), 12);
  assert.equal(sets({ domain: "", version: 11 }, { domain: "ai.onnx", version: 14 }), 14);
  assert.equal(sets({ domain: "com.microsoft", version: 1 }), 0);
});

Deno.test("readForeignModel() keeps fields of the file and the graph that nobody knows", () => {
  // Field 100, a number, in the file; field 90, a text, in its graph (field 7).
  const more = Uint8Array.of(0xa0, 0x06, 5, 0x3a, 4, 0xd2, 0x05, 1, 0x61);
  const file = joinBytes([foreignFile(13), more]);
  const { rest, graphRest } = read(file);
  assert.deepEqual(rest.map((field) => [...field]).at(-1), [0xa0, 0x06, 5]);
  assert.deepEqual(graphRest.map((field) => [...field]), [[0xd2, 0x05, 1, 0x61]]);
});

Deno.test("readForeignModel() refuses weights in other files", () => {
  const initializer = [{
    name: "conv1.weight",
    dims: [1],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: "location", value: "net.onnx.data" }],
  }];
  assert.throws(() => read(foreignFile(13, { graph: smallGraph({ initializer }) })), {
    name: "RangeError",
    message: 'Cannot open "net.onnx": its weights must lie in the file itself, got ' +
      '"conv1.weight" in another; save the weights inside the file',
  });
  // A constant in a setting of a node often has no name.
  const value = { name: "value", type: 4, t: { ...initializer[0]!, name: "" } };
  const node = [{ opType: "Constant", output: ["c"], attribute: [value] }];
  assert.throws(() => read(foreignFile(13, { graph: smallGraph({ node }) })), {
    name: "RangeError",
    message: 'Cannot open "net.onnx": its weights must lie in the file itself, got ' +
      "a constant in another; save the weights inside the file",
  });
});

Deno.test("readForeignModel() refuses what is no ONNX model", () => {
  const whole = foreignFile(13);
  const cases = [
    new TextEncoder().encode("<html>not found</html>"),
    new Uint8Array(0),
    whole.subarray(0, whole.length - 7),
    encodeModel({ irVersion: 8 }),
    Uint8Array.of(0x50, 0x4b, 3, 4), // a ZIP archive, as PyTorch's own files are
  ];
  for (const bytes of cases) {
    assert.throws(() => read(bytes), {
      name: "SyntaxError",
      message: `Cannot open "net.onnx": it must be an ONNX model, got ${bytes.length} bytes of ` +
        "something else",
    });
  }
});

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

/** A node after its names were mapped. */
function mapNode(node: NodeProto, map: NameMap): NodeProto {
  const file = encodeModel({ graph: { node: [node] } });
  const edited = editFields(file, {
    7: (graph) => editFields(graph, { 1: (bytes) => mapNodeNames(bytes, map) }),
  });
  return decodeModel(joinBytes(edited)).graph!.node![0]!;
}

/** A node with every place in which a name can stand, two graphs deep. */
function nestedNode(name: (plain: string) => string): NodeProto {
  const inner: AttributeProto = {
    name: "body",
    type: 5,
    g: { name: "deep", node: [{ opType: "Neg", input: [name("outer")], output: [name("d")] }] },
  };
  const branch = {
    name: "branch",
    node: [{
      opType: "Loop",
      name: "z",
      input: ["", name("w")],
      output: [name("y")],
      attribute: [inner],
    }],
    initializer: [{ name: name("w"), dims: [1], dataType: 1, rawData: new Uint8Array(4) }],
    sparseInitializer: [{ values: { name: name("s"), rawData: Uint8Array.of(7) }, dims: [4] }],
    input: [{ name: name("i") }],
    output: [{ name: name("y") }],
    valueInfo: [{ name: name("y"), type: { tensorType: { elemType: 1 } } }],
  };
  return {
    opType: "If",
    name: "a",
    domain: "a",
    input: [name("a"), "", name("b")],
    output: [name("c")],
    attribute: [
      { name: "then_branch", type: 5, g: branch },
      { name: "a", type: 3, s: new TextEncoder().encode("a") },
      { name: "branches", type: 10, graphs: [branch] },
    ],
  };
}

Deno.test("mapNodeNames() changes the names of values at any depth and nothing else", () => {
  const mapped = mapNode(nestedNode((plain) => plain), (name) => `long prefix/${name}`);
  const expected = nestedNode((plain) => `long prefix/${plain}`);
  assert.deepEqual(
    mapped,
    decodeModel(encodeModel({ graph: { node: [expected] } })).graph!.node![0],
  );
});

Deno.test("mapNodeNames() leaves the node as it is where names stay", () => {
  const node = nestedNode((plain) => plain);
  assert.deepEqual(mapNode(node, (name) => name), mapNode(node, (name) => `${name}`));
  const file = encodeModel({ graph: { node: [node] } });
  const edited = editFields(file, {
    7: (graph) => editFields(graph, { 1: (bytes) => mapNodeNames(bytes, (name) => name) }),
  });
  assert.deepEqual(joinBytes(edited), file);
});

Deno.test("mapNodeNames() tells what is read from what is made", () => {
  const found = { reads: new Set<string>(), makes: new Set<string>(), keeps: new Set<string>() };
  mapNode(nestedNode((plain) => plain), (name, role) => {
    found[role].add(name);
    return name;
  });
  assert.deepEqual([...found.reads].sort(), ["a", "b", "outer", "w", "y"]);
  assert.deepEqual([...found.makes], ["c"]);
  assert.deepEqual([...found.keeps].sort(), ["d", "i", "s", "w", "y"]);
});
