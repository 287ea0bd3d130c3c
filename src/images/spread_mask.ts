/**
 * Makes a mask small for a picture without losing any of its marks.
 *
 * @module
 */
import type { MaskGrid } from "@/images/masks.ts";

/** Size of the picture, and how far marks grow. */
export interface SpreadMaskOptions {
  /** Rows wanted, at most those of the mask. */
  readonly rows: number;
  /** Columns wanted, at most those of the mask. */
  readonly columns: number;
  /** Pixels by which every mark grows in each direction afterwards; default 0. */
  readonly margin?: number;
}

/**
 * Shrinks a mask: a pixel is anomalous if any of those that it covers is.
 *
 * Unlike nearest neighbour this keeps single pixels, and with a margin they are seen. It is for
 * pictures only: areas grow.
 *
 * @param mask The mask; left unchanged.
 * @param options Size wanted and margin.
 * @returns The smaller mask.
 * @throws {RangeError} If the size is larger than the mask or below 1.
 *
 * @example One pixel of sixteen stays
 * ```ts
 * import assert from "node:assert/strict";
 * import { spreadMask } from "@/images/spread_mask.ts";
 *
 * const data = new Uint8Array(16);
 * data[2] = 1;
 * const { data: small } = spreadMask({ rows: 4, columns: 4, data }, { rows: 2, columns: 2 });
 * assert.deepEqual([...small], [0, 1, 0, 0]);
 * ```
 */
export function spreadMask(mask: MaskGrid, options: SpreadMaskOptions): MaskGrid {
  const { rows, columns, margin = 0 } = options;
  if (!(rows >= 1 && rows <= mask.rows && columns >= 1 && columns <= mask.columns)) {
    throw new RangeError(
      `Cannot shrink a mask: the size must be from 1×1 to ${mask.columns}×${mask.rows}, ` +
        `got ${columns}×${rows}`,
    );
  }
  const data = new Uint8Array(rows * columns);
  for (let y = 0, i = 0; y < mask.rows; y++) {
    const row = Math.floor(y * rows / mask.rows);
    for (let x = 0; x < mask.columns; x++, i++) {
      if (mask.data[i]! === 0) continue;
      const column = Math.floor(x * columns / mask.columns);
      data[row * columns + column] = 1;
    }
  }
  return { rows, columns, data: margin === 0 ? data : grow({ rows, columns, data }, margin) };
}

function grow({ rows, columns, data }: MaskGrid, margin: number): Uint8Array {
  const grown = new Uint8Array(data.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (data[y * columns + x]! === 0) continue;
      const first = Math.max(0, x - margin), end = Math.min(columns, x + margin + 1);
      for (let v = Math.max(0, y - margin); v < Math.min(rows, y + margin + 1); v++) {
        grown.fill(1, v * columns + first, v * columns + end);
      }
    }
  }
  return grown;
}
