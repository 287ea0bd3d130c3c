/**
 * The class "bolt" of the sample data: the head of a flange bolt, seen from above.
 *
 * @module
 */
import type { Noise } from "@/datasets/sample/sample_noise.ts";
import {
  type DefectRequest,
  drawPose,
  paintSheet,
  type Scene,
} from "@/datasets/sample/sample_scene.ts";
import {
  circle,
  hexagon,
  type Outline,
  type Point,
  polyline,
  wander,
} from "@/datasets/sample/shapes.ts";
import { smoothRise } from "@/datasets/sample/smooth_rise.ts";
import { rubberMat, steel, turnedShine } from "@/datasets/sample/steel.ts";
import { type Layer, paint, type Surface } from "@/datasets/sample/surface.ts";

const flange = 120, headApothem = 61;

/**
 * Paints a flange bolt on a rubber mat.
 *
 * Defects: `chipped_corner`, a corner of the hexagon broken off; `scratch`, one or two bright
 * scratches over the head.
 *
 * @param surface The surface; it is changed.
 * @param scene What to draw from.
 *
 * @example Metal in the middle
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintBolt } from "@/datasets/sample/sample_bolt.ts";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { createSurface } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const surface = createSurface(320, 1), random = createRandom(1);
 * paintBolt(surface, { random, noise: createNoise(random), defect: null });
 * assert.equal(surface.metal[160 * 320 + 160], 1);
 * ```
 */
export function paintBolt(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  paintSheet(surface, rubberMat, scene);
  const pose = drawPose({ turn: Math.PI }, random);
  const marks = random.next() * 2 * Math.PI, finish = 90 * random.next();
  const shine = 1 + 0.1 * (random.next() - 0.5);
  const chip = defect?.kind === "chipped_corner" ? chipCorner(defect, noise) : null;
  const lay = (layer: Layer) => paint(surface, layer, pose);
  const turned = (r: number): number => 0.05 * noise.value(r * 0.9 + finish, finish);
  const disk = circle(flange), depth = 6 + 6 * random.next(), notches = 26 + random.integer(7);
  lay({
    outline: (x, y) => {
      const distance = disk(x, y);
      if (distance < -14) return distance;
      return distance + depth * smoothRise(0.5 + 1.1 * Math.cos(notches * Math.atan2(y, x)));
    },
    bounds: { center: { x: 0, y: 0 }, radius: flange },
    material: steel,
    tint: (x, y) =>
      shine * (0.96 + 0.05 * noise.value(x / 30 + finish, y / 30)) * turnedShine({ x, y }, pose),
    height: (x, y) => {
      const r = Math.sqrt(x * x + y * y);
      const ring = smoothRise((r - 74) / 5) * smoothRise((97 - r) / 5);
      const rim = Math.min(1, Math.max(0, (flange - r) / 7));
      return 3 + 7 * Math.sqrt(1 - (1 - rim) * (1 - rim)) + 0.03 * (flange - r) - 4 * ring +
        turned(r);
    },
  });
  const side = hexagon(headApothem);
  const outline = chip ? (x: number, y: number) => Math.max(side(x, y), chip(x, y)) : side;
  const profile = (x: number, y: number): number => {
    const r = Math.sqrt(x * x + y * y);
    const edge = Math.min(1, Math.max(0, -outline(x, y) / 5));
    const chamfer = Math.max(0, r - headApothem + 4);
    return 17 + 7 * edge * (2 - edge) - 0.42 * chamfer - 0.004 * chamfer * chamfer;
  };
  lay({
    outline,
    bounds: { center: { x: 0, y: 0 }, radius: 1.16 * headApothem },
    material: steel,
    tint: (x, y) => shine * turnedShine({ x, y }, pose),
    height: (x, y) => profile(x, y) + turned(Math.sqrt(x * x + y * y)),
  });
  for (let mark = 0; mark < 3; mark++) {
    const angle = marks + mark * 2 * Math.PI / 3;
    const along = (r: number): Point => ({ x: r * Math.cos(angle), y: r * Math.sin(angle) });
    const line = polyline([along(34), along(52)], 2.6);
    lay({
      outline: line,
      softness: 1.5,
      bounds: { center: along(43), radius: 14 },
      height: (x, y, below) => below + 1.4 * Math.min(1, -line(x, y) / 2),
    });
  }
  const stamp = circle(19);
  lay({
    outline: (x, y) => Math.abs(stamp(x, y)) - 2,
    bounds: { center: { x: 0, y: 0 }, radius: 19 },
    softness: 1.5,
    height: (_x, _y, below) => below + 1,
  });
  if (defect?.kind === "scratch") scratch(lay, defect);
}

function scratch(lay: (layer: Layer) => void, { severity, random }: DefectRequest): void {
  const strokes = 1 + random.integer(2), disk = circle(flange - 4);
  for (let stroke = 0; stroke < strokes; stroke++) {
    const angle = 2 * Math.PI * random.next(), turn = 2 * Math.PI * random.next();
    const from = { x: 40 * Math.cos(turn), y: 40 * Math.sin(turn) };
    const length = 36 + 50 * severity * random.next();
    const path = wander({ from, angle, length, stray: 0.09, steps: 8 }, random);
    const line = polyline(path, 0.9 + severity);
    lay({
      outline: (x, y) => Math.max(line(x, y), disk(x, y)),
      softness: 1,
      bounds: { center: from, radius: length + 3 },
      tint: () => 1.35,
      height: (x, y, below) => below - (0.9 + 1.1 * severity) * Math.min(1, -line(x, y)),
    });
  }
}

/** A rough break across one corner; its distance is positive where the corner is gone. */
function chipCorner(defect: DefectRequest, noise: Noise): Outline {
  const { severity, random } = defect;
  const corner = Math.PI / 6 + random.integer(6) * Math.PI / 3 + 0.16 * (random.next() - 0.5);
  const reach = headApothem * 1.155 - (13 + 11 * severity);
  const phase = 90 * random.next();
  const cosine = Math.cos(corner), sine = Math.sin(corner);
  return (x, y) => {
    const along = x * cosine + y * sine, across = y * cosine - x * sine;
    return along - reach - 2.6 * noise.fractal(across / 8 + phase, phase, 3);
  };
}
