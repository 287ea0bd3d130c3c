import assert from "node:assert/strict";
import { recognitionRate } from "@/lab/study_layers.ts";
import { matrixOf } from "@/math/matrix.ts";
import { randomMatrix } from "../helpers/mod.ts";

Deno.test("recognitionRate() goes by the mean direction of a class, not by single images", () => {
  // nut: 0° and 60°, mean 30°; cup: 90°. (1, 1) at 45° is nearer to 30° than to 90°, and (1, 2) at
  // 63° nearer to 90°, though a nut lies at 60°.
  const nut = Math.sqrt(3) / 2;
  const known = {
    vectors: matrixOf([[1, 0], [0, 1], [0.5, nut]]),
    classNames: ["nut", "cup", "nut"],
  };
  const others = { vectors: matrixOf([[1, 1], [1, 2]]), classNames: ["nut", "cup"] };
  assert.equal(recognitionRate(known, others), 1);
  assert.equal(recognitionRate(known, { ...others, classNames: ["cup", "cup"] }), 0.5);
});

Deno.test("recognitionRate() does not depend on the lengths of the vectors or the order of classes", () => {
  const vectors = randomMatrix({ rows: 30, columns: 3, seed: 1 });
  const classNames = Array.from({ length: 30 }, (_, row) => "abc"[row % 3]!);
  const others = {
    vectors: randomMatrix({ rows: 12, columns: 3, seed: 2 }),
    classNames: [..."abcabcabcabc"],
  };
  const rate = recognitionRate({ vectors, classNames }, others);
  const longer = { ...vectors, data: vectors.data.map((value, i) => value * (i < 45 ? 4 : 1)) };
  assert.equal(recognitionRate({ vectors: longer, classNames }, others), rate);
  const renamed = (names: readonly string[]) =>
    names.map((name) => `${"zyx"["abc".indexOf(name)]}`);
  const turned = { ...others, classNames: renamed(others.classNames) };
  assert.equal(recognitionRate({ vectors, classNames: renamed(classNames) }, turned), rate);
});

Deno.test("recognitionRate() says what does not fit", () => {
  const one = { vectors: matrixOf([[1, 0]]), classNames: ["nut"] };
  assert.throws(() => recognitionRate(one, { ...one, classNames: ["cup"] }), {
    name: "RangeError",
    message: "Cannot recognise classes: images on both sides, all of known classes, are needed, " +
      'got "cup"',
  });
  assert.throws(() => recognitionRate(one, { vectors: matrixOf([]), classNames: [] }), {
    name: "RangeError",
    message: "Cannot recognise classes: images on both sides, all of known classes, are needed, " +
      "got 1 known and 0 other images",
  });
  assert.throws(() => recognitionRate({ ...one, classNames: [] }, one), {
    name: "TypeError",
    message: "Cannot recognise classes: one class per vector is needed, got 0 for 1 vectors",
  });
});
