/**
 * Matrices of 32-bit floats, random numbers from a seed, distances, projections.
 *
 * Everything that computes takes and gives a `Matrix`: rows of one length in one typed array.
 * Pure. Read `matrix.ts` first.
 *
 * @module
 */
export {
  type Matrix,
  matrixOf,
  normalizeRows,
  rowOf,
  type RowSource,
  selectRows,
  stackRows,
  toMatrix,
} from "@/math/matrix.ts";
export { randomProjection } from "@/math/projection.ts";
export { createRandom, permutation, type Random } from "@/math/random.ts";
export { overSeeds } from "@/math/statistics.ts";
export { dotProduct, squaredDistance } from "@/math/vectors.ts";
