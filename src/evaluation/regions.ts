/**
 * Connected regions of a mask: pixels that touch by a side or a corner belong together.
 *
 * @module
 */

/** The regions of one mask. */
export interface Regions {
  /**
   * Region of every pixel, from 1, in order of each region's first pixel; 0 where the mask is 0.
   */
  readonly labels: Uint32Array;
  /** Number of pixels in each region; entry 0 belongs to region 1. */
  readonly sizes: readonly number[];
}

/**
 * Finds the 8-connected regions of a mask: row by row, each pixel without a region floods its
 * own. Takes O(pixels) time and memory.
 */
export function findRegions(mask: ArrayLike<number>, options: { columns: number }): Regions {
  const { columns } = options;
  if (!Number.isInteger(columns) || columns < 1 || mask.length % columns !== 0) {
    throw new TypeError(
      `Cannot find regions: the mask must have whole rows of ${columns} pixels, got ${mask.length} pixels`,
    );
  }
  const rows = mask.length / columns;
  const labels = new Uint32Array(mask.length);
  const sizes: number[] = [];
  const pending: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start] !== 0) continue;
    const label = sizes.length + 1;
    let size = 0;
    labels[start] = label;
    pending.push(start);
    for (let pixel = pending.pop(); pixel !== undefined; pixel = pending.pop()) {
      size++;
      const row = Math.floor(pixel / columns), column = pixel % columns;
      const lastRow = Math.min(rows - 1, row + 1), lastColumn = Math.min(columns - 1, column + 1);
      for (let r = Math.max(0, row - 1); r <= lastRow; r++) {
        for (let c = Math.max(0, column - 1); c <= lastColumn; c++) {
          const neighbor = r * columns + c;
          if (!mask[neighbor] || labels[neighbor] !== 0) continue;
          labels[neighbor] = label;
          pending.push(neighbor);
        }
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}
