import assert from "node:assert/strict";
import {
  embedPatches,
  type PatchEmbeddingOptions,
  patchWeights,
} from "@/features/patch_embedding.ts";
import { relativeError } from "../helpers/mod.ts";

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
