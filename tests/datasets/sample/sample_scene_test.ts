import assert from "node:assert/strict";
import { createNoise, createSurface, drawPose, paintSheet } from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";

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
