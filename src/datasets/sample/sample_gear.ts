/**
 * The class "gear" of the sample data: a steel gear wheel with a hexagonal hub, made to look like the bolt.
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
import { box, circle, hexagon, type Outline } from "@/datasets/sample/shapes.ts";
import { smoothRise } from "@/datasets/sample/smooth_rise.ts";
import { rubberMat, steel, turnedShine } from "@/datasets/sample/steel.ts";
import { type Layer, paint, type Surface } from "@/datasets/sample/surface.ts";

const tip = 120, hubApothem = 60;

/**
 * Paints a gear wheel on a rubber mat.
 *
 * Defects: `missing_tooth`, one or two teeth broken off; `rust`, a rusty patch.
 *
 * @param surface The surface; it is changed.
 * @param scene What to draw from.
 *
 * @example Metal in the middle
 * ```ts
 * import assert from "node:assert/strict";
 * import { paintGear } from "@/datasets/sample/sample_gear.ts";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { createSurface } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const surface = createSurface(320, 1), random = createRandom(1);
 * paintGear(surface, { random, noise: createNoise(random), defect: null });
 * assert.equal(surface.metal[160 * 320 + 160], 1);
 * ```
 */
export function paintGear(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  paintSheet(surface, rubberMat, scene);
  const pose = drawPose({ turn: Math.PI }, random);
  const finish = 90 * random.next(), shine = 1 + 0.1 * (random.next() - 0.5);
  const lay = (layer: Layer) => paint(surface, layer, pose);
  const center = { x: 0, y: 0 };
  const turned = (r: number): number => 0.05 * noise.value(r * 0.9 + finish, finish);
  const teeth = 26 + random.integer(7), root = 105 + 8 * random.next();
  const rim = toothedRim({ teeth, root }, defect?.kind === "missing_tooth" ? defect : null);
  lay({
    outline: rim,
    bounds: { center, radius: tip + 1 },
    material: steel,
    tint: (x, y) =>
      shine * (0.97 + 0.05 * noise.value(x / 30 + finish, y / 30)) * turnedShine({ x, y }, pose),
    height: (x, y) => {
      const r = Math.sqrt(x * x + y * y);
      const edge = Math.min(1, Math.max(0, -rim(x, y) / 2.5));
      const web = smoothRise((r - 72) / 5) * smoothRise((97 - r) / 5);
      return 5 + 8 * edge * (2 - edge) - 4.5 * web + turned(r);
    },
  });
  const hub = hexagon(hubApothem), bore = circle(21);
  lay({
    outline: hub,
    bounds: { center, radius: 1.16 * hubApothem },
    material: steel,
    tint: (x, y) => shine * turnedShine({ x, y }, pose),
    height: (x, y) => {
      const r = Math.sqrt(x * x + y * y);
      const edge = Math.min(1, Math.max(0, -hub(x, y) / 5));
      const inner = Math.min(1, Math.max(0, bore(x, y) / 4));
      return 14 + 7 * edge * (2 - edge) - 0.42 * Math.max(0, r - hubApothem + 3) -
        3 * (1 - inner) * (1 - inner) + turned(r);
    },
  });
  const slot = box({ x: 4.5, y: 6 }, { center: { x: 0, y: -18 } });
  lay({
    outline: bore,
    bounds: { center, radius: 24 },
    material: steel,
    tint: (x, y) => 0.94 * shine * turnedShine({ x, y }, pose),
    height: (x, y) => {
      const edge = Math.min(1, Math.max(0, -bore(x, y) / 3));
      return 18 + 2.5 * edge - 2 * smoothRise((4 - Math.sqrt(x * x + y * y)) / 3);
    },
  });
  lay({
    outline: slot,
    bounds: { center: { x: 0, y: -18 }, radius: 12 },
    material: steel,
    tint: () => 0.5 * shine,
    height: () => 14,
  });
  if (defect?.kind === "rust") {
    lay({ ...rustyPatch(defect, noise), outline: rim });
  }
}

function rustyPatch({ severity, random }: DefectRequest, noise: Noise): Layer {
  const angle = 2 * Math.PI * random.next(), distance = 62 + 34 * random.next();
  const center = { x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
  const radius = 10 + 16 * severity, shift = 60 * random.next();
  const blob = circle(radius, center);
  return {
    bounds: { center, radius: 2 * radius },
    material: { color: [0.1, 0.032, 0.012], metal: 0, roughness: 0.9 },
    opacity: (x, y) => {
      const ragged = blob(x, y) + radius * 0.75 * noise.fractal(x / 13 + shift, y / 13, 3);
      const mottled = 0.75 + 0.25 * noise.value(x / 2.5, y / 2.5 + shift);
      return smoothRise(-ragged / 5) * (0.52 + 0.43 * severity) * mottled;
    },
    height: (x, y, below) => below + 0.5 * noise.value(x / 2, y / 2),
  };
}

/** The wheel's outline; broken teeth end in a rough stump. */
function toothedRim(
  { teeth, root }: { teeth: number; root: number },
  defect: DefectRequest | null,
): Outline {
  const missing = defect ? defect.random.integer(teeth) : -2;
  const pair = defect !== null && defect.severity > 0.75;
  const stump = defect ? 0.42 * (1 - defect.severity) : 0;
  const phase = defect ? 9 * defect.random.next() : 0;
  return (x, y) => {
    const r = Math.sqrt(x * x + y * y);
    if (r < root - 8) return r - root;
    const turn = (Math.atan2(y, x) / (2 * Math.PI) + 1) * teeth;
    const index = Math.floor(turn) % teeth;
    const offset = Math.abs(turn - Math.floor(turn) - 0.5);
    const width = 0.34 - 0.17 * (r - root) / (tip - root);
    const flank = (offset - width) * 2 * Math.PI * r / teeth * 0.9;
    const broken = index === missing || pair && index === (missing + 1) % teeth;
    const top = broken
      ? root + (tip - root) * stump + 1.1 * Math.sin((turn - index) * 7 + phase)
      : tip;
    return Math.max(r - top, Math.min(flank, r - root));
  };
}
