/**
 * The class "plate" of the sample data: a brushed steel name plate, screwed on nowhere yet.
 *
 * @module
 */
import { box, circle, type Point } from "@/datasets/sample/shapes.ts";
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

const bench: Material = { color: [0.1, 0.13, 0.19], metal: 0, roughness: 0.8 };
const brushed: Material = { color: [0.7, 0.71, 0.72], metal: 1, roughness: 0.42 };
const hole: Material = { color: [0.03, 0.035, 0.05], metal: 0, roughness: 1 };
const enamel: Material = { color: [0.015, 0.045, 0.12], metal: 0, roughness: 0.3 };
const paleInk: Material = { color: [0.7, 0.7, 0.68], metal: 0, roughness: 0.8 };
const darkInk: Material = { color: [0.04, 0.04, 0.045], metal: 0, roughness: 0.8 };

/** The upright strokes of a title, and three ruled lines to be filled in. */
const lettering: readonly { center: Point; half: Point }[] = [
  ...[-62, -54, -49, -41, -33, -28, -14, -6, 2, 7, 15, 28, 36, 41].map((x) => ({
    center: { x, y: -33 },
    half: { x: 1.5, y: 7 },
  })),
  ...[-58, -30, -2, 22].map((x, i) => ({
    center: { x, y: -40 + 7 * (i % 3) },
    half: { x: 4, y: 1.3 },
  })),
  ...[0, 18, 36].map((y) => ({ center: { x: 16, y }, half: { x: 58, y: 0.9 } })),
  ...[0, 18, 36].map((y) => ({ center: { x: -62, y: y - 3 }, half: { x: 12 + y / 9, y: 2.2 } })),
];

/** Half the sides of the plate, in pixels. */
const size: Point = { x: 124, y: 92 };

/** Paints a brushed plate with four holes on a bench, perhaps with a `dent` or a `stain`. */
export function paintPlate(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  paintSheet(surface, { material: bench, relief: 0.12, grain: 2.2 }, scene);
  const pose = drawPose({ turn: 0.08 }, random);
  const lay = (layer: Layer) => paint(surface, layer, pose);
  const shift = 90 * random.next(), shine = 1 + 0.08 * (2 * random.next() - 1);
  const enamelTone = 1 + 0.1 * (2 * random.next() - 1);
  const depth = 0.11 * (1 + 0.25 * (2 * random.next() - 1));
  const plate = box(size, { corner: 15 });
  const bounds = { center: { x: 0, y: 0 }, radius: 158 };
  lay({
    outline: plate,
    bounds,
    material: brushed,
    tint: (x, y) =>
      shine * (0.95 + 0.05 * noise.value(x / 60 + shift, y * 0.55) +
        0.05 * noise.value(x / 24, y * 1.3 + shift) + 0.05 * noise.value(x / 70, y / 50 + shift)),
    height: (x, y) => {
      const edge = Math.min(1, Math.max(0, -plate(x, y) / 3.5));
      return 3 + 4 * edge * (2 - edge) + depth * noise.value(x / 45 + shift, y * 1.1) +
        depth * 0.6 * noise.value(x / 15, y * 1.9 + shift);
    },
  });
  for (const x of [-1, 1]) {
    for (const y of [-1, 1]) {
      const center = { x: x * (size.x - 20), y: y * (size.y - 20) };
      const sink = circle(11, center), near = { center, radius: 14 };
      lay({
        outline: sink,
        bounds: near,
        height: (px, py, below) => below + 0.8 * Math.max(-5, sink(px, py)),
      });
      lay({ outline: circle(6.5, center), bounds: near, material: hole, height: () => 0 });
    }
  }
  const frame = box({ x: 84, y: 50 }, { corner: 6 });
  lay({
    outline: (x, y) => Math.abs(frame(x, y)) - 1.3,
    bounds,
    softness: 1.2,
    tint: () => 0.55,
    height: (_x, _y, below) => below - 0.9,
  });
  const band = box({ x: 82, y: 15 }, { corner: 4, center: { x: 0, y: -33 } });
  lay({
    outline: band,
    bounds: { center: { x: 0, y: -33 }, radius: 86 },
    material: enamel,
    tint: () => enamelTone,
    height: (x, y, below) => below + 0.5 * Math.min(1, -band(x, y)),
  });
  const wear = 0.75 + 0.2 * random.next();
  for (const { center, half } of lettering) {
    lay({
      outline: box(half, { corner: 0.8, center }),
      bounds: { center, radius: 4 + Math.max(half.x, half.y) },
      material: center.y < -18 ? paleInk : darkInk,
      opacity: () => wear,
    });
  }
  if (defect?.kind === "dent") lay(dent(defect));
  if (defect?.kind === "stain") lay(stain(defect, noise));
}

/** An oval hollow with a slightly raised rim. */
function dent({ severity, random }: DefectRequest): Layer {
  const center = place(random), radius = 9 + 9 * severity, angle = Math.PI * random.next();
  const squeeze = 1 + 0.5 * random.next(), depth = 0.9 + 2 * severity;
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return {
    bounds: { center, radius: 2.2 * radius },
    height: (x, y, below) => {
      const a = (cosine * (x - center.x) + sine * (y - center.y)) / radius;
      const b = (cosine * (y - center.y) - sine * (x - center.x)) * squeeze / radius;
      const r = Math.min(4, a * a + b * b);
      return below - depth * Math.exp(-1.6 * r) + 0.22 * depth * r * Math.exp(-1.3 * r);
    },
  };
}

/** A thin film, darker along its edge, as a drop leaves it. */
function stain({ severity, random }: DefectRequest, noise: Noise): Layer {
  const center = place(random), radius = 13 + 17 * severity, drift = 70 * random.next();
  const blob = circle(radius, center);
  return {
    bounds: { center, radius: 2.1 * radius },
    opacity: (x, y) => {
      const ragged = blob(x, y) + 0.75 * radius * noise.fractal(x / 19 + drift, y / 19, 3);
      const inside = Math.min(1, Math.max(0, -ragged / 3));
      const ring = Math.max(0, 1 - Math.abs(ragged + 3) / 3);
      return (0.35 + 0.35 * severity) * (0.6 * inside + 0.6 * ring);
    },
    material: { color: [0.2, 0.13, 0.06], metal: 0, roughness: 0.4 },
  };
}

/** A position on the plate, away from its edges. */
function place(random: Random): Point {
  return { x: 85 * (2 * random.next() - 1), y: 58 * (2 * random.next() - 1) };
}
