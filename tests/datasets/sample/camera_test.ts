import assert from "node:assert/strict";
import { addNoise, drawExposure, expose } from "@/datasets/sample/camera.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../../helpers/mod.ts";

const plain = { gain: 1, balance: [1, 1, 1], blur: 0.5, vignette: 0 } as const;

Deno.test("expose() gives the square root of even light", () => {
  // 255 · √0.25 = 127.5; light below 0.6 is not compressed.
  const values = expose(new Float32Array(12 * 12 * 3).fill(0.25), { pixels: 8, exposure: plain });
  for (const value of values) assertClose(value, 127.5, 1e-5);
});

Deno.test("expose() never darkens when light grows, and stays within range", () => {
  let previous = -1;
  for (const light of [0, 0.1, 0.5, 0.6, 0.8, 2, 50]) {
    const radiance = new Float32Array(8 * 8 * 3).fill(light);
    const value = expose(radiance, { pixels: 8, exposure: plain })[0]!;
    assert.ok(value > previous && value <= 255 + 1e-3, `light ${light}`);
    previous = value;
  }
});

Deno.test("expose() spreads a bright point farther when the blur is larger", () => {
  const radiance = new Float32Array(18 * 18 * 3);
  radiance.fill(1, (9 * 18 + 9) * 3, (9 * 18 + 9) * 3 + 3);
  const peak = (blur: number): number =>
    Math.max(...expose(radiance, { pixels: 9, exposure: { ...plain, blur } }));
  assert.ok(peak(0.5) > peak(1));
});

Deno.test("expose() loses light in the corners by half the vignette per axis", () => {
  // In the first pixel u = v = −1: the share that is left is 1 − vignette.
  const exposure = { ...plain, vignette: 0.36 };
  const values = expose(new Float32Array(8 * 8 * 3).fill(0.25), { pixels: 8, exposure });
  assertClose(values[0]!, 127.5 * 0.8, 1e-5);
});

Deno.test("addNoise() keeps the mean and reaches the deviation that was asked for", () => {
  const pixels = addNoise(new Float32Array(30000).fill(128), {
    deviation: 5,
    random: createRandom(9),
  });
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const spread = Math.sqrt(
    pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length,
  );
  // At 128 the factor is 0.6 + 128 / 320 = 1.
  assertClose(mean, 128, 0.002);
  assertClose(spread, 5, 0.03);
});

Deno.test("addNoise() and drawExposure() repeat themselves when the seed is the same", () => {
  const values = new Float32Array(300).fill(90);
  const noisy = (seed: number): Uint8Array =>
    addNoise(values, { deviation: 3, random: createRandom(seed) });
  assert.deepEqual(noisy(1), noisy(1));
  assert.notDeepEqual(noisy(1), noisy(2));
  assert.deepEqual(drawExposure(createRandom(1)), drawExposure(createRandom(1)));
});
