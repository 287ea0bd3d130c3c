/**
 * The integrated circuit on the sample data's board, and solder between its pins.
 *
 * @module
 */
import { epoxy, ink, tin } from "@/datasets/sample/sample_board_materials.ts";
import type { Noise } from "@/datasets/sample/sample_noise.ts";
import type { DefectRequest } from "@/datasets/sample/sample_scene.ts";
import { box, circle, polyline } from "@/datasets/sample/shapes.ts";
import type { Layer } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

/** The integrated circuit: its middle, half its size, pins on each side and their distance. */
const circuit = { x: -18, y: -6, halfWidth: 34, halfHeight: 28, pins: 7, pitch: 9 };

/**
 * Paints the integrated circuit with its two rows of pins.
 *
 * @param lay Lays a layer over the board.
 * @param random The generator for how it was placed; it moves on.
 *
 * @example Pads and legs come before the body
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintPackage } from "@/datasets/sample/sample_board_circuit.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const layers: Layer[] = [];
 * paintPackage((layer) => layers.push(layer), createRandom(1));
 * assert.ok(layers.length > 4 * 7);
 * ```
 */
export function paintPackage(lay: (layer: Layer) => void, random: Random): void {
  const { x, y, halfWidth, halfHeight, pins, pitch } = circuit;
  const gloss = 0.75 + 0.5 * random.next();
  for (const side of [-1, 1]) {
    for (let pin = 0; pin < pins; pin++) {
      const center = {
        x: x + (pin - (pins - 1) / 2) * pitch,
        y: y + side * (halfHeight + 5),
      };
      const bounds = { center, radius: 12 };
      const pad = box({ x: 3, y: 8 }, { corner: 1, center });
      lay({ outline: pad, bounds, material: tin, tint: () => 0.9, height: () => 6.7 });
      const leg = box({ x: 1.9, y: 6.5 }, { corner: 0.6, center });
      lay({
        outline: leg,
        bounds,
        material: tin,
        height: (_x, py) => 9.5 + 0.35 * (halfHeight + 5 - Math.abs(py - y)),
      });
    }
  }
  const body = box({ x: halfWidth, y: halfHeight }, { corner: 1.5, center: { x, y } });
  const bounds = { center: { x, y }, radius: 48 };
  lay({
    outline: body,
    bounds,
    material: epoxy,
    tint: () => gloss,
    height: (px, py) => 10 + 6 * Math.min(1, -body(px, py) / 3),
  });
  const dot = circle(3.5, { x: x - halfWidth + 9, y: y + halfHeight - 9 });
  lay({ outline: dot, bounds, height: (_x, _y, below) => below - 1.2, tint: () => 0.7 });
  const lettering = 0.12 + 0.08 * random.next();
  for (const [line, text] of ["7|3 0F4", "L2 9|5"].entries()) {
    [...text].forEach((glyph, place) => {
      if (glyph === " ") return;
      const center = { x: x - 20 + place * 7, y: y - 6 + 12 * line };
      const tall = box({ x: 2, y: 3.6 }, { corner: 0.5, center });
      const outline = glyph === "|" || glyph === "7" || glyph === "L"
        ? polyline([{ x: center.x, y: center.y - 3.5 }, { x: center.x, y: center.y + 3.5 }], 0.8)
        : (px: number, py: number) => Math.abs(tall(px, py)) - 0.7;
      lay({ outline, bounds: { center, radius: 6 }, material: ink, opacity: () => lettering * 3 });
    });
  }
}

/**
 * Draws a blob of solder over two or three neighboring pins of the integrated circuit.
 *
 * @param defect How much solder, and the generator for its place, which moves on.
 * @param noise The field that makes its outline uneven.
 * @returns The layer.
 *
 * @example Solder is metal
 * ```ts
 * import assert from "node:assert/strict";
 * import { solderBridge } from "@/datasets/sample/sample_board_circuit.ts";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const random = createRandom(1), defect = { kind: "solder_bridge", severity: 1, random };
 * assert.equal(solderBridge(defect, createNoise(random)).material?.metal, 1);
 * ```
 */
export function solderBridge({ severity, random }: DefectRequest, noise: Noise): Layer {
  const { pins, pitch } = circuit;
  const side = random.next() < 0.5 ? -1 : 1, pin = random.integer(pins - 1);
  const joined = severity > 0.35 && pin < pins - 2 ? 2 : 1;
  const center = {
    x: circuit.x + (pin + joined / 2 - (pins - 1) / 2) * pitch,
    y: circuit.y + side * (circuit.halfHeight + 5 + random.next()),
  };
  const size = { x: joined * pitch / 2 + 1.5, y: 2.4 + 2.8 * severity };
  const blob = box(size, { corner: 2, center });
  return {
    outline: (x, y) => blob(x, y) + 0.9 * noise.value(x / 3, y / 3),
    softness: 1,
    bounds: { center, radius: 18 },
    material: tin,
    height: (x, y, below) => Math.max(below, 7.5 + 2.5 * Math.min(1, Math.max(0, -blob(x, y) / 3))),
  };
}
