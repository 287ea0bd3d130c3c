import assert from "node:assert/strict";
import { join } from "node:path";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("ONNX Runtime prints nothing when a graph cannot be run", async () => {
  const graph = createGraph({ name: "failing" });
  const x = graph.input("x", { type: "float32", shape: [2] });
  const fifth = graph.node("Gather", [x, graph.int64([4])], { axis: 0 });
  graph.output("y", fifth, { type: "float32", shape: [1] });
  const path = join(makeFolder(), "failing.onnx");
  await Deno.writeFile(path, graph.encode());
  // In a program of its own: only its first session decides what is printed.
  const code = `
    import * as ort from "onnxruntime-node";
    import "@/backbones/onnx_runtime.ts";
    const session = await ort.InferenceSession.create(${JSON.stringify(path)});
    const x = new ort.Tensor("float32", Float32Array.of(1, 2), [2]);
    await session.run({ x }).catch(() => console.log("failed"));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: join(import.meta.dirname!, "../.."),
  }).output();
  const text = new TextDecoder();
  assert.deepEqual([text.decode(stdout), text.decode(stderr)], ["failed\n", ""]);
});
