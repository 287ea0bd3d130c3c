import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openBackbone } from "@/backbones/registry.ts";
import { type FeatureMaps, openFeatureMaps } from "@/features/feature_maps.ts";
import { resnetReceptiveFields } from "@/features/reach.ts";
import { measureReach, recognitionRate, studyLayers } from "@/lab/study_layers.ts";
import { matrixOf } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { randomMatrix, testWithShared } from "../helpers/mod.ts";

const folder = await makeTinyDataset();
const config = await tinyConfig(folder, ["MODEL.sampler=random", "MODEL.sampler_ratio=0.25"]);
const fine = ["stride8"], deep = ["stride32"];

Deno.test("studyLayers() keeps equally many patch embeddings for every choice that has them", async () => {
  const stages: string[] = [];
  const startProgress = (label: string) => {
    stages.push(label);
    return { report: () => {}, finish: () => {} };
  };
  const [first, second, both] = await studyLayers(config, {
    choices: [fine, ["stride16"], ["stride8", "stride16"]],
    startProgress,
  });
  // 96 pixels: 12 × 12 and 6 × 6 positions. A quarter of 144 is 36: all of the second choice.
  assert.deepEqual([first!.grid.rows, second!.grid.rows, both!.grid.rows], [12, 6, 12]);
  assert.deepEqual([first!.kept, second!.kept, both!.kept], Array(3).fill(24 * 36));
  assert.deepEqual([first!.dimension, second!.dimension, both!.dimension], [32, 88, 120]);
  assert.equal(both!.choice, "stride8 + stride16");
  assert.deepEqual(both!.classes.map(({ className }) => className), ["blobs", "rings", "stripes"]);
  assert.ok(first!.classes.every(({ image, pixel }) => image! > 0.8 && pixel! > 0.8));
  assert.equal(first!.scored.scores.length, 24);
  assert.equal(stages.filter((label) => label === "fit 3 class banks").length, 3);
});

Deno.test("studyLayers() keeps as many rows as it is told", async () => {
  const [few] = await studyLayers(config, { choices: [fine], rowsPerImage: 2 });
  const [all] = await studyLayers(config, { choices: [deep], rowsPerImage: 1000 });
  assert.deepEqual([few!.kept, all!.kept], [24 * 2, 24 * 9]);
});

Deno.test("studyLayers() names a layer that the backbone does not have", async () => {
  await assert.rejects(studyLayers(config, { choices: [["layer2"]] }), /got "layer2"/);
});

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
