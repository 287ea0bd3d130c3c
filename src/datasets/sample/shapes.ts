/**
 * Outlines of the sample data as signed distances: negative inside, zero on the edge, positive
 * outside; with the lines that wander and the soft step that their painters need.
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

/** Outlines a circle. */
export function circle(radius: number, center: Point = { x: 0, y: 0 }): Outline {
  const { x: cx, y: cy } = center;
  return (x, y) => Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - radius;
}

/** Outlines a regular hexagon around the origin, two of its sides vertical. */
export function hexagon(apothem: number): Outline {
  const cosine = 0.5, sine = Math.sqrt(3) / 2;
  return (x, y) => {
    const a = Math.abs(x), b = Math.abs(y);
    return Math.max(a, cosine * a + sine * b) - apothem;
  };
}

/** Outlines a rectangle with rounded corners, sides along the axes; `size` is half of them. */
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

/** Outlines a line of constant width through some positions. */
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

/** Draws the positions of a line that wanders, as scratches and cracks do. */
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

/** Rises smoothly from 0 at `t` ≤ 0 to 1 at `t` ≥ 1, level at both ends. */
export function smoothRise(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}
