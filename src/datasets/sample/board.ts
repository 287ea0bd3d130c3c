/**
 * The class "board" of the sample data: a small printed circuit board with its copper lines,
 * holes and parts: chip resistors and capacitors, an integrated circuit, between whose pins
 * solder may stick, an electrolytic capacitor and a row of pins.
 *
 * @module
 */
import { box, circle, type Point, polyline } from "@/datasets/sample/shapes.ts";
import {
  type DefectRequest,
  drawPose,
  type Layer,
  type Material,
  type Noise,
  paint,
  paintSheet,
  type Scene,
  type Surface,
} from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

const bench: Material = { color: [0.36, 0.37, 0.38], metal: 0, roughness: 0.9 };
const solderMask: Material = { color: [0.012, 0.1, 0.045], metal: 0, roughness: 0.22 };
const trace: Material = { color: [0.03, 0.22, 0.08], metal: 0, roughness: 0.22 };

/** Bare copper, lightly gilded. */
const copper: Material = { color: [0.83, 0.6, 0.28], metal: 1, roughness: 0.4 };

/** Solder and tinned metal. */
const tin: Material = { color: [0.72, 0.73, 0.74], metal: 1, roughness: 0.28 };

/** White print. */
const ink: Material = { color: [0.72, 0.73, 0.7], metal: 0, roughness: 0.8 };

/** Black plastic. */
const epoxy: Material = { color: [0.022, 0.022, 0.025], metal: 0, roughness: 0.55 };

/** Brown ceramic. */
const ceramic: Material = { color: [0.3, 0.2, 0.12], metal: 0, roughness: 0.5 };

/** Darkness in a hole. */
const hole: Material = { color: [0.01, 0.01, 0.01], metal: 0, roughness: 1 };

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

/** Paints a circuit board on a bench, perhaps with a `missing_part` or a `solder_bridge`. */
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

/** A part with two ends. */
interface BoardChip {
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
const boardChips: readonly BoardChip[] = [
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
 */
function paintChip(
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

/** The integrated circuit: its middle, half its size, pins on each side and their distance. */
const circuit = { x: -18, y: -6, halfWidth: 34, halfHeight: 28, pins: 7, pitch: 9 };

/** Paints the integrated circuit with its two rows of pins. */
function paintPackage(lay: (layer: Layer) => void, random: Random): void {
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

/** Draws a blob of solder over two or three neighboring pins of the integrated circuit. */
function solderBridge({ severity, random }: DefectRequest, noise: Noise): Layer {
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

/** Paints a screw hole in its copper ring. */
function paintMount(lay: (layer: Layer) => void, center: Point): void {
  const bounds = { center, radius: 9 };
  lay({
    outline: circle(8, center),
    bounds,
    material: copper,
    height: (_x, _y, below) => below + 0.4,
  });
  lay({ outline: circle(4.5, center), bounds, material: hole, height: () => -3 });
}

/** Paints a plated hole that joins two sides of the board. */
function paintVia(lay: (layer: Layer) => void, center: Point): void {
  const bounds = { center, radius: 5 };
  lay({
    outline: circle(3.6, center),
    bounds,
    material: copper,
    height: (_x, _y, below) => below + 0.3,
  });
  lay({ outline: circle(1.6, center), bounds, material: hole });
}

/** Paints an electrolytic capacitor. */
function paintCan(lay: (layer: Layer) => void, random: Random): void {
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

/** Paints a row of gold pins in a black strip along the upper right edge. */
function paintHeader(lay: (layer: Layer) => void, random: Random): void {
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
