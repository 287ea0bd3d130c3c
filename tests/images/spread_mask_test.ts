import assert from "node:assert/strict";
import { spreadMask } from "@/images/masks.ts";
import { createRandom } from "@/math/random.ts";

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
