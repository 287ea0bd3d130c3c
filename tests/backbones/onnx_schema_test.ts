import assert from "node:assert/strict";
import protobuf from "protobufjs";
import {
  decodeModel,
  elementTypes,
  encodeGraph,
  encodeModel,
  onnxMessages,
} from "@/backbones/onnx_schema.ts";
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

const messages = protobuf.parse(onnxMessages).root;

/** An object with something in every field of a message, three messages deep. */
function fill(type: protobuf.Type, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    field.resolve();
    // Of two alternatives only the last would be kept.
    if (field.partOf !== null && field.partOf.fieldsArray[0] !== field) continue;
    const value = field.resolvedType instanceof protobuf.Type
      ? depth === 2 ? {} : fill(field.resolvedType, depth + 1)
      : field.type === "bytes"
      ? Uint8Array.of(8, field.id)
      : field.type === "string"
      ? `${type.name}.${field.name}`
      : field.id;
    object[field.name] = field.repeated ? [value, value] : value;
  }
  return object;
}

Deno.test("onnxMessages lets every field of every message through reading and writing", () => {
  const types = (messages.lookup("onnx") as protobuf.Namespace).nestedArray;
  assert.equal(types.length, 12);
  for (const type of types as protobuf.Type[]) {
    const bytes = type.encode(fill(type)).finish();
    const read = type.toObject(type.decode(bytes), { longs: Number });
    assert.deepEqual(Object.keys(read).sort(), Object.keys(fill(type)).sort());
    assert.deepEqual(type.encode(read).finish(), bytes);
  }
});

// Numbers from the specification's onnx.proto of IR version 13.
const numbers: Record<string, Record<string, number>> = {
  ModelProto: { graph: 7, opsetImport: 8, metadataProps: 14, functions: 25 },
  GraphProto: { node: 1, initializer: 5, quantizationAnnotation: 14, sparseInitializer: 15 },
  NodeProto: { opType: 4, attribute: 5, domain: 7, overload: 8, metadataProps: 9 },
  AttributeProto: { t: 5, g: 6, tensors: 10, graphs: 11, type: 20, refAttrName: 21 },
  TensorProto: { dims: 1, name: 8, rawData: 9, uint64Data: 11, externalData: 13, dataLocation: 14 },
  FunctionProto: { input: 4, node: 7, opsetImport: 9, domain: 10, overload: 13 },
};

Deno.test("onnxMessages has the specification's field numbers", () => {
  for (const [name, fields] of Object.entries(numbers)) {
    const type = messages.lookupType(`onnx.${name}`);
    for (const [field, id] of Object.entries(fields)) {
      assert.equal(type.fields[field]?.id, id, `${name}.${field}`);
    }
  }
});
