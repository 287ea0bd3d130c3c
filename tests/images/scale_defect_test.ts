import assert from "node:assert/strict";
import { type MaskGrid, scaleDefect } from "@/images/masks.ts";
import { assertClose } from "../helpers/mod.ts";

/** A mask whose anomalous pixels are those of a rectangle. */
function rectangle(
  { rows, columns }: { rows: number; columns: number },
  area: { top: number; left: number; height: number; width: number },
): MaskGrid {
  const data = new Uint8Array(rows * columns);
  for (let y = area.top; y < area.top + area.height; y++) {
    data.fill(1, y * columns + area.left, y * columns + area.left + area.width);
  }
  return { rows, columns, data };
}

Deno.test("scaleDefect() scales the area of a defect in the middle", () => {
  // 40 × 40 of 400 × 400 pixels; at half the size 20 × 20 of 200 × 200, of which 160 × 160 are cut.
  const mask = rectangle({ rows: 400, columns: 400 }, {
    top: 180,
    left: 180,
    height: 40,
    width: 40,
  });
  assert.deepEqual(scaleDefect(mask, { resize: 200, imagesize: 160 }), {
    area: 0.01,
    pixels: 400,
    kept: 1,
  });
});

Deno.test("scaleDefect() tells what is cut away from what scaling loses", () => {
  const size = { rows: 100, columns: 200 };
  // At the left edge of an oblong image: outside of the middle square.
  const cut = rectangle(size, { top: 0, left: 0, height: 100, width: 50 });
  assert.deepEqual(scaleDefect(cut, { resize: 100, imagesize: 100 }), {
    area: 0.25,
    pixels: 0,
    kept: 0,
  });
  assert.equal(scaleDefect(cut, { resize: 100, imagesize: 100, fit: "square" }).pixels, 2500);
  // Column 100 is within it; every tenth column is taken, the fifth of each ten.
  const thin = rectangle(size, { top: 0, left: 100, height: 100, width: 1 });
  const { pixels, kept } = scaleDefect(thin, { resize: 10, imagesize: 10 });
  assert.deepEqual({ pixels, kept }, { pixels: 0, kept: 1 });
});

Deno.test("scaleDefect() has nothing to keep of an empty mask, and all of a full one", () => {
  const size = { rows: 30, columns: 50 };
  const nothing = { top: 0, left: 0, height: 0, width: 0 };
  const geometry = { resize: 24, imagesize: 20 };
  assert.deepEqual(scaleDefect(rectangle(size, nothing), geometry), {
    area: 0,
    pixels: 0,
    kept: null,
  });
  const full = scaleDefect(
    rectangle(size, { top: 0, left: 0, height: 30, width: 50 }),
    geometry,
  );
  assert.deepEqual([full.area, full.pixels], [1, 400]);
  // 20 of 24 rows and 20 of 40 columns are seen: 25 × 25 of 30 × 50 pixels, up to whole ones.
  assertClose(full.kept!, (25 * 25) / 1500, 0.05);
});
