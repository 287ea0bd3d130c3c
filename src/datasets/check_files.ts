/**
 * Faults of single images and masks: what cannot be decoded, does not fit, marks nothing or is small.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import type { ImageSize, InspectedFile, InspectedFiles } from "@/datasets/inspected_file.ts";

/** What the files are checked with. */
export interface CheckFilesOptions {
  /** What was found out about the images and masks; of files that are not in it nothing is said. */
  readonly files: InspectedFiles;
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
}

/** A mask with more values besides 0 than this is not one of defect numbers. */
const mostDefects = 16;

/**
 * Finds files that cannot be decoded, masks that are not as large as their image or mark no pixel or
 * every pixel, and, as remarks, images smaller than they are scaled to and masks of more than 16 values
 * besides 0: defect numbers are fewer, the edges of a blurred or compressed mask have more.
 *
 * A mask that would fit its image only turned as its EXIF orientation says, or only not turned, is
 * told apart: `DATASET.orientation` then makes it fit.
 *
 * @param samples The images with their masks.
 * @param options The files, and the length of the short side; see `CheckFilesOptions`.
 * @returns The faults, image by image.
 *
 * @example A mask of another size
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkFiles } from "@/datasets/check_files.ts";
 *
 * const size = (side: number) => ({
 *   header: null,
 *   decoded: { width: side, height: side },
 *   fault: null,
 *   sha256: null,
 *   mask: null,
 * });
 * const files = new Map([["1.png", size(512)], ["1_mask.png", size(256)]]);
 * const shown = { className: "nut", split: "test", isAnomalous: true, defect: "bent" } as const;
 * const samples = [{ ...shown, image: "1.png", mask: "1_mask.png" }];
 * assert.deepEqual(checkFiles(samples, { files, resize: 288 }), [{
 *   kind: "mask size",
 *   path: "1_mask.png",
 *   reason: '"1_mask.png" must be 512×512 like "1.png", got 256×256',
 * }]);
 * ```
 */
export function checkFiles(samples: readonly Sample[], options: CheckFilesOptions): DatasetFault[] {
  const { files, resize } = options;
  return samples.flatMap(({ image: path, mask: maskPath }) => {
    const image = files.get(path), mask = maskPath === null ? undefined : files.get(maskPath);
    const faults: DatasetFault[] = [];
    if (image !== undefined) faults.push(...checkImage(image, { path, resize }));
    if (maskPath !== null && mask !== undefined) {
      faults.push(...checkMask(mask, { path: maskPath, image, imagePath: path }));
    }
    return faults;
  });
}

function checkImage(
  { fault, decoded }: InspectedFile,
  { path, resize }: { path: string; resize: number },
): DatasetFault[] {
  if (fault !== null) return [{ kind: "unreadable image", path, reason: unreadable(path, fault) }];
  if (decoded === null || Math.min(decoded.width, decoded.height) >= resize) return [];
  const reason = `the short side of "${path}" should be at least ${resize} pixels, ` +
    `got ${describeSize(decoded)}`;
  return [{ kind: "small image", path, reason }];
}

function checkMask(
  { fault, decoded, mask }: InspectedFile,
  options: { path: string; image: InspectedFile | undefined; imagePath: string },
): DatasetFault[] {
  const { path, image, imagePath } = options;
  if (fault !== null) return [{ kind: "unreadable mask", path, reason: unreadable(path, fault) }];
  const faults: DatasetFault[] = [];
  const target = image?.decoded ?? null;
  if (decoded !== null && target !== null && !isSameSize(decoded, target)) {
    const reason = `"${path}" must be ${describeSize(target)} like "${imagePath}", ` +
      `got ${describeSize(decoded)}${explainTurn(decoded, image)}`;
    faults.push({ kind: "mask size", path, reason });
  }
  if (mask?.area === 0) {
    faults.push({
      kind: "empty mask",
      path,
      reason: `"${path}" must mark the defect of "${imagePath}", got no pixel that is not 0`,
    });
  } else if (mask?.area === 1) {
    faults.push({
      kind: "empty mask",
      path,
      reason: `"${path}" must leave normal pixels of "${imagePath}" at 0, got none`,
    });
  }
  if (mask !== null && mask.values > mostDefects) {
    const reason =
      `"${path}" should have at most ${mostDefects} values besides 0, all of which are ` +
      `anomalous, got ${mask.values}`;
    faults.push({ kind: "soft mask", path, reason });
  }
  return faults;
}

function unreadable(path: string, fault: string): string {
  return `"${path}" must be a file that can be decoded: ${fault}`;
}

/** Says whether the other orientation of the image would have the size of the mask. */
function explainTurn(mask: ImageSize, image: InspectedFile | undefined): string {
  if (!image?.header?.isRotated || image.decoded === null) return "";
  const turned = { width: image.decoded.height, height: image.decoded.width };
  if (!isSameSize(mask, turned)) return "";
  return isSameSize(image.decoded, image.header)
    ? ", which fits the image turned as its EXIF orientation says: DATASET.orientation=exif"
    : ", which fits the image as the file stores it: DATASET.orientation=file";
}

function isSameSize(a: ImageSize, b: ImageSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function describeSize({ width, height }: ImageSize): string {
  return `${width}×${height}`;
}
