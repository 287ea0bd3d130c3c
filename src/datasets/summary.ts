/**
 * What a dataset consists of: classes, splits, kinds of defect, image sizes, channels and
 * formats; as data, as a record for programs and as tables for a terminal.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { ImageHeader, ImageSize, InspectedFiles } from "@/datasets/check.ts";
import {
  compareText,
  countSamples,
  type Dataset,
  type ImageCounts,
  type Sample,
} from "@/datasets/dataset.ts";
import { plural } from "@/messages.ts";
import { textTable } from "@/tables.ts";

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
export interface ImagesSummary extends ImageCounts {
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
  /** Median marked share of the image over the readable masks, 0 to 1; `null`: there are none. */
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

/** Summarizes a dataset. */
export function summarizeDataset(dataset: Dataset, files: InspectedFiles): DatasetSummary {
  const { name, folder, samples } = dataset;
  const classes = dataset.classes.map((className): ClassSummary => {
    const own = samples.filter((sample) => sample.className === className);
    return { name: className, ...summarizeImages(own, files), defects: listDefects(own, files) };
  });
  return { name, folder, classes, total: summarizeImages(samples, files) };
}

/** Names the channels and bits of an image. */
export function namePixels(
  { format, channels, bits }: Pick<ImageHeader, "format" | "channels" | "bits">,
): string {
  const names = ["grey", "grey+alpha", "RGB", format === "jpeg" ? "CMYK" : "RGBA"];
  const name = names[channels - 1] ?? `${channels} channels`;
  return bits === 8 ? name : `${bits}-bit ${name}`;
}

function summarizeImages(samples: readonly Sample[], files: InspectedFiles): ImagesSummary {
  const headers = samples.flatMap(({ image }) => files.get(image)?.header ?? []);
  return {
    ...countSamples(samples),
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
    .sort((a, b) => b.images - a.images || compareText(a.name, b.name));
}

/** Some images of a dataset, for programs. */
export interface ImagesRecord extends Omit<ImagesSummary, "normal" | "anomalous"> {
  /** Normal images for testing. */
  readonly test_normal: number;
  /** Anomalous images for testing. */
  readonly test_anomalous: number;
}

/** One kind of defect, for programs. */
export interface DefectRecord extends Pick<DefectSummary, "name" | "images" | "masks"> {
  /** Median of the marked share of the image, 0 to 1; `null` without masks. */
  readonly median_area: number | null;
}

/** A class, for programs. */
export interface ClassRecord extends ImagesRecord {
  /** Its name. */
  readonly name: string;
  /** Its kinds of defect. */
  readonly defects: readonly DefectRecord[];
}

/** A dataset, for programs. */
export interface DatasetSummaryRecord {
  /** Version of this layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Where it lies. */
  readonly folder: string;
  /** Its classes, sorted. */
  readonly classes: readonly ClassRecord[];
  /** All images together. */
  readonly total: ImagesRecord;
}

/** Turns a summary into a record that `JSON.stringify` writes. */
export function datasetSummaryRecord(summary: DatasetSummary): DatasetSummaryRecord {
  return {
    schema: 1,
    dataset: summary.name,
    folder: summary.folder,
    classes: summary.classes.map(({ name, defects, ...images }) => ({
      name,
      ...imagesRecord(images),
      defects: defects.map(({ name, images, masks, medianArea }) => ({
        name,
        images,
        masks,
        median_area: medianArea,
      })),
    })),
    total: imagesRecord(summary.total),
  };
}

function imagesRecord(
  { train, normal, anomalous, masks, unreadable, sizes, pixels, formats }: ImagesSummary,
): ImagesRecord {
  return {
    train,
    test_normal: normal,
    test_anomalous: anomalous,
    masks,
    unreadable,
    sizes,
    pixels,
    formats,
  };
}

/** Writes a summary as two tables: one of the classes, one of the kinds of defect. */
export function datasetSummaryText({ name, folder, classes, total }: DatasetSummary): string {
  const rows: (ImagesSummary & { readonly name: string })[] = [...classes];
  if (rows.length > 1) rows.push({ ...total, name: "total" });
  const table = textTable(rows, [
    { title: "class", cell: (row) => row.name, align: "left" },
    { title: "train", cell: ({ train }) => showCount(train) },
    { title: "test normal", cell: ({ normal }) => showCount(normal) },
    { title: "anomalous", cell: ({ anomalous }) => showCount(anomalous) },
    { title: "masks", cell: ({ masks }) => showCount(masks) },
    { title: "size", cell: ({ sizes }) => describeSizes(sizes), align: "left" },
    { title: "pixels", cell: ({ pixels }) => describeCounted(pixels), align: "left" },
    { title: "format", cell: ({ formats }) => describeCounted(formats), align: "left" },
  ]);
  const defects = classes.flatMap((each) =>
    each.defects.map((defect, i) => ({ ...defect, className: i === 0 ? each.name : "" }))
  );
  const parts = [`${name}: ${folder}`, table];
  if (defects.length > 0) parts.push(defectTable(defects));
  if (total.unreadable > 0) {
    const images = plural(total.unreadable, "image");
    const rest = total.unreadable === 1 ? "it has" : "they have";
    parts.push(`${images} cannot be read: ${rest} no size, pixels and format here.`);
  }
  return parts.join("\n\n");
}

/** Describes the sizes of images in a few characters: one size, or the range of both sides. */
export function describeSizes(sizes: readonly CountedSize[]): string {
  const [first] = sizes;
  if (first === undefined) return "–";
  if (sizes.length === 1) return `${first.width}×${first.height}`;
  const range = (lengths: readonly number[]): string => {
    const least = Math.min(...lengths), most = Math.max(...lengths);
    return least === most ? String(least) : `${least}–${most}`;
  };
  const widths = range(sizes.map(({ width }) => width));
  const heights = range(sizes.map(({ height }) => height));
  return `${widths} × ${heights}, ${sizes.length} sizes`;
}

function describeCounted(counted: readonly Counted[]): string {
  if (counted.length < 2) return counted[0]?.name ?? "–";
  return counted.map(({ name, images }) => `${name} ${showCount(images)}`).join(", ");
}

function defectTable(defects: readonly (DefectSummary & { readonly className: string })[]): string {
  return textTable(defects, [
    { title: "class", cell: ({ className }) => className, align: "left" },
    { title: "defect", cell: ({ name }) => name, align: "left" },
    { title: "images", cell: ({ images }) => showCount(images) },
    { title: "masks", cell: ({ masks }) => showCount(masks) },
    { title: "median share of image", cell: ({ medianArea }) => describeArea(medianArea) },
  ]);
}

function showCount(count: number): string {
  return count.toLocaleString("en-US");
}

function describeArea(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(2)} %`;
}
