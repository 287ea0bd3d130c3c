/**
 * Outlines of the sample data as signed distances: negative inside, zero on the edge, positive
 * outside.
 *
 * A soft step from 0 to 1.
 *
 * @module
 */
import type { Random } from "@/math/random.ts";

/** Signed distance of the position (x, y) from an outline, in pixels of the finished image. */
export type Outline = (x: number, y: number) => number;

/** A position in pixels of the finished image, x to the right and y down. */
export interface Point {
  /** To the right. */
  readonly x: number;
  /** Down. */
  readonly y: number;
}

/**
 * Outlines a circle.
 *
 * @param radius Radius.
 * @param center Its middle; default the origin.
 * @returns Exact signed distance.
 *
 * @example Outside and inside
 * ```ts
 * import assert from "node:assert/strict";
 * import { circle } from "@/datasets/sample/shapes.ts";
 *
 * assert.equal(circle(2)(3, 4), 3);
 * assert.equal(circle(2)(0, 0), -2);
 * ```
 */
export function circle(radius: number, center: Point = { x: 0, y: 0 }): Outline {
  const { x: cx, y: cy } = center;
  return (x, y) => Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - radius;
}

/**
 * Outlines a regular hexagon around the origin, two of its sides vertical.
 *
 * @param apothem Distance of every side from the middle.
 * @returns Distance from the nearest side's line; exact except beyond the corners, where it is smaller.
 *
 * @example A side
 * ```ts
 * import assert from "node:assert/strict";
 * import { hexagon } from "@/datasets/sample/shapes.ts";
 *
 * assert.equal(hexagon(10)(12, 0), 2);
 * ```
 */
export function hexagon(apothem: number): Outline {
  const cosine = 0.5, sine = Math.sqrt(3) / 2;
  return (x, y) => {
    const a = Math.abs(x), b = Math.abs(y);
    return Math.max(a, cosine * a + sine * b) - apothem;
  };
}

/**
 * Outlines a rectangle with rounded corners, sides along the axes.
 *
 * @param size Half its width and half its height.
 * @param options Radius of the corners (default 0) and its middle (default the origin).
 * @returns Exact signed distance.
 *
 * @example Beside it and beyond its corner
 * ```ts
 * import assert from "node:assert/strict";
 * import { box } from "@/datasets/sample/shapes.ts";
 *
 * const outline = box({ x: 4, y: 2 });
 * assert.equal(outline(6, 0), 2);
 * assert.equal(outline(7, 6), 5);
 * ```
 */
export function box(size: Point, options: { corner?: number; center?: Point } = {}): Outline {
  const { corner = 0, center = { x: 0, y: 0 } } = options;
  const { x: cx, y: cy } = center;
  const width = size.x - corner, height = size.y - corner;
  return (x, y) => {
    const a = Math.abs(x - cx) - width, b = Math.abs(y - cy) - height;
    const outer = a > 0 && b > 0 ? Math.sqrt(a * a + b * b) : Math.max(a, b);
    return outer - corner;
  };
}

/**
 * Outlines a line of constant width through some positions.
 *
 * @param points At least one position, joined in order.
 * @param radius Half the line's width.
 * @returns Exact signed distance; the ends and bends are round.
 *
 * @example Beside a horizontal line
 * ```ts
 * import assert from "node:assert/strict";
 * import { polyline } from "@/datasets/sample/shapes.ts";
 *
 * assert.equal(polyline([{ x: 0, y: 0 }, { x: 8, y: 0 }], 1)(4, 3), 2);
 * ```
 */
export function polyline(points: readonly Point[], radius: number): Outline {
  const starts = points.length === 1 ? points : points.slice(0, -1);
  const data = Float64Array.from(starts.flatMap((point, i) => {
    const next = points[i + 1] ?? point;
    const dx = next.x - point.x, dy = next.y - point.y;
    return [point.x, point.y, dx, dy, 1 / (dx * dx + dy * dy || 1)];
  }));
  return (x, y) => {
    let nearest = Infinity;
    for (let i = 0; i < data.length; i += 5) {
      const px = x - data[i]!, py = y - data[i + 1]!, dx = data[i + 2]!, dy = data[i + 3]!;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * data[i + 4]!));
      const ex = px - along * dx, ey = py - along * dy;
      nearest = Math.min(nearest, ex * ex + ey * ey);
    }
    return Math.sqrt(nearest) - radius;
  };
}

/**
 * Draws the positions of a line that wanders, as scratches and cracks do.
 *
 * @param options Where it begins, its direction in radians, its length, and how far it strays: the
 *   standard deviation of the turn at every one of `steps` bends, in radians.
 * @param random The generator to draw from; it moves on.
 * @returns `steps` + 1 positions.
 *
 * @example A line that does not stray
 * ```ts
 * import assert from "node:assert/strict";
 * import { wander } from "@/datasets/sample/shapes.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const options = { from: { x: 0, y: 0 }, angle: 0, length: 10, stray: 0, steps: 2 };
 * assert.deepEqual(wander(options, createRandom(1)), [
 *   { x: 0, y: 0 },
 *   { x: 5, y: 0 },
 *   { x: 10, y: 0 },
 * ]);
 * ```
 */
export function wander(
  options: { from: Point; angle: number; length: number; stray: number; steps: number },
  random: Random,
): Point[] {
  const { from, length, stray, steps } = options;
  const points = [from];
  let { x, y } = from, angle = options.angle;
  for (let step = 0; step < steps; step++) {
    angle += stray * random.gaussian();
    x += length / steps * Math.cos(angle);
    y += length / steps * Math.sin(angle);
    points.push({ x, y });
  }
  return points;
}

/**
 * Rises smoothly from 0 at `t` ≤ 0 to 1 at `t` ≥ 1, level at both ends.
 *
 * @param t Any number.
 * @returns The cubic 3t² − 2t³ of `t` limited to 0 to 1.
 *
 * @example Half way
 * ```ts
 * import assert from "node:assert/strict";
 * import { smoothRise } from "@/datasets/sample/shapes.ts";
 *
 * assert.deepEqual([-1, 0.5, 2].map(smoothRise), [0, 0.5, 1]);
 * ```
 */
export function smoothRise(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}
