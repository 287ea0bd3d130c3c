/**
 * Batch norm folded into the convolution before it.
 *
 * In evaluation, batch norm is the linear map `(x − mean) / √(variance + ε) · weight + bias` per
 * channel (Ioffe and Szegedy, 2015), so a convolution followed by it is one convolution with a bias.
 *
 * @module
 */

/** What batch norm has learned, one value per channel. */
export interface BatchNorm {
  /** Factor, γ. */
  readonly weight: Float32Array;
  /** Offset, β. */
  readonly bias: Float32Array;
  /** Running mean. */
  readonly mean: Float32Array;
  /** Running variance. */
  readonly variance: Float32Array;
}

/** What folding needs to know. */
export interface FoldOptions {
  /** Batch norm of the convolution's outputs. */
  readonly norm: BatchNorm;
  /** What errors call the convolution. */
  readonly source: string;
  /** Added to the variance; default 1e-5, PyTorch's. */
  readonly epsilon?: number;
}

/**
 * Folds batch norm into the kernel of a convolution without bias.
 *
 * Computed in 64-bit floats and rounded once. Takes O(values) time and no extra memory.
 *
 * @param kernel The convolution's weights, output channel by output channel; overwritten.
 * @param options Batch norm and the convolution's name.
 * @returns The bias of the folded convolution, one value per output channel.
 * @throws {TypeError} If the lengths do not fit together.
 * @throws {RangeError} If a variance is negative or a value is not finite.
 *
 * @example One channel, halved and lifted
 * ```ts
 * import assert from "node:assert/strict";
 * import { foldBatchNorm } from "@/backbones/fold_batch_norm.ts";
 *
 * const kernel = Float32Array.of(2, 4);
 * const one = (value: number) => Float32Array.of(value);
 * const norm = { weight: one(3), bias: one(5), mean: one(8), variance: one(36) };
 * const bias = foldBatchNorm(kernel, { norm, source: "conv1", epsilon: 0 });
 * assert.deepEqual([...kernel], [1, 2]); // · 3 / √36
 * assert.deepEqual([...bias], [1]); // 5 − 8 · 3 / √36
 * ```
 */
export function foldBatchNorm(kernel: Float32Array, options: FoldOptions): Float32Array {
  const { norm: { weight, bias, mean, variance }, source, epsilon = 1e-5 } = options;
  const channels = weight.length;
  const lengths = [bias, mean, variance].map(({ length }) => length);
  if (channels === 0 || kernel.length % channels !== 0 || lengths.some((n) => n !== channels)) {
    throw new TypeError(
      `Cannot fold batch norm into "${source}": every output channel needs one weight, bias, mean ` +
        `and variance, got ${channels}, ${
          lengths.join(", ")
        } for a kernel of ${kernel.length} values`,
    );
  }
  const perChannel = kernel.length / channels;
  const folded = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = weight[channel]! / Math.sqrt(variance[channel]! + epsilon);
    const offset = bias[channel]! - mean[channel]! * factor;
    const isSound = variance[channel]! >= 0 && variance[channel]! < Infinity;
    if (!isSound || !Number.isFinite(factor) || !Number.isFinite(offset)) {
      throw new RangeError(
        `Cannot fold batch norm into "${source}": values must be finite and variances not negative, ` +
          `got variance ${variance[channel]}, weight ${weight[channel]}, bias ${bias[channel]}, ` +
          `mean ${mean[channel]} in channel ${channel}`,
      );
    }
    folded[channel] = offset;
    const end = (channel + 1) * perChannel;
    for (let i = channel * perChannel; i < end; i++) kernel[i]! *= factor;
  }
  return folded;
}
