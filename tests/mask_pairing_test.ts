import assert from "node:assert/strict";
import { pairMasks } from "@/mask_pairing.ts";

Deno.test("pairMasks() goes by name whatever the order and the extension", () => {
  const images = ["t/10.jpg", "t/2.jpg", "t/1.jpg"];
  const masks = ["g/1_mask.png", "g/10.png", "g/2_mask.tif"];
  assert.deepEqual(pairMasks(images, masks), ["g/10.png", "g/2_mask.tif", "g/1_mask.png"]);
});

Deno.test("pairMasks() keeps images apart whose names end like masks", () => {
  const images = ["t/a.png", "t/a_mask.png"];
  const masks = ["g/a_mask.png", "g/a_mask_mask.png"];
  assert.deepEqual(pairMasks(images, masks), masks);
  assert.deepEqual(pairMasks(images, ["g/a_mask.png"]), ["g/a_mask.png", null]);
});

Deno.test("pairMasks() leaves images without masks alone", () => {
  assert.deepEqual(pairMasks(["t/1.png", "t/2.png"], []), [null, null]);
  assert.deepEqual(pairMasks([], []), []);
});

Deno.test("pairMasks() keeps dots that are not the extension's", () => {
  assert.deepEqual(pairMasks(["t/1.5.png", "t/1.png"], ["g/1.5_mask.png"]), [
    "g/1.5_mask.png",
    null,
  ]);
});

Deno.test("pairMasks() refuses masks without an image, and names that collide", () => {
  for (const masks of [["g/3_mask.png"], ["g/1_mask.png", "g/1.png"]]) {
    assert.throws(() => pairMasks(["t/1.png"], masks), {
      message: `Cannot pair masks: every mask must have an image of its own, got none for "${
        masks.at(-1)
      }"`,
    });
  }
  assert.throws(() => pairMasks(["t/1.png", "t/1.jpg"], []), {
    message: "Cannot pair masks: files must differ in more than their extension, " +
      'got "t/1.png" and "t/1.jpg"',
  });
});
