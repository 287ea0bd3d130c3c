import assert from "node:assert/strict";
import { type CenterCrop, planCenterCrop } from "@/images/geometry.ts";
import { magnify, type Pixels, resampleBilinear, resampleNearest } from "@/images/resample.ts";
import { createRandom } from "@/math/random.ts";
import { loadGolden } from "../helpers/mod.ts";

/** Random pixels. */
function noise(height: number, width: number, seed: number): Pixels {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: height * width }, () => random.integer(256));
  return { height, width, channels: 1, data };
}

/** Pixels of the kept square and nothing cut off: the whole scaled image must be square. */
function whole(size: number): CenterCrop {
  return { height: size, width: size, top: 0, left: 0, size };
}

Deno.test("resampleBilinear() gives Pillow's bytes", () => {
  const golden = loadGolden("pillow_resample");
  for (const [k, options] of golden.meta.cases.entries()) {
    const { data, shape: [height, width] } = golden.u8(`image${k}`);
    const image = { height: height!, width: width!, channels: 3, data };
    const crop = planCenterCrop(image, options);
    assert.deepEqual(resampleBilinear(image, crop), golden.u8(`bilinear${k}`).data, `case ${k}`);
  }
});

Deno.test("resampleNearest() gives Pillow's bytes", () => {
  const golden = loadGolden("pillow_resample");
  for (const [k, options] of golden.meta.cases.entries()) {
    const { data, shape: [height, width] } = golden.u8(`image${k}`);
    const image = { height: height!, width: width!, channels: 3, data };
    const crop = planCenterCrop(image, options);
    assert.deepEqual(resampleNearest(image, crop), golden.u8(`nearest${k}`).data, `case ${k}`);
  }
});

Deno.test("resampleBilinear() weighs pixels by their distance from the output's centre", () => {
  // Three pixels to two: centres at 0.75 and 2.25, reach 1.5. Distances of the pixel centres 0.5,
  // 1.5, 2.5 from 0.75 are 0.25, 0.75, 1.75: weights 5/6, 1/2, 0, that is 5/8 and 3/8.
  // 5/8 · 80 + 3/8 · 0 = 50 in every row; the second column mirrors it: 5/8 · 16 + 3/8 · 0 = 10.
  const image = {
    height: 3,
    width: 3,
    channels: 1,
    data: Uint8Array.of(80, 0, 16, 80, 0, 16, 80, 0, 16),
  };
  assert.deepEqual([...resampleBilinear(image, whole(2))], [50, 10, 50, 10]);
});

Deno.test("resampleBilinear() stays within rounding of a plain triangle filter", () => {
  const image = noise(37, 37, 1);
  for (const size of [5, 19, 36, 50]) {
    const actual = resampleBilinear(image, whole(size));
    const expected = plainBilinear(image, size);
    // Half a grey level from each of the two roundings.
    actual.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) <= 1.001, `${size} ${i}`)
    );
  }
});

Deno.test("resampleBilinear() changes nothing when the size stays", () => {
  const image = noise(12, 12, 2);
  assert.deepEqual(resampleBilinear(image, whole(12)), image.data);
});

Deno.test("resampleBilinear() keeps a uniform image uniform", () => {
  for (const size of [1, 7, 30]) {
    const data = new Uint8Array(13 * 13).fill(255);
    const scaled = resampleBilinear({ height: 13, width: 13, channels: 1, data }, whole(size));
    assert.deepEqual(scaled, new Uint8Array(size * size).fill(255));
  }
});

Deno.test("resampleBilinear() cuts the same square from a larger one", () => {
  const image = noise(31, 31, 3);
  const all = resampleBilinear(image, whole(20));
  const part = resampleBilinear(image, { height: 20, width: 20, top: 3, left: 5, size: 9 });
  part.forEach((value, i) => {
    assert.equal(value, all[(3 + Math.floor(i / 9)) * 20 + 5 + (i % 9)]);
  });
});

Deno.test("resampleNearest() copies the pixel under each centre", () => {
  // Five pixels to two: centres 1.25 and 3.75 lie in pixels 1 and 3.
  const data = Uint8Array.from(Array(25).keys());
  const image = { height: 5, width: 5, channels: 1, data };
  assert.deepEqual([...resampleNearest(image, whole(2))], [6, 8, 16, 18]);
});

Deno.test("resampleNearest() never makes a value that was not there", () => {
  const image = noise(11, 11, 4);
  const known = new Set(image.data);
  for (const value of resampleNearest(image, whole(29))) assert.ok(known.has(value));
});

Deno.test("resampleBilinear() and resampleNearest() refuse data that does not fit", () => {
  const image = { height: 2, width: 2, channels: 3, data: new Uint8Array(4) };
  const expected = {
    name: "TypeError",
    message: "Cannot scale an image: 2 × 2 pixels of 3 channels must have 12 values, got 4",
  };
  assert.throws(() => resampleBilinear(image, whole(1)), expected);
  assert.throws(() => resampleNearest(image, whole(1)), expected);
});

/** The same filter in floating point, both axes at once. */
function plainBilinear({ width, data }: Pixels, size: number): number[] {
  const scale = width / size;
  const reach = Math.max(1, scale);
  const weight = (out: number, pixel: number): number =>
    Math.max(0, 1 - Math.abs(pixel + 0.5 - (out + 0.5) * scale) / reach);
  return Array.from({ length: size * size }, (_, i) => {
    const y = Math.floor(i / size), x = i % size;
    let sum = 0, total = 0;
    data.forEach((value, j) => {
      const share = weight(y, Math.floor(j / width)) * weight(x, j % width);
      sum += share * value;
      total += share;
    });
    return sum / total;
  });
}

const image = { height: 3, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };

Deno.test("magnify() repeats every pixel of the part across and down", () => {
  const { data, width, height } = magnify(image, { left: 1, top: 1, side: 2, factor: 2 });
  assert.deepEqual([width, height], [4, 4]);
  assert.deepEqual([...data], [5, 5, 6, 6, 5, 5, 6, 6, 8, 8, 9, 9, 8, 8, 9, 9]);
});

Deno.test("magnify() keeps the channels of a pixel together, and the whole at factor 1", () => {
  const color = { height: 1, width: 1, channels: 3, data: Uint8Array.of(1, 2, 3) };
  const { data } = magnify(color, { left: 0, top: 0, side: 1, factor: 2 });
  assert.deepEqual([...data], [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  assert.deepEqual(magnify(image, { left: 0, top: 0, side: 3, factor: 1 }), image);
});

Deno.test("magnify() refuses a part that leaves the image", () => {
  assert.throws(() => magnify(image, { left: 2, top: 0, side: 2, factor: 4 }), {
    name: "RangeError",
    message: "Cannot enlarge a part: it must lie within 3×3 pixels and the factor be a positive " +
      "integer, got 2×2 at (2, 0), factor 4",
  });
  assert.throws(() => magnify(image, { left: 0, top: 0, side: 2, factor: 0.5 }), RangeError);
});
