/**
 * Pictures of a dataset: examples class by class with their defects outlined, and its smallest
 * defects under a magnifying glass.
 *
 * @module
 */
import { join } from "node:path";
import sharp from "sharp";
import type { Dataset, Sample } from "@/datasets/dataset.ts";
import type { MeasuredDefect } from "@/datasets/defect_sizes.ts";
import { decodeImage } from "@/images/decode.ts";
import { visiblePart } from "@/images/geometry.ts";
import { spreadMask } from "@/images/masks.ts";
import { markPart, outlineMask, type Picture, toPicture } from "@/images/picture.ts";
import { loadImage, loadMask, readMask } from "@/images/read.ts";
import { magnify } from "@/images/resample.ts";
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
 * import { drawDatasetExamples } from "@/lab/mod.ts";
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
  // A mask smaller than its picture is a fault of the dataset, which has been told: no outline.
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

/** How many images are chosen. */
export interface ChooseExamplesOptions {
  /** Most rows, at least 1; default 6. */
  readonly rows?: number;
  /** Images of a row, at least 2; default 4. */
  readonly columns?: number;
  /** Which samples may be chosen; default all. */
  readonly isUsable?: (sample: Sample) => boolean;
}

/** A row of images of one class. */
export interface ExampleRow {
  /** The class. */
  readonly className: string;
  /** A normal image, if there is one, and anomalous ones. */
  readonly samples: readonly Sample[];
}

/**
 * Chooses for every class a normal image and anomalous ones of as many kinds as possible; within
 * a kind, images with a mask come first, taken evenly.
 *
 * Of more classes than rows, as many as there are rows are taken, evenly from first to last;
 * fewer classes get several rows each as long as they have anomalous images for them. Normal
 * images are test images where there are some.
 */
export function chooseExamples(
  dataset: Dataset,
  options: ChooseExamplesOptions = {},
): ExampleRow[] {
  const { rows = 6, columns = 4, isUsable = () => true } = options;
  if (!(rows >= 1 && columns >= 2)) {
    throw new RangeError(
      `Cannot choose examples: at least 1 row and 2 columns are needed, got ${rows} and ${columns}`,
    );
  }
  const usable = dataset.samples.filter(isUsable);
  const named = dataset.classes.filter((name) => usable.some((each) => each.className === name));
  const classes = takeEvenly(named, { count: rows, ends: true });
  const most = Math.max(1, Math.floor(rows / Math.max(1, classes.length)));
  return classes.flatMap((className) => {
    const own = usable.filter((sample) => sample.className === className);
    const count = own.filter(({ isAnomalous }) => isAnomalous).length;
    const lines = Math.min(most, Math.max(1, Math.ceil(count / (columns - 1))));
    const normal = chooseNormal(own, lines);
    const anomalous = chooseAnomalous(own, lines * (columns - 1));
    return Array.from({ length: lines }, (_, line): ExampleRow => {
      const begin = line * (columns - 1);
      const rest = anomalous.slice(begin, begin + columns - 1);
      return { className, samples: [...normal.slice(line, line + 1), ...rest] };
    });
  });
}

function chooseNormal(samples: readonly Sample[], count: number): Sample[] {
  const normal = samples.filter(({ isAnomalous }) => !isAnomalous);
  const test = normal.filter(({ split }) => split === "test");
  return takeEvenly(test.length > 0 ? test : normal, { count });
}

/** Goes through the kinds in turn until there are enough, then takes that many evenly of each. */
function chooseAnomalous(samples: readonly Sample[], count: number): Sample[] {
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous);
  const kinds = takeEvenly([...new Set(anomalous.map(({ defect }) => defect))], {
    count,
    ends: true,
  });
  const groups = kinds.map((kind) => {
    const own = anomalous.filter(({ defect }) => defect === kind);
    return { own, wanted: 0 };
  });
  let left = Math.min(count, groups.reduce((sum, { own }) => sum + own.length, 0));
  while (left > 0) {
    for (const group of groups) {
      if (left === 0 || group.wanted === group.own.length) continue;
      group.wanted++;
      left--;
    }
  }
  return groups.flatMap(({ own, wanted }) => {
    const masked = own.filter(({ mask }) => mask !== null);
    return takeEvenly(masked.length >= wanted ? masked : own, { count: wanted });
  });
}

/** Takes some evenly: the middle one of equal stretches, or from the first to the last one. */
function takeEvenly<Item>(
  items: readonly Item[],
  { count, ends = false }: { readonly count: number; readonly ends?: boolean },
): Item[] {
  if (items.length <= count) return [...items];
  const positions = Array.from(
    { length: count },
    (_, i) =>
      ends && count > 1
        ? Math.round(i * (items.length - 1) / (count - 1))
        : Math.floor((i + 0.5) * items.length / count),
  );
  return positions.flatMap((position) => items.slice(position, position + 1));
}

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
 * Draws the surroundings of the defects with the fewest pixels left, scaled as a model sees them
 * and enlarged, with an outline around the defect and faint lines between patches.
 *
 * @param survey The dataset.
 * @param options The defects, the patch and how many; defects of which nothing is left are not
 *   drawn.
 * @returns The pictures, the smallest first, with class, kind and pixels below them.
 * @throws {Error} If a file that was there at the survey is gone; the message names it.
 *
 * @example No defect, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawSmallestDefects } from "@/lab/mod.ts";
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
  const spread = spreadMask({ ...square, data: marked.data }, { ...square, margin });
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
