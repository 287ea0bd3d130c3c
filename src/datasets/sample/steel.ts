/**
 * The steel of bolts and gears, and the mat they lie on: the same for both, so that they look alike.
 *
 * @module
 */
import type { Material, Pose } from "@/datasets/sample/surface.ts";

/** Bare steel, as turned. */
export const steel: Material = { color: [0.74, 0.75, 0.77], metal: 1, roughness: 0.34 };

/** A sheet of dark rubber, as `paintSheet` takes it. */
export const rubberMat: { material: Material; relief: number; grain: number } = {
  material: { color: [0.075, 0.085, 0.1], metal: 0, roughness: 0.85 },
  relief: 0.28,
  grain: 1.7,
};

/**
 * Shine of turned metal, whose fine grooves mirror the lamp in two opposite sectors.
 *
 * @param point Position on the object.
 * @param pose Where the object lies.
 * @returns A factor around 1 for the color.
 *
 * @example Brighter towards the lamp at the upper left than across
 * ```ts
 * import assert from "node:assert/strict";
 * import { turnedShine } from "@/datasets/sample/steel.ts";
 *
 * const pose = { x: 0, y: 0, angle: 0, scale: 1 };
 * assert.ok(turnedShine({ x: -6, y: -8 }, pose) > turnedShine({ x: 8, y: -6 }, pose));
 * ```
 */
export function turnedShine(point: { x: number; y: number }, pose: Pose): number {
  const { x, y } = point;
  const cosine = Math.cos(-2.2 - pose.angle), sine = Math.sin(-2.2 - pose.angle);
  const along = cosine * x + sine * y;
  const share = along * along / (x * x + y * y + 20);
  return 0.86 + 0.3 * share * share;
}
