import assert from "node:assert/strict";
import { findSampleClass, sampleClasses } from "@/datasets/sample/classes.ts";

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
