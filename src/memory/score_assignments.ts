/**
 * Scores the same images under several assignments to groups, searching only what differs.
 *
 * @module
 */
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { rowOf, toMatrix } from "@/math/matrix.ts";
import type { Detector, ImageScores } from "@/memory/detector.ts";

/**
 * Scores images once for each assignment of images to groups.
 *
 * An image that several assignments give to the same group is searched once.
 *
 * @param images The images; left unchanged.
 * @param options The detector, and the assignments: one group per image each.
 * @returns One result per assignment.
 * @throws {TypeError} If an assignment has not one group per image.
 *
 * @example Two assignments that agree
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createDetector } from "@/memory/detector.ts";
 * import { residentRows } from "@/memory/kept_rows.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 * import { scoreAssignments } from "@/memory/score_assignments.ts";
 *
 * const embeddings = residentRows(matrixOf([[2]]));
 * const detector = createDetector({
 *   groups: [{ name: "all", key: Float32Array.of(1), embeddings, radius: 0, trainCount: 1 }],
 *   search: plainSearch,
 *   calibration: [],
 * });
 * const images = {
 *   count: 1,
 *   grid: { rows: 1, columns: 1 },
 *   embeddings: matrixOf([[5]]),
 *   semantics: matrixOf([[1]]),
 * };
 * const assignments = [Int32Array.of(0), Int32Array.of(0)];
 * const results = await scoreAssignments(images, { detector, assignments });
 * assert.deepEqual(results.map(({ scores }) => scores[0]), [9, 9]);
 * ```
 */
export async function scoreAssignments(
  images: EmbeddedImages,
  options: { detector: Detector; assignments: readonly Int32Array[] },
): Promise<ImageScores[]> {
  const { detector, assignments } = options;
  const results: ImageScores[] = [];
  for (const [number, groups] of assignments.entries()) {
    const earlier = [...groups].map((group, image) =>
      assignments.slice(0, number).findIndex((assignment) => assignment[image] === group)
    );
    const fresh = [...earlier.keys()].filter((image) => earlier[image] === -1);
    if (fresh.length === images.count) {
      results.push(await detector.score(images, groups));
      continue;
    }
    const positions = images.grid.rows * images.grid.columns;
    const scores = new Float32Array(images.count);
    const patchScores = new Float32Array(images.count * positions);
    const copy = (image: number, from: ImageScores, row: number): void => {
      scores[image] = from.scores[row]!;
      patchScores.set(rowOf(from.patchScores, row), image * positions);
    };
    earlier.forEach((from, image) => from === -1 || copy(image, results[from]!, image));
    if (fresh.length > 0) {
      const some = Int32Array.from(fresh, (image) => groups[image]!);
      const scored = await detector.score(selectImages(images, fresh), some);
      fresh.forEach((image, row) => copy(image, scored, row));
    }
    results.push({
      scores,
      patchScores: toMatrix(patchScores, { rows: images.count, columns: positions }),
    });
  }
  return results;
}
