/**
 * What the layers of a backbone know of classes, to choose between layers.
 *
 * A feature map averaged over its positions says what an image shows, without where. Cosine
 * similarity of such vectors by class, and of an image to its nearest other one, says how well
 * they keep classes apart. Classes are used to report, never to fit.
 *
 * @module
 */
import { membersOf, type Partition, partitionOf } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { type Matrix, normalizeRows, rowOf, toMatrix } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";

/** Averages a feature map over its positions, as the semantic vector of an embedder does. */
export function meanFeatures(map: FeatureMap): Matrix {
  const { count, channels, height, width, data } = map;
  const positions = height * width;
  if (positions < 1 || data.length !== count * channels * positions) {
    throw new TypeError(
      `Cannot average features: a map of ${count} × ${channels} × ${height} × ${width} must have ` +
        `that many values and a position, got ${data.length} values`,
    );
  }
  const means = new Float32Array(count * channels);
  for (let row = 0; row < means.length; row++) {
    let sum = 0;
    for (let i = row * positions; i < (row + 1) * positions; i++) sum += data[i]!;
    means[row] = sum / positions;
  }
  return toMatrix(means, { rows: count, columns: channels });
}

/** What a configuration names of a backbone's layers. */
export interface ChosenLayers {
  /** Layers that make the patch embedding. */
  readonly layers: readonly string[];
  /** Layer whose mean is the semantic vector. */
  readonly semantic_layer: string;
}

/**
 * Lists choices of layers for patch embeddings: every layer in use by itself, those of the patch
 * embedding together, and all together.
 *
 * @param chosen The `MODEL` section of a configuration, or as much of it.
 * @returns The choices in this order, each once.
 *
 * @example Two layers for patches, a third for semantics
 * ```ts
 * import assert from "node:assert/strict";
 * import { listLayerChoices } from "@/features/mod.ts";
 *
 * const choices = listLayerChoices({ layers: ["layer2", "layer3"], semantic_layer: "layer4" });
 * assert.deepEqual(choices.map((choice) => choice.join(" + ")), [
 *   "layer2",
 *   "layer3",
 *   "layer4",
 *   "layer2 + layer3",
 *   "layer2 + layer3 + layer4",
 * ]);
 * ```
 */
export function listLayerChoices({ layers, semantic_layer: semantic }: ChosenLayers): string[][] {
  const all = [...new Set([...layers, semantic])];
  const choices = [...all.map((layer) => [layer]), [...layers], all];
  return [...new Map(choices.map((choice) => [JSON.stringify(choice), choice])).values()];
}

/** How well vectors keep classes apart, by cosine similarity. */
export interface ClassSeparation {
  /** Mean similarity of two different images of one class. */
  readonly within: number;
  /** Mean similarity of two images of different classes. */
  readonly between: number;
  /** Mean silhouette of the classes, from −1 to 1. */
  readonly silhouette: number;
  /** Share of images whose most similar other image is of their own class. */
  readonly nearest: number;
}

/**
 * Measures how well vectors keep classes apart.
 *
 * Every pair of images counts the same. Of images that are equally similar, the lower row is the
 * most similar one. Takes O(rows² × columns) time.
 *
 * @param vectors Vectors, one a row.
 * @param classNames Class of every row.
 * @returns Similarities, silhouette, and agreement of nearest neighbours.
 * @throws {TypeError} If there is not one class per row.
 * @throws {RangeError} If there are fewer than two classes, or no class has two images.
 *
 * @example Two tight pairs at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { measureClassSeparation } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[1, 0], [2, 0], [0, 1], [0, 3]]);
 * const separation = measureClassSeparation(vectors, ["nut", "nut", "cup", "cup"]);
 * assert.deepEqual(separation, { within: 1, between: 0, silhouette: 1, nearest: 1 });
 * ```
 */
export function measureClassSeparation(
  vectors: Matrix,
  classNames: readonly string[],
): ClassSeparation {
  const { counts, means } = classSimilarities(vectors, classNames);
  const partition = partitionOf(classNames);
  if (partition.clusters < 2 || partition.clusters === vectors.rows) {
    throw new RangeError(
      `Cannot measure class separation: at least two classes and two images of one are needed, ` +
        `got ${partition.clusters} classes and ${vectors.rows} images`,
    );
  }
  let within = 0, between = 0, samePairs = 0, otherPairs = 0;
  counts.forEach((count, i) => {
    const pairs = count * (count - 1);
    within += pairs * (means[i]![i] ?? 0);
    samePairs += pairs;
    counts.forEach((other, j) => {
      if (i === j) return;
      between += count * other * means[i]![j]!;
      otherPairs += count * other;
    });
  });
  return {
    within: within / samePairs,
    between: between / otherPairs,
    silhouette: meanSilhouettes(vectors, [partition])[0]!,
    nearest: nearestAgreement(vectors, partition),
  };
}

function nearestAgreement(vectors: Matrix, { labels }: Partition): number {
  const unit = normalizeRows(vectors);
  let agreeing = 0;
  for (let row = 0; row < unit.rows; row++) {
    let best = -1, similarity = -Infinity;
    for (let other = 0; other < unit.rows; other++) {
      if (other === row) continue;
      const found = dotProduct(rowOf(unit, row), rowOf(unit, other));
      if (found > similarity) {
        best = other;
        similarity = found;
      }
    }
    if (labels[best] === labels[row]) agreeing++;
  }
  return agreeing / unit.rows;
}

/** Mean cosine similarities between the images of classes. */
export interface ClassSimilarities {
  /** The classes, in alphabetical order. */
  readonly classes: readonly string[];
  /** Images of each class. */
  readonly counts: readonly number[];
  /**
   * Mean similarity of an image of the row's class and one of the column's; on the diagonal, of two
   * different images of the class, and `null` where there is only one.
   */
  readonly means: readonly (readonly (number | null)[])[];
}

/**
 * Averages the cosine similarities of all pairs of vectors by class.
 *
 * The mean over all pairs of two classes is the product of their mean directions, so no pair is
 * looked at: O(rows × columns + classes² × columns) time.
 *
 * @param vectors Vectors, one a row; a vector of zeros is at similarity 0 to everything.
 * @param classNames Class of every row.
 * @returns The means, with classes in alphabetical order.
 * @throws {TypeError} If there is not one class per row, or no row.
 *
 * @example Two alike, and one at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { classSimilarities } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[2, 0], [0, 3], [5, 0]]);
 * const { classes, means } = classSimilarities(vectors, ["nut", "cup", "nut"]);
 * assert.deepEqual(classes, ["cup", "nut"]);
 * assert.deepEqual(means, [[null, 0], [0, 1]]);
 * ```
 */
export function classSimilarities(
  vectors: Matrix,
  classNames: readonly string[],
): ClassSimilarities {
  if (vectors.rows !== classNames.length || vectors.rows === 0) {
    throw new TypeError(
      `Cannot average similarities: one class per vector is needed, ` +
        `got ${classNames.length} classes for ${vectors.rows} vectors`,
    );
  }
  const unit = normalizeRows(vectors);
  const classes = [...new Set(classNames)].sort();
  const numbers = membersOf(partitionOf([...classes, ...classNames]));
  const sums = numbers.map((members) => {
    const sum = new Float64Array(vectors.columns);
    let squares = 0;
    // The partition begins with the classes themselves, so that their order is kept.
    const rows = [...members].slice(1).map((member) => member - classes.length);
    for (const row of rows) {
      const vector = rowOf(unit, row);
      vector.forEach((value, i) => sum[i]! += value);
      squares += dotProduct(vector, vector);
    }
    return { sum, squares, count: rows.length };
  });
  const means = sums.map((a, i) =>
    sums.map((b, j) => {
      const product = a.sum.reduce((total, value, k) => total + value * b.sum[k]!, 0);
      if (i !== j) return product / (a.count * b.count);
      return a.count < 2 ? null : (product - a.squares) / (a.count * (a.count - 1));
    })
  );
  return { classes, counts: sums.map(({ count }) => count), means };
}
