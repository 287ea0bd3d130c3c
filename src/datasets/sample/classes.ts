/**
 * The six classes of the sample data, and which images they consist of and where these lie.
 *
 * @module
 */
import { paintBoard } from "@/datasets/sample/board.ts";
import { paintCapsule } from "@/datasets/sample/capsule.ts";
import { paintPlate } from "@/datasets/sample/plate.ts";
import { paintBolt, paintGear } from "@/datasets/sample/steel.ts";
import type { Painter } from "@/datasets/sample/surface.ts";
import { paintWeave } from "@/datasets/sample/weave.ts";

/** A kind of defect. */
export interface SampleDefect {
  /** Name, as its folder has it. */
  readonly kind: string;
  /** One sentence. */
  readonly description: string;
}

/** A class of the sample data. */
export interface SampleClass {
  /** Name, as its folder has it. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** What can be wrong with it. */
  readonly defects: readonly SampleDefect[];
  /** Draws it. */
  readonly paint: Painter;
}

/** The classes, by name. Bolt and gear look alike on purpose: round steel parts on the same mat. */
export const sampleClasses: readonly SampleClass[] = [
  {
    name: "board",
    description: "A small green circuit board with its parts, always placed the same way up.",
    defects: [
      { kind: "missing_part", description: "A chip resistor or capacitor was not placed." },
      { kind: "solder_bridge", description: "Solder joins neighboring pins." },
    ],
    paint: paintBoard,
  },
  {
    name: "bolt",
    description: "The head of a steel flange bolt on a rubber mat, turned any way.",
    defects: [
      { kind: "chipped_corner", description: "A corner of the hexagon has broken off." },
      { kind: "scratch", description: "One or two scratches run over the head." },
    ],
    paint: paintBolt,
  },
  {
    name: "capsule",
    description: "A red and ivory gelatin capsule with printed letters on pale paper.",
    defects: [
      { kind: "crack", description: "A jagged crack in the shell." },
      { kind: "discolored", description: "Part of the shell has turned brown." },
    ],
    paint: paintCapsule,
  },
  {
    name: "gear",
    description: "A steel gear wheel with a hexagonal hub on a rubber mat, turned any way.",
    defects: [
      { kind: "missing_tooth", description: "One or two teeth have broken off." },
      { kind: "rust", description: "A rusty patch." },
    ],
    paint: paintGear,
  },
  {
    name: "plate",
    description: "A brushed steel plate with four holes and an engraved frame.",
    defects: [
      { kind: "dent", description: "A shallow hollow." },
      { kind: "stain", description: "A film that something left when it dried." },
    ],
    paint: paintPlate,
  },
  {
    name: "weave",
    description: "Twill cloth of dark warp and pale weft that fills the image.",
    defects: [
      { kind: "pulled_thread", description: "A weft thread is missing over part of its length." },
      { kind: "stain", description: "Something was spilled on it." },
    ],
    paint: paintWeave,
  },
];

/** Finds a class by its name. */
export function findSampleClass(name: string): SampleClass {
  const found = sampleClasses.find((each) => each.name === name);
  if (found === undefined) {
    throw new RangeError(
      `Cannot find a sample class: name must be one of ` +
        `${sampleClasses.map((each) => `"${each.name}"`).join(", ")}, got "${name}"`,
    );
  }
  return found;
}

/** How many images of each sort a class has. */
export interface SampleCounts {
  /** Normal images for training. */
  readonly train: number;
  /** Normal images for testing. */
  readonly normal: number;
  /** Images of each kind of defect. */
  readonly defective: number;
}

/** One image that is to be drawn. */
export interface PlannedImage {
  /** Class, by name. */
  readonly className: string;
  /** Kind of defect; `null` for a normal image. */
  readonly defect: string | null;
  /** Where it lies within the class's folder, without extension; also what it is drawn from. */
  readonly name: string;
  /** File of the image, relative to the dataset folder, with forward slashes. */
  readonly image: string;
  /** File of the mask likewise; `null` for a normal image. */
  readonly mask: string | null;
}

/** The full sample data: 456 images. */
export const defaultSampleCounts: SampleCounts = { train: 40, normal: 16, defective: 10 };

/** Lists every image of the sample data in the folder layout of MVTec. */
export function planSampleImages(
  counts: SampleCounts = defaultSampleCounts,
  classNames: readonly string[] = sampleClasses.map(({ name }) => name),
): PlannedImage[] {
  for (const [sort, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1 || count > 999) {
      throw new RangeError(
        `Cannot plan sample images: ${sort} must be an integer from 1 to 999, got ${count}`,
      );
    }
  }
  return classNames.flatMap((className) => {
    const { defects } = findSampleClass(className);
    const list = (folder: string, count: number, defect: string | null = null) =>
      Array.from({ length: count }, (_, index): PlannedImage => {
        const stem = String(index).padStart(3, "0");
        const name = `${folder}/${stem}`;
        return {
          className,
          defect,
          name,
          image: `${className}/${name}.png`,
          mask: defect === null ? null : `${className}/ground_truth/${defect}/${stem}_mask.png`,
        };
      });
    return [
      ...list("train/good", counts.train),
      ...list("test/good", counts.normal),
      ...defects.flatMap(({ kind }) => list(`test/${kind}`, counts.defective, kind)),
    ];
  });
}
