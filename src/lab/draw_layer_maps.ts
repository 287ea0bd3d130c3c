/**
 * Anomaly maps of the same images by several choices of layers, side by side.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import { overlayMap, toPicture } from "@/images/picture.ts";
import { type ImageSource, loadPixels } from "@/lab/load_pixels.ts";
import { outlineDefect } from "@/lab/outline_defect.ts";
import type { LayerChoice } from "@/lab/study_layers.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { rowOf } from "@/math/matrix.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

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
 * import { drawLayerMaps } from "@/lab/draw_layer_maps.ts";
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
