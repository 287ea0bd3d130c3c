/**
 * The class "capsule" of the sample data: a two-colored gelatin capsule on pale paper.
 *
 * @module
 */
import { circle, type Outline, polyline, wander } from "@/datasets/sample/shapes.ts";
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

const paper: Material = { color: [0.5, 0.52, 0.54], metal: 0, roughness: 0.95 };
const body: Material = { color: [0.66, 0.56, 0.36], metal: 0, roughness: 0.22 };
const cap: Material = { color: [0.42, 0.075, 0.045], metal: 0, roughness: 0.2 };
const ink: Material = { color: [0.05, 0.04, 0.04], metal: 0, roughness: 0.5 };

/** Half the length between the round ends, and their radius, in pixels. */
const half = 68, radius = 40;

/** Paints a capsule on paper, perhaps with a `crack` or `discolored` in part. */
export function paintCapsule(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  paintSheet(surface, { material: paper, relief: 0.13, grain: 2.2 }, scene);
  const pose = drawPose({ turn: 0.22, shift: 7 }, random);
  const lay = (layer: Layer) => paint(surface, layer, pose);
  const shift = 90 * random.next(), roll = 8 * (2 * random.next() - 1);
  const seam = -6 + 4 * (2 * random.next() - 1);
  const bodyTone = 1 + 0.08 * (2 * random.next() - 1), capTone = 1 + 0.1 * (2 * random.next() - 1);
  const bounds = { center: { x: 0, y: 0 }, radius: half + radius + 4 };
  const shell = (girth: number) => {
    const outline = polyline([{ x: -half, y: 0 }, { x: half, y: 0 }], girth);
    const height = (x: number, y: number): number => {
      const off = Math.min(0, outline(x, y)) + girth;
      return 0.82 * Math.sqrt(Math.max(0, girth * girth - off * off)) +
        0.12 * noise.value(x / 9 + shift, y / 9);
    };
    return { outline, height };
  };
  const lower = shell(radius), upper = shell(radius + 2.2);
  lay({
    outline: lower.outline,
    bounds,
    material: body,
    tint: (x, y) => bodyTone * (1 + 0.05 * noise.value(x / 34 + shift, y / 34)),
    height: lower.height,
  });
  const capEnd: Outline = (x, y) =>
    Math.max(upper.outline(x, y), x - seam - 1.2 * Math.cos(y / radius));
  lay({
    outline: capEnd,
    bounds,
    softness: 1,
    material: cap,
    tint: (x, y) => capTone * (1 + 0.05 * noise.value(x / 34, y / 34 + shift)),
    height: upper.height,
  });
  for (const groove of [seam - 12, seam - 17]) {
    lay({
      outline: (x, y) => Math.max(upper.outline(x, y), Math.abs(x - groove) - 1.2),
      bounds,
      softness: 2,
      height: (_x, _y, below) => below - 0.5,
    });
  }
  paintLettering(lay, { roll, fade: 0.55 + 0.3 * random.next(), from: 16 + 5 * random.next() });
  if (defect?.kind === "discolored") {
    lay(discoloration(defect, { noise, cap: capEnd, body: lower.outline }));
  }
  if (defect?.kind === "crack") crack(lay, { defect, shell: lower.outline });
}

function discoloration(
  { severity, random }: DefectRequest,
  options: { noise: Noise; cap: Outline; body: Outline },
): Layer {
  const onCap = random.next() < 0.5, drift = 70 * random.next();
  const center = {
    x: onCap ? -45 - 30 * random.next() : 35 + 35 * random.next(),
    y: 30 * (random.next() - 0.5),
  };
  const reach = 20 + 16 * severity, blob = circle(reach, center);
  return {
    outline: onCap ? options.cap : options.body,
    bounds: { center, radius: 2 * reach },
    opacity: (x, y) => {
      const ragged = blob(x, y) + 0.6 * reach * options.noise.fractal(x / 21 + drift, y / 21, 3);
      return Math.min(1, Math.max(0, -ragged / 9)) * (0.24 + 0.52 * severity);
    },
    material: { color: onCap ? [0.3, 0.19, 0.12] : [0.5, 0.36, 0.13], metal: 0, roughness: 0.3 },
  };
}

/** A dark gap with a pale rim at its lower right. */
function crack(
  lay: (layer: Layer) => void,
  options: { defect: DefectRequest; shell: Outline },
): void {
  const { defect: { severity, random }, shell } = options;
  const from = { x: -55 + 110 * random.next(), y: 20 * (random.next() - 0.5) - 8 };
  const angle = Math.PI * (0.5 + 0.9 * (random.next() - 0.5)), length = 10 + 28 * severity;
  const path = wander({ from, angle, length, stray: 0.5, steps: 7 }, random);
  const line = polyline(path, 0.5 + 0.7 * severity);
  const bounds = { center: from, radius: length + 6 };
  lay({
    outline: (x, y) => Math.max(line(x - 1, y - 1) - 0.8, shell(x, y)),
    bounds,
    softness: 1.5,
    tint: () => 1.08 + 0.25 * severity,
  });
  lay({
    outline: (x, y) => Math.max(line(x, y), shell(x, y)),
    bounds,
    softness: 0.8,
    material: { color: [0.05, 0.02, 0.015], metal: 0, roughness: 0.9 },
    opacity: () => 0.34 + 0.5 * severity,
    height: (_x, _y, below) => below - 1.2,
  });
}

/** "HC 50" in strokes, rolled around the body with the capsule. */
function paintLettering(
  lay: (layer: Layer) => void,
  options: { roll: number; fade: number; from: number },
): void {
  const strokes: readonly (readonly (readonly [number, number])[])[] = [
    [[0, 0], [0, 14]],
    [[8, 0], [8, 14]],
    [[0, 7], [8, 7]],
    [[22, 2], [19, 0], [15, 0], [13, 3], [13, 11], [15, 14], [19, 14], [22, 12]],
    [[40, 0], [33, 0], [32, 6], [37, 5], [40, 8], [40, 11], [37, 14], [32, 13]],
    [[46, 3], [48, 0], [51, 0], [53, 3], [53, 11], [51, 14], [48, 14], [46, 11], [46, 3]],
  ];
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => ({
      x: options.from + x,
      y: 34 * Math.sin((y - 7 + options.roll) / 34),
    }));
    lay({
      outline: polyline(points, 1.3),
      bounds: { center: { x: options.from + 26, y: 0 }, radius: 44 },
      material: ink,
      opacity: () => options.fade,
    });
  }
}
