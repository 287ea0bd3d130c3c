import assert from "node:assert/strict";
import { readResnetLayout, type ResnetConvolution, type ResnetLayout } from "@/backbones/resnet.ts";
import { countParameters, published, resnetShapes, type ResnetSizes } from "../helpers/resnet.ts";

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
