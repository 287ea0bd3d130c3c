import assert from "node:assert/strict";
import { measureBursts } from "@/clustering/bursts.ts";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { loadGolden, testWithShared } from "../helpers/mod.ts";

/** Views of a few classes, with so many shots of each. */
function makeShots(
  options: { views: number; shots: number; noise: number; seed: number; classes?: number },
) {
  const { views, shots, noise, seed, classes = 3 } = options;
  const random = createRandom(seed, "bursts");
  const columns = 32;
  const draw = (scale: number): number[] =>
    Array.from({ length: columns }, () => scale * random.gaussian());
  const centers = Array.from({ length: classes }, () => draw(1));
  const rows = Array.from({ length: views }, (_, view) => {
    // Noise is relative to the nearest view, about two thirds as far as most.
    const own = draw(0.1);
    return Array.from({ length: shots }, () => {
      const shake = draw(0.09 * noise);
      return centers[view % classes]!.map((value, c) => value + own[c]! + shake[c]!);
    });
  });
  return matrixOf(rows.flat());
}

Deno.test("measureBursts() sees bursts of six shots and more, and none where there are none", () => {
  for (let seed = 1; seed <= 5; seed++) {
    for (const shots of [6, 8, 12, 15]) {
      // Noise of 0.3 of the distance between views, and less.
      for (const noise of [0.05, 0.2, 0.3]) {
        const { share, warning } = measureBursts(makeShots({ views: 40, shots, noise, seed }));
        assert.ok(share > 0.9 && warning !== null, `${shots} shots, noise ${noise}: ${share}`);
      }
    }
    for (const [views, shots] of [[90, 1], [300, 1], [90, 2], [90, 3]] as const) {
      const { share, warning } = measureBursts(makeShots({ views, shots, noise: 0.3, seed }));
      assert.ok(share < 0.05 && warning === null, `${views} views of ${shots} shots: ${share}`);
    }
  }
});

Deno.test("measureBursts() sees a third of the images in bursts", () => {
  const lone = makeShots({ views: 120, shots: 1, noise: 0, seed: 3 });
  const bursts = makeShots({ views: 6, shots: 10, noise: 0.1, seed: 4 });
  const data = Float32Array.from([...lone.data, ...bursts.data]);
  const { images, copies, warning } = measureBursts(toMatrix(data, { rows: 180, columns: 32 }));
  assert.deepEqual([images, copies], [60, 9]);
  assert.equal(
    warning,
    "60 images of 180 have near-copies for most of 10 nearest neighbours (median 9): groups may " +
      "be bursts of shots instead of classes, and calibration scores too low; keep one image of " +
      "each burst, unless classes have that few images",
  );
});

Deno.test("measureBursts() takes exact copies, and too few images for any", () => {
  const copies = matrixOf(Array.from({ length: 24 }, (_, i) => [1, Math.floor(i / 8)]));
  assert.equal(measureBursts(copies).share, 1);
  assert.deepEqual(measureBursts(matrixOf([[1, 2]])), {
    images: 0,
    share: 0,
    copies: 0,
    warning: null,
  });
});

testWithShared(
  "measureBursts() finds none among photographs of five products",
  "golden/finch_real5_resnet18_layer3.json",
  () => {
    const { share } = measureBursts(loadGolden("finch_real5_resnet18_layer3").matrix("features"));
    assert.ok(share <= 0.01, `${share}`);
  },
);
