import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { openResnet } from "@/backbones/resnet.ts";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { appendPatchHead } from "@/features/patch_head.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "../helpers/folder.ts";
import { loadGolden, relativeError, testWithShared } from "../helpers/mod.ts";
import { runResnet, writeResnet } from "../helpers/resnet.ts";

const folder = makeFolder();
const name = "resnet";
const normalization = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const layers = ["layer1", "layer2", "layer3", "layer4"];

/** Feature maps of a file, with rows of the patch embedding of the first two layers if wanted. */
async function runFile(
  path: string,
  { images, wanted = layers, embedding = false }: {
    images: FeatureMap;
    wanted?: readonly string[];
    embedding?: boolean;
  },
): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>> {
  const { count, height, width, data } = images;
  const backbone = await openResnet({ name, path, normalization });
  const { graph, maps } = await backbone.build({ height, width, layers: wanted });
  maps.forEach(({ value, channels }, i) =>
    graph.output(wanted[i]!, value, { type: "float32", shape: ["n", channels, "h", "w"] })
  );
  if (embedding) {
    const head = { layers: maps, pretrainEmbedDimension: 1024, targetEmbedDimension: 1024 };
    const { value } = appendPatchHead(graph, head);
    graph.output("embedding", value, { type: "float32", shape: ["n", "r", "c", 1024] });
  }
  const session = await ort.InferenceSession.create(graph.encode());
  const tensor = new ort.Tensor("float32", data, [count, 3, height, width]);
  const results = await session.run({ images: tensor });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([key, { dims, data }]) => [key, {
      dims,
      data: data as Float32Array,
    }]),
  );
}

function drawImages(count: number, height: number, width: number): FeatureMap {
  const random = createRandom(5);
  const data = Float32Array.from({ length: count * 3 * height * width }, () => random.gaussian());
  return { count, channels: 3, height, width, data };
}

for (
  const sizes of [
    { block: "basic", depths: [2, 1, 1, 2], base: 4 },
    { block: "bottleneck", depths: [1, 2, 1, 1], base: 4, widening: 2 },
  ] as const
) {
  Deno.test(`openResnet() computes what the formulas say for ${sizes.block} blocks`, async () => {
    const file = `${sizes.block}.safetensors`;
    const tensors = await writeResnet(join(folder, file), { sizes });
    // Odd extents: 33 and 47 pixels do not halve evenly.
    const images = drawImages(2, 33, 47);
    const maps = await runFile(join(folder, file), { images });
    runResnet(tensors, { sizes, images }).forEach(({ channels, height, width, data }, i) => {
      const map = maps[layers[i]!]!;
      assert.deepEqual(map.dims, [2, channels, height, width]);
      const error = relativeError(map.data, data);
      assert.ok(error < 1e-5, `${layers[i]}: ${error}`);
    });
  });
}

Deno.test("openResnet() hands layers out in the order asked for, and reads no deeper", async () => {
  const sizes = { block: "basic", depths: [1, 1, 1, 1], base: 4 } as const;
  const path = join(folder, "layer3.safetensors");
  await writeResnet(path, { sizes, keep: (tensor) => /^(?:conv1|bn1|layer[123])/.test(tensor) });
  const backbone = await openResnet({ name, path, normalization });
  assert.deepEqual(backbone.layers, ["layer1", "layer2", "layer3"]);
  const wanted = ["layer3", "layer1", "layer3"];
  const { maps } = await backbone.build({ height: 64, width: 64, layers: wanted });
  assert.deepEqual(maps.map(({ channels }) => channels), [16, 4, 16]);
  const part = (layer: string) => ({ height: 64, width: 64, layers: ["layer2", layer] });
  await assert.rejects(backbone.build(part("layer4")), {
    name: "RangeError",
    message: `Cannot build a ResNet from "${path}": layer4 must be in the file, ` +
      "got none beyond layer3",
  });
  await assert.rejects(backbone.build(part("stride8")), {
    name: "RangeError",
    message: 'Cannot open backbone "resnet": layers must be among ' +
      '"layer1", "layer2", "layer3", "layer4", got "stride8"',
  });
  assert.match(await backbone.fingerprint(), /^[0-9a-f]{64}$/);
});

// Made with torchvision 0.14.1 from the same weights; see each fixture's "source".
for (
  const [golden, file] of [
    ["tiny_wide_resnet", "tiny_wide_resnet.safetensors"],
    ["tiny_wide_resnet", "tiny_wide_resnet.f16.safetensors"],
    ["tiny_resnet_basic", "tiny_resnet_basic.safetensors"],
  ] as const
) {
  testWithShared(
    `openResnet() agrees with torchvision on ${file}`,
    `golden/${file}`,
    async (path) => {
      const { f32 } = loadGolden(golden);
      const { data, shape } = f32("input");
      const [count, channels, height, width] = shape as [number, number, number, number];
      const maps = await runFile(path, { images: { count, channels, height, width, data } });
      // Half floats keep 11 bits of every weight, and PyTorch's results are those of all 24.
      const tolerance = file.includes(".f16.") ? 2e-3 : 1e-5;
      for (const layer of layers) {
        const expected = f32(layer);
        assert.deepEqual(maps[layer]!.dims, expected.shape);
        const error = relativeError(maps[layer]!.data, expected.data);
        assert.ok(error < tolerance, `${layer}: ${error}`);
      }
    },
  );
}

testWithShared(
  "openResnet() agrees with PyTorch and patchcore-inspection on a photograph",
  "weights/resnet18.tv_in1k.layer3.safetensors",
  async (path) => {
    const { f32 } = loadGolden("resnet18_real_image");
    const { data, shape } = f32("input");
    const images = { count: 1, channels: 3, height: shape[1]!, width: shape[2]!, data };
    const wanted = ["layer2", "layer3"];
    const made = await runFile(path, { images, wanted, embedding: true });
    for (const layer of wanted) {
      const error = relativeError(made[layer]!.data, f32(layer).data);
      assert.ok(error < 1e-5, `${layer}: ${error}`);
    }
    const rows = Float32Array.from(
      { length: 128 * 1024 },
      (_, i) => made.embedding!.data[Math.floor(i / 1024) * 8 * 1024 + i % 1024]!,
    );
    const error = relativeError(rows, f32("embedding").data);
    assert.ok(error < 1e-5, `embedding: ${error}`);
  },
);
