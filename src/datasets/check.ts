/**
 * Checks what was found out about the files of a dataset: whether all images of a benchmark are
 * there, whether images have the same bytes, and whether single images and masks cannot be
 * decoded, do not fit, mark nothing, lose values or are small.
 *
 * Pure: `inspect.ts` looks into the files and hands over what it finds.
 *
 * @module
 */
import type { Benchmark } from "@/datasets/benchmarks.ts";
import { countSamples, type Dataset, type ImageCounts, type Sample } from "@/datasets/dataset.ts";
import { type DatasetFault, mergeFaults } from "@/datasets/faults.ts";
import { lossyMiddle } from "@/images/masks.ts";

/** Width and height in pixels. */
export interface ImageSize {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
}

/**
 * What the header of an image file says; the size is that of the pixels as the file stores them.
 */
export interface ImageHeader extends ImageSize {
  /** Such as `png`. */
  readonly format: string;
  /** Values per pixel: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  readonly channels: number;
  /** Bits per value. */
  readonly bits: number;
  /** Whether an EXIF orientation turns or mirrors it. */
  readonly isRotated: boolean;
}

/** What a mask marks. */
export interface MaskContent {
  /** Anomalous pixels as a share of all, from 0 to 1. */
  readonly area: number;
  /** Number of different values of anomalous pixels; of a lossy mask that is 1 at most. */
  readonly values: number;
  /** Whether its format is lossy, so that it is anomalous from the middle on; default: no. */
  readonly isLossy?: boolean;
}

/** One image or mask; what is not known or was not asked for is `null`. */
export interface InspectedFile {
  /** What its header says. */
  readonly header: ImageHeader | null;
  /** Its size once decoded, with the EXIF orientation applied where that was asked for. */
  readonly decoded: ImageSize | null;
  /** Why it cannot be read or decoded. */
  readonly fault: string | null;
  /** SHA-256 of its bytes as 64 hexadecimal digits. */
  readonly sha256: string | null;
  /** What it marks, if it is a mask. */
  readonly mask: MaskContent | null;
  /** Largest value of an image of 16 bits as a share of the largest possible; default: unknown. */
  readonly peak?: number | null;
}

/** Inspected files by their path, relative to the dataset folder with forward slashes. */
export type InspectedFiles = ReadonlyMap<string, InspectedFile>;

/** What a dataset is checked with. */
export interface CheckSamplesOptions {
  /** What was found out about the images and masks. */
  readonly files: InspectedFiles;
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
  /** What has been published about the dataset; default `null`: nothing has. */
  readonly benchmark?: Benchmark | null;
  /** Whether every class must have test images, rather than should; default: it must. */
  readonly needsTest?: boolean;
}

/** Checks images, masks and numbers of a dataset, all of them rather than up to the first fault. */
export function checkSamples(dataset: Dataset, options: CheckSamplesOptions): DatasetFault[] {
  const { files, resize, benchmark = null, needsTest = true } = options;
  return mergeFaults(
    checkCounts(dataset, { benchmark, needsTest }),
    checkFiles(dataset.samples, { files, resize }),
    checkDuplicates(dataset.samples, files),
  );
}

/** What the counts are called in faults. */
const partNames = {
  train: "training images",
  normal: "normal test images",
  anomalous: "anomalous test images",
} as const satisfies Record<keyof ImageCounts, string>;

/**
 * Finds classes without test images and, of a benchmark, classes whose numbers of images are not
 * the published ones.
 */
export function checkCounts(
  dataset: Dataset,
  { benchmark, needsTest = true }: Pick<CheckSamplesOptions, "benchmark" | "needsTest">,
): DatasetFault[] {
  return dataset.classes.flatMap((className) => {
    const own = dataset.samples.filter((sample) => sample.className === className);
    const counts = countSamples(own);
    const faults: DatasetFault[] = [];
    if (counts.normal + counts.anomalous === 0) {
      const reason = `class "${className}" ${
        needsTest ? "must" : "should"
      } have test images, got none`;
      const kind = needsTest ? "empty split" : "no test images";
      faults.push({ kind, path: className, reason });
    }
    const published = Object.hasOwn(benchmark?.classes ?? {}, className)
      ? benchmark?.classes[className]
      : undefined;
    for (const part of ["train", "normal", "anomalous"] as const) {
      if (published === undefined || counts[part] === published[part]) continue;
      const reason = `class "${className}" of ${benchmark?.title} must have ` +
        `${published[part]} ${partNames[part]}, got ${counts[part]}`;
      faults.push({ kind: "counts", path: className, reason });
    }
    return faults;
  });
}

/**
 * Finds test images that a model is trained on, images that are normal and anomalous at once,
 * and, as a remark, images that a split holds twice; equal is what has the same SHA-256, across
 * classes as well. A test image is named once however many training images it equals, and in
 * every respect that holds.
 */
export function checkDuplicates(
  samples: readonly Sample[],
  files: InspectedFiles,
): DatasetFault[] {
  const same = new Map<string, Sample[]>();
  for (const sample of samples) {
    const sha256 = files.get(sample.image)?.sha256 ?? null;
    if (sha256 === null) continue;
    const group = same.get(sha256);
    if (group === undefined) same.set(sha256, [sample]);
    else group.push(sample);
  }
  const repeated = new Map(
    [...same.values()].filter((group) => group.length > 1)
      .flatMap((group) => group.map((sample) => [sample, group] as const)),
  );
  return samples.flatMap((sample) => {
    const group = repeated.get(sample);
    return group === undefined ? [] : compare(sample, group);
  });
}

/** What is wrong with an image, given all images of its bytes, itself among them. */
function compare(sample: Sample, group: readonly Sample[]): DatasetFault[] {
  const { image: path, split, isAnomalous } = sample;
  const faults: DatasetFault[] = [];
  const train = group.filter((other) => other.split === "train");
  if (split === "test" && train.length > 0) {
    const reason = `test image "${path}" must not be one of training, got the bytes of ` +
      nameFirst(train);
    faults.push({ kind: "train in test", path, reason });
  }
  const normal = group.filter((other) => !other.isAnomalous);
  if (isAnomalous && normal.length > 0) {
    const reason = `anomalous image "${path}" must not be a normal one too, got the bytes of ` +
      nameFirst(normal);
    faults.push({ kind: "contradiction", path, reason });
  }
  const before = group.slice(0, group.indexOf(sample))
    .filter((other) => other.split === split && other.isAnomalous === isAnomalous);
  if (before.length > 0) {
    const reason = `"${path}" should be an image of its own, got the bytes of ${nameFirst(before)}`;
    faults.push({ kind: "repeated image", path, reason });
  }
  return faults;
}

function nameFirst([first, ...others]: readonly Sample[]): string {
  return `"${first?.image}"${others.length === 0 ? "" : ` and of ${others.length} more`}`;
}

/** What the files are checked with. */
export interface CheckFilesOptions {
  /** What was found out about the images and masks; of files that are not in it nothing is said. */
  readonly files: InspectedFiles;
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
}

/**
 * Most values besides 0 of a mask of defect numbers; the edges of a blurred or compressed mask
 * have more.
 */
const mostDefects = 16;

/**
 * Finds files that cannot be decoded, masks that are not as large as their image or mark no
 * pixel or every pixel, and, as remarks, images smaller than they are scaled to, images of 16
 * bits that use a quarter of their range at most, masks of more than 16 values besides 0, and
 * masks of lossy formats. A mask that fits its image only in the other EXIF orientation
 * is told apart, for `DATASET.orientation` makes it fit.
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

/** Largest value of an image of 16 bits, as a share of all, that is worth a remark: 14 bits. */
const narrow = 0.25;

function checkImage(
  { fault, decoded, peak = null }: InspectedFile,
  { path, resize }: { path: string; resize: number },
): DatasetFault[] {
  if (fault !== null) return [{ kind: "unreadable image", path, reason: unreadable(path, fault) }];
  const remarks: DatasetFault[] = [];
  if (peak !== null && peak <= narrow) {
    const reason = `"${path}" should use the range of its 16 bits, of which the higher 8 are ` +
      `read, but uses ${Math.max(1, Math.round(100 * peak))} % of its range: ` +
      `got ${Math.floor(peak * 65535 / 256) + 1} of 256 grey values`;
    remarks.push({ kind: "narrow range", path, reason });
  }
  if (decoded !== null && Math.min(decoded.width, decoded.height) < resize) {
    const reason = `the short side of "${path}" should be at least ${resize} pixels, ` +
      `got ${describeSize(decoded)}`;
    remarks.push({ kind: "small image", path, reason });
  }
  return remarks;
}

function checkMask(
  { fault, header, decoded, mask }: InspectedFile,
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
  const isLossy = mask?.isLossy ?? false;
  if (mask?.area === 0) {
    const least = isLossy ? `of at least ${lossyMiddle}` : "that is not 0";
    faults.push({
      kind: "empty mask",
      path,
      reason: `"${path}" must mark the defect of "${imagePath}", got no pixel ${least}`,
    });
  } else if (mask?.area === 1) {
    faults.push({
      kind: "empty mask",
      path,
      reason: `"${path}" must leave normal pixels of "${imagePath}" ` +
        `${isLossy ? `below ${lossyMiddle}` : "at 0"}, got none`,
    });
  }
  if (mask !== null && mask.values > mostDefects) {
    const reason =
      `"${path}" should have at most ${mostDefects} values besides 0, all of which are ` +
      `anomalous, got ${mask.values}`;
    faults.push({ kind: "soft mask", path, reason });
  }
  if (isLossy) {
    const reason = `"${path}" should be of a format without losses, ` +
      `got ${(header?.format ?? "another").toUpperCase()}: ` +
      `what is at least ${lossyMiddle} of 255 is anomalous`;
    faults.push({ kind: "lossy mask", path, reason });
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
