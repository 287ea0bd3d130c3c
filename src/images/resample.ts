/**
 * Scales pixels as Pillow does, so that a network sees the bytes its reference implementation saw.
 *
 * Image libraries disagree by several grey levels on "bilinear"; backbones and published results
 * rest on Pillow's. Scaling computes only the square that is kept. For the eye there is
 * `magnify`, which repeats every pixel.
 *
 * @module
 */
import type { CenterCrop } from "@/images/geometry.ts";

/** Pixels of one image: `data[(y · width + x) · channels + channel]`. */
export interface Pixels {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Values per pixel. */
  readonly channels: number;
  /** Values from 0 to 255. */
  readonly data: Uint8Array;
}

/** Fractional bits of the weights: 32 less 8 for the pixel and 2 to spare. */
const precision = 22;

/**
 * Scales an image with antialiased bilinear weights and cuts a square from it: a triangle filter
 * as wide as two output pixels (or input pixels, when enlarging), across first and then down.
 *
 * In fixed point with 22 fractional bits and rounding to whole grey levels in between: Pillow's
 * method, to the same bytes. Takes time in proportion to input rows × output columns.
 */
export function resampleBilinear(image: Pixels, crop: CenterCrop): Uint8Array {
  checkPixels(image);
  const { size } = crop;
  const across = triangleTaps({ from: image.width, to: crop.width, first: crop.left, size });
  const down = triangleTaps({ from: image.height, to: crop.height, first: crop.top, size });
  const firstRow = down.begins[0]!;
  const rows = down.begins[size - 1]! + down.counts[size - 1]! - firstRow;
  const squeezed = squeezeAcross(image, { taps: across, size, firstRow, rows });
  return squeezeDown(squeezed, { taps: down, size, firstRow, rowLength: size * image.channels });
}

/**
 * Weights of one axis; those of output `i` start at `weights[i · width]`, and at input `begins[i]`.
 */
interface Taps {
  readonly begins: Int32Array;
  readonly counts: Int32Array;
  readonly width: number;
  readonly weights: Int32Array;
}

/** One axis: `from` input pixels scaled to `to`, of which `size` are wanted from `first` on. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly size: number;
}

function triangleTaps({ from, to, first, size }: Axis): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const width = 2 * Math.ceil(reach) + 1;
  const begins = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Int32Array(size * width);
  const shares = new Float64Array(width);
  for (let i = 0; i < size; i++) {
    const center = (first + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - reach + 0.5));
    const count = Math.min(from, Math.trunc(center + reach + 0.5)) - begin;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const distance = Math.abs((tap + begin - center + 0.5) * (1 / reach));
      shares[tap] = Math.max(0, 1 - distance);
      sum += shares[tap]!;
    }
    for (let tap = 0; tap < count; tap++) {
      weights[i * width + tap] = Math.trunc(0.5 + (shares[tap]! / sum) * 2 ** precision);
    }
    begins[i] = begin;
    counts[i] = count;
  }
  return { begins, counts, width, weights };
}

function squeezeAcross(
  image: Pixels,
  options: { taps: Taps; size: number; firstRow: number; rows: number },
): Uint8Array {
  const { taps: { begins, counts, width, weights }, size, firstRow, rows } = options;
  const { channels, data } = image;
  const result = new Uint8Array(rows * size * channels);
  let out = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let column = 0; column < size; column++) {
      const begin = (row * image.width + begins[column]!) * channels;
      const taps = counts[column]!;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 1 << (precision - 1);
        for (let tap = 0; tap < taps; tap++) {
          const value = data[begin + tap * channels + channel]!;
          sum = (sum + Math.imul(value, weights[column * width + tap]!)) | 0;
        }
        result[out++] = sum >> precision;
      }
    }
  }
  return result;
}

function squeezeDown(
  data: Uint8Array,
  options: { taps: Taps; size: number; firstRow: number; rowLength: number },
): Uint8Array {
  const { taps: { begins, counts, width, weights }, size, firstRow, rowLength } = options;
  const result = new Uint8Array(size * rowLength);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < size; row++) {
    sums.fill(1 << (precision - 1));
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * width + tap]!;
      const begin = (begins[row]! - firstRow + tap) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i]! += Math.imul(data[begin + i]!, weight);
    }
    for (let i = 0; i < rowLength; i++) result[row * rowLength + i] = sums[i]! >> precision;
  }
  return result;
}

/**
 * Scales an image and cuts a square from it, for masks: each output pixel takes the input pixel
 * in which its centre lies, as in Pillow.
 */
export function resampleNearest(image: Pixels, crop: CenterCrop): Uint8Array {
  checkPixels(image);
  const { size } = crop;
  const { channels } = image;
  const columns = nearestSources({ from: image.width, to: crop.width, first: crop.left, size });
  const rows = nearestSources({ from: image.height, to: crop.height, first: crop.top, size });
  const result = new Uint8Array(size * size * channels);
  let out = 0;
  for (const row of rows) {
    for (const column of columns) {
      const begin = (row * image.width + column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        result[out++] = image.data[begin + channel]!;
      }
    }
  }
  return result;
}

/**
 * Adds up steps, as Pillow does, since multiplying rounds differently where a centre meets an edge.
 */
function nearestSources({ from, to, first, size }: Axis): Int32Array {
  const scale = from / to;
  const sources = new Int32Array(size);
  let center = scale * 0.5;
  for (let i = 0; i < first + size; i++, center += scale) {
    if (i >= first) sources[i - first] = Math.min(from - 1, Math.trunc(center));
  }
  return sources;
}

function checkPixels({ height, width, channels, data }: Pixels): void {
  if (height * width * channels !== data.length) {
    throw new TypeError(
      `Cannot scale an image: ${height} × ${width} pixels of ${channels} channels must have ` +
        `${height * width * channels} values, got ${data.length}`,
    );
  }
}

/** Which part, and how much larger. */
export interface MagnifyOptions {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Columns and rows. */
  readonly side: number;
  /** Pixels of the result per pixel of the part, across and down. */
  readonly factor: number;
}

/** Cuts a square from an image and repeats every pixel, so that single pixels can be seen. */
export function magnify(image: Pixels, options: MagnifyOptions): Pixels {
  const { left, top, side, factor } = options;
  const isWhole = [left, top, side, factor].every(Number.isInteger);
  const isWithin = left >= 0 && top >= 0 && side >= 1 && left + side <= image.width &&
    top + side <= image.height;
  if (!isWhole || !isWithin || factor < 1) {
    throw new RangeError(
      `Cannot enlarge a part: it must lie within ${image.width}×${image.height} pixels and the ` +
        `factor be a positive integer, got ${side}×${side} at (${left}, ${top}), factor ${factor}`,
    );
  }
  const { channels } = image;
  const length = side * factor;
  const data = new Uint8Array(length * length * channels);
  let out = 0;
  for (let y = 0; y < length; y++) {
    const row = (top + Math.floor(y / factor)) * image.width + left;
    for (let x = 0; x < length; x++) {
      const begin = (row + Math.floor(x / factor)) * channels;
      for (let c = 0; c < channels; c++) data[out++] = image.data[begin + c]!;
    }
  }
  return { height: length, width: length, channels, data };
}
