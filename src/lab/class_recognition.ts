/**
 * How often images find their class by the mean directions of the classes.
 *
 * @module
 */
import { membersOf, partitionOf } from "@/clustering/partition.ts";
import { type Matrix, selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { routeImages, semanticKey } from "@/memory/memory_bank.ts";

/** Vectors of images with the images' classes. */
export interface ClassedVectors {
  /** One row per image. */
  readonly vectors: Matrix;
  /** Class of every image. */
  readonly classNames: readonly string[];
}

/**
 * Forms a semantic key of every class from known images, routes others by them, and counts those that
 * arrive at their own class.
 *
 * @param known Images that form the keys.
 * @param others Images that are routed; each class must be among the known ones.
 * @returns The share of the others whose most similar key is that of their class.
 * @throws {TypeError} If there is not one class per vector, or the vectors differ in width.
 * @throws {RangeError} If there is no image on either side, or a class is not known.
 *
 * @example One of two is nearer to the other class
 * ```ts
 * import assert from "node:assert/strict";
 * import { recognitionRate } from "@/lab/class_recognition.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const known = { vectors: matrixOf([[1, 0], [0, 1]]), classNames: ["nut", "cup"] };
 * const others = { vectors: matrixOf([[5, 1], [5, 2]]), classNames: ["nut", "cup"] };
 * assert.equal(recognitionRate(known, others), 0.5);
 * ```
 */
export function recognitionRate(known: ClassedVectors, others: ClassedVectors): number {
  for (const { vectors, classNames } of [known, others]) {
    if (vectors.rows !== classNames.length) {
      throw new TypeError(
        `Cannot recognise classes: one class per vector is needed, ` +
          `got ${classNames.length} for ${vectors.rows} vectors`,
      );
    }
  }
  const names = [...new Set(known.classNames)];
  const unknown = others.classNames.find((name) => !names.includes(name));
  if (names.length === 0 || others.classNames.length === 0 || unknown !== undefined) {
    const got = unknown !== undefined
      ? `"${unknown}"`
      : `${known.classNames.length} known and ${others.classNames.length} other images`;
    throw new RangeError(
      `Cannot recognise classes: images on both sides, all of known classes, are needed, got ${got}`,
    );
  }
  const keys = stackRows(
    membersOf(partitionOf(known.classNames)).map((members) => {
      const key = semanticKey(selectRows(known.vectors, members));
      return toMatrix(key, { rows: 1, columns: key.length });
    }),
  );
  const routed = routeImages(others.vectors, keys);
  const arrived = others.classNames.filter((name, image) => names[routed[image]!] === name);
  return arrived.length / others.classNames.length;
}
