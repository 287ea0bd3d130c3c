import assert from "node:assert/strict";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import {
  type ConvolutionStep,
  featureReach,
  receptiveField,
  resnetReceptiveFields,
} from "@/features/reach.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

function mapOf(side: number, values: ArrayLike<number>, channels = 1): FeatureMap {
  return { count: 1, channels, height: side, width: side, data: Float32Array.from(values) };
}

Deno.test("featureReach() relates the change to the length of a feature vector", () => {
  // Two channels, vectors (3, 4) of length 5; the middle one becomes (3, 9): change 5, relative 1.
  const before = mapOf(3, [...Array(9).fill(3), ...Array(9).fill(4)], 2);
  const after = mapOf(3, before.data, 2);
  after.data[9 + 4] = 9;
  const { stride, rings } = featureReach(before, after, { imageSize: 48 });
  assert.equal(stride, 16);
  assert.deepEqual(rings, [{ distance: 0, change: 1 }, { distance: 16, change: 0 }]);
});

Deno.test("featureReach() finds the square that holds a share of the squared change", () => {
  // 4 × 4 positions, 10 pixels apart. Inner four: 1 each; outer twelve: 0.5, squared 0.25 each:
  // 4 inside, 3 outside. 4 ÷ 7 lie within 20 pixels. For all but a third of the 3 the square must
  // cover two thirds of the ring between half sides 10 and 20: h² = 100 + 2 ÷ 3 · 300.
  const before = mapOf(4, Array(16).fill(1));
  const isInner = (i: number): boolean =>
    [1, 2].includes(i % 4) && [1, 2].includes(Math.floor(i / 4));
  const after = mapOf(4, Array.from({ length: 16 }, (_, i) => isInner(i) ? 2 : 1.5));
  const reach = (share: number) => featureReach(before, after, { imageSize: 40, share }).diameter;
  assertClose(reach(4 / 7), 20, 1e-12);
  assertClose(reach(6 / 7), 2 * Math.sqrt(300), 1e-12);
  assertClose(reach(1), 40, 1e-12);
  // Spread evenly inside the innermost square, too: half of its change lies within half its area.
  assertClose(reach(2 / 7), 2 * Math.sqrt(50), 1e-12);
});

Deno.test("featureReach() does not depend on the scale of features or on the order of images", () => {
  const random = createRandom(8);
  const draw = (): FeatureMap => ({
    count: 2,
    channels: 3,
    height: 6,
    width: 6,
    data: Float32Array.from({ length: 2 * 3 * 36 }, () => random.gaussian()),
  });
  const before = draw(), after = draw();
  const expected = featureReach(before, after, { imageSize: 96 });
  const scaled = (map: FeatureMap) => ({ ...map, data: map.data.map((value) => 4 * value) });
  assert.deepEqual(featureReach(scaled(before), scaled(after), { imageSize: 96 }), expected);
  const swap = (map: FeatureMap) => {
    const half = map.data.length / 2;
    const data = Float32Array.from([...map.data.subarray(half), ...map.data.subarray(0, half)]);
    return { ...map, data };
  };
  const swapped = featureReach(swap(before), swap(after), { imageSize: 96 });
  assertClose(swapped.diameter, expected.diameter, 1e-12);
  // Unrelated features change everywhere alike: 90 % of the change fills 90 % of the area.
  assertClose(expected.diameter, 96 * Math.sqrt(0.9), 0.1);
});

Deno.test("featureReach() grows with the share", () => {
  const random = createRandom(9);
  const before = mapOf(7, Array.from({ length: 49 }, () => random.gaussian()));
  const after = mapOf(7, Array.from({ length: 49 }, () => random.gaussian()));
  let last = 0;
  for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
    const { diameter } = featureReach(before, after, { imageSize: 70, share });
    assert.ok(diameter > last && diameter <= 70 + 1e-9, `${share}: ${diameter}`);
    last = diameter;
  }
});

Deno.test("featureReach() says what does not fit", () => {
  const map = mapOf(2, [1, 1, 1, 1]);
  assert.throws(() => featureReach(map, mapOf(2, map.data), { imageSize: 8 }), {
    name: "RangeError",
    message: "Cannot measure reach: features must be finite, not all zero, and change, " +
      "got a change of 0 at a mean length of 1",
  });
  assert.throws(() => featureReach(map, mapOf(1, [1]), { imageSize: 8 }), {
    name: "TypeError",
    message: "Cannot measure reach: both feature maps must have the same square shape, " +
      "got 1 × 1 × 2 × 2 and 1 × 1 × 1 × 1",
  });
  assert.throws(() => featureReach(map, map, { imageSize: 8, share: 0 }), {
    name: "RangeError",
    message: "Cannot measure reach: share must be above 0 and at most 1, got 0",
  });
});

Deno.test("receptiveField() adds windows and multiplies strides", () => {
  // 7×7 of stride 2 sees 7 pixels. The 3×3 above it covers 3 positions, 2 pixels apart: 7 + 2 · 2.
  assert.deepEqual(receptiveField([{ kernel: 7, stride: 2 }]), { size: 7, stride: 2 });
  assert.deepEqual(
    receptiveField([{ kernel: 7, stride: 2 }, { kernel: 3, stride: 2 }]),
    { size: 11, stride: 4 },
  );
  assert.deepEqual(receptiveField([]), { size: 1, stride: 1 });
});

Deno.test("resnetReceptiveFields() finds those of ResNet-18", () => {
  // After the beginning: 11 pixels, stride 4. layer1: four 3×3 at stride 4 add 4 · 2 · 4 = 32.
  // layer2: one at 4 adds 8, three at 8 add 48. layer3: 16 + 96. layer4: 32 + 192.
  assert.deepEqual(resnetReceptiveFields({ depths: [2, 2, 2, 2], block: "basic" }), [
    { size: 43, stride: 4 },
    { size: 99, stride: 8 },
    { size: 211, stride: 16 },
    { size: 435, stride: 32 },
  ]);
});

Deno.test("resnetReceptiveFields() finds those of ResNet-50 and the wide ones like it", () => {
  // One 3×3 a block. layer1: 11 + 3 · 8. layer2: + 8 + 3 · 16. layer3: + 16 + 5 · 32. layer4: + 32 + 2 · 64.
  const fields = resnetReceptiveFields({ depths: [3, 4, 6, 3], block: "bottleneck" });
  assert.deepEqual(fields.map(({ size }) => size), [35, 91, 267, 427]);
});

/** The same by walking backwards from one position: the pixels that it depends on, one by one. */
function walkBack(steps: readonly ConvolutionStep[]): number {
  let positions = new Set([1000]);
  for (const { kernel, stride } of steps.toReversed()) {
    const below = new Set<number>();
    for (const position of positions) {
      for (let offset = 0; offset < kernel; offset++) below.add(position * stride + offset);
    }
    positions = below;
  }
  return Math.max(...positions) - Math.min(...positions) + 1;
}

Deno.test("receptiveField() agrees with walking back from a position pixel by pixel", () => {
  const random = createRandom(3);
  for (let seed = 0; seed < 30; seed++) {
    const steps = Array.from({ length: 1 + random.integer(5) }, () => ({
      kernel: 1 + random.integer(5),
      stride: 1 + random.integer(2),
    }));
    assert.equal(receptiveField(steps).size, walkBack(steps), JSON.stringify(steps));
  }
});

Deno.test("receptiveField() refuses a window of no size", () => {
  assert.throws(() => receptiveField([{ kernel: 0, stride: 1 }]), {
    name: "RangeError",
    message: "Cannot compute a receptive field: kernel must be a positive integer, got 0",
  });
  assert.throws(() => resnetReceptiveFields({ depths: [2, 0], block: "basic" }), {
    name: "RangeError",
    message: "Cannot compute a receptive field: depth must be a positive integer, got 0",
  });
});
