/**
 * How far a position of a feature map sees: what it can depend on at all, and what it heeds.
 *
 * The receptive field says what a position can depend on (Araujo, Norris and Sim, "Computing
 * Receptive Fields of Convolutional Neural Networks", Distill, 2019). What a trained network
 * makes use of is much smaller: to measure it, the middle of an image is changed and the
 * features are compared, as Luo et al. ("Understanding the Effective Receptive Field in Deep
 * Convolutional Neural Networks", NeurIPS 2016) do by gradients.
 *
 * @module
 */
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { checkCount } from "@/messages.ts";

/** The mean change at one distance from the centre. */
export interface ReachRing {
  /** Pixels from the image's centre to the positions' centres, along the longer axis. */
  readonly distance: number;
  /** Root mean square change of their feature vectors, relative to the mean length of a vector. */
  readonly change: number;
}

/** How far a change in the middle reaches in one feature map. */
export interface FeatureReach {
  /** Pixels from one position to the next. */
  readonly stride: number;
  /** Change by distance, from the centre outwards. */
  readonly rings: readonly ReachRing[];
  /** Side of the centred square, in pixels, that holds `share` of all squared change. */
  readonly diameter: number;
  /** Share of the squared change inside the diameter, in (0, 1]. */
  readonly share: number;
}

/** What the feature maps are of. */
export interface ReachOptions {
  /** Height and width of the images in pixels. */
  readonly imageSize: number;
  /** Share of the squared change that the diameter encloses; default 0.9. */
  readonly share?: number;
}

/**
 * Compares the feature maps of images with those of the same images changed in the middle.
 *
 * Positions are taken together by square rings around the centre. Within a ring the squared change
 * counts as spread evenly, so that the diameter can lie between two rings.
 *
 * @param before Feature map of the images as they are; as many rows as columns.
 * @param after Feature map of the changed images, of the same shape.
 * @param options Size of the images, and the share that the diameter encloses.
 * @returns Change by distance, and the diameter; means over all images.
 * @throws {TypeError} If the maps differ in shape or are not square.
 * @throws {RangeError} If nothing changed, all features are zero, or the share is not in (0, 1].
 *
 * @example Only the inner four of sixteen positions change
 * ```ts
 * import assert from "node:assert/strict";
 * import { featureReach } from "@/features/mod.ts";
 *
 * const shape = { count: 1, channels: 1, height: 4, width: 4 };
 * const before = { ...shape, data: new Float32Array(16).fill(2) };
 * const after = { ...shape, data: before.data.slice() };
 * for (const position of [5, 6, 9, 10]) after.data[position] = 3;
 *
 * const { rings, diameter } = featureReach(before, after, { imageSize: 64, share: 1 });
 * assert.deepEqual(rings, [{ distance: 8, change: 0.5 }, { distance: 24, change: 0 }]);
 * assert.equal(diameter, 32);
 * ```
 */
export function featureReach(
  before: FeatureMap,
  after: FeatureMap,
  options: ReachOptions,
): FeatureReach {
  checkMaps(before, after);
  const { imageSize, share = 0.9 } = options;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Cannot measure reach: share must be above 0 and at most 1, got ${share}`);
  }
  const { height: side, count, channels } = before;
  const stride = imageSize / side;
  const ringCount = Math.ceil(side / 2);
  const sums = new Float64Array(ringCount), positions = new Float64Array(ringCount);
  let lengths = 0;
  for (let image = 0; image < count; image++) {
    for (let position = 0; position < side * side; position++) {
      const x = position % side, y = Math.floor(position / side);
      const ring = Math.floor(Math.max(Math.abs(2 * x - side + 1), Math.abs(2 * y - side + 1)) / 2);
      let length = 0, change = 0;
      for (let channel = 0; channel < channels; channel++) {
        const i = (image * channels + channel) * side * side + position;
        length += before.data[i]! ** 2;
        change += (after.data[i]! - before.data[i]!) ** 2;
      }
      lengths += Math.sqrt(length);
      sums[ring]! += change;
      positions[ring]! += 1;
    }
  }
  const meanLength = lengths / (count * side * side);
  const total = sums.reduce((sum, value) => sum + value, 0);
  if (!(total > 0 && meanLength > 0 && Number.isFinite(total))) {
    throw new RangeError(
      `Cannot measure reach: features must be finite, not all zero, and change, ` +
        `got a change of ${total} at a mean length of ${meanLength}`,
    );
  }
  const first = side % 2 === 0 ? stride / 2 : 0;
  return {
    stride,
    rings: Array.from(sums, (sum, ring) => ({
      distance: first + ring * stride,
      change: Math.sqrt(sum / positions[ring]!) / meanLength,
    })),
    diameter: enclosingSide(sums, { wanted: share * total, first, stride }),
    share,
  };
}

/** Side of the square that holds the wanted sum, each ring's sum spread evenly over its area. */
function enclosingSide(
  sums: Float64Array,
  { wanted, first, stride }: { wanted: number; first: number; stride: number },
): number {
  let held = 0;
  let ring = 0;
  // Rounding must not push the wanted sum beyond the last ring.
  while (ring < sums.length - 1 && held + sums[ring]! < wanted * (1 - 1e-12)) held += sums[ring++]!;
  const outer = first + (ring + 0.5) * stride;
  const inner = ring === 0 ? 0 : outer - stride;
  const part = Math.min(1, (wanted - held) / sums[ring]!);
  return 2 * Math.sqrt(inner ** 2 + part * (outer ** 2 - inner ** 2));
}

function checkMaps(before: FeatureMap, after: FeatureMap): void {
  const shapeOf = ({ count, channels, height, width }: FeatureMap): string =>
    `${count} × ${channels} × ${height} × ${width}`;
  const fits = shapeOf(before) === shapeOf(after) && before.height === before.width &&
    before.data.length === after.data.length;
  if (!fits) {
    throw new TypeError(
      `Cannot measure reach: both feature maps must have the same square shape, ` +
        `got ${shapeOf(before)} and ${shapeOf(after)}`,
    );
  }
}

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
  /** Blocks per layer: 2, 2, 2, 2 for ResNet-18; 3, 4, 6, 3 for ResNet-50 and wider ones. */
  readonly depths: readonly number[];
  /** Two 3×3 convolutions (`basic`), or 1×1, 3×3, 1×1 with stride in the middle (`bottleneck`). */
  readonly block: "basic" | "bottleneck";
}

/** What errors say cannot be done. */
const task = "Cannot compute a receptive field";

/**
 * Computes the receptive field at the end of a chain of steps.
 *
 * Operations that mix all positions, such as squeeze-and-excitation, make the field the whole
 * image; they are not steps.
 */
export function receptiveField(steps: readonly ConvolutionStep[]): ReceptiveField {
  let size = 1, stride = 1;
  for (const step of steps) {
    checkCount(step.kernel, { task, name: "kernel" });
    checkCount(step.stride, { task, name: "stride" });
    size += (step.kernel - 1) * stride;
    stride *= step.stride;
  }
  return { size, stride };
}

/**
 * Computes the receptive fields of the layers of a residual network.
 *
 * The network begins with a 7×7 convolution and a 3×3 maximum, both of stride 2; every layer but
 * the first halves its input in its first block, in the first 3×3 convolution, as torchvision's
 * networks do. The path through the blocks is longer than the one around them and sets the field.
 *
 * @param shape Blocks per layer, and their kind.
 * @returns One field per layer, `layer1` first.
 * @throws {RangeError} If a layer has no block.
 *
 * @example The third layer of a Wide ResNet-50-2 can see more than an image of 256 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { resnetReceptiveFields } from "@/features/mod.ts";
 *
 * const fields = resnetReceptiveFields({ depths: [3, 4, 6, 3], block: "bottleneck" });
 * assert.deepEqual(fields[2], { size: 267, stride: 16 });
 * ```
 */
export function resnetReceptiveFields(shape: ResnetShape): ReceptiveField[] {
  const steps: ConvolutionStep[] = [{ kernel: 7, stride: 2 }, { kernel: 3, stride: 2 }];
  return shape.depths.map((depth, layer) => {
    checkCount(depth, { task, name: "depth" });
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
