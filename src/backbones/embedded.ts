/**
 * The embedded backbone: a MobileNetV3 that an npm package ships, so that nothing is downloaded.
 *
 * It is the feature extractor of the CenterNet object detector in `@vladmandic/human` (MIT),
 * trained on COCO, stored as a TensorFlow.js graph with half-float weights. It takes RGB from 0
 * to 255 as it is.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Backbone } from "@/backbones/backbone.ts";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { readTfjsModel } from "@/backbones/tfjs_model.ts";
import { convertTfjs } from "@/backbones/tfjs_to_onnx.ts";

/** Node of the graph behind every layer; 32, 88 and 480 channels. */
const nodes: Readonly<Record<string, string>> = {
  stride8: "tower_0/MobilenetV3/expanded_conv_5/add",
  stride16: "tower_0/MobilenetV3/expanded_conv_11/add",
  stride32: "tower_0/extern1/hard_swish/mul_1",
};

/** MobileNetV3 of CenterNet with feature maps at an 8th, a 16th and a 32nd of the image. */
export const embeddedBackbone: Backbone = {
  name: "embedded",
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  layers: Object.keys(nodes),
  fingerprint: async () => {
    const hash = createHash("sha256");
    for (const extension of ["json", "bin"]) hash.update(await Deno.readFile(modelFile(extension)));
    return hash.digest("hex");
  },
  build: async ({ height, width, layers }) => {
    const outputs = layers.map((layer) => {
      const node = nodes[layer];
      if (node === undefined) {
        throw new RangeError(
          `Cannot open backbone "embedded": layers must be among ` +
            `${Object.keys(nodes).map((each) => `"${each}"`).join(", ")}, got "${layer}"`,
        );
      }
      return node;
    });
    const graph = createGraph({ name: "embedded" });
    const shape = ["n", 3, height, width];
    const input = graph.input("images", { type: "float32", shape });
    const model = await readTfjsModel(modelFile("json"));
    return { graph, maps: convertTfjs(model, { graph, input, outputs }) };
  },
};

/** The package exports its code only; the model lies beside the folder of its main file. */
function modelFile(extension: string): string {
  const main = import.meta.resolve("@vladmandic/human");
  return fileURLToPath(new URL(`../models/centernet.${extension}`, main));
}
