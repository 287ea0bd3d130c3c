/**
 * What every class of the sample data draws alike: where the object lies, and what it lies on.
 *
 * @module
 */
import type { Noise } from "@/datasets/sample/sample_noise.ts";
import { type Material, paint, type Pose, type Surface } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

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
  /** The generator for everything but the defect, so that the product is the same with and without it. */
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

/**
 * Draws where an object lies: near the middle of the image.
 *
 * @param limits Largest turn in radians, largest shift in pixels (default 7) and largest change of
 *   size as a share (default 0.03), each to both sides.
 * @param random The generator to draw from; it moves on.
 * @returns The pose.
 *
 * @example No more than allowed
 * ```ts
 * import assert from "node:assert/strict";
 * import { drawPose } from "@/datasets/sample/sample_scene.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * assert.equal(drawPose({ turn: 0 }, createRandom(1)).angle, 0);
 * ```
 */
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

/**
 * Covers the whole surface with a sheet of fine-grained material.
 *
 * @param surface The surface; it is changed.
 * @param options The material, how rough to the touch it is (pixels of height), and the width of its grains.
 * @param scene What to draw from; its generator moves on.
 *
 * @example A gray sheet
 * ```ts
 * import assert from "node:assert/strict";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { paintSheet } from "@/datasets/sample/sample_scene.ts";
 * import { createSurface } from "@/datasets/sample/surface.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const surface = createSurface(8, 1), random = createRandom(1);
 * const material = { color: [0.5, 0.5, 0.5], metal: 0, roughness: 1 } as const;
 * paintSheet(surface, { material, relief: 0.1, grain: 1.5 }, { random, noise: createNoise(random), defect: null });
 * assert.ok(Math.abs(surface.red[0]! - 0.5) < 0.1);
 * ```
 */
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
