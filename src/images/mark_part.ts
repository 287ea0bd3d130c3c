/**
 * Shows on a picture which part of it a model sees.
 *
 * @module
 */
import type { Picture } from "@/images/picture.ts";
import type { VisiblePart } from "@/images/visible_part.ts";

/** Share of white over what is not seen, and length of a dash in pixels. */
const veil = 0.45, dash = 3;

/**
 * Pales what lies outside of a part, and draws a dashed line along its border.
 *
 * Dashes are alternately dark and light, so that they are seen on any picture. Where the part ends at
 * the edge of the picture there is no line.
 *
 * @param picture The picture; left unchanged.
 * @param part The part in pixels of the picture; borders are rounded to whole pixels.
 * @returns A new picture of the same size.
 *
 * @example The left half is seen
 * ```ts
 * import assert from "node:assert/strict";
 * import { markPart } from "@/images/mark_part.ts";
 * import { toPicture } from "@/images/picture.ts";
 *
 * const black = toPicture(new Uint8Array(3 * 6), 6);
 * const { data } = markPart(black, { left: 0, top: 0, width: 3, height: 1 });
 * assert.deepEqual([data[0], data[15]], [0, 115]);
 * ```
 */
export function markPart(
  picture: Picture,
  part: Omit<VisiblePart, "share">,
): Picture {
  const { width, height } = picture;
  const left = Math.round(part.left), right = Math.round(part.left + part.width) - 1;
  const top = Math.round(part.top), bottom = Math.round(part.top + part.height) - 1;
  const data = picture.data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 3 * (y * width + x);
      if (x < left || x > right || y < top || y > bottom) {
        for (let c = i; c < i + 3; c++) data[c] = Math.round(data[c]! + veil * (255 - data[c]!));
        continue;
      }
      const isBorder = (x === left && left > 0) || (x === right && right < width - 1) ||
        (y === top && top > 0) || (y === bottom && bottom < height - 1);
      if (isBorder) data.fill(Math.floor((x + y) / dash) % 2 === 0 ? 60 : 235, i, i + 3);
    }
  }
  return { ...picture, data };
}
