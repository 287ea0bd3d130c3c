/**
 * The surface that a sample image shows: for every point its height and its material.
 *
 * @module
 */
import type { Outline, Point } from "@/datasets/sample/shapes.ts";

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

/** One coat of paint, or one part, that is laid over a surface. Functions take positions on the object. */
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

/**
 * Creates a flat black surface.
 *
 * @param pixels Side of the finished image.
 * @param density Points per pixel.
 * @returns The surface.
 *
 * @example Four points per pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import { createSurface } from "@/datasets/sample/surface.ts";
 *
 * assert.equal(createSurface(8, 2).height.length, 256);
 * ```
 */
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
 * Lays a layer over a surface.
 *
 * Every point becomes a mixture of what it was and what the layer makes of it; points within half
 * the softness of the outline are mixed in proportion, which keeps edges free of steps.
 *
 * @param surface The surface; it is changed.
 * @param layer The layer.
 * @param pose Where the object lies that the layer belongs to.
 *
 * @example A disk on a flat surface
 * ```ts
 * import assert from "node:assert/strict";
 * import { circle } from "@/datasets/sample/shapes.ts";
 * import { createSurface, paint } from "@/datasets/sample/surface.ts";
 *
 * const surface = createSurface(9, 1);
 * const pose = { x: 4.5, y: 4.5, angle: 0, scale: 1 };
 * paint(surface, { outline: circle(3), height: () => 2 }, pose);
 * assert.equal(surface.height[4 * 9 + 4], 2);
 * assert.equal(surface.height[0], 0);
 * ```
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
