import assert from "node:assert/strict";
import { defaultSampleCounts, planSampleImages } from "@/datasets/sample/classes.ts";

Deno.test("planSampleImages() lists each file once, masks for defects alone", () => {
  const images = planSampleImages();
  const { train, normal, defective } = defaultSampleCounts;
  assert.equal(images.length, 6 * (train + normal + 2 * defective));
  const files = images.flatMap(({ image, mask }) => [image, mask ?? image]);
  assert.equal(new Set(files).size, images.length + 12 * defective);
  assert.ok(images.every(({ defect, mask }) => (defect === null) === (mask === null)));
  assert.ok(
    images.every(({ defect, name }) => defect === null || name.startsWith(`test/${defect}/`)),
  );
});

Deno.test("planSampleImages() names the same images first when more are asked for", () => {
  const few = planSampleImages({ train: 2, normal: 1, defective: 1 });
  const many = new Set(planSampleImages().map(({ image }) => image));
  assert.ok(few.every(({ image }) => many.has(image)));
});

Deno.test("planSampleImages() refuses a count below one", () => {
  assert.throws(() => planSampleImages({ train: 4, normal: 0, defective: 1 }), {
    name: "RangeError",
    message: "Cannot plan sample images: normal must be an integer from 1 to 999, got 0",
  });
});
