/**
 * The class "board" of the sample data: a small printed circuit board with its parts.
 *
 * @module
 */
import { boardChips, paintChip } from "@/datasets/sample/sample_board_chips.ts";
import { paintPackage, solderBridge } from "@/datasets/sample/sample_board_circuit.ts";
import {
  paintCan,
  paintHeader,
  paintMount,
  paintVia,
} from "@/datasets/sample/sample_board_parts.ts";
import { drawPose, paintSheet, type Scene } from "@/datasets/sample/sample_scene.ts";
import { box, type Point, polyline } from "@/datasets/sample/shapes.ts";
import { type Layer, type Material, paint, type Surface } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

const bench: Material = { color: [0.36, 0.37, 0.38], metal: 0, roughness: 0.9 };
const solderMask: Material = { color: [0.012, 0.1, 0.045], metal: 0, roughness: 0.22 };
const trace: Material = { color: [0.03, 0.22, 0.08], metal: 0, roughness: 0.22 };

/** Copper lines under the solder mask. */
const traces: readonly (readonly Point[])[] = [
  [{ x: -92, y: -45 }, { x: -92, y: -58 }, { x: -80, y: -70 }],
  [{ x: -45, y: -42 }, { x: -45, y: -56 }, { x: -54, y: -66 }],
  [{ x: -18, y: -42 }, { x: -18, y: -64 }],
  [{ x: 9, y: -42 }, { x: 9, y: -52 }, { x: 24, y: -66 }],
  [{ x: 22, y: -70 }, { x: 48, y: -70 }, { x: 66, y: -52 }, { x: 66, y: -40 }],
  [{ x: 66, y: -12 }, { x: 66, y: 20 }, { x: 78, y: 32 }],
  [{ x: 90, y: -12 }, { x: 90, y: 12 }],
  [{ x: -92, y: 22 }, { x: -92, y: 40 }, { x: -76, y: 56 }],
  [{ x: -45, y: 30 }, { x: -45, y: 42 }, { x: -38, y: 52 }],
  [{ x: -9, y: 30 }, { x: -9, y: 44 }, { x: 0, y: 54 }],
  [{ x: 9, y: 30 }, { x: 26, y: 46 }, { x: 52, y: 46 }],
  [{ x: -104, y: -74 }, { x: -104, y: 74 }],
  [{ x: -36, y: 30 }, { x: -36, y: 36 }, { x: -24, y: 46 }, { x: 40, y: 46 }],
];

/**
 * Paints a circuit board on a bench.
 *
 * Defects: `missing_part`, a chip resistor or capacitor that was not placed; `solder_bridge`, solder
 * between neighboring pins.
 *
 * @param surface The surface; it is changed.
 * @param scene What to draw from.
 *
 * @example Mostly green
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintBoard } from "@/datasets/sample/board.ts";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { createSurface } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const surface = createSurface(320, 1), random = createRandom(1);
 * paintBoard(surface, { random, noise: createNoise(random), defect: null });
 * const corner = 90 * 320 + 60;
 * assert.ok(surface.green[corner]! > surface.red[corner]!);
 * ```
 */
export function paintBoard(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  paintSheet(surface, { material: bench, relief: 0.1, grain: 2 }, scene);
  const pose = drawPose({ turn: 0.07, shift: 6, resize: 0.025 }, random);
  const lay = (layer: Layer) => paint(surface, layer, pose);
  const tone = 1 + 0.12 * (2 * random.next() - 1), shift = 90 * random.next();
  const plate = box({ x: 126, y: 98 }, { corner: 7 });
  lay({
    outline: plate,
    bounds: { center: { x: 0, y: 0 }, radius: 160 },
    material: solderMask,
    tint: (x, y) => tone * (1 + 0.08 * noise.value(x / 23 + shift, y / 23)),
    height: (x, y) =>
      6 * Math.min(1, -plate(x, y) / 1.5) + 0.03 * noise.value(x / 6, y / 6 + shift),
  });
  for (const points of traces) {
    const line = polyline(points, 2);
    const middle = points[Math.floor(points.length / 2)]!;
    lay({
      outline: line,
      bounds: { center: middle, radius: spread(points, middle) + 4 },
      material: trace,
      tint: () => tone,
      height: (x, y, below) => below + 0.35 * Math.min(1, -line(x, y)),
    });
  }
  for (const x of [-113, 113]) for (const y of [-85, 85]) paintMount(lay, { x, y });
  for (const x of [-104, -76, 40, 52]) for (const y of [-44, 34]) paintVia(lay, { x, y });
  paintPackage(lay, random);
  const missing = defect?.kind === "missing_part"
    ? [...pick(boardChips.length, { count: defect.severity > 0.7 ? 2 : 1, random: defect.random })]
    : [];
  boardChips.forEach((chip, index) =>
    paintChip(lay, { chip, random, absent: missing.includes(index) })
  );
  paintCan(lay, random);
  paintHeader(lay, random);
  if (defect?.kind === "solder_bridge") lay(solderBridge(defect, noise));
}

function spread(points: readonly Point[], middle: Point): number {
  return Math.max(...points.map(({ x, y }) => Math.hypot(x - middle.x, y - middle.y)));
}

function pick(bound: number, options: { count: number; random: Random }): Set<number> {
  const picked = new Set<number>();
  while (picked.size < options.count) picked.add(options.random.integer(bound));
  return picked;
}
