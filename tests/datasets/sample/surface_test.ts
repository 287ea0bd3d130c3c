import assert from "node:assert/strict";
import { box, circle } from "@/datasets/sample/shapes.ts";
import {
  createNoise,
  createSurface,
  drawPose,
  type Material,
  paint,
  paintSheet,
  type Surface,
} from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../../helpers/mod.ts";

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

Deno.test("drawPose() stays within its limits and uses all of them", () => {
  const random = createRandom(2), limits = { turn: 0.5, shift: 4, resize: 0.1 };
  const poses = Array.from({ length: 200 }, () => drawPose(limits, random));
  for (
    const [size, limit] of [
      [Math.max(...poses.map(({ angle }) => Math.abs(angle))), 0.5],
      [Math.max(...poses.map(({ x }) => Math.abs(x - 160))), 4],
      [Math.max(...poses.map(({ y }) => Math.abs(y - 160))), 4],
      [Math.max(...poses.map(({ scale }) => Math.abs(scale - 1))), 0.1],
    ] as const
  ) assert.ok(size <= limit && size > 0.9 * limit);
});

Deno.test("paintSheet() covers every point with grains no higher than its relief", () => {
  const surface = createSurface(20, 1), random = createRandom(1);
  const material = { color: [0.3, 0.4, 0.5], metal: 0, roughness: 0.7 } as const;
  const scene = { random, noise: createNoise(random), defect: null };
  paintSheet(surface, { material, relief: 0.2, grain: 2 }, scene);
  assert.ok(surface.roughness.every((value) => Math.abs(value - 0.7) < 1e-6));
  const highest = Math.max(...surface.height);
  assert.ok(highest > 0.05 && highest <= 0.2);
});

const red: Material = { color: [0.8, 0.1, 0.2], metal: 1, roughness: 0.5 };
const still = { x: 0, y: 0, angle: 0, scale: 1 };
const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

Deno.test("paint() covers as much as the outline encloses when its edge runs through points", () => {
  // The disk has area π · 36; partial cover at the edge keeps the error far below one point per edge.
  const surface = createSurface(20, 2);
  paint(surface, { outline: circle(6), material: red }, { ...still, x: 10, y: 10 });
  assertClose(sum(surface.metal) / 4, Math.PI * 36, 0.01);
});

Deno.test("paint() mixes in proportion when a layer is half opaque", () => {
  const surface = createSurface(2, 1);
  paint(surface, { material: red, opacity: () => 0.5, height: () => 4 }, still);
  assertClose(surface.red[0]!, 0.4, 1e-6);
  assertClose(surface.metal[0]!, 0.5, 1e-6);
  assertClose(surface.height[0]!, 2, 1e-6);
});

Deno.test("paint() tints what lies below when the layer has no material", () => {
  const surface = createSurface(2, 1);
  paint(surface, { material: red }, still);
  paint(surface, { tint: () => 0.5 }, still);
  assertClose(surface.red[3]!, 0.4, 1e-6);
  assertClose(surface.metal[3]!, 1, 1e-6);
});

Deno.test("paint() turns clockwise and enlarges as the pose says", () => {
  // A bar along +x, turned by a quarter, lies along +y; twice the size doubles its length.
  const surface = createSurface(40, 1);
  const outline = box({ x: 5, y: 1 }, { center: { x: 5, y: 0 } });
  paint(surface, { outline, material: red }, { x: 20, y: 10, angle: Math.PI / 2, scale: 2 });
  const at = (x: number, y: number): number => surface.metal[y * 40 + x]!;
  assert.equal(at(20, 28), 1);
  assert.equal(at(20, 32), 0);
  assert.equal(at(30, 10), 0);
});

Deno.test("paint() gives the same with bounds as without when they contain the layer", () => {
  const draw = (bounds: boolean): Surface => {
    const surface = createSurface(30, 1.5);
    paint(surface, {
      outline: circle(5, { x: 4, y: -3 }),
      material: red,
      ...(bounds ? { bounds: { center: { x: 4, y: -3 }, radius: 5 } } : {}),
    }, { x: 12, y: 17, angle: 0.7, scale: 1.3 });
    return surface;
  };
  assert.deepEqual(draw(true), draw(false));
});
