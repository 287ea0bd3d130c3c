/** Samples and what was found out about their files, written in a line each. */
import type { InspectedFile } from "@/datasets/check.ts";
import type { Dataset, Sample } from "@/datasets/dataset.ts";

/** A normal training image, or whatever else is said. */
export function sampleOf(image: string, other: Partial<Sample> = {}): Sample {
  return {
    image,
    className: "nut",
    split: "train",
    isAnomalous: false,
    defect: null,
    mask: null,
    ...other,
  };
}

/** A normal test image. */
export function testOf(image: string, other: Partial<Sample> = {}): Sample {
  return sampleOf(image, { split: "test", ...other });
}

/** An anomalous test image, with the mask `<image>.mask`. */
export function bentOf(image: string, other: Partial<Sample> = {}): Sample {
  return testOf(image, { isAnomalous: true, defect: "bent", mask: `${image}.mask`, ...other });
}

/** A dataset of the classes of its samples. */
export function datasetOf(samples: readonly Sample[]): Dataset {
  const classes = [...new Set(samples.map(({ className }) => className))].sort();
  return { name: "Folder", folder: "/nuts", classes, samples };
}

/** A file of 640×480 pixels that decodes, or whatever else is said. */
export function fileOf(
  { width = 640, height = 480, ...other }: Partial<InspectedFile> & {
    width?: number;
    height?: number;
  } = {},
): InspectedFile {
  const header = { width, height, format: "png", channels: 3, bits: 8, isRotated: false };
  return { header, decoded: { width, height }, fault: null, sha256: null, mask: null, ...other };
}

/** A mask of 640×480 pixels that marks a tenth of them, or whatever else is said. */
export function maskOf(area = 0.1, other: Parameters<typeof fileOf>[0] = {}): InspectedFile {
  return fileOf({ mask: { area, values: area === 0 ? 0 : 1 }, ...other });
}
