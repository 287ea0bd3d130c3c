/**
 * Brings a mask to the size of its anomaly map.
 *
 * @module
 */

/** A mask that was read along with the scores. */
export interface MaskGrid {
  /** Rows of pixels. */
  readonly rows: number;
  /** Columns of pixels. */
  readonly columns: number;
  /** 1 where anomalous, else 0, row by row. */
  readonly data: Uint8Array;
}

/**
 * Resizes a mask by nearest neighbour: each pixel takes the value at its centre.
 *
 * @param mask The mask; left unchanged, and returned as it is where the size fits.
 * @param size Rows and columns wanted, both at least 1.
 * @returns The mask in that size.
 * @throws {TypeError} If the mask has not one value per pixel.
 *
 * @example Half as wide and high
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitMask } from "@/images/masks.ts";
 *
 * const mask = { rows: 2, columns: 4, data: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) };
 * assert.deepEqual([...fitMask(mask, { rows: 1, columns: 2 }).data], [0, 1]);
 * ```
 */
export function fitMask(mask: MaskGrid, size: { rows: number; columns: number }): MaskGrid {
  if (mask.data.length !== mask.rows * mask.columns) {
    throw new TypeError(
      `Cannot resize a mask: it must have ${mask.rows * mask.columns} pixels, ` +
        `got ${mask.data.length}`,
    );
  }
  const { rows, columns } = size;
  if (rows === mask.rows && columns === mask.columns) return mask;
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = Math.floor((row + 0.5) * mask.rows / rows) * mask.columns;
    for (let column = 0; column < columns; column++) {
      const source = from + Math.floor((column + 0.5) * mask.columns / columns);
      data[row * columns + column] = mask.data[source]!;
    }
  }
  return { rows, columns, data };
}
