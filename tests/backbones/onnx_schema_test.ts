import assert from "node:assert/strict";
import { decodeModel, elementTypes, encodeGraph, encodeModel } from "@/backbones/onnx_schema.ts";
import { joinBytes, wrapField } from "@/backbones/wire_fields.ts";

const model = {
  irVersion: 8,
  producerName: "test",
  opsetImport: [{ domain: "", version: 18 }],
  graph: {
    name: "g",
    node: [{ opType: "Relu", input: ["x"], output: ["y"] }],
    initializer: [{
      name: "w",
      dataType: elementTypes.float32,
      dims: [2],
      rawData: new Uint8Array(Float32Array.of(1, -2).buffer),
    }],
  },
};

Deno.test("encodeModel() and decodeModel() are each other's inverse", () => {
  const { graph, irVersion, opsetImport } = decodeModel(encodeModel(model));
  assert.equal(irVersion, 8);
  assert.equal(opsetImport?.[0]?.version, 18);
  assert.deepEqual(graph?.node?.[0]?.output, ["y"]);
  const [tensor] = graph?.initializer ?? [];
  assert.deepEqual(tensor?.dims, [2]);
  assert.deepEqual([...tensor!.rawData!], [...model.graph.initializer[0]!.rawData]);
});

Deno.test("encodeModel() writes ONNX's own field numbers", () => {
  // Field 1 (ir_version) as a varint: tag 0x08, value 8. Field 7 (graph), length-delimited: 0x3a.
  const bytes = encodeModel({ irVersion: 8, graph: { name: "g" } });
  assert.deepEqual([...bytes], [0x08, 8, 0x3a, 3, 0x12, 1, "g".charCodeAt(0)]);
});

Deno.test("encodeGraph() writes parts that make one graph when they are joined", () => {
  const part = (name: string) => ({
    node: [{ opType: "Relu", input: [name], output: [`${name}y`] }],
  });
  const graph = joinBytes([encodeGraph(part("a")), encodeGraph({ ...part("b"), name: "both" })]);
  const model = decodeModel(joinBytes(wrapField(7, [graph])));
  assert.deepEqual(model.graph!.node!.map(({ output }) => output), [["ay"], ["by"]]);
  assert.equal(model.graph!.name, "both");
});

Deno.test("decodeModel() refuses what holds no graph", () => {
  assert.throws(() => decodeModel(encodeModel({ irVersion: 8 })), {
    name: "SyntaxError",
    message: "Cannot read an ONNX model: the file must hold a graph, got none",
  });
  assert.throws(() => decodeModel(new TextEncoder().encode("<html>not found</html>")), {
    name: "SyntaxError",
    message: /^Cannot read an ONNX model: the 22 bytes must be a protocol buffer/,
  });
});
