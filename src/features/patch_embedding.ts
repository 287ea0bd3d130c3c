/**
 * Patch embeddings: what a patch position and its neighbours look like to a backbone.
 *
 * The method is PatchCore's (Roth et al., CVPR 2022, as its reference implementation computes
 * it): every position of every feature map collects its neighbourhood, channel by channel, with
 * zeros beyond the border; the neighbourhood is averaged down to a fixed width; deeper maps are
 * stretched to the first map's grid; the layers are laid side by side and averaged once more.
 * `embedPatches` does so in plain loops.
 *
 * All of it is linear. Collecting neighbourhoods and averaging them down is, per layer, a
 * convolution whose weights depend on nothing but the widths; averaging the stacked layers
 * multiplies one more fixed matrix, which merges into these weights. `patchWeights` works them
 * out. Every output averages a run of neighbouring inputs, so a layer feeds a run of outputs,
 * and channels fall into groups that do not mix wherever the widths divide: then the convolution
 * costs next to nothing.
 *
 * To average down is to average bins that cover a list evenly, those of PyTorch's
 * `adaptive_avg_pool1d`: bin `i` of `n` over `length` values goes from ⌊i · length / n⌋ to
 * ⌈(i + 1) · length / n⌉, so neighbouring bins may share a value, and there may be more bins
 * than values.
 *
 * @module
 */
import { type Matrix, toMatrix } from "@/math/matrix.ts";
import { checkCount } from "@/messages.ts";

/** A backbone's output: `data[((n · channels + channel) · height + y) · width + x]`. */
export interface FeatureMap {
  /** Number of images. */
  readonly count: number;
  /** Number of channels. */
  readonly channels: number;
  /** Positions from top to bottom. */
  readonly height: number;
  /** Positions from left to right. */
  readonly width: number;
  /** Values. */
  readonly data: Float32Array;
}

/** How feature maps become patch embeddings. */
export interface PatchEmbeddingOptions {
  /** Side of the neighbourhood of a position; default 3. */
  readonly patchSize?: 1 | 3 | 5;
  /** Width to which every layer is averaged; default `null`: one value per channel. */
  readonly pretrainEmbedDimension?: number | null;
  /** Width of the embedding; default `null`: the layers' widths together. */
  readonly targetEmbedDimension?: number | null;
}

/**
 * Computes patch embeddings from feature maps, the plain way.
 *
 * As PatchCore does (Roth et al., CVPR 2022), with averaging before stretching: both are linear,
 * and the order does not matter. Takes O(channels × patchSize² + widths) time per position of
 * each map.
 *
 * @param maps One feature map per layer, of the same images; the first one sets the grid.
 * @param options Size of the neighbourhood and widths.
 * @returns One row per patch position: image by image, then row by row over the grid.
 * @throws {TypeError} If there is no map, the maps differ in their number of images, or a map does
 * not have as many values as its shape says.
 * @throws {RangeError} If a width is not a positive integer.
 *
 * @example One channel, one position: eight of nine neighbours lie beyond the border
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedPatches } from "@/features/mod.ts";
 *
 * const map = { count: 1, channels: 1, height: 1, width: 1, data: Float32Array.of(9) };
 * assert.deepEqual([...embedPatches([map]).data], [1]);
 * assert.deepEqual([...embedPatches([map], { patchSize: 1 }).data], [9]);
 * ```
 */
export function embedPatches(
  maps: readonly FeatureMap[],
  options: PatchEmbeddingOptions = {},
): Matrix {
  const first = checkMaps(maps);
  const { patchSize = 3, pretrainEmbedDimension = null, targetEmbedDimension = null } = options;
  const layers = maps.map((map) => {
    const width = pretrainEmbedDimension ?? map.channels;
    return { map, width, values: averageNeighborhoods(map, { patchSize, width }) };
  });
  const stacked = layers.reduce((sum, { width }) => sum + width, 0);
  const dimension = targetEmbedDimension ?? stacked;
  const rows = first.count * first.height * first.width;
  const data = new Float32Array(rows * dimension);
  const all = new Float64Array(stacked);
  for (let row = 0; row < rows; row++) {
    let offset = 0;
    for (const { map, width, values } of layers) {
      all.set(sampleBilinear(values, { map, width, row, grid: first }), offset);
      offset += width;
    }
    data.set(adaptiveMean(all, dimension), row * dimension);
  }
  return toMatrix(data, { rows, columns: dimension });
}

function checkMaps(maps: readonly FeatureMap[]): FeatureMap {
  const first = maps[0];
  if (first === undefined) {
    throw new TypeError("Cannot embed patches: at least one feature map is needed, got none");
  }
  for (const { count, channels, height, width, data } of maps) {
    if (count !== first.count || data.length !== count * channels * height * width) {
      throw new TypeError(
        `Cannot embed patches: every feature map must hold ${first.count} images of its shape, ` +
          `got ${data.length} values for ${count} × ${channels} × ${height} × ${width}`,
      );
    }
  }
  return first;
}

/** One row of `width` means per position of the map. */
function averageNeighborhoods(
  map: FeatureMap,
  { patchSize, width: bins }: { patchSize: number; width: number },
): Float64Array {
  const { count, channels, height, width, data } = map;
  const reach = (patchSize - 1) / 2;
  const values = new Float64Array(count * height * width * bins);
  const neighborhood = new Float64Array(channels * patchSize * patchSize);
  for (let row = 0; row < count * height * width; row++) {
    const x = row % width;
    const y = Math.floor(row / width) % height;
    const image = Math.floor(row / (width * height));
    let i = 0;
    for (let channel = 0; channel < channels; channel++) {
      const plane = (image * channels + channel) * height * width;
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++, i++) {
          const isInside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
          neighborhood[i] = isInside ? data[plane + (y + dy) * width + x + dx]! : 0;
        }
      }
    }
    values.set(adaptiveMean(neighborhood, bins), row * bins);
  }
  return values;
}

/** The value of a layer where the centre of the grid's position `row` falls on its map. */
function sampleBilinear(
  values: Float64Array,
  place: { map: FeatureMap; width: number; row: number; grid: FeatureMap },
): Float64Array {
  const { map, width: bins, row, grid } = place;
  const image = Math.floor(row / (grid.height * grid.width));
  const across = locate(row % grid.width, { from: grid.width, to: map.width });
  const down = locate(Math.floor(row / grid.width) % grid.height, {
    from: grid.height,
    to: map.height,
  });
  const sampled = new Float64Array(bins);
  for (const { at: y, share: vertical } of down) {
    for (const { at: x, share: horizontal } of across) {
      const begin = ((image * map.height + y) * map.width + x) * bins;
      for (let i = 0; i < bins; i++) sampled[i]! += vertical * horizontal * values[begin + i]!;
    }
  }
  return sampled;
}

/** The two neighbours of a position on an axis of another length, with shares (half-pixel). */
function locate(
  position: number,
  { from, to }: { from: number; to: number },
): { at: number; share: number }[] {
  const exact = Math.min(Math.max((position + 0.5) * (to / from) - 0.5, 0), to - 1);
  const below = Math.floor(exact);
  const share = exact - below;
  return [{ at: below, share: 1 - share }, { at: Math.min(below + 1, to - 1), share }];
}

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

/** Works out the convolutions that patch embedding amounts to. */
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

/** A run of neighbouring positions. */
export interface Bin {
  /** First position. */
  readonly begin: number;
  /** Position after the last. */
  readonly end: number;
}

/** Finds the positions that one bin averages. */
export function adaptiveBin(index: number, sizes: { length: number; bins: number }): Bin {
  const { length, bins } = sizes;
  if (!isCount(length) || !isCount(bins)) {
    throw new RangeError(
      `Cannot divide values into bins: both counts must be positive integers, ` +
        `got ${length} values and ${bins} bins`,
    );
  }
  checkCount(index, { task: "Cannot find a bin", name: "index", least: 0, most: bins - 1 });
  return {
    begin: Math.floor((index * length) / bins),
    end: Math.ceil(((index + 1) * length) / bins),
  };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** Brings a list of values to another length by averaging its bins. */
export function adaptiveMean(values: ArrayLike<number>, bins: number): Float64Array {
  const means = new Float64Array(bins > 0 ? bins : 0);
  const sizes = { length: values.length, bins };
  for (let bin = 0; bin < Math.max(bins, 1); bin++) {
    const { begin, end } = adaptiveBin(bin, sizes);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i]!;
    means[bin] = sum / (end - begin);
  }
  return means;
}
