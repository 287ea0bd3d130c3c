/**
 * Receptive fields: which part of the image a position of a feature map can depend on at all.
 *
 * Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill,
 * 2019. What a trained network makes use of is much smaller; `feature_reach.ts` measures that.
 *
 * @module
 */

/** One step along the longest path through a network: a convolution or a pooling. */
export interface ConvolutionStep {
  /** Side of the window, in positions of its input. */
  readonly kernel: number;
  /** Positions of the input from one window to the next. */
  readonly stride: number;
}

/** The receptive field of every position of a feature map. */
export interface ReceptiveField {
  /** Side of the square of pixels that a position can depend on. */
  readonly size: number;
  /** Pixels from one position to the next. */
  readonly stride: number;
}

/** What a residual network consists of, as far as its receptive fields depend on it. */
export interface ResnetShape {
  /** Residual blocks of each layer: 2, 2, 2, 2 for ResNet-18; 3, 4, 6, 3 for ResNet-50 and wider ones. */
  readonly depths: readonly number[];
  /** Two 3×3 convolutions (`basic`), or 1×1, 3×3, 1×1 with the stride in the middle (`bottleneck`). */
  readonly block: "basic" | "bottleneck";
}

/**
 * Computes the receptive field at the end of a chain of steps.
 *
 * Each step widens the field by (kernel − 1) × the stride so far, and multiplies the stride by its
 * own. Operations that mix all positions, such as squeeze-and-excitation, make the field the whole
 * image; they are not steps.
 *
 * @param steps The steps in order, from the image on; none for the image itself.
 * @returns Side and stride in pixels.
 * @throws {RangeError} If a kernel or a stride is not a positive integer.
 *
 * @example Two 3×3 convolutions see 5×5 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { receptiveField } from "@/features/receptive_field.ts";
 *
 * const step = { kernel: 3, stride: 1 };
 * assert.deepEqual(receptiveField([step, step]), { size: 5, stride: 1 });
 * ```
 */
export function receptiveField(steps: readonly ConvolutionStep[]): ReceptiveField {
  let size = 1, stride = 1;
  for (const step of steps) {
    requireCount("kernel", step.kernel);
    requireCount("stride", step.stride);
    size += (step.kernel - 1) * stride;
    stride *= step.stride;
  }
  return { size, stride };
}

/**
 * Computes the receptive fields of the layers of a residual network.
 *
 * The network begins with a 7×7 convolution and a 3×3 maximum, both of stride 2; every layer but the
 * first halves its input in its first block, in the first 3×3 convolution, as torchvision's
 * networks do. The path through the blocks is longer than the one around them and sets the field.
 *
 * @param shape Blocks per layer, and their kind.
 * @returns One field per layer, `layer1` first.
 * @throws {RangeError} If a layer has no block.
 *
 * @example The third layer of a Wide ResNet-50-2 can see more than an image of 256 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { resnetReceptiveFields } from "@/features/receptive_field.ts";
 *
 * const fields = resnetReceptiveFields({ depths: [3, 4, 6, 3], block: "bottleneck" });
 * assert.deepEqual(fields[2], { size: 267, stride: 16 });
 * ```
 */
export function resnetReceptiveFields(shape: ResnetShape): ReceptiveField[] {
  const steps: ConvolutionStep[] = [{ kernel: 7, stride: 2 }, { kernel: 3, stride: 2 }];
  return shape.depths.map((depth, layer) => {
    requireCount("depth", depth);
    for (let block = 0; block < depth; block++) {
      const stride = layer > 0 && block === 0 ? 2 : 1;
      steps.push(...blockSteps(shape.block, stride));
    }
    return receptiveField(steps);
  });
}

function blockSteps(block: ResnetShape["block"], stride: number): ConvolutionStep[] {
  return block === "basic"
    ? [{ kernel: 3, stride }, { kernel: 3, stride: 1 }]
    : [{ kernel: 1, stride: 1 }, { kernel: 3, stride }, { kernel: 1, stride: 1 }];
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(
      `Cannot compute a receptive field: ${name} must be a positive integer, got ${value}`,
    );
  }
}
