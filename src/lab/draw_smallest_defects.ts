/**
 * The smallest defects of a dataset under a magnifying glass.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import { spreadMask } from "@/images/masks.ts";
import { outlineMask, type Picture, toPicture } from "@/images/picture.ts";
import { loadImage, loadMask } from "@/images/read.ts";
import { magnify } from "@/images/resample.ts";
import type { MeasuredDefect } from "@/lab/defect_sizes.ts";
import type { DatasetSurvey } from "@/lab/survey_dataset.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

/** Which defects are drawn, and how. */
export interface SmallestDefectsOptions {
  /** All defects, as `measureDefects` measures them. */
  readonly defects: readonly MeasuredDefect[];
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** Number of pictures; default 8. */
  readonly count?: number;
}

/** Patches across a picture, and its side in pixels of the file: 150 shown at 1.25. */
const patches = 6, side = 188;

/**
 * Draws the surroundings of the defects with the fewest pixels left, scaled as a model sees them and
 * enlarged, with an outline around the defect and faint lines between patches.
 *
 * @param survey The dataset.
 * @param options The defects, the patch and how many; defects of which nothing is left are not drawn.
 * @returns The pictures, the smallest first, with class, kind and pixels below them.
 * @throws {Error} If a file that was there at the survey is gone; the message names it.
 *
 * @example No defect, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawSmallestDefects } from "@/lab/draw_smallest_defects.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const survey = { config: defaultConfig, dataset };
 * const { pictures } = await drawSmallestDefects(survey, { defects: [], patch: 8 });
 * assert.equal(pictures.length, 0);
 * ```
 */
export async function drawSmallestDefects(
  survey: Pick<DatasetSurvey, "config" | "dataset">,
  options: SmallestDefectsOptions,
): Promise<PictureGrid> {
  const { defects, patch, count = 8 } = options;
  const samples = new Map(survey.dataset.samples.map((sample) => [sample.image, sample]));
  const smallest = defects.filter(({ pixels }) => pixels > 0)
    .sort((a, b) => a.pixels - b.pixels).slice(0, count);
  const pictures: CaptionedPicture[] = [];
  for (const { className, defect, image, pixels } of smallest) {
    const sample = samples.get(image);
    if (sample === undefined) continue;
    const picture = await drawDefect(survey, { sample, patch });
    pictures.push({ picture, caption: `${className}: ${defect}\n${pixels} px` });
  }
  return { pictures, columns: 4, tile: 150 };
}

async function drawDefect(
  { config, dataset }: Pick<DatasetSurvey, "config" | "dataset">,
  { sample, patch }: { readonly sample: Sample; readonly patch: number },
): Promise<Picture> {
  const { imagesize: width } = config.DATASET;
  const pixels = await loadImage(join(dataset.folder, sample.image), config.DATASET);
  const mask = await loadMask(join(dataset.folder, sample.mask ?? ""), config.DATASET);
  const window = Math.min(patches * patch, width);
  const factor = Math.max(1, Math.round(side / window));
  const part = { ...placeWindow(mask, { width, window, patch }), side: window, factor };
  const size = { height: width, width };
  const enlarged = magnify({ ...size, channels: 3, data: pixels }, part);
  const marked = magnify({ ...size, channels: 1, data: mask }, part);
  const square = { rows: marked.height, columns: marked.width };
  const spread = spreadMask({ ...square, data: marked.data }, { ...square, margin: 3 });
  const grid = drawLines(toPicture(enlarged.data, enlarged.width), patch * factor);
  return outlineMask(grid, spread.data);
}

/** The window whose middle is that of the marked pixels, moved to the lines between patches. */
function placeWindow(
  mask: Uint8Array,
  { width, window, patch }: { width: number; window: number; patch: number },
): { left: number; top: number } {
  let left = width, right = 0, top = width, bottom = 0;
  mask.forEach((value, i) => {
    if (value === 0) return;
    const x = i % width, y = Math.floor(i / width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  const place = (first: number, last: number): number => {
    const begin = Math.round(((first + last + 1 - window) / 2) / patch) * patch;
    return Math.max(0, Math.min(width - window, begin));
  };
  return { left: place(left, right), top: place(top, bottom) };
}

/** Lightens a line of pixels between each two patches. */
function drawLines(picture: Picture, every: number): Picture {
  const data = picture.data.slice();
  const { width } = picture;
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const x = pixel % width, y = Math.floor(pixel / width);
    const isLine = (x > 0 && x % every === 0) || (y > 0 && y % every === 0);
    if (isLine) data[i] = Math.round(data[i]! + 0.3 * (255 - data[i]!));
  }
  return { ...picture, data };
}
