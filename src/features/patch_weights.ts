/**
 * Patch embedding as convolutions: the weights of the fixed linear map that `embedPatches` applies.
 *
 * Collecting neighbourhoods and averaging them down to a width is, per layer, a convolution whose
 * weights depend on nothing but the widths; averaging the stacked layers multiplies one more fixed
 * matrix, which merges into these weights. Every output averages a run of neighbouring inputs, so
 * a layer feeds a run of outputs, and channels fall into groups that do not mix wherever the
 * widths divide: then the convolution costs next to nothing.
 *
 * @module
 */
import { adaptiveBin } from "@/features/adaptive_mean.ts";
import type { PatchEmbeddingOptions } from "@/features/patch_embedding.ts";

/** One layer's share of the embedding. */
export interface LayerWeights {
  /** First column of the embedding that this layer feeds. */
  readonly first: number;
  /** Number of columns that it feeds: the convolution's output channels. */
  readonly outputs: number;
  /** Groups of channels that do not mix; a divisor of `outputs` and of the layer's channels. */
  readonly groups: number;
  /** Kernel, `outputs` × channels / `groups` × patch size × patch size. */
  readonly kernel: Float32Array;
}

/** The fixed linear map from feature maps to patch embeddings. */
export interface PatchWeights {
  /** Columns of the embedding. */
  readonly dimension: number;
  /** One convolution per layer; where two feed the same column, their results are added. */
  readonly layers: readonly LayerWeights[];
}

/**
 * Works out the convolutions that patch embedding amounts to.
 *
 * @param channels Number of channels of every layer, in the order of the layers.
 * @param options Size of the neighbourhood and widths, as for `embedPatches`.
 * @returns One convolution per layer, to be applied with zero padding before stretching.
 * @throws {RangeError} If there is no layer, or a width or number of channels is no positive integer.
 *
 * @example Natural width: the mean of every channel's neighbourhood
 * ```ts
 * import assert from "node:assert/strict";
 * import { patchWeights } from "@/features/patch_weights.ts";
 *
 * const { dimension, layers } = patchWeights([32, 88]);
 * assert.equal(dimension, 120);
 * assert.deepEqual(layers.map(({ first, groups }) => [first, groups]), [[0, 32], [32, 88]]);
 * assert.ok(layers[0]!.kernel.every((weight) => weight === Math.fround(1 / 9)));
 * ```
 */
export function patchWeights(
  channels: readonly number[],
  options: PatchEmbeddingOptions = {},
): PatchWeights {
  if (channels.length === 0) {
    throw new RangeError("Cannot weigh patches: at least one layer is needed, got none");
  }
  const { patchSize = 3, pretrainEmbedDimension = null, targetEmbedDimension = null } = options;
  const widths = channels.map((count) => pretrainEmbedDimension ?? count);
  const stacked = widths.reduce((sum, width) => sum + width, 0);
  const dimension = targetEmbedDimension ?? stacked;
  let offset = 0;
  const layers = channels.map((count, layer) => {
    const width = widths[layer]!;
    const rows = weighRows({ count, width, offset, stacked, dimension, area: patchSize ** 2 });
    offset += width;
    return toLayerWeights(rows, { channels: count, area: patchSize ** 2 });
  });
  return { dimension, layers };
}

/** One output's weights over the layer's neighbourhood values, from position `begin` on. */
interface WeightRow {
  readonly output: number;
  readonly begin: number;
  readonly weights: Float64Array;
}

function weighRows(
  sizes: {
    count: number;
    width: number;
    offset: number;
    stacked: number;
    dimension: number;
    area: number;
  },
): WeightRow[] {
  const { count, width, offset, stacked, dimension, area } = sizes;
  const rows: WeightRow[] = [];
  for (let output = 0; output < dimension; output++) {
    const outer = adaptiveBin(output, { length: stacked, bins: dimension });
    const from = Math.max(outer.begin - offset, 0), to = Math.min(outer.end - offset, width);
    if (from >= to) continue;
    const inner = { length: count * area, bins: width };
    const begin = adaptiveBin(from, inner).begin;
    const weights = new Float64Array(adaptiveBin(to - 1, inner).end - begin);
    for (let bin = from; bin < to; bin++) {
      const values = adaptiveBin(bin, inner);
      const weight = 1 / ((outer.end - outer.begin) * (values.end - values.begin));
      for (let i = values.begin; i < values.end; i++) weights[i - begin]! += weight;
    }
    rows.push({ output, begin, weights });
  }
  return rows;
}

function toLayerWeights(
  rows: readonly WeightRow[],
  { channels, area }: { channels: number; area: number },
): LayerWeights {
  const groups = countGroups(rows, { channels, area });
  const perGroup = rows.length / groups;
  const inputs = (channels / groups) * area;
  const kernel = new Float32Array(rows.length * inputs);
  rows.forEach(({ begin, weights }, row) => {
    const shift = row * inputs + begin - Math.floor(row / perGroup) * inputs;
    weights.forEach((weight, i) => kernel[shift + i] = weight);
  });
  return { first: rows[0]!.output, outputs: rows.length, groups, kernel };
}

/** The largest number of equal groups of channels and outputs that do not mix. */
function countGroups(
  rows: readonly WeightRow[],
  { channels, area }: { channels: number; area: number },
): number {
  for (let groups = Math.min(channels, rows.length); groups > 1; groups--) {
    if (channels % groups !== 0 || rows.length % groups !== 0) continue;
    const inputs = (channels / groups) * area;
    const perGroup = rows.length / groups;
    const fits = rows.every(({ begin, weights }, row) => {
      const group = Math.floor(row / perGroup);
      return begin >= group * inputs && begin + weights.length <= (group + 1) * inputs;
    });
    if (fits) return groups;
  }
  return 1;
}
