/**
 * The class "weave" of the sample data: twill cloth of two colors of yarn, filling the image.
 *
 * @module
 */
import { circle } from "@/datasets/sample/shapes.ts";
import {
  type DefectRequest,
  drawPose,
  imagePose,
  type Layer,
  type Material,
  type Noise,
  paint,
  type Scene,
  type Surface,
} from "@/datasets/sample/surface.ts";

const warpYarn: Material = { color: [0.05, 0.085, 0.17], metal: 0, roughness: 0.9 };
const weftYarn: Material = { color: [0.4, 0.38, 0.32], metal: 0, roughness: 0.9 };
/** Pixels from thread to thread, and threads after which the yarns repeat; a power of two. */
const gauge = 9, threads = 64;

/** Paints a piece of twill, perhaps with a `pulled_thread` or a `stain`. */
export function paintWeave(surface: Surface, scene: Scene): void {
  const { random, noise, defect } = scene;
  const pose = drawPose({ turn: 0.05, shift: 9, resize: 0.03 }, random);
  const perThread = (spread: number): Float32Array =>
    Float32Array.from({ length: threads }, () => 1 + spread * (2 * random.next() - 1));
  const warpWidth = perThread(0.1), weftWidth = perThread(0.1);
  const warpTone = perThread(0.12), weftTone = perThread(0.1);
  const shift = 100 * random.next();
  const gap = defect?.kind === "pulled_thread" ? pullThread(defect) : null;
  const size = surface.size, cosine = Math.cos(pose.angle), sine = Math.sin(pose.angle);
  for (let row = 0; row < size; row++) {
    const dy = (row + 0.5) / surface.density - pose.y;
    for (let column = 0; column < size; column++) {
      const dx = (column + 0.5) / surface.density - pose.x;
      const x0 = (cosine * dx + sine * dy) / pose.scale;
      const y0 = (cosine * dy - sine * dx) / pose.scale;
      const x = x0 + 1.1 * noise.value(x0 / 60 + shift, y0 / 26);
      const y = y0 + 1.1 * noise.value(x0 / 26, y0 / 60 + shift);
      const u = x / gauge, v = y / gauge;
      const i = Math.floor(u), j = Math.floor(v);
      const a = u - i - 0.5, b = v - j - 0.5;
      const warp = i & (threads - 1), weft = j & (threads - 1);
      const acrossWarp = a / (0.5 * warpWidth[warp]!), acrossWeft = b / (0.5 * weftWidth[weft]!);
      const rise = Math.cos((u + v) * 2 * Math.PI / 3);
      const present = gap ? gap(x0, v) : 1;
      const warpTop = 1.5 * (1 - acrossWarp * acrossWarp) + 1.1 * rise * present;
      const weftTop = 1.5 * (1 - acrossWeft * acrossWeft) - 1.1 * rise - 4.5 * (1 - present);
      const over = Math.min(1, Math.max(0, 0.5 + (warpTop - weftTop) * 2));
      const top = Math.max(warpTop, weftTop, -1.6);
      const strand = over > 0.5
        ? noise.value(u * 3.2 + v * 1.6, v * 2.1 + shift)
        : noise.value(u * 2.1 + shift, v * 3.2 + u * 1.6);
      const deep = Math.min(1, Math.max(0.22, 0.45 + 0.3 * top));
      const warpLight = warpTone[warp]! * over, weftLight = weftTone[weft]! * (1 - over);
      const tone = deep * (1 + 0.2 * strand);
      const k = row * size + column;
      surface.red[k] = tone * (warpYarn.color[0] * warpLight + weftYarn.color[0] * weftLight);
      surface.green[k] = tone * (warpYarn.color[1] * warpLight + weftYarn.color[1] * weftLight);
      surface.blue[k] = tone * (warpYarn.color[2] * warpLight + weftYarn.color[2] * weftLight);
      surface.roughness[k] = 0.9;
      surface.height[k] = top + 0.25 * strand;
    }
  }
  if (defect?.kind === "stain") paint(surface, stain(defect, noise), imagePose);
}

function stain({ severity, random }: DefectRequest, noise: Noise): Layer {
  const center = { x: 75 + 170 * random.next(), y: 75 + 170 * random.next() };
  const radius = 16 + 20 * severity, drift = 60 * random.next();
  const blob = circle(radius, center);
  return {
    bounds: { center, radius: 2 * radius },
    opacity: (x, y) => {
      const ragged = blob(x, y) + 0.7 * radius * noise.fractal(x / 17 + drift, y / 17, 3);
      const inside = Math.min(1, Math.max(0, -ragged / 6));
      const ring = Math.max(0, 1 - Math.abs(ragged + 4) / 4);
      return inside * (0.24 + 0.42 * severity) + 0.2 * severity * ring;
    },
    material: { color: [0.09, 0.055, 0.03], metal: 0, roughness: 0.75 },
  };
}

/** Presence of the weft, 0 to 1: one thread is missing between two positions. */
function pullThread({ severity, random }: DefectRequest): (x: number, v: number) => number {
  const thread = random.integer(20) - 10;
  const length = 10 + 90 * severity * (0.5 + 0.5 * random.next());
  const from = -100 + (200 - length) * random.next();
  return (x, v) => {
    if (Math.floor(v) !== thread) return 1;
    const outside = Math.min(1, Math.max(0, (from - x) / 5, (x - from - length) / 5));
    return 1 - (0.3 + 0.7 * severity) * (1 - outside);
  };
}
