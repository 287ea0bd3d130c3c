/**
 * What a dataset consists of: classes, splits, kinds of defect, image sizes, channels and formats.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { Dataset, Sample } from "@/datasets/dataset.ts";
import type { ImageHeader, ImageSize, InspectedFiles } from "@/datasets/inspected_file.ts";

/** How many images have something in common. */
export interface Counted {
  /** What they have in common. */
  readonly name: string;
  /** How many they are. */
  readonly images: number;
}

/** How many images have one size. */
export interface CountedSize extends ImageSize {
  /** How many they are. */
  readonly images: number;
}

/** What some images are like; every list begins with what is most frequent. */
export interface ImagesSummary {
  /** Images for training. */
  readonly train: number;
  /** Normal images for testing. */
  readonly normal: number;
  /** Anomalous images. */
  readonly anomalous: number;
  /** Anomalous images with a mask. */
  readonly masks: number;
  /** Sizes as the files store them. */
  readonly sizes: readonly CountedSize[];
  /** Channels and bits, such as `RGB` or `16-bit grey`. */
  readonly pixels: readonly Counted[];
  /** File formats, such as `PNG`. */
  readonly formats: readonly Counted[];
  /** Images that are not counted in these lists because they cannot be read. */
  readonly unreadable: number;
}

/** One kind of defect of a class. */
export interface DefectSummary {
  /** Its name. */
  readonly name: string;
  /** Anomalous images. */
  readonly images: number;
  /** Those with a mask. */
  readonly masks: number;
  /** Median over the readable masks of the marked share of the image, 0 to 1; `null`: there are none. */
  readonly medianArea: number | null;
}

/** One class. */
export interface ClassSummary extends ImagesSummary {
  /** Its name. */
  readonly name: string;
  /** Its kinds of defect, in the order of the dataset. */
  readonly defects: readonly DefectSummary[];
}

/** A dataset. */
export interface DatasetSummary {
  /** Its name. */
  readonly name: string;
  /** Where it lies. */
  readonly folder: string;
  /** Its classes, sorted. */
  readonly classes: readonly ClassSummary[];
  /** All images together. */
  readonly total: ImagesSummary;
}

/**
 * Summarizes a dataset.
 *
 * @param dataset The dataset.
 * @param files What was found out about its images and masks.
 * @returns The summary, of every class and of all.
 *
 * @example One photograph
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeDataset } from "@/datasets/summary.ts";
 *
 * const size = { width: 640, height: 480 };
 * const header = { ...size, format: "jpeg", channels: 3, bits: 8, isRotated: false };
 * const file = { header, decoded: null, fault: null, sha256: null, mask: null };
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [{ ...normal, image: "a.jpg", split: "train" }] as const;
 * const dataset = { name: "Folder", folder: "", classes: ["nut"], samples };
 * const { total } = summarizeDataset(dataset, new Map([["a.jpg", file]]));
 * assert.equal(total.train, 1);
 * assert.deepEqual(total.sizes, [{ ...size, images: 1 }]);
 * assert.deepEqual(total.formats, [{ name: "JPEG", images: 1 }]);
 * ```
 */
export function summarizeDataset(dataset: Dataset, files: InspectedFiles): DatasetSummary {
  const { name, folder, samples } = dataset;
  const classes = dataset.classes.map((className): ClassSummary => {
    const own = samples.filter((sample) => sample.className === className);
    return { name: className, ...summarizeImages(own, files), defects: listDefects(own, files) };
  });
  return { name, folder, classes, total: summarizeImages(samples, files) };
}

/**
 * Names the channels and bits of an image.
 *
 * @param header What the file says of itself.
 * @returns Such as `RGB`, `grey` or `16-bit grey`; four channels of a JPEG file are `CMYK`.
 *
 * @example A grey image of 16 bits
 * ```ts
 * import assert from "node:assert/strict";
 * import { namePixels } from "@/datasets/summary.ts";
 *
 * assert.equal(namePixels({ format: "png", channels: 1, bits: 16 }), "16-bit grey");
 * ```
 */
export function namePixels(
  { format, channels, bits }: Pick<ImageHeader, "format" | "channels" | "bits">,
): string {
  const names = ["grey", "grey+alpha", "RGB", format === "jpeg" ? "CMYK" : "RGBA"];
  const name = names[channels - 1] ?? `${channels} channels`;
  return bits === 8 ? name : `${bits}-bit ${name}`;
}

function summarizeImages(samples: readonly Sample[], files: InspectedFiles): ImagesSummary {
  const train = samples.filter(({ split }) => split === "train").length;
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous).length;
  const headers = samples.flatMap(({ image }) => files.get(image)?.header ?? []);
  return {
    train,
    normal: samples.length - train - anomalous,
    anomalous,
    masks: samples.filter(({ mask }) => mask !== null).length,
    sizes: countSizes(headers),
    pixels: count(headers.map(namePixels)),
    formats: count(headers.map(({ format }) => format.toUpperCase())),
    unreadable: samples.length - headers.length,
  };
}

function listDefects(samples: readonly Sample[], files: InspectedFiles): DefectSummary[] {
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous);
  return [...new Set(anomalous.map(({ defect }) => defect ?? ""))].map((name) => {
    const own = anomalous.filter(({ defect }) => (defect ?? "") === name);
    const masks = own.flatMap(({ mask }) => mask ?? []);
    const areas = masks.flatMap((mask) => files.get(mask)?.mask?.area ?? []);
    return {
      name,
      images: own.length,
      masks: masks.length,
      medianArea: areas.length === 0 ? null : median(areas),
    };
  });
}

function countSizes(sizes: readonly ImageSize[]): CountedSize[] {
  const counted = new Map<string, CountedSize>();
  for (const { width, height } of sizes) {
    const key = `${width}×${height}`;
    counted.set(key, { width, height, images: 1 + (counted.get(key)?.images ?? 0) });
  }
  return [...counted.values()].sort((a, b) =>
    b.images - a.images || a.width - b.width || a.height - b.height
  );
}

function count(names: readonly string[]): Counted[] {
  const counted = new Map<string, number>();
  for (const name of names) counted.set(name, 1 + (counted.get(name) ?? 0));
  return [...counted].map(([name, images]) => ({ name, images }))
    .sort((a, b) => b.images - a.images || (a.name < b.name ? -1 : 1));
}
