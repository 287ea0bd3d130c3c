/**
 * Arrays as anomaly maps.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";
import type { NumericArray } from "@/math/number_formats.ts";

/**
 * Takes an array for an anomaly map.
 *
 * Axes of extent 1 before or after the two of the map are left out: 1 × height × width and
 * height × width × 1 are maps, too. 64-bit values are rounded to 32 bits.
 *
 * @param array The array; its data are shared where they are 32-bit floats.
 * @param options What to call it in errors.
 * @returns The map, one value per pixel.
 * @throws {TypeError} If it has not two axes, or no pixel.
 * @throws {RangeError} If a value is not finite as a 32-bit float; the message names its pixel.
 *
 * @example A map with a channel
 * ```ts
 * import assert from "node:assert/strict";
 * import { toMap } from "@/audit/map_of_array.ts";
 *
 * const array = { shape: [1, 2, 3], data: new Float32Array(6) };
 * const { rows, columns } = toMap(array, { source: "1.npy" });
 * assert.deepEqual([rows, columns], [2, 3]);
 * ```
 */
export function toMap(array: NumericArray, options: { source: string }): Matrix {
  const { shape } = array;
  const [rows = 0, columns = 0] = squeeze(shape);
  if (squeeze(shape).length !== 2 || rows === 0 || columns === 0) {
    throw new TypeError(
      `Cannot use "${options.source}" as an anomaly map: it must be height × width, ` +
        `got shape [${shape.join(", ")}]`,
    );
  }
  const data = array.data instanceof Float32Array ? array.data : new Float32Array(array.data);
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot use "${options.source}" as an anomaly map: every value must be a finite 32-bit ` +
        `float, got ${array.data[wrong]} in row ${Math.floor(wrong / columns)}, ` +
        `column ${wrong % columns}`,
    );
  }
  return { rows, columns, data };
}

/** Leaves axes of extent 1 out, first those in front, until two are left. */
function squeeze(shape: readonly number[]): readonly number[] {
  if (shape.length > 2 && shape[0] === 1) return squeeze(shape.slice(1));
  if (shape.length > 2 && shape.at(-1) === 1) return squeeze(shape.slice(0, -1));
  return shape;
}
