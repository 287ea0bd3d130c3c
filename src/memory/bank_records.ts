/**
 * Records of what memory banks were made of and what came of it, so that none is made twice.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/** All that decides which embeddings a bank keeps and how it scores its calibration images. */
export interface BankRecipe {
  /** Numbers of the training images that the bank is made of. */
  readonly kept: Uint32Array;
  /** Numbers of the training images that it scores. */
  readonly scored: Uint32Array;
  /** Embeddings that stay. */
  readonly size: number;
  /** Seed of the selection. */
  readonly seed: number;
  /** Neighbours over which a patch score is averaged. */
  readonly numNeighbors: number;
  /** Whether it scores an image without the rows that it keeps of it. */
  readonly ownRowsOut: boolean;
}

/** What came of it. */
export interface BankRecord {
  /** Kept rows, in the order they were chosen. */
  readonly indices: Uint32Array;
  /** Covering radius; `null` if it was not measured. */
  readonly radius: number | null;
  /**
   * Patch scores of every image that the bank scores, one a row; zeros where no row is another
   * image's.
   */
  readonly patchScores: Matrix;
}

/** A place where records are looked up and kept. */
export interface BankRecords {
  /** The record of a bank; `null` if there is none. */
  find(recipe: BankRecipe): Promise<BankRecord | null>;
  /** Keeps a record. */
  keep(recipe: BankRecipe, record: BankRecord): Promise<void>;
}

/** Writes a record as JSON, its patch scores in base 64. */
export function stringifyBankRecord({ indices, radius, patchScores }: BankRecord): string {
  const { rows, columns, data } = patchScores;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const scores = { rows, columns, float32: bytes.toBase64() };
  return JSON.stringify({ schema: 2, indices: [...indices], radius, patch_scores: scores });
}

/** Reads a record back; `null` if the text is none, or does not fit the recipe. */
export function parseBankRecord(
  text: string,
  recipe: Pick<BankRecipe, "scored" | "size">,
): BankRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { schema, indices, radius, patch_scores } = (value ?? {}) as Record<string, unknown>;
  if (schema !== 2 || (radius !== null && typeof radius !== "number")) return null;
  if (!areNumbers(indices, recipe.size)) return null;
  if (!indices.every((index) => Number.isInteger(index) && index >= 0)) return null;
  const patchScores = parseScores(patch_scores);
  if (patchScores === null || patchScores.rows !== recipe.scored.length) return null;
  return { indices: Uint32Array.from(indices), radius, patchScores };
}

function parseScores(value: unknown): Matrix | null {
  const { rows, columns, float32 } = (value ?? {}) as Record<string, unknown>;
  if (typeof rows !== "number" || typeof columns !== "number") return null;
  if (typeof float32 !== "string") return null;
  try {
    const bytes = Uint8Array.fromBase64(float32, { lastChunkHandling: "strict" });
    if (bytes.length !== rows * columns * Float32Array.BYTES_PER_ELEMENT) return null;
    return { rows, columns, data: new Float32Array(bytes.buffer) };
  } catch {
    return null;
  }
}

function areNumbers(values: unknown, count: number): values is number[] {
  return Array.isArray(values) && values.length === count &&
    values.every((value) => Number.isFinite(value));
}
