/**
 * The resistors and capacitors on the sample data's board.
 *
 * @module
 */
import { ceramic, epoxy, ink, tin } from "@/datasets/sample/sample_board_materials.ts";
import { box, type Point } from "@/datasets/sample/shapes.ts";
import type { Layer } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

/** A part with two ends. */
export interface BoardChip {
  /** Its middle, to the right of the board's. */
  readonly x: number;
  /** Its middle, below the board's. */
  readonly y: number;
  /** Whether its ends lie one above the other. */
  readonly upright: boolean;
  /** What it is. */
  readonly kind: "resistor" | "capacitor";
}

/** Every resistor and capacitor of the board. */
export const boardChips: readonly BoardChip[] = [
  { x: -92, y: -30, upright: true, kind: "capacitor" },
  { x: -92, y: 8, upright: true, kind: "resistor" },
  { x: -66, y: -70, upright: false, kind: "resistor" },
  { x: -28, y: -70, upright: false, kind: "resistor" },
  { x: 10, y: -70, upright: false, kind: "capacitor" },
  { x: 66, y: -26, upright: true, kind: "resistor" },
  { x: 90, y: -26, upright: true, kind: "resistor" },
  { x: -64, y: 58, upright: false, kind: "capacitor" },
  { x: -26, y: 58, upright: false, kind: "resistor" },
  { x: 12, y: 58, upright: false, kind: "resistor" },
];

/**
 * Paints a chip resistor or capacitor with its pads; `absent` leaves the part out, not its pads.
 *
 * @param lay Lays a layer over the board.
 * @param options Which part, whether it is missing, and the generator for how it was placed, which moves on.
 *
 * @example A missing part
 * ```ts
 * import assert from "node:assert/strict";
 * import { boardChips, paintChip } from "@/datasets/sample/sample_board_chips.ts";
 * import type { Layer } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const layers: Layer[] = [], chip = boardChips[0]!;
 * paintChip((layer) => layers.push(layer), { chip, random: createRandom(1), absent: true });
 * assert.equal(layers.length, 3);
 * ```
 */
export function paintChip(
  lay: (layer: Layer) => void,
  options: { chip: BoardChip; random: Random; absent: boolean },
): void {
  const { chip, random, absent } = options;
  const spreadBy = (limit: number): number => limit * (2 * random.next() - 1);
  const dx = spreadBy(0.8), dy = spreadBy(0.8), tone = 1 + spreadBy(0.15);
  const size = (long: number, wide: number): Point =>
    chip.upright ? { x: wide, y: long } : { x: long, y: wide };
  const at = (along: number): Point =>
    chip.upright ? { x: chip.x, y: chip.y + along } : { x: chip.x + along, y: chip.y };
  const bounds = { center: at(0), radius: 24 };
  const frame = box(size(19, 10), { corner: 1, center: at(0) });
  lay({
    outline: (x, y) => Math.abs(frame(x, y)) - 0.6,
    bounds,
    material: ink,
    opacity: () => 0.8,
  });
  for (const end of [-1, 1]) {
    const center = at(10 * end), pad = box(size(5.5, 7), { corner: 1.5, center });
    lay({
      outline: pad,
      bounds,
      material: tin,
      tint: () => 0.92,
      height: (x, y) => 6.6 + 1.6 * Math.min(1, -pad(x, y) / 4),
    });
  }
  if (absent) return;
  const center = { x: chip.x + dx, y: chip.y + dy };
  const body = box(size(12, 6), { corner: 1, center });
  const resistor = chip.kind === "resistor";
  lay({
    outline: body,
    bounds,
    material: tin,
    height: (x, y) => (resistor ? 9 : 12) + 1.2 * Math.min(1, -body(x, y) / 2),
  });
  const middle = box(size(7.5, resistor ? 5.4 : 6), { corner: 0.5, center });
  lay({
    outline: middle,
    bounds,
    material: resistor ? epoxy : ceramic,
    tint: () => tone,
    height: (_x, _y, below) => below + 0.3,
  });
  if (resistor) {
    const digit = box(size(1, 2.6), { center });
    for (const place of [-4, 0, 4]) {
      const shift = chip.upright ? { x: 0, y: place } : { x: place, y: 0 };
      lay({
        outline: (x, y) => Math.abs(digit(x - shift.x, y - shift.y)) - 0.45,
        bounds,
        material: ink,
        opacity: () => 0.75,
      });
    }
  }
}
