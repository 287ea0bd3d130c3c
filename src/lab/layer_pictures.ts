/**
 * Pictures of what the layers of a backbone make of images: feature maps in colours, alike where
 * the features are alike, and anomaly maps of the same images by several choices of layers, side
 * by side.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { FeatureMaps } from "@/features/feature_maps.ts";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { overlayMap, type Picture, toPicture } from "@/images/picture.ts";
import { toImageBatch } from "@/images/read.ts";
import { type ImageSource, loadPixels, outlineDefect } from "@/lab/pictures.ts";
import type { LayerChoice } from "@/lab/study_layers.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { type Matrix, rowOf, toMatrix } from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

/** Which images, and through which backbone. */
export interface DrawLayersOptions {
  /** The opened backbone, for images of the workbench's size. */
  readonly maps: FeatureMaps;
  /** The images; at least one. */
  readonly samples: readonly Sample[];
}

/**
 * Draws images and, beside each, its feature maps: one coloured square per position.
 *
 * Colours are the first three principal components of a layer's features over all images shown.
 *
 * @param source Where images are, and their geometry.
 * @param options Backbone and images.
 * @returns A row per image: the photograph with the mask's outline, then a picture per layer.
 * @throws {RangeError} If there is no image.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No image, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { defaultConfig } from "@/config.ts";
 * import { openFeatureMaps } from "@/features/mod.ts";
 * import { drawLayers } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 256 });
 * await assert.rejects(drawLayers({ config: defaultConfig, dataset }, { maps, samples: [] }), {
 *   message: "Cannot draw layers: at least one image is needed, got none",
 * });
 * await maps.close();
 * ```
 */
export async function drawLayers(
  source: ImageSource,
  options: DrawLayersOptions,
): Promise<PictureGrid> {
  const { maps, samples } = options;
  if (samples.length === 0) {
    throw new RangeError("Cannot draw layers: at least one image is needed, got none");
  }
  const images = await loadPixels(source, samples);
  const { imageSize: size, normalization } = maps;
  const found = await maps.run(toImageBatch(images, { size, normalization }));
  const layers = maps.layers.map((name) => ({ name, ...featureColors(found.get(name)!) }));
  const pictures: CaptionedPicture[] = [];
  for (const [number, sample] of samples.entries()) {
    pictures.push({
      picture: await outlineDefect(source, { sample, picture: toPicture(images[number]!, size) }),
      caption: `${sample.className}\n${sample.defect ?? "normal"}`,
    });
    for (const { name, pictures: colored, explained } of layers) {
      const picture = colored[number]!;
      const share = `${Math.round(100 * explained)} % of variance`;
      const grid = `${picture.height} × ${picture.width}`;
      pictures.push({ picture, caption: `${name}, ${grid}\n${share}` });
    }
  }
  return { pictures, columns: 1 + layers.length, tile: 150 };
}

/** Feature maps in colours. */
export interface FeatureColors {
  /** One picture per image, one pixel per position. */
  readonly pictures: readonly Picture[];
  /** Share of the features' variance that the colours show, in [0, 1]. */
  readonly explained: number;
}

/** Share of positions at either end whose colour is cut off, so that a few do not set the scale. */
const CUT = 0.01;

/**
 * Colours every position by the first three principal components of its features: red, green, blue,
 * each stretched from its 1 % to its 99 % quantile.
 *
 * Components are those of all positions of all images together, so colours can be compared
 * between the images, but not between layers. Takes O(positions × channels) time for each of
 * some hundred iterations.
 */
export function featureColors(map: FeatureMap): FeatureColors {
  const { count, channels, height, width } = map;
  if (channels < 3) {
    throw new RangeError(
      `Cannot colour features: at least three channels are needed, got ${channels}`,
    );
  }
  const { scores, explained } = principalComponents(positionRows(map), { count: 3 });
  const ranges = [0, 1, 2].map((component) => rangeOf(scores, component));
  const bytes = Uint8Array.from(scores.data, (value, i) => {
    const { low, high } = ranges[i % 3]!;
    return high > low
      ? Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))))
      : 0;
  });
  const size = 3 * height * width;
  return {
    pictures: Array.from(
      { length: count },
      (_, image) => toPicture(bytes.slice(image * size, (image + 1) * size), width),
    ),
    explained: explained.reduce((sum, share) => sum + share, 0),
  };
}

/** One row per position, image by image. */
function positionRows({ count, channels, height, width, data }: FeatureMap): Matrix {
  const positions = height * width;
  const rows = new Float32Array(data.length);
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (image * channels + channel) * positions;
      for (let position = 0; position < positions; position++) {
        rows[(image * positions + position) * channels + channel] = data[from + position]!;
      }
    }
  }
  return toMatrix(rows, { rows: count * positions, columns: channels });
}

function rangeOf(scores: Matrix, component: number): { low: number; high: number } {
  const values = Float32Array.from(
    { length: scores.rows },
    (_, row) => scores.data[row * scores.columns + component]!,
  ).sort();
  const cut = Math.floor(CUT * (values.length - 1));
  return { low: values[cut]!, high: values[values.length - 1 - cut]! };
}

/** Which images, and by which choices of layers. */
export interface DrawLayerMapsOptions {
  /** The choices, one column each. */
  readonly choices: readonly Pick<LayerChoice, "choice" | "grid" | "scored">[];
  /** Test images of the workbench, one row each; at least one. */
  readonly samples: readonly Sample[];
}

/**
 * Draws images and, beside each, the anomaly map that every choice of layers makes of it.
 *
 * Scores of different layers have different scales, so each map runs from its own median to its own
 * highest value. Below it stands how the image's anomaly score ranks: how many of the normal test
 * images of its class score lower.
 *
 * @param workbench The test images.
 * @param options Choices and images.
 * @returns A row per image: the photograph with the mask's outline, then a map per choice.
 * @throws {RangeError} If there is no image, or one is not among the test images.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No image, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawLayerMaps } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const workbench = { config: defaultConfig, dataset, test: [] };
 * await assert.rejects(drawLayerMaps(workbench, { choices: [], samples: [] }), {
 *   message: "Cannot draw maps: at least one image is needed, got none",
 * });
 * ```
 */
export async function drawLayerMaps(
  workbench: ImageSource & Pick<Workbench, "test">,
  options: DrawLayerMapsOptions,
): Promise<PictureGrid> {
  const { choices, samples } = options;
  const { config, test } = workbench;
  if (samples.length === 0) {
    throw new RangeError("Cannot draw maps: at least one image is needed, got none");
  }
  const side = config.DATASET.imagesize;
  const images = await loadPixels(workbench, samples);
  const mappers = choices.map(({ grid }) =>
    createAnomalyMapper({ grid, size: { height: side, width: side } })
  );
  const pictures: CaptionedPicture[] = [];
  for (const [number, sample] of samples.entries()) {
    const image = test.indexOf(sample);
    if (image === -1) {
      throw new RangeError(
        `Cannot draw maps: images must be among the test images, got "${sample.image}"`,
      );
    }
    const photograph = toPicture(images[number]!, side);
    const outlined = await outlineDefect(workbench, { sample, picture: photograph });
    pictures.push({
      picture: outlined,
      caption: `${sample.className}\n${sample.defect ?? "normal"}`,
    });
    for (const [i, { choice, scored }] of choices.entries()) {
      const map = mappers[i]!(rowOf(scored.patchScores, image));
      const sorted = map.toSorted();
      const range = { low: sorted[sorted.length >> 1]!, high: sorted.at(-1)! };
      const rank = rankOf({ test, scores: scored.scores, image });
      pictures.push({
        picture: overlayMap(photograph, map, range),
        caption: `${choice}\n${rank}`,
      });
    }
  }
  return { pictures, columns: 1 + choices.length, tile: 150 };
}

function rankOf({ test, scores, image }: {
  readonly test: readonly Sample[];
  readonly scores: Float32Array;
  readonly image: number;
}): string {
  const { className } = test[image]!;
  const rivals = [...test.keys()].filter((other) =>
    other !== image && test[other]!.className === className && !test[other]!.isAnomalous
  );
  if (rivals.length === 0) return "";
  const below = rivals.filter((other) => scores[other]! < scores[image]!).length;
  return `above ${below} of ${rivals.length} normal`;
}
