import assert from "node:assert/strict";
import { checkDuplicates } from "@/datasets/check.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { bentOf, fileOf, sampleOf, testOf } from "../helpers/inspected.ts";

/** Checks samples whose bytes are told by the first letter of their name. */
function check(...samples: Sample[]) {
  const files = new Map(samples.map(({ image }) => [image, fileOf({ sha256: image.charAt(0) })]));
  return checkDuplicates(samples, files);
}

Deno.test("checkDuplicates() finds nothing where all bytes differ", () => {
  assert.deepEqual(check(sampleOf("a"), testOf("b"), bentOf("c")), []);
});

Deno.test("checkDuplicates() names a test image once, whatever number of training images it equals", () => {
  assert.deepEqual(check(sampleOf("a1"), testOf("a2")), [{
    kind: "train in test",
    path: "a2",
    reason: 'test image "a2" must not be one of training, got the bytes of "a1"',
  }]);
  const found = check(sampleOf("a1"), sampleOf("a2"), sampleOf("a3"), testOf("a4"));
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [
    ["repeated image", "a2"],
    ["repeated image", "a3"],
    ["train in test", "a4"],
  ]);
  assert.match(found[2]!.reason, /got the bytes of "a1" and of 2 more$/);
});

Deno.test("checkDuplicates() names an anomalous image that is normal as well", () => {
  assert.deepEqual(check(testOf("a1"), bentOf("a2")), [{
    kind: "contradiction",
    path: "a2",
    reason: 'anomalous image "a2" must not be a normal one too, got the bytes of "a1"',
  }]);
});

Deno.test("checkDuplicates() names an anomalous training image in both respects", () => {
  const found = check(sampleOf("a1"), bentOf("a2"));
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [
    ["train in test", "a2"],
    ["contradiction", "a2"],
  ]);
});

Deno.test("checkDuplicates() remarks on what a split holds twice, across classes and defects", () => {
  const found = check(
    bentOf("a1"),
    bentOf("a2", { defect: "cut" }),
    testOf("b1"),
    testOf("b2", { className: "bolt" }),
  );
  assert.deepEqual(found, [
    {
      kind: "repeated image",
      path: "a2",
      reason: '"a2" should be an image of its own, got the bytes of "a1"',
    },
    {
      kind: "repeated image",
      path: "b2",
      reason: '"b2" should be an image of its own, got the bytes of "b1"',
    },
  ]);
});

Deno.test("checkDuplicates() passes over images without a hash", () => {
  const files = new Map([["a", fileOf()], ["b", fileOf()]]);
  assert.deepEqual(checkDuplicates([sampleOf("a"), testOf("b"), testOf("c")], files), []);
});
