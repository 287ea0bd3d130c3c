/**
 * Example images of a dataset, class by class, with their defects outlined.
 *
 * @module
 */
import { join } from "node:path";
import sharp from "sharp";
import type { Sample } from "@/datasets/dataset.ts";
import { decodeImage } from "@/images/decode.ts";
import { visiblePart } from "@/images/geometry.ts";
import { spreadMask } from "@/images/masks.ts";
import { markPart, outlineMask, type Picture, toPicture } from "@/images/picture.ts";
import { readMask } from "@/images/read.ts";
import { chooseExamples } from "@/lab/choose_examples.ts";
import type { DatasetSurvey } from "@/lab/survey_dataset.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

/** How many examples are drawn, and how large. */
export interface DatasetExamplesOptions {
  /** Most rows; default 6. */
  readonly rows?: number;
  /** Images of a row, the first of them normal; default 4. */
  readonly columns?: number;
  /** Longest side of a picture in pixels; default 150. */
  readonly tile?: number;
}

/** Pixels of a picture per pixel shown, as grids are drawn. */
const scale = 1.25;
/** Pixels between a defect and the outer edge of its outline, and width of the line. */
const margin = 3, thickness = 2;

/**
 * Draws a normal image and some anomalous ones of every class, or of some if there are many.
 *
 * Images are whole and have their own proportions. The outline runs around the defect, so that it
 * hides nothing and shows a single pixel; what the central square does not show is paler. See
 * `chooseExamples` for which images are drawn.
 *
 * @param survey The dataset; images that cannot be decoded are not drawn.
 * @param options How many, and how large.
 * @returns The pictures with class, kind of defect and its share of the image below them.
 * @throws {Error} If a file that was there at the survey is gone; the message names it.
 *
 * @example No class, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawDatasetExamples } from "@/lab/dataset_pictures.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const survey = { config: defaultConfig, dataset, files: new Map() };
 * assert.equal((await drawDatasetExamples(survey)).pictures.length, 0);
 * ```
 */
export async function drawDatasetExamples(
  survey: Pick<DatasetSurvey, "config" | "dataset" | "files">,
  options: DatasetExamplesOptions = {},
): Promise<PictureGrid> {
  const { rows = 6, columns = 4, tile = 150 } = options;
  const { dataset, files } = survey;
  const isUsable = ({ image }: Sample): boolean => (files.get(image)?.decoded ?? null) !== null;
  const chosen = chooseExamples(dataset, { rows, columns, isUsable });
  // A row that is not full ends in blanks, so that the next class begins a row.
  const places = chosen.flatMap(({ samples }) =>
    Array.from({ length: columns }, (_, column) => samples[column] ?? null)
  );
  const pictures = await mapConcurrently(places, {
    limit: navigator.hardwareConcurrency,
    apply: async (sample): Promise<CaptionedPicture> => {
      if (sample === null) return { picture: toPicture(Uint8Array.of(255, 255, 255), 1) };
      return {
        picture: await drawExample(survey, { sample, side: Math.round(tile * scale) }),
        caption: `${sample.className}\n${describeDefect(sample, files)}`,
      };
    },
  });
  return { pictures, columns, tile };
}

async function drawExample(
  { config, dataset, files }: Pick<DatasetSurvey, "config" | "dataset" | "files">,
  { sample, side }: { readonly sample: Sample; readonly side: number },
): Promise<Picture> {
  const { orientation } = config.DATASET;
  const path = join(dataset.folder, sample.image);
  const image = await decodeImage(path, { what: "image", depth: 8, orientation });
  const shrink = Math.min(1, side / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * shrink));
  const height = Math.max(1, Math.round(image.height * shrink));
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const small = await sharp(image.data, { raw })
    .resize(width, height, { fit: "fill", kernel: "linear" }).raw().toBuffer();
  const part = visiblePart(image, config.DATASET);
  const across = width / image.width, down = height / image.height;
  const marked = markPart(toPicture(new Uint8Array(small), width), {
    left: part.left * across,
    top: part.top * down,
    width: part.width * across,
    height: part.height * down,
  });
  if (sample.mask === null || (files.get(sample.mask)?.mask ?? null) === null) return marked;
  const mask = await readMask(join(dataset.folder, sample.mask), { orientation });
  // A mask smaller than its picture is a fault of the dataset, which has been told; it has no outline.
  if (mask.rows < height || mask.columns < width) return marked;
  const spread = spreadMask(mask, { rows: height, columns: width, margin });
  return outlineMask(marked, spread.data, { thickness });
}

function describeDefect(
  { isAnomalous, defect, mask }: Sample,
  files: DatasetSurvey["files"],
): string {
  if (!isAnomalous) return "normal";
  const content = mask === null ? null : files.get(mask)?.mask ?? null;
  if (content === null) return `${defect ?? "anomalous"}, no mask`;
  return `${defect ?? "anomalous"}, ${describeShare(content.area)}`;
}

/** Two significant digits at most. */
function describeShare(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
