import assert from "node:assert/strict";
import {
  adaptiveBin,
  adaptiveMean,
  embedPatches,
  type FeatureMap,
  type PatchEmbeddingOptions,
  patchWeights,
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

Deno.test("adaptiveBin() covers every value, in order, with bins of nearly equal length", () => {
  for (let length = 1; length <= 12; length++) {
    for (let bins = 1; bins <= 15; bins++) {
      let covered = 0;
      for (let index = 0; index < bins; index++) {
        const { begin, end } = adaptiveBin(index, { length, bins });
        assert.ok(begin < end && begin <= covered && end >= covered, `${length} in ${bins}`);
        assert.ok(end - begin <= Math.ceil(length / bins) + 1);
        covered = end;
      }
      assert.equal(covered, length);
    }
  }
});

Deno.test("adaptiveMean() averages overlapping bins when the lengths do not divide", () => {
  // Five values into three bins: 0 to 5/3 → values 0, 1; 5/3 to 10/3 → 1, 2, 3; 10/3 to 5 → 3, 4.
  assert.deepEqual([...adaptiveMean([0, 2, 4, 12, 14], 3)], [1, 6, 13]);
});

Deno.test("adaptiveMean() repeats values when there are more bins than values", () => {
  assert.deepEqual([...adaptiveMean([1, 5], 4)], [1, 1, 5, 5]);
});

Deno.test("adaptiveMean() changes nothing when the length stays", () => {
  assert.deepEqual([...adaptiveMean([3, 1, 2], 3)], [3, 1, 2]);
});

Deno.test("adaptiveMean() and adaptiveBin() say which count is wrong", () => {
  assert.throws(() => adaptiveMean([], 2), {
    name: "RangeError",
    message:
      "Cannot divide values into bins: both counts must be positive integers, got 0 values and 2 bins",
  });
  assert.throws(() => adaptiveMean([1], 0), {
    name: "RangeError",
    message:
      "Cannot divide values into bins: both counts must be positive integers, got 1 values and 0 bins",
  });
  assert.throws(() => adaptiveBin(2, { length: 3, bins: 2 }), {
    name: "RangeError",
    message: "Cannot find a bin: index must be an integer from 0 to 1, got 2",
  });
});

/** Lays the grouped kernels out as one dense matrix per layer: columns × (channels · area). */
function dense(channels: readonly number[], options: PatchEmbeddingOptions): Float64Array[] {
  const { dimension, layers } = patchWeights(channels, options);
  const area = (options.patchSize ?? 3) ** 2;
  return layers.map(({ first, outputs, groups, kernel }, layer) => {
    const inputs = channels[layer]! * area;
    const matrix = new Float64Array(dimension * inputs);
    const perGroup = inputs / groups;
    for (let row = 0; row < outputs; row++) {
      const group = Math.floor(row / (outputs / groups));
      for (let i = 0; i < perGroup; i++) {
        matrix[(first + row) * inputs + group * perGroup + i] = kernel[row * perGroup + i]!;
      }
    }
    return matrix;
  });
}

/** Probes the plain computation with one neighbourhood value at a time. */
function probe(channels: readonly number[], options: PatchEmbeddingOptions): Float64Array[] {
  const side = options.patchSize ?? 3;
  const middle = (side * side - 1) / 2;
  return channels.map((count, layer) => {
    const inputs = count * side * side;
    const columns: Float32Array[] = [];
    for (let input = 0; input < inputs; input++) {
      const maps = channels.map((each, index) => {
        const data = new Float32Array(each * side * side);
        if (index === layer) data[input] = 1;
        return { count: 1, channels: each, height: side, width: side, data };
      });
      const { data, columns: width } = embedPatches(maps, options);
      columns.push(data.slice(middle * width, (middle + 1) * width));
    }
    const dimension = columns[0]!.length;
    return Float64Array.from(
      { length: dimension * inputs },
      (_, i) => columns[i % inputs]![Math.floor(i / inputs)]!,
    );
  });
}

Deno.test("patchWeights() is the map that embedPatches() applies, whatever the widths", () => {
  const cases: [number[], PatchEmbeddingOptions][] = [
    [[3, 5], {}],
    [[4, 8], { pretrainEmbedDimension: 6, targetEmbedDimension: 4 }],
    [[3, 5], { pretrainEmbedDimension: 7, targetEmbedDimension: 5 }],
    [[2, 3, 4], { pretrainEmbedDimension: 5, targetEmbedDimension: 2 }],
    [[3, 5], { targetEmbedDimension: 3 }],
    [[3, 5], { pretrainEmbedDimension: 40 }],
    [[2, 4], { patchSize: 1, pretrainEmbedDimension: 4, targetEmbedDimension: 4 }],
    [[4, 1], { patchSize: 1, targetEmbedDimension: 4 }],
    [[1, 4], { patchSize: 1, targetEmbedDimension: 4 }],
    [[2], { patchSize: 5, pretrainEmbedDimension: 11, targetEmbedDimension: 9 }],
  ];
  for (const [channels, options] of cases) {
    const expected = probe(channels, options);
    dense(channels, options).forEach((matrix, layer) => {
      const error = relativeError(matrix, expected[layer]!);
      assert.ok(error < 1e-6, `${channels} ${JSON.stringify(options)} layer ${layer}: ${error}`);
    });
  }
});

Deno.test("patchWeights() gives weights that add up to one in every column", () => {
  const channels = [5, 7];
  const options = { pretrainEmbedDimension: 16, targetEmbedDimension: 11 };
  const { dimension } = patchWeights(channels, options);
  const sums = new Float64Array(dimension);
  for (const matrix of dense(channels, options)) {
    matrix.forEach((weight, i) => sums[Math.floor(i / (matrix.length / dimension))]! += weight);
  }
  assert.ok(sums.every((sum) => Math.abs(sum - 1) < 1e-6));
});

Deno.test("patchWeights() separates the channels of the reference widths into groups", () => {
  const reference = { pretrainEmbedDimension: 1024, targetEmbedDimension: 1024 };
  // 512 · 9 values over 1024 bins: two bins a channel, paired again: one output a channel.
  // 1024 · 9 over 1024: one bin a channel, paired: one output for two channels.
  const { layers } = patchWeights([512, 1024], reference);
  const shapes = layers.map(({ first, outputs, groups }) => ({ first, outputs, groups }));
  assert.deepEqual(shapes, [
    { first: 0, outputs: 512, groups: 512 },
    { first: 512, outputs: 512, groups: 512 },
  ]);
  assert.equal(layers[0]!.kernel.length, 512 * 9);
});

Deno.test("patchWeights() says what is wrong with the layers and widths", () => {
  assert.throws(() => patchWeights([]), {
    name: "RangeError",
    message: "Cannot weigh patches: at least one layer is needed, got none",
  });
  assert.throws(() => patchWeights([4], { targetEmbedDimension: 0.5 }), {
    name: "RangeError",
    message:
      "Cannot divide values into bins: both counts must be positive integers, got 4 values and 0.5 bins",
  });
});
