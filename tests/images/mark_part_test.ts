import assert from "node:assert/strict";
import { markPart, toPicture } from "@/images/picture.ts";

/** The red values of a picture, row by row. */
function redOf({ data, width }: { data: Uint8Array; width: number }): number[][] {
  const red = Array.from(data).filter((_, i) => i % 3 === 0);
  return Array.from(
    { length: red.length / width },
    (_, y) => red.slice(y * width, (y + 1) * width),
  );
}

Deno.test("markPart() pales the outside, frames the part and leaves its inside as it is", () => {
  const grey = toPicture(new Uint8Array(3 * 25).fill(100), 5);
  const marked = markPart(grey, { left: 1, top: 1, width: 3, height: 3 });
  // Outside: 100 + 0.45 · 155 = 169.75. Along the frame x + y counts three by three.
  assert.deepEqual(redOf(marked), [
    [170, 170, 170, 170, 170],
    [170, 60, 235, 235, 170],
    [170, 235, 100, 235, 170],
    [170, 235, 235, 60, 170],
    [170, 170, 170, 170, 170],
  ]);
  assert.equal(grey.data[0], 100);
});

Deno.test("markPart() draws no line along the edge of the picture", () => {
  const grey = toPicture(new Uint8Array(3 * 12).fill(100), 6);
  const all = markPart(grey, { left: 0, top: 0, width: 6, height: 2 });
  assert.deepEqual(all.data, grey.data);
  const middle = markPart(grey, { left: 1.6, top: 0, width: 3, height: 2 });
  assert.deepEqual(redOf(middle)[0], [170, 170, 60, 100, 235, 170]);
});
