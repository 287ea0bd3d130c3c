import assert from "node:assert/strict";
import { mapNodeNames, type NameMap } from "@/backbones/foreign_model.ts";
import {
  type AttributeProto,
  decodeModel,
  encodeModel,
  type NodeProto,
} from "@/backbones/onnx_schema.ts";
import { editFields, joinBytes } from "@/backbones/wire_fields.ts";

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
