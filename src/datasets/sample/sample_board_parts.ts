/**
 * The larger parts of the sample data's board, and its holes.
 *
 * @module
 */
import { copper, epoxy, hole, tin } from "@/datasets/sample/sample_board_materials.ts";
import { box, circle, type Point } from "@/datasets/sample/shapes.ts";
import type { Layer } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

/**
 * Paints a screw hole in its copper ring.
 *
 * @param lay Lays a layer over the board.
 * @param center Middle of it.
 *
 * @example A ring and a hole
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintMount } from "@/datasets/sample/sample_board_parts.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 *
 * const layers: Layer[] = [];
 * paintMount((layer) => layers.push(layer), { x: 0, y: 0 });
 * assert.equal(layers.length, 2);
 * ```
 */
export function paintMount(lay: (layer: Layer) => void, center: Point): void {
  const bounds = { center, radius: 9 };
  lay({
    outline: circle(8, center),
    bounds,
    material: copper,
    height: (_x, _y, below) => below + 0.4,
  });
  lay({ outline: circle(4.5, center), bounds, material: hole, height: () => -3 });
}

/**
 * Paints a plated hole that joins two sides of the board.
 *
 * @param lay Lays a layer over the board.
 * @param center Middle of it.
 *
 * @example A ring and a hole
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintVia } from "@/datasets/sample/sample_board_parts.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 *
 * const layers: Layer[] = [];
 * paintVia((layer) => layers.push(layer), { x: 0, y: 0 });
 * assert.equal(layers.length, 2);
 * ```
 */
export function paintVia(lay: (layer: Layer) => void, center: Point): void {
  const bounds = { center, radius: 5 };
  lay({
    outline: circle(3.6, center),
    bounds,
    material: copper,
    height: (_x, _y, below) => below + 0.3,
  });
  lay({ outline: circle(1.6, center), bounds, material: hole });
}

/**
 * Paints an electrolytic capacitor.
 *
 * @param lay Lays a layer over the board.
 * @param random The generator for how it was placed; it moves on.
 *
 * @example Base, can and mark
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintCan } from "@/datasets/sample/sample_board_parts.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const layers: Layer[] = [];
 * paintCan((layer) => layers.push(layer), createRandom(1));
 * assert.equal(layers.length, 3);
 * ```
 */
export function paintCan(lay: (layer: Layer) => void, random: Random): void {
  const center = { x: 80, y: 48 }, turn = 2 * Math.PI * random.next() * 0.02;
  const bounds = { center, radius: 40 };
  const base = box({ x: 25, y: 25 }, { corner: 5, center });
  lay({ outline: base, bounds, material: epoxy, height: () => 10 });
  const can = circle(23, center);
  lay({
    outline: can,
    bounds,
    material: { ...tin, roughness: 0.4 },
    height: (x, y) => 18 + 5 * Math.sqrt(Math.min(1, Math.max(0, -can(x, y) / 5))),
  });
  const cosine = Math.cos(turn + 0.3), sine = Math.sin(turn + 0.3);
  lay({
    outline: (x, y) =>
      Math.max(can(x, y) + 3.5, 9 - (cosine * (x - center.x) + sine * (y - center.y))),
    bounds,
    material: epoxy,
    opacity: () => 0.9,
  });
}

/**
 * Paints a row of gold pins in a black strip along the upper right edge.
 *
 * @param lay Lays a layer over the board.
 * @param random The generator for how it was placed; it moves on.
 *
 * @example A strip and five pins
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintHeader } from "@/datasets/sample/sample_board_parts.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const layers: Layer[] = [];
 * paintHeader((layer) => layers.push(layer), createRandom(1));
 * assert.equal(layers.length, 6);
 * ```
 */
export function paintHeader(lay: (layer: Layer) => void, random: Random): void {
  const center = { x: 66, y: -80 }, bounds = { center, radius: 44 };
  const strip = box({ x: 33, y: 8 }, { corner: 1, center });
  lay({
    outline: strip,
    bounds,
    material: epoxy,
    height: (x, y) => 13 + Math.min(1, -strip(x, y)),
  });
  for (let pin = 0; pin < 5; pin++) {
    const tip = { x: center.x - 26 + 13 * pin + 0.4 * random.gaussian(), y: center.y };
    const top = box({ x: 2.8, y: 2.8 }, { corner: 0.6, center: tip });
    lay({
      outline: top,
      bounds: { center: tip, radius: 6 },
      material: copper,
      height: (x, y) => 17 + Math.min(1.5, -top(x, y)),
    });
  }
}
