import assert from "node:assert/strict";
import { scorePatches } from "@/memory/detector.ts";

Deno.test("scorePatches() averages over the neighbors of a patch", () => {
  // Patches (1 + 3) / 2 = 2, (0 + 10) / 2 = 5; then 1 and 4 for the second image.
  const neighbors = {
    k: 2,
    squaredDistances: Float32Array.of(1, 3, 0, 10, 1, 1, 2, 6),
    indices: new Int32Array(8),
  };
  const { scores, patchScores } = scorePatches(neighbors, { images: 2 });
  assert.deepEqual([...patchScores.data], [2, 5, 1, 4]);
  assert.deepEqual([...scores], [5, 4]);
});

Deno.test("scorePatches() refuses distances that would hide an anomaly", () => {
  const neighbors = {
    k: 1,
    squaredDistances: Float32Array.of(1, 2, 3, NaN),
    indices: new Int32Array(4),
  };
  assert.throws(() => scorePatches(neighbors, { images: 2 }), {
    name: "RangeError",
    message: "Cannot score patches: distances must be finite, got NaN for patch 1 of image 1",
  });
});

Deno.test("scorePatches() refuses patches that do not divide among the images", () => {
  const neighbors = { k: 1, squaredDistances: new Float32Array(5), indices: new Int32Array(5) };
  assert.throws(() => scorePatches(neighbors, { images: 2 }), {
    name: "TypeError",
    message:
      "Cannot score patches: every image must have the same number of patches, got 5 patches for 2 images",
  });
});
