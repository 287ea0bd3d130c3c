/**
 * The six classes of the sample data, as data.
 *
 * @module
 */
import { paintBoard } from "@/datasets/sample/board.ts";
import { paintCapsule } from "@/datasets/sample/capsule.ts";
import { paintPlate } from "@/datasets/sample/plate.ts";
import { paintBolt } from "@/datasets/sample/sample_bolt.ts";
import { paintGear } from "@/datasets/sample/sample_gear.ts";
import type { Painter } from "@/datasets/sample/sample_scene.ts";
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

/**
 * Finds a class by its name.
 *
 * @param name The name.
 * @returns The class.
 * @throws {RangeError} If there is none of that name.
 *
 * @example The gear's defects
 * ```ts
 * import assert from "node:assert/strict";
 * import { findSampleClass } from "@/datasets/sample/classes.ts";
 *
 * const kinds = findSampleClass("gear").defects.map(({ kind }) => kind);
 * assert.deepEqual(kinds, ["missing_tooth", "rust"]);
 * ```
 */
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
