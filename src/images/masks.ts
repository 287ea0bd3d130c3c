/**
 * Masks in other sizes: in that of an anomaly map, small for a picture without losing any mark,
 * and as scaling and cutting leave a defect for a model to see.
 *
 * @module
 */
import { type Fit, planCenterCrop, visiblePart } from "@/images/geometry.ts";
import { resampleNearest } from "@/images/resample.ts";

/** From this value on a pixel of a lossy mask is anomalous; the largest value is 255. */
export const lossyMiddle = 128;

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
 * The centre is computed exactly. `resampleNearest`, which adds up steps as Pillow does, takes the
 * pixel beside it now and then.
 *
 * @param mask The mask; left unchanged, and returned as it is where the size fits.
 * @param size Rows and columns wanted, both at least 1.
 * @returns The mask in that size.
 * @throws {TypeError} If the mask has not one value per pixel.
 *
 * @example Half as wide and high
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitMask } from "@/images/mod.ts";
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
 * Shrinks a mask for a picture: a pixel is anomalous if any of those that it covers is.
 *
 * Unlike nearest neighbour this keeps single pixels, and a margin makes them seen; areas grow.
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

/** A defect before and after scaling and cutting. */
export interface ScaledDefect {
  /** Anomalous pixels of the mask as a share of all, from 0 to 1. */
  readonly area: number;
  /** Anomalous pixels of the square that a model sees. */
  readonly pixels: number;
  /** Share of the defect that lies within that square, before scaling; `null` for an empty mask. */
  readonly kept: number | null;
}

/** Scales a mask by nearest neighbour, cuts the square from its middle, and counts what is left. */
export function scaleDefect(
  mask: MaskGrid,
  geometry: { readonly resize: number; readonly imagesize: number; readonly fit?: Fit },
): ScaledDefect {
  const { rows: height, columns: width, data } = mask;
  const part = visiblePart({ height, width }, geometry);
  let marked = 0, visible = 0;
  for (let y = 0, i = 0; y < height; y++) {
    const isRowVisible = y + 0.5 > part.top && y + 0.5 < part.top + part.height;
    for (let x = 0; x < width; x++, i++) {
      if (data[i]! === 0) continue;
      marked++;
      if (isRowVisible && x + 0.5 > part.left && x + 0.5 < part.left + part.width) visible++;
    }
  }
  const crop = planCenterCrop({ height, width }, geometry);
  const seen = resampleNearest({ height, width, channels: 1, data }, crop);
  return {
    area: marked / (width * height),
    pixels: seen.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0),
    kept: marked === 0 ? null : visible / marked,
  };
}
