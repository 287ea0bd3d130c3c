import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import {
  type BatchNorm,
  foldBatchNorm,
  openResnet,
  readResnetLayout,
  type ResnetConvolution,
  type ResnetLayout,
} from "@/backbones/resnet.ts";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { appendPatchHead } from "@/features/patch_head.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "../helpers/folder.ts";
import { assertClose, loadGolden, relativeError, testWithShared } from "../helpers/mod.ts";
import {
  countParameters,
  published,
  resnetShapes,
  type ResnetSizes,
  runResnet,
  writeResnet,
} from "../helpers/resnet.ts";

function drawNorm(channels: number): BatchNorm {
  const random = createRandom(7);
  const draw = (from: number) =>
    Float32Array.from({ length: channels }, () => from + random.next());
  return { weight: draw(-0.5), bias: draw(-0.5), mean: draw(-0.5), variance: draw(0) };
}

Deno.test("foldBatchNorm() makes one step of two: the kernel, then the norm", () => {
  const random = createRandom(3);
  const norm = drawNorm(4);
  const kernel = Float32Array.from({ length: 4 * 6 }, () => random.gaussian());
  const inputs = Float32Array.from({ length: 6 }, () => random.gaussian());
  const dot = (weights: Float32Array, channel: number) =>
    inputs.reduce((sum, value, i) => sum + value * weights[channel * 6 + i]!, 0);
  const folded = kernel.slice();
  const bias = foldBatchNorm(folded, { norm, source: "conv" });
  for (let channel = 0; channel < 4; channel++) {
    const centred = dot(kernel, channel) - norm.mean[channel]!;
    const expected = centred / Math.sqrt(norm.variance[channel]! + 1e-5) * norm.weight[channel]! +
      norm.bias[channel]!;
    assertClose(dot(folded, channel) + bias[channel]!, expected, 1e-5);
  }
});

Deno.test("foldBatchNorm() changes nothing by an identity, as converted files hold it", () => {
  const kernel = Float32Array.of(1, 2, 3, 4);
  const [ones, zeros] = [1, 0].map((value) => new Float32Array(2).fill(value));
  const norm = { weight: ones!, bias: zeros!, mean: zeros!, variance: ones! };
  const bias = foldBatchNorm(kernel, { norm, source: "conv", epsilon: 0 });
  assert.deepEqual([...kernel], [1, 2, 3, 4]);
  assert.deepEqual([...bias], [0, 0]);
});

Deno.test("foldBatchNorm() refuses values and lengths that cannot be right", () => {
  const norm = drawNorm(2);
  assert.throws(() => foldBatchNorm(new Float32Array(5), { norm, source: "layer1.0.conv1" }), {
    name: "TypeError",
    message:
      'Cannot fold batch norm into "layer1.0.conv1": every output channel needs one weight, ' +
      "bias, mean and variance, got 2, 2, 2, 2 for a kernel of 5 values",
  });
  for (const variance of [-1, NaN, Infinity]) {
    const broken = { ...norm, variance: Float32Array.of(1, variance) };
    const fold = () => foldBatchNorm(new Float32Array(4), { norm: broken, source: "conv1" });
    assert.throws(fold, {
      name: "RangeError",
      message: new RegExp(
        `^Cannot fold batch norm into "conv1": values must be finite and variances not negative, ` +
          `got variance ${variance}, weight .* in channel 1$`,
      ),
    });
  }
});

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

const source = "net.safetensors";
const basic: ResnetSizes = { block: "basic", depths: [1, 2, 1, 1], base: 8 };
const bottleneck: ResnetSizes = { block: "bottleneck", depths: [2, 1, 1, 1], base: 8, widening: 2 };

function convolutionsOf({ stem, layers }: ResnetLayout): ResnetConvolution[] {
  const blocks = layers.flatMap((layer) => layer.blocks);
  return [
    stem,
    ...blocks.flatMap(({ convolutions, shortcut }) => [
      ...convolutions,
      ...(shortcut === null ? [] : [shortcut]),
    ]),
  ];
}

/** Kernels, and two values per channel of batch norm. */
function countValues(layout: ResnetLayout): number {
  const each = convolutionsOf(layout).map(({ shape }) =>
    shape.reduce((product, extent) => product * extent, 1) + 2 * shape[0]
  );
  return each.reduce((sum, values) => sum + values, 0);
}

Deno.test("readResnetLayout() finds every parameter of torchvision's networks", () => {
  for (const { name, sizes, parameters } of published) {
    const shapes = resnetShapes(sizes);
    assert.equal(countParameters(shapes), parameters, name);
    const layout = readResnetLayout(shapes, { source });
    assert.equal(countValues(layout), parameters, name);
    assert.deepEqual(layout.layers.map(({ blocks }) => blocks.length), sizes.depths, name);
    const expansion = sizes.block === "basic" ? 1 : 4;
    assert.deepEqual(
      layout.layers.map(({ channels }) => channels),
      [64, 128, 256, 512].map((width) => width * expansion),
    );
  }
});

Deno.test("readResnetLayout() puts the stride where torchvision has it", () => {
  const strides = (sizes: ResnetSizes) =>
    readResnetLayout(resnetShapes(sizes), { source }).layers.map(({ blocks: [first] }) => [
      ...first!.convolutions.map(({ stride }) => stride),
      first!.shortcut?.stride ?? 0,
    ]);
  // A basic block strides in its first 3×3 convolution, a bottleneck in its only one.
  assert.deepEqual(strides(basic), [[1, 1, 0], [2, 1, 2], [2, 1, 2], [2, 1, 2]]);
  const later = [1, 2, 1, 2];
  assert.deepEqual(strides(bottleneck), [[1, 1, 1, 1], later, later, later]);
});

Deno.test("readResnetLayout() goes as deep as is wanted, and needs nothing beyond", () => {
  const shapes = resnetShapes(basic);
  for (const name of [...shapes.keys()]) if (name.startsWith("layer4")) shapes.delete(name);
  assert.equal(readResnetLayout(shapes, { source }).layers.length, 3);
  assert.equal(readResnetLayout(shapes, { source, depth: 2 }).layers.length, 2);
  assert.throws(() => readResnetLayout(shapes, { source, depth: 4 }), {
    name: "RangeError",
    message: 'Cannot build a ResNet from "net.safetensors": layer4 must be in the file, ' +
      "got none beyond layer3",
  });
  shapes.set("layer3.0.se.fc1.weight", [1]);
  assert.equal(readResnetLayout(shapes, { source, depth: 2 }).layers.length, 2);
});

Deno.test("readResnetLayout() sees groups, and names that stand before every name", () => {
  const shapes = resnetShapes(bottleneck);
  // Width 32 in 4 groups of 8, as ResNeXt has them.
  shapes.set("layer2.0.conv2.weight", [32, 8, 3, 3]);
  const prefixed = new Map([...shapes].map(([name, shape]) => [`model.net.${name}`, shape]));
  const { layers, stem } = readResnetLayout(prefixed, { source });
  const [, middle] = layers[1]!.blocks[0]!.convolutions;
  assert.deepEqual([middle!.groups, middle!.shape], [4, [32, 8, 3, 3]]);
  assert.equal(stem.kernel, "model.net.conv1");
});

Deno.test("readResnetLayout() says what a file lacks or has too much of", () => {
  const refuses = (change: (shapes: Map<string, number[]>) => void, what: string): void => {
    const shapes = resnetShapes(bottleneck);
    change(shapes);
    assert.throws(() => readResnetLayout(shapes, { source }), {
      name: "RangeError",
      message: `Cannot build a ResNet from "net.safetensors": ${what}`,
    });
  };
  refuses(
    (shapes) => shapes.delete("layer2.0.bn3.running_var"),
    'it must hold "layer2.0.bn3.running_var", got none',
  );
  refuses(
    (shapes) => shapes.delete("layer2.0.downsample.0.weight"),
    'it must hold "layer2.0.downsample.0.weight", got none',
  );
  refuses(
    (shapes) => shapes.set("layer2.0.conv1.weight", [32, 31, 1, 1]),
    '"layer2.0.conv1.weight" must be outputs × 32 × 1 × 1, got 32 × 31 × 1 × 1',
  );
  refuses(
    (shapes) => shapes.set("conv1.weight", [9, 1, 7, 7]),
    '"conv1.weight" must be outputs × 3 × 7 × 7, got 9 × 1 × 7 × 7',
  );
  refuses(
    (shapes) => shapes.set("bn1.bias", [7]),
    '"bn1.bias" must have 8 values, got 7',
  );
  refuses(
    (shapes) => shapes.set("layer3.0.se.fc1.weight", [8]),
    'it must be a plain ResNet, which has no "layer3.0.se.fc1.weight"',
  );
  // timm's ResNet-D: three convolutions instead of the first.
  refuses(
    (shapes) => {
      shapes.delete("conv1.weight");
      shapes.set("conv1.0.weight", [8, 3, 3, 3]);
    },
    'it must hold "conv1.weight" and "layer1.0.conv1.weight", ' +
      'got "bn1.weight", "bn1.bias", "bn1.running_mean", …',
  );
  refuses(
    (shapes) => shapes.clear(),
    'it must hold "conv1.weight" and "layer1.0.conv1.weight", got nothing',
  );
});
