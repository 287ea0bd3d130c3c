/**
 * Pictures of what the layers of a backbone make of images.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { FeatureMaps } from "@/features/feature_maps.ts";
import { toPicture } from "@/images/picture.ts";
import { toImageBatch } from "@/images/read.ts";
import { featureColors } from "@/lab/feature_colors.ts";
import { type ImageSource, loadPixels } from "@/lab/load_pixels.ts";
import { outlineDefect } from "@/lab/outline_defect.ts";
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
 * import { embeddedBackbone } from "@/backbones/embedded.ts";
 * import { defaultConfig } from "@/config.ts";
 * import { openFeatureMaps } from "@/features/feature_maps.ts";
 * import { drawLayers } from "@/lab/layer_pictures.ts";
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
