import assert from "node:assert/strict";
import { fitMask, type MaskGrid, scaleDefect, spreadMask } from "@/images/masks.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("fitMask() takes each pixel from where its centre falls", () => {
  const mask = { rows: 1, columns: 3, data: Uint8Array.of(1, 0, 2) };
  // Centres of six pixels at 0.25, 0.75, 1.25, …; of two at 0.75 and 2.25.
  assert.deepEqual([...fitMask(mask, { rows: 1, columns: 6 }).data], [1, 1, 0, 0, 2, 2]);
  assert.deepEqual([...fitMask(mask, { rows: 2, columns: 2 }).data], [1, 2, 1, 2]);
});

Deno.test("fitMask() returns a mask that fits, and refuses one that is not whole", () => {
  const mask = { rows: 1, columns: 2, data: Uint8Array.of(1, 0) };
  assert.equal(fitMask(mask, { rows: 1, columns: 2 }), mask);
  assert.throws(() => fitMask({ ...mask, rows: 2 }, { rows: 1, columns: 1 }), {
    name: "TypeError",
    message: "Cannot resize a mask: it must have 4 pixels, got 2",
  });
});

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

/** A mask drawn with characters, "#" where anomalous. */
function maskOf(...lines: string[]) {
  const data = Uint8Array.from(lines.join(""), (character) => (character === "#" ? 1 : 0));
  return { rows: lines.length, columns: lines[0]!.length, data };
}

Deno.test("spreadMask() keeps every mark, in the place that covers it", () => {
  // Six columns become two of three each, three rows become two: rows 0 and 1, then row 2.
  assert.deepEqual(
    spreadMask(maskOf("......", "..#...", "...#.."), { rows: 2, columns: 2 }),
    maskOf("#.", ".#"),
  );
});

Deno.test("spreadMask() grows marks by the margin, up to the border", () => {
  assert.deepEqual(
    spreadMask(maskOf("#....", ".....", ".....", ".....", "....."), {
      rows: 5,
      columns: 5,
      margin: 2,
    }),
    maskOf("###..", "###..", "###..", ".....", "....."),
  );
});

Deno.test("spreadMask() never loses a single pixel, whatever the sizes", () => {
  const random = createRandom(1);
  for (let i = 0; i < 200; i++) {
    const size = { rows: 1 + random.integer(30), columns: 1 + random.integer(30) };
    const data = new Uint8Array(size.rows * size.columns);
    data[random.integer(data.length)] = 1;
    const small = {
      rows: 1 + random.integer(size.rows),
      columns: 1 + random.integer(size.columns),
    };
    const spread = spreadMask({ ...size, data }, small);
    assert.equal(spread.data.reduce((sum, value) => sum + value, 0), 1);
  }
});

Deno.test("spreadMask() refuses to enlarge", () => {
  assert.throws(() => spreadMask(maskOf("#."), { rows: 1, columns: 3 }), {
    name: "RangeError",
    message: "Cannot shrink a mask: the size must be from 1×1 to 2×1, got 3×1",
  });
});
