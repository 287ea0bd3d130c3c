import assert from "node:assert/strict";
import { createNoise } from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("createNoise() gives the same field when the seed is the same", () => {
  const first = createNoise(createRandom(5)), second = createNoise(createRandom(5));
  const other = createNoise(createRandom(6));
  assert.equal(first.fractal(1.3, 2.7, 3), second.fractal(1.3, 2.7, 3));
  assert.notEqual(first.value(1.3, 2.7), other.value(1.3, 2.7));
});

Deno.test("createNoise() stays within its range and repeats after its period", () => {
  const noise = createNoise(createRandom(1));
  for (let i = 0; i < 500; i++) {
    const x = i * 0.37 - 90, y = 40 - i * 0.61;
    assert.ok(Math.abs(noise.value(x, y)) <= 1);
    assert.ok(Math.abs(noise.fractal(x, y, 4)) <= 1);
    assert.ok(Math.abs(noise.value(x, y) - noise.value(x + 128, y - 128)) < 1e-6);
  }
});

Deno.test("createNoise() meets its lattice values half way between two of them", () => {
  // Along a lattice row, cubic smoothing at the middle of a cell weighs both ends alike.
  const noise = createNoise(createRandom(3));
  const middle = (noise.value(7, 9) + noise.value(8, 9)) / 2;
  assert.ok(Math.abs(noise.value(7.5, 9) - middle) < 1e-6);
});
