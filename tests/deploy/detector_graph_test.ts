import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { decodeModel } from "@/backbones/onnx_schema.ts";
import { detectorGraph, type DetectorGraphOptions } from "@/deploy/detector_graph.ts";
import { matrixOf } from "@/math/matrix.ts";

/** An embedder of 2 × 2 patches, each the sum of its pixels by channel; the mean is the semantics. */
function embedder(): Uint8Array {
  const graph = createGraph({ name: "embedder" });
  const images = graph.input("images", { type: "float32", shape: ["n", 3, 4, 4] });
  const pooled = graph.node("AveragePool", [images], { kernel_shape: [2, 2], strides: [2, 2] });
  const four = graph.tensor(Float32Array.of(4), { dims: [] });
  const sums = graph.node("Mul", [pooled, four]);
  const rows = graph.node("Transpose", [sums], { perm: [0, 2, 3, 1] });
  graph.output("embeddings", rows, { type: "float32", shape: ["n", 2, 2, 3] });
  const mean = graph.node("GlobalAveragePool", [images]);
  const flat = graph.node("Flatten", [mean], { axis: 1 });
  graph.output("semantics", flat, { type: "float32", shape: ["n", 3] });
  return graph.encode();
}

const options: DetectorGraphOptions = {
  embedder: { bytes: embedder(), path: "embedder.onnx" },
  metadata: { "hiercore.model": "test" },
  resize: 4,
  imagesize: 4,
  fit: "short_side",
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  scaling: "exact",
  groups: [{
    key: Float32Array.of(1, 0, 0),
    embeddings: matrixOf([[8, 0, 0]]),
    threshold: 16,
    patchMean: Infinity,
    keyDistance: Infinity,
  }],
  grid: { rows: 2, columns: 2 },
  numNeighbors: 1,
  routedGroups: 1,
  imageScore: "max",
  isHalf: false,
};

Deno.test("detectorGraph() goes from bytes to a decision in one graph", async () => {
  const { bytes, operatorSet } = detectorGraph(options);
  assert.equal(operatorSet, 18);
  const { graph, metadataProps } = decodeModel(bytes);
  assert.deepEqual(graph!.input!.map(({ name }) => name), ["image"]);
  assert.deepEqual(metadataProps, [{ key: "hiercore.model", value: "test" }]);
  const session = await ort.InferenceSession.create(bytes);
  // Red of 2 everywhere but 3 at one pixel: sums 8 three times and 9 once; squared distance 1.
  const pixels = new Uint8Array(4 * 4 * 3);
  for (let i = 0; i < pixels.length; i += 3) pixels[i] = 2;
  const judge = async (red: number): Promise<unknown[]> => {
    pixels[0] = red;
    const image = new ort.Tensor("uint8", pixels, [4, 4, 3]);
    const { score, anomalous, patch_scores } = await session.run({ image });
    return [score!.data[0], anomalous!.data[0], [...patch_scores!.data as Float32Array]];
  };
  assert.deepEqual(await judge(3), [1, 0, [1, 0, 0, 0]]);
  assert.deepEqual(await judge(6), [16, 1, [16, 0, 0, 0]]);
  await session.release();
});
