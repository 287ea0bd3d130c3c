/**
 * Light on the surfaces of the sample data: a lamp, a window, what metals mirror, and shadows.
 *
 * Diffuse light follows Lambert; metals and gloss mirror a simple studio (floor, walls, two soft
 * boxes) whose edges blur with the roughness of the surface; shadows are found by walking over the
 * heights towards the lamp.
 *
 * @module
 */
import { smoothRise } from "@/datasets/sample/shapes.ts";
import type { Surface } from "@/datasets/sample/surface.ts";
import type { Random } from "@/math/random.ts";

/** How a scene is lit. */
export interface Lighting {
  /** Direction in which the lamp stands, in radians, clockwise from the right. */
  readonly azimuth: number;
  /** Height of the lamp above the horizon, in radians. */
  readonly elevation: number;
  /** Brightness of the lamp. */
  readonly key: number;
  /** Brightness of the light from all sides. */
  readonly ambient: number;
}

/** Light from every point of a surface to the camera; linear, three interleaved channels. */
export type Radiance = Float32Array;

/** Draws how a scene is lit: the lamp to the upper left, give or take. */
export function drawLighting(random: Random): Lighting {
  return {
    azimuth: -2.2 + 0.5 * (random.next() - 0.5),
    elevation: 0.85 + 0.2 * (random.next() - 0.5),
    key: 1 + 0.16 * (random.next() - 0.5),
    ambient: 0.42 + 0.08 * (random.next() - 0.5),
  };
}

/** Computes what a camera straight above sees of a lit surface. */
export function shade(surface: Surface, lighting: Lighting): Radiance {
  const { size, density, height, red, green, blue, metal, roughness } = surface;
  const { key, ambient } = lighting;
  const lx = Math.cos(lighting.azimuth) * Math.cos(lighting.elevation);
  const ly = Math.sin(lighting.azimuth) * Math.cos(lighting.elevation);
  const lz = Math.sin(lighting.elevation);
  const shadow = castShadow(surface, lighting);
  const radiance = new Float32Array(size * size * 3);
  const slope = density / 2, tilt = 0.9 / size;
  for (let row = 0; row < size; row++) {
    const up = (row > 0 ? row - 1 : 0) * size, down = (row < size - 1 ? row + 1 : row) * size;
    const vy = (row - size / 2) * tilt;
    for (let column = 0; column < size; column++) {
      const i = row * size + column;
      const left = column > 0 ? i - 1 : i, right = column < size - 1 ? i + 1 : i;
      const gx = (height[left]! - height[right]!) * slope;
      const gy = (height[up + column]! - height[down + column]!) * slope;
      const nz = 1 / Math.sqrt(1 + gx * gx + gy * gy), nx = gx * nz, ny = gy * nz;
      const lit = shadow[i]!;
      const facing = nx * lx + ny * ly + nz * lz;
      const diffuse = ambient * (0.45 + 0.55 * nz) * (0.7 + 0.3 * lit) +
        key * lit * (facing > 0 ? facing : 0);
      const vx = (column - size / 2) * tilt;
      const twice = 2 * (nz - nx * vx - ny * vy);
      const rx = twice * nx + vx, ry = twice * ny + vy, rz = twice * nz - 1;
      const rough = roughness[i]!;
      const toLamp = rx * lx + ry * ly + rz * lz, toWindow = -0.5 * rx + 0.62 * ry + 0.6 * rz;
      const wide = 0.06 + 0.5 * rough, strength = key * lit / (0.6 + 2.2 * rough);
      const lamp = smoothRise((toLamp - 0.86 + wide) / (2 * wide)) * strength;
      const window = smoothRise((toWindow - 0.8 + wide) / (2 * wide)) * 0.45 / (0.6 + rough);
      const walls = 0.27 + 0.19 * rz + 0.2 * (rx * lx + ry * ly) + 0.05 * rx;
      const mirrored = (walls > 0.05 ? walls : 0.05) * (0.55 + 0.45 * lit) + 1.1 * lamp + window;
      const share = metal[i]!;
      const grazing = 1 - nz, gloss = (0.045 + 0.5 * grazing * grazing * grazing) * (1 - rough);
      const matte = (1 - share) * diffuse, bare = share * mirrored;
      const sheen = (1 - share) * gloss * (mirrored + 7 * lamp);
      radiance[3 * i] = red[i]! * (matte + bare) + sheen;
      radiance[3 * i + 1] = green[i]! * (matte + bare) + sheen;
      radiance[3 * i + 2] = blue[i]! * (matte + bare) + sheen;
    }
  }
  return radiance;
}

/** Share of the lamp's light at every point, found at every second one and interpolated. */
function castShadow(surface: Surface, lighting: Lighting): Float32Array {
  const { size, density, height } = surface;
  const coarse = Math.ceil(size / 2), steps = 14, stride = 2.4 * density;
  const dx = Math.cos(lighting.azimuth) * stride, dy = Math.sin(lighting.azimuth) * stride;
  const climb = Math.tan(lighting.elevation) * stride / density;
  const small = new Float32Array(coarse * coarse);
  for (let row = 0; row < coarse; row++) {
    for (let column = 0; column < coarse; column++) {
      const own = height[2 * row * size + 2 * column]!;
      let light = 1;
      for (let step = 1; step <= steps; step++) {
        const x = 2 * column + dx * step | 0, y = 2 * row + dy * step | 0;
        if (x < 0 || y < 0 || x >= size || y >= size) break;
        const above = height[y * size + x]! - own - climb * step;
        light = Math.min(light, 0.5 - above / (1.5 + 0.9 * step));
      }
      small[row * coarse + column] = Math.max(0, light * 2 > 1 ? 1 : light * 2);
    }
  }
  return enlarge(small, { from: coarse, to: size });
}

function enlarge(small: Float32Array, sizes: { from: number; to: number }): Float32Array {
  const { from, to } = sizes;
  const large = new Float32Array(to * to);
  for (let row = 0; row < to; row++) {
    const top = row >> 1, bottom = Math.min(from - 1, top + (row & 1));
    for (let column = 0; column < to; column++) {
      const left = column >> 1, right = Math.min(from - 1, left + (column & 1));
      large[row * to + column] = 0.25 *
        (small[top * from + left]! + small[top * from + right]! +
          small[bottom * from + left]! + small[bottom * from + right]!);
    }
  }
  return large;
}
