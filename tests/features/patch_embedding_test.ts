import assert from "node:assert/strict";
import {
  embedPatches,
  type FeatureMap,
  type PatchEmbeddingOptions,
} from "@/features/patch_embedding.ts";
import { createRandom } from "@/math/random.ts";
import { loadGolden, relativeError, testWithShared } from "../helpers/mod.ts";

function mapOf(shape: readonly number[], data: Float32Array): FeatureMap {
  const [count, channels, height, width] = shape as [number, number, number, number];
  return { count, channels, height, width, data };
}

function assertGolden(name: string): void {
  const golden = loadGolden(`patch_embedding_${name}`);
  const layers: string[] = golden.meta.arrays.map((each: { name: string }) => each.name)
    .filter((each: string) => each.startsWith("layer"));
  const maps = layers.map((layer) => {
    const { data, shape } = golden.f32(layer);
    return mapOf(shape, data);
  });
  const options: PatchEmbeddingOptions = golden.meta;
  const expected = golden.matrix("embedding");
  const actual = embedPatches(maps, options);
  assert.equal(actual.columns, expected.columns);
  assert.ok(relativeError(actual.data, expected.data) < 1e-5, name);
}

// Made with patchcore-inspection's own _embed; see the fixture's "source".
Deno.test("embedPatches() agrees with patchcore-inspection when widths do not divide", () => {
  assertGolden("odd");
});

Deno.test("embedPatches() agrees with patchcore-inspection when there is one layer", () => {
  assertGolden("single_layer_patch5");
});

for (const name of ["resnet18_shape", "wide_resnet50_shape"]) {
  testWithShared(
    `embedPatches() agrees with patchcore-inspection on a ${name.replaceAll("_", " ")}`,
    `golden/patch_embedding_${name}.json`,
    () => assertGolden(name),
  );
}

Deno.test("embedPatches() averages every neighbourhood with zeros beyond the border", () => {
  // 2 × 2 positions hold 9, 18, 27, 36: each 3 × 3 neighbourhood holds all four and five zeros.
  const map = mapOf([1, 1, 2, 2], Float32Array.of(9, 18, 27, 36));
  assert.deepEqual([...embedPatches([map]).data], [10, 10, 10, 10]);
});

Deno.test("embedPatches() stretches a deeper map between the centres of its positions", () => {
  // Positions 0..3 of the grid fall on -0.25, 0.25, 0.75, 1.25 of the deeper map: clamped at the ends.
  const first = mapOf([1, 1, 1, 4], new Float32Array(4));
  const deeper = mapOf([1, 1, 1, 2], Float32Array.of(0, 4));
  const { data } = embedPatches([first, deeper], { patchSize: 1 });
  assert.deepEqual([...data], [0, 0, 0, 1, 0, 3, 0, 4]);
});

Deno.test("embedPatches() is linear in the feature maps", () => {
  const random = createRandom(3);
  const draw = (length: number) => Float32Array.from({ length }, () => random.gaussian());
  const shape = [2, 5, 3, 4];
  const a = draw(120), b = draw(120);
  const both = a.map((value, i) => 2 * value - b[i]!);
  const options = { pretrainEmbedDimension: 8, targetEmbedDimension: 6 };
  const embed = (data: Float32Array) => embedPatches([mapOf(shape, data)], options).data;
  const expected = embed(a).map((value, i) => 2 * value - embed(b)[i]!);
  assert.ok(relativeError(embed(both), expected) < 1e-6);
});

Deno.test("embedPatches() keeps images apart and in order", () => {
  const random = createRandom(4);
  const data = Float32Array.from({ length: 2 * 3 * 4 * 4 }, () => random.gaussian());
  const both = embedPatches([mapOf([2, 3, 4, 4], data)]).data;
  const second = embedPatches([mapOf([1, 3, 4, 4], data.slice(48))]).data;
  assert.deepEqual(both.slice(both.length / 2), second);
});

Deno.test("embedPatches() says what is wrong with the maps", () => {
  assert.throws(() => embedPatches([]), {
    name: "TypeError",
    message: "Cannot embed patches: at least one feature map is needed, got none",
  });
  assert.throws(() => embedPatches([mapOf([1, 2, 2, 2], new Float32Array(7))]), {
    name: "TypeError",
    message: "Cannot embed patches: every feature map must hold 1 images of its shape, " +
      "got 7 values for 1 × 2 × 2 × 2",
  });
});
