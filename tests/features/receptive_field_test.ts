import assert from "node:assert/strict";
import { type ConvolutionStep, receptiveField, resnetReceptiveFields } from "@/features/reach.ts";
import { createRandom } from "@/math/random.ts";

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
