/**
 * The classes "bolt" and "gear" of the sample data, seen from above: the head of a flange bolt,
 * and a steel gear wheel with a hexagonal hub.
 *
 * Steel and mat are the same for both, so that they look alike on purpose.
 *
 * @module
 */
import {
  box,
  circle,
  hexagon,
  type Outline,
  type Point,
  polyline,
  smoothRise,
  wander,
} from "@/datasets/sample/shapes.ts";
import {
  type DefectRequest,
  drawPose,
  type Layer,
  type Material,
  type Noise,
  paint,
  paintSheet,
  type Pose,
  type Scene,
  type Surface,
} from "@/datasets/sample/surface.ts";

/** Bare steel, as turned. */
const steel: Material = { color: [0.74, 0.75, 0.77], metal: 1, roughness: 0.34 };

/** A sheet of dark rubber, as `paintSheet` takes it. */
const rubberMat: { material: Material; relief: number; grain: number } = {
  material: { color: [0.075, 0.085, 0.1], metal: 0, roughness: 0.85 },
  relief: 0.28,
  grain: 1.7,
};

/** Shine of turned metal, whose fine grooves mirror the lamp in two opposite sectors. */
function turnedShine(point: { x: number; y: number }, pose: Pose): number {
  const { x, y } = point;
  const cosine = Math.cos(-2.2 - pose.angle), sine = Math.sin(-2.2 - pose.angle);
  const along = cosine * x + sine * y;
  const share = along * along / (x * x + y * y + 20);
  return 0.86 + 0.3 * share * share;
}

/** Radius of the flange, and distance of the head's sides from its middle, in pixels. */
const flange = 120, headApothem = 61;

/** Paints a flange bolt on a rubber mat, perhaps with a `chipped_corner` or a `scratch`. */
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

/** Radius of the wheel, and distance of the hub's sides from its middle, in pixels. */
const tip = 120, hubApothem = 60;

/** Paints a gear wheel on a rubber mat, perhaps with a `missing_tooth` or `rust`. */
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
