import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openBackbone } from "@/backbones/registry.ts";
import { type FeatureMaps, openFeatureMaps } from "@/features/feature_maps.ts";
import { resnetReceptiveFields } from "@/features/reach.ts";
import { measureReach } from "@/lab/study_layers.ts";
import { createRandom } from "@/math/random.ts";
import { testWithShared } from "../helpers/mod.ts";

const random = createRandom(4);
const images = [0, 1].map(() =>
  Uint8Array.from({ length: 3 * 32 * 32 }, () => random.integer(256))
);

/** A backbone that averages squares of 8 × 8 pixels: nothing reaches beyond them. */
const averaging: FeatureMaps = {
  layers: ["mean"],
  imageSize: 32,
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  run: ({ count, data }) => {
    const averaged = new Float32Array(count * 3 * 16);
    data.forEach((value, i) => {
      const x = Math.floor((i % 32) / 8), y = Math.floor((Math.floor(i / 32) % 32) / 8);
      averaged[16 * Math.floor(i / 1024) + 4 * y + x]! += value / 64;
    });
    const shape = { count, channels: 3, height: 4, width: 4 };
    return Promise.resolve(new Map([["mean", { ...shape, data: averaged }]]));
  },
  close: () => Promise.resolve(),
};

Deno.test("measureReach() finds that a mean over squares reaches no farther than they do", async () => {
  // The shifted square covers the inner corners of the four middle squares.
  const [reach] = await measureReach(averaging, images, { share: 1 });
  const { rings, ...rest } = reach!;
  assert.deepEqual(rest, { layer: "mean", stride: 8, diameter: 16, share: 1 });
  assert.ok(rings[0]!.change > 0);
  assert.equal(rings[1]!.change, 0);
});

Deno.test("measureReach() grows with the changed square and with the layer", async () => {
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 128 });
  const large = [Uint8Array.from({ length: 3 * 128 * 128 }, (_, i) => (i * i) % 251)];
  const small = await measureReach(maps, large);
  const wide = await measureReach(maps, large, { block: 64 });
  await maps.close();
  assert.deepEqual(small.map(({ layer }) => layer), ["stride8", "stride16", "stride32"]);
  assert.ok(small[0]!.diameter < small[1]!.diameter && small[1]!.diameter < small[2]!.diameter);
  assert.ok(wide[0]!.diameter > small[0]!.diameter);
});

Deno.test("measureReach() needs an image", async () => {
  await assert.rejects(measureReach(averaging, []), {
    name: "RangeError",
    message: "Cannot measure reach: at least one image is needed, got none",
  });
});

testWithShared(
  "measureReach() finds no change beyond the receptive fields of a ResNet-18, and some just inside",
  "weights/resnet18.tv_in1k.layer3.safetensors",
  async (file) => {
    const { backbone } = await openBackbone("resnet18", { file });
    const layers = ["layer1", "layer2"];
    const maps = await openFeatureMaps(backbone, { imageSize: 128, layers });
    const noise = Uint8Array.from({ length: 3 * 128 * 128 }, () => random.integer(256));
    const reach = await measureReach(maps, [noise], { block: 8 });
    await maps.close();
    const fields = resnetReceptiveFields({ depths: [2, 2, 2, 2], block: "basic" });
    for (const [number, { stride, rings }] of reach.entries()) {
      // Half a field and half a square away; the centre of a field lies within a stride of its position.
      const limit = fields[number]!.size / 2 + 4;
      for (const { distance, change } of rings) {
        if (distance - stride > limit) assert.equal(change, 0, `${distance} pixels`);
        if (distance + stride < limit) assert.ok(change > 0, `${distance} pixels`);
      }
    }
  },
);
