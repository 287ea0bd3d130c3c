/**
 * The surface that a sample image shows: for every point its height and its material, painted in
 * layers one over the other.
 *
 * What every class draws alike is here, too: where the object lies (`drawPose`), what it lies on
 * (`paintSheet`), and the smooth random fields of its textures (`createNoise`: value noise on a
 * seeded lattice).
 *
 * @module
 */
import type { Outline, Point } from "@/datasets/sample/shapes.ts";
import type { Random } from "@/math/random.ts";

/** What a surface is made of. */
export interface Material {
  /** Share of red, green and blue light that it returns, 0 to 1, linear. */
  readonly color: readonly [number, number, number];
  /** 0 for paint, plastic, cloth; 1 for bare metal. */
  readonly metal: number;
  /** 0 for a mirror, 1 for a dull surface. */
  readonly roughness: number;
}

/** A square piece of surface, seen from straight above; all arrays are row-major. */
export interface Surface {
  /** Points from left to right and from top to bottom. */
  readonly size: number;
  /** Points per pixel of the finished image. */
  readonly density: number;
  /** Height above the background, in pixels of the finished image. */
  readonly height: Float32Array;
  /** Returned share of red light. */
  readonly red: Float32Array;
  /** Returned share of green light. */
  readonly green: Float32Array;
  /** Returned share of blue light. */
  readonly blue: Float32Array;
  /** As {@link Material.metal}. */
  readonly metal: Float32Array;
  /** As {@link Material.roughness}. */
  readonly roughness: Float32Array;
}

/** Where an object lies: its origin, its turn and its size. */
export interface Pose {
  /** Where its origin lies in the image, in pixels from the left. */
  readonly x: number;
  /** Where its origin lies in the image, in pixels from the top. */
  readonly y: number;
  /** Clockwise turn in radians. */
  readonly angle: number;
  /** Enlargement; 1 is life size. */
  readonly scale: number;
}

/** One coat of paint, or one part, laid over a surface. Functions take positions on the object. */
export interface Layer {
  /** What it covers; default everything. */
  readonly outline?: Outline;
  /** The part of the object outside which it covers nothing; default everywhere. */
  readonly bounds?: { readonly center: Point; readonly radius: number };
  /** Width over which its edge fades, in pixels; default one surface point. */
  readonly softness?: number;
  /** How much of what lies below it hides, 0 to 1; default 1. */
  readonly opacity?: (x: number, y: number) => number;
  /** Its material; by default that of what lies below. */
  readonly material?: Material;
  /** Multiplies its color; default 1. */
  readonly tint?: (x: number, y: number) => number;
  /** Its height, given the height of what lies below; by default that. */
  readonly height?: (x: number, y: number, below: number) => number;
}

/** Creates a flat black surface. */
export function createSurface(pixels: number, density: number): Surface {
  const size = Math.round(pixels * density);
  const plane = (): Float32Array => new Float32Array(size * size);
  return {
    size,
    density,
    height: plane(),
    red: plane(),
    green: plane(),
    blue: plane(),
    metal: plane(),
    roughness: plane(),
  };
}

/**
 * Lays a layer over a surface: every point becomes a mixture of what it was and what the layer
 * makes of it. Points within half the softness of the outline are mixed in proportion, which
 * keeps edges free of steps.
 */
export function paint(surface: Surface, layer: Layer, pose: Pose): void {
  const { size, density, height, red, green, blue, metal, roughness } = surface;
  const { outline, opacity, material, tint } = layer;
  const half = (layer.softness ?? 1 / density) / 2;
  const cosine = Math.cos(pose.angle) / pose.scale, sine = Math.sin(pose.angle) / pose.scale;
  const range = toRange(surface, { layer, pose });
  for (let row = range.top; row < range.bottom; row++) {
    const dy = (row + 0.5) / density - pose.y;
    for (let column = range.left; column < range.right; column++) {
      const dx = (column + 0.5) / density - pose.x;
      const x = cosine * dx + sine * dy, y = cosine * dy - sine * dx;
      let cover = 1;
      if (outline) {
        const distance = outline(x, y);
        if (distance >= half) continue;
        if (distance > -half) cover = 0.5 - distance / (2 * half);
      }
      if (opacity) cover *= opacity(x, y);
      if (cover <= 0) continue;
      const i = row * size + column;
      if (layer.height) height[i]! += cover * (layer.height(x, y, height[i]!) - height[i]!);
      const factor = tint ? tint(x, y) : 1;
      if (material) {
        const [r, g, b] = material.color;
        red[i]! += cover * (factor * r - red[i]!);
        green[i]! += cover * (factor * g - green[i]!);
        blue[i]! += cover * (factor * b - blue[i]!);
        metal[i]! += cover * (material.metal - metal[i]!);
        roughness[i]! += cover * (material.roughness - roughness[i]!);
      } else if (tint) {
        const change = 1 + cover * (factor - 1);
        red[i]! *= change;
        green[i]! *= change;
        blue[i]! *= change;
      }
    }
  }
}

/** The points that a layer can reach. */
function toRange(
  surface: Surface,
  options: { layer: Layer; pose: Pose },
): { left: number; right: number; top: number; bottom: number } {
  const { size, density } = surface;
  const { layer: { bounds }, pose } = options;
  if (!bounds) return { left: 0, right: size, top: 0, bottom: size };
  const cosine = Math.cos(pose.angle) * pose.scale, sine = Math.sin(pose.angle) * pose.scale;
  const x = pose.x + cosine * bounds.center.x - sine * bounds.center.y;
  const y = pose.y + sine * bounds.center.x + cosine * bounds.center.y;
  const reach = bounds.radius * pose.scale + 1;
  const limit = (value: number): number => Math.min(size, Math.max(0, value));
  return {
    left: limit(Math.floor((x - reach) * density)),
    right: limit(Math.ceil((x + reach) * density)),
    top: limit(Math.floor((y - reach) * density)),
    bottom: limit(Math.ceil((y + reach) * density)),
  };
}

/** Side of a sample image in pixels. */
export const samplePixels = 320;

/** A defect that a painter is asked for. */
export interface DefectRequest {
  /** One of the kinds that the class has. */
  readonly kind: string;
  /** From 0, barely visible, to 1, obvious. */
  readonly severity: number;
  /** The generator that the defect's shape and place are drawn from. */
  readonly random: Random;
}

/** What a painter draws from. */
export interface Scene {
  /** The generator for all but the defect: the product is the same with and without it. */
  readonly random: Random;
  /** The field for the textures. */
  readonly noise: Noise;
  /** The defect; `null` for a normal product. */
  readonly defect: DefectRequest | null;
}

/** Paints one product with what it lies on. */
export type Painter = (surface: Surface, scene: Scene) => void;

/** The pose that leaves image coordinates as they are. */
export const imagePose: Pose = { x: 0, y: 0, angle: 0, scale: 1 };

/** Draws where an object lies: near the middle of the image. */
export function drawPose(
  limits: { turn: number; shift?: number; resize?: number },
  random: Random,
): Pose {
  const { turn, shift = 7, resize = 0.03 } = limits;
  const spread = (limit: number): number => limit * (2 * random.next() - 1);
  return {
    x: samplePixels / 2 + spread(shift),
    y: samplePixels / 2 + spread(shift),
    angle: spread(turn),
    scale: 1 + spread(resize),
  };
}

/** Covers the whole surface with a sheet of fine-grained material. */
export function paintSheet(
  surface: Surface,
  options: { material: Material; relief: number; grain: number },
  scene: Scene,
): void {
  const { material, relief, grain } = options;
  const { random, noise } = scene;
  const x0 = 100 * random.next(), y0 = 100 * random.next();
  paint(surface, {
    material,
    height: (x, y) => relief * noise.value(x / grain + x0, y / grain + y0),
    tint: (x, y) => 1 + 0.05 * noise.value(x / 41 + y0, y / 41 + x0),
  }, imagePose);
}

/** A random field over the plane; the same point has the same value as long as the field lives. */
export interface Noise {
  /** Value from −1 to 1 that changes smoothly over about one unit; repeats after 128 units. */
  value(x: number, y: number): number;
  /** Sum of `octaves` fields, each twice as fine and half as strong, scaled to −1 to 1. */
  fractal(x: number, y: number, octaves: number): number;
}

/** Lattice points per side, after which a field repeats; a power of two. */
const side = 128;

/**
 * Creates a random field: independent uniform values on a lattice of whole numbers, between
 * which cubic smoothing interpolates.
 */
export function createNoise(random: Random): Noise {
  const lattice = Float32Array.from({ length: side * side }, () => 2 * random.next() - 1);
  const value = (x: number, y: number): number => {
    const left = Math.floor(x), top = Math.floor(y);
    const u = x - left, v = y - top;
    const across = u * u * (3 - 2 * u), down = v * v * (3 - 2 * v);
    const x0 = left & (side - 1), x1 = (left + 1) & (side - 1);
    const y0 = (top & (side - 1)) * side, y1 = ((top + 1) & (side - 1)) * side;
    const upper = lattice[y0 + x0]! + across * (lattice[y0 + x1]! - lattice[y0 + x0]!);
    const lower = lattice[y1 + x0]! + across * (lattice[y1 + x1]! - lattice[y1 + x0]!);
    return upper + down * (lower - upper);
  };
  const fractal = (x: number, y: number, octaves: number): number => {
    let sum = 0, weight = 1, total = 0, frequency = 1;
    for (let octave = 0; octave < octaves; octave++) {
      sum += weight * value(x * frequency + 17 * octave, y * frequency + 31 * octave);
      total += weight;
      weight /= 2;
      frequency *= 2;
    }
    return sum / total;
  };
  return { value, fractal };
}
