import assert from "node:assert/strict";
import { embeddedBackbone } from "@/io/embedded_backbone.ts";
import { createGraph } from "@/io/onnx_graph.ts";

Deno.test("embeddedBackbone knows its layers, and they make its defaults", () => {
  const { layers, defaultLayers, defaultSemanticLayer } = embeddedBackbone;
  assert.deepEqual(layers, ["stride8", "stride16", "stride32"]);
  assert.ok([...defaultLayers, defaultSemanticLayer].every((name) => layers.includes(name)));
});

Deno.test("embeddedBackbone has one fingerprint: that of the pinned weights", async () => {
  assert.match(await embeddedBackbone.fingerprint(), /^[0-9a-f]{64}$/);
  assert.equal(await embeddedBackbone.fingerprint(), await embeddedBackbone.fingerprint());
});

Deno.test("embeddedBackbone gives the channels of each layer in the order asked for", async () => {
  const graph = createGraph({ name: "test" });
  const input = graph.input("images", { type: "float32", shape: ["n", 3, 64, 64] });
  const layers = ["stride32", "stride8"];
  const maps = await embeddedBackbone.append(graph, { input, layers });
  assert.deepEqual(maps.map(({ channels }) => channels), [480, 32]);
});

Deno.test("embeddedBackbone names a layer that it does not have", async () => {
  const graph = createGraph({ name: "test" });
  const input = graph.input("images", { type: "float32", shape: ["n", 3, 64, 64] });
  await assert.rejects(embeddedBackbone.append(graph, { input, layers: ["layer4"] }), {
    name: "RangeError",
    message:
      'Cannot append the embedded backbone: layers must be among stride8, stride16, stride32, got "layer4"',
  });
});
