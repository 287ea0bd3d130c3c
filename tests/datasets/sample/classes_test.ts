import assert from "node:assert/strict";
import {
  defaultSampleCounts,
  findSampleClass,
  planSampleImages,
  sampleClasses,
} from "@/datasets/sample/classes.ts";

Deno.test("sampleClasses has six sorted names, each with two kinds of defect and a description", () => {
  const names = sampleClasses.map(({ name }) => name);
  assert.deepEqual(names, ["board", "bolt", "capsule", "gear", "plate", "weave"]);
  for (const { defects, description } of sampleClasses) {
    assert.equal(defects.length, 2);
    for (const text of [description, ...defects.map((each) => each.description)]) {
      assert.match(text, /^[A-Z].*\.$/);
    }
  }
});

Deno.test("findSampleClass() lists the classes when there is none of the name", () => {
  assert.throws(() => findSampleClass("nut"), {
    name: "RangeError",
    message:
      'Cannot find a sample class: name must be one of "board", "bolt", "capsule", "gear", ' +
      '"plate", "weave", got "nut"',
  });
});

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
