import assert from "node:assert/strict";
import { shiftCenter, swapColors, turnImage } from "@/images/alter.ts";
import { createRandom } from "@/math/random.ts";

const random = createRandom(5);
const image = Uint8Array.from({ length: 3 * 6 * 6 }, () => random.integer(256));

Deno.test("shiftCenter() moves the middle by half of the range and nothing else", () => {
  const shifted = shiftCenter(image, { side: 6, block: 2 });
  shifted.forEach((value, i) => {
    const pixel = Math.floor(i / 3);
    const isMiddle = [2, 3].includes(pixel % 6) && [2, 3].includes(Math.floor(pixel / 6));
    assert.equal(Math.abs(value - image[i]!), isMiddle ? 128 : 0, `byte ${i}`);
  });
});

Deno.test("shiftCenter() gives the image back when it is applied twice", () => {
  const once = shiftCenter(image, { side: 6, block: 4 });
  assert.notDeepEqual(once, image);
  assert.deepEqual(shiftCenter(once, { side: 6, block: 4 }), image);
});

Deno.test("swapColors() exchanges the outer channels of every pixel", () => {
  assert.deepEqual([...swapColors(Uint8Array.of(1, 2, 3, 4, 5, 6))], [3, 2, 1, 6, 5, 4]);
  assert.deepEqual(swapColors(swapColors(image)), image);
});

Deno.test("turnImage() turns clockwise, and four quarters make a whole", () => {
  // Pixels a b / c d become c a / d b.
  const [a, b, c, d] = [1, 2, 3, 4].map((value) => [value, value, value]);
  const small = Uint8Array.from([a!, b!, c!, d!].flat());
  assert.deepEqual([...turnImage(small, { side: 2 })], [c!, a!, d!, b!].flat());
  let turned: Uint8Array = image;
  for (let quarter = 0; quarter < 4; quarter++) turned = turnImage(turned, { side: 6 });
  assert.deepEqual(turned, image);
});

Deno.test("shiftCenter() and turnImage() say what does not fit", () => {
  assert.throws(() => shiftCenter(image, { side: 6, block: 3 }), {
    name: "RangeError",
    message: "Cannot shift the centre of an image: block must be at most 6 and differ from it by " +
      "an even number, got 3",
  });
  assert.throws(() => turnImage(image, { side: 5 }), {
    name: "TypeError",
    message: "Cannot alter an image: it must have 5 × 5 RGB pixels, got 108 values",
  });
});
