/**
 * How far a change of the image reaches in a feature map, and how strongly.
 *
 * The receptive field says what a position can depend on; most of that it hardly heeds. Here the
 * middle of an image is changed and the features are compared, as Luo et al. ("Understanding the
 * Effective Receptive Field in Deep Convolutional Neural Networks", NeurIPS 2016) do by gradients.
 *
 * @module
 */
import type { FeatureMap } from "@/features/patch_embedding.ts";

/** The mean change at one distance from the centre. */
export interface ReachRing {
  /** Distance of the positions' centres from the image's centre, in pixels, along the longer axis. */
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
 * @throws {RangeError} If nothing changed, the features are all zero, or the share is not in (0, 1].
 *
 * @example Only the inner four of sixteen positions change
 * ```ts
 * import assert from "node:assert/strict";
 * import { featureReach } from "@/features/reach.ts";
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
