import assert from "node:assert/strict";
import { drawLighting, shade } from "@/datasets/sample/light.ts";
import { box } from "@/datasets/sample/shapes.ts";
import { createSurface, paint, type Surface } from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";

const still = { x: 0, y: 0, angle: 0, scale: 1 };
const lighting = { azimuth: Math.PI, elevation: 0.7, key: 1, ambient: 0.4 };

function grayFloor(size: number): Surface {
  const surface = createSurface(size, 1);
  paint(surface, { material: { color: [0.5, 0.5, 0.5], metal: 0, roughness: 1 } }, still);
  return surface;
}

Deno.test("shade() darkens the floor behind a block, on the side away from the lamp", () => {
  const surface = grayFloor(60);
  paint(
    surface,
    { outline: box({ x: 5, y: 5 }, { center: { x: 30, y: 30 } }), height: () => 10 },
    still,
  );
  const radiance = shade(surface, lighting);
  const at = (x: number): number => radiance[(30 * 60 + x) * 3]!;
  assert.ok(at(39) < 0.75 * at(15));
});

Deno.test("shade() doubles matte light when the color is twice as bright", () => {
  const surface = grayFloor(12), brighter = grayFloor(12);
  for (const plane of [brighter.red, brighter.green, brighter.blue]) plane.fill(1);
  const once = shade(surface, lighting), twice = shade(brighter, lighting);
  // Roughness 1 leaves no gloss, so that nothing but the color counts.
  for (let i = 0; i < once.length; i++) assert.ok(Math.abs(twice[i]! - 2 * once[i]!) < 1e-5);
});

Deno.test("drawLighting() repeats itself when the seed is the same", () => {
  assert.deepEqual(drawLighting(createRandom(3)), drawLighting(createRandom(3)));
  assert.notDeepEqual(drawLighting(createRandom(3)), drawLighting(createRandom(4)));
});
