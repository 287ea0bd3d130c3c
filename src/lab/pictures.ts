/**
 * Photographs as an experiment crops them: as bytes, with the defect outlined, or with a patch
 * enlarged beside them.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import { markPart, outlineMask, type Picture, toPicture } from "@/images/picture.ts";
import { loadImage, loadMask } from "@/images/read.ts";
import { magnify } from "@/images/resample.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

/**
 * Draws the first normal and the first anomalous test image of every class, with its mask outlined.
 *
 * @param workbench The test images.
 * @returns Normal images in the first row, anomalous ones below, classes in order; two more rows for
 *   every further eight classes. A class keeps its place where it has no image of one kind.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No class, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawExamples } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * type Workbench = Parameters<typeof drawExamples>[0];
 * const workbench = { test: [], dataset, config: defaultConfig } as unknown as Workbench;
 * assert.equal((await drawExamples(workbench)).pictures.length, 0);
 * ```
 */
export async function drawExamples(workbench: Workbench): Promise<PictureGrid> {
  const { test, dataset } = workbench;
  const columns = Math.max(1, Math.min(8, dataset.classes.length));
  const pictures: CaptionedPicture[] = [];
  for (let first = 0; first < dataset.classes.length; first += columns) {
    const classes = dataset.classes.slice(first, first + columns);
    // The last rows are filled up, so that a class keeps its column.
    const cells = [...classes, ...Array<null>(columns - classes.length).fill(null)];
    for (const isAnomalous of [false, true]) {
      for (const className of cells) {
        const sample = test.find((each) =>
          each.className === className && each.isAnomalous === isAnomalous
        );
        const caption = className === null
          ? ""
          : `${className}\n${sample?.defect ?? (sample ? "normal" : "no such image")}`;
        pictures.push({
          picture: sample === undefined
            ? toPicture(Uint8Array.of(255, 255, 255), 1)
            : await outlineDefect(workbench, {
              sample,
              picture: await loadPhotograph(workbench, sample),
            }),
          caption,
        });
      }
    }
  }
  return { pictures, columns, tile: 110 };
}

/** A patch of a photograph. */
export interface ShownPatch {
  /** The photograph. */
  readonly sample: Sample;
  /** Number of the patch, row-major over the grid. */
  readonly patch: number;
  /** What stands below the photograph. */
  readonly caption: string;
}

/**
 * Draws patches where they lie in their photographs, and enlarged beside them.
 *
 * What is shown of a patch is the square of five by five patch positions around it, as far as the
 * image goes.
 *
 * @param source Where the photographs are, and how they are cropped.
 * @param options The patches, and the grid of patch positions.
 * @returns Two pictures for each patch: the photograph with the square, and the square itself.
 * @throws {RangeError} If there is no such patch.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No patch, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawPatches } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const source = { config: defaultConfig, dataset };
 * const { pictures } = await drawPatches(source, { patches: [], grid: { rows: 32, columns: 32 } });
 * assert.equal(pictures.length, 0);
 * ```
 */
export async function drawPatches(
  source: ImageSource,
  options: { readonly patches: readonly ShownPatch[]; readonly grid: PatchGrid },
): Promise<PictureGrid> {
  const { patches, grid } = options;
  const pictures: CaptionedPicture[] = [];
  for (const { sample, patch, caption } of patches) {
    const photograph = await loadPhotograph(source, sample);
    const part = squareAround(patch, { grid, size: photograph.width });
    const { width, data } = magnify({ ...photograph, channels: 3 }, {
      left: part.left,
      top: part.top,
      side: part.width,
      factor: Math.max(1, Math.floor(photograph.width / part.width)),
    });
    pictures.push({ picture: markPart(photograph, part), caption });
    pictures.push({ picture: toPicture(data, width), caption: `patch ${patch}` });
  }
  return { pictures, columns: 4, tile: 160 };
}

/** The square of five by five patch positions around a patch, in pixels, within the image. */
function squareAround(
  patch: number,
  { grid, size }: { grid: PatchGrid; size: number },
): { left: number; top: number; width: number; height: number } {
  const { rows, columns } = grid;
  if (!Number.isInteger(patch) || patch < 0 || patch >= rows * columns) {
    throw new RangeError(
      `Cannot draw a patch: its number must be an integer from 0 to ${rows * columns - 1}, ` +
        `got ${patch}`,
    );
  }
  const side = Math.min(size, Math.round(5 * size / Math.max(rows, columns)));
  const begin = (position: number, count: number): number => {
    const middle = (position + 0.5) * size / count;
    return Math.min(size - side, Math.max(0, Math.round(middle - side / 2)));
  };
  return {
    left: begin(patch % columns, columns),
    top: begin(Math.floor(patch / columns), rows),
    width: side,
    height: side,
  };
}

async function loadPhotograph(source: ImageSource, sample: Sample): Promise<Picture> {
  const [pixels] = await loadPixels(source, [sample]);
  return toPicture(pixels!, source.config.DATASET.imagesize);
}

/** What of a workbench says where images are and how they are cropped. */
export type ImageSource = Pick<Workbench, "config" | "dataset">;

/** Draws the outline of a sample's mask around its defect. */
export async function outlineDefect(
  source: ImageSource,
  options: { readonly sample: Sample; readonly picture: Picture },
): Promise<Picture> {
  const { sample, picture } = options;
  if (sample.mask === null) return picture;
  const mask = await loadMask(join(source.dataset.folder, sample.mask), source.config.DATASET);
  return outlineMask(picture, mask);
}

/**
 * Reads images in order, all at once: meant for a handful.
 *
 * @param source Where images are, and their geometry.
 * @param samples Which ones.
 * @returns RGB bytes, pixel by pixel: `imagesize` × `imagesize` × 3 for each.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example None
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { loadPixels } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * assert.deepEqual(await loadPixels({ config: defaultConfig, dataset }, []), []);
 * ```
 */
export async function loadPixels(
  source: ImageSource,
  samples: readonly Sample[],
): Promise<Uint8Array[]> {
  const { dataset, config } = source;
  return await Promise.all(
    samples.map(({ image }) => loadImage(join(dataset.folder, image), config.DATASET)),
  );
}
