import assert from "node:assert/strict";
import { box, circle } from "@/datasets/sample/shapes.ts";
import { createSurface, type Material, paint, type Surface } from "@/datasets/sample/surface.ts";
import { assertClose } from "../../helpers/mod.ts";

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
