import assert from "node:assert/strict";
import { pairMasks, stemOf } from "@/datasets/class_folders.ts";

Deno.test("pairMasks() goes by name whatever the order and the extension", () => {
  const images = ["t/10.jpg", "t/2.jpg", "t/1.jpg"];
  const masks = ["g/1_mask.png", "g/10.png", "g/2_mask.tif"];
  assert.deepEqual(pairMasks(images, masks).masks, ["g/10.png", "g/2_mask.tif", "g/1_mask.png"]);
});

Deno.test("pairMasks() keeps images apart whose names end like masks", () => {
  const images = ["t/a.png", "t/a_mask.png"];
  const masks = ["g/a_mask.png", "g/a_mask_mask.png"];
  assert.deepEqual(pairMasks(images, masks).masks, masks);
  assert.deepEqual(pairMasks(images, ["g/a_mask.png"]).masks, ["g/a_mask.png", null]);
});

Deno.test("pairMasks() leaves images without masks alone", () => {
  assert.deepEqual(pairMasks(["t/1.png", "t/2.png"], []).masks, [null, null]);
  assert.deepEqual(pairMasks([], []), { masks: [], unused: [], clashes: [] });
});

Deno.test("pairMasks() keeps dots that are not the extension's", () => {
  assert.deepEqual(pairMasks(["t/1.5.png", "t/1.png"], ["g/1.5_mask.png"]).masks, [
    "g/1.5_mask.png",
    null,
  ]);
});

Deno.test("pairMasks() tells masks without an image of their own", () => {
  assert.deepEqual(pairMasks(["t/1.png"], ["g/3_mask.png"]), {
    masks: [null],
    unused: ["g/3_mask.png"],
    clashes: [],
  });
  // "1_mask" comes before "1", which is then left over.
  assert.deepEqual(pairMasks(["t/1.png"], ["g/1.png", "g/1_mask.png"]), {
    masks: ["g/1_mask.png"],
    unused: ["g/1.png"],
    clashes: [],
  });
});

Deno.test("pairMasks() tells names that differ only in their extension, and uses the first", () => {
  const images = ["t/1.jpg", "t/1.png"], masks = ["g/1.bmp", "g/1.png"];
  assert.deepEqual(pairMasks(images, masks), {
    masks: ["g/1.bmp", null],
    unused: [],
    clashes: [images, masks],
  });
});

Deno.test("stemOf() leaves folder and extension out", () => {
  assert.deepEqual(["a/b.c/d.e.png", "d", "a/.png"].map(stemOf), ["d.e", "d", ""]);
});
