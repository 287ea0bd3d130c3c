/**
 * What a bank was made of and what came of it, so that it need not be made again.
 *
 * @module
 */

/** Everything that decides which embeddings a bank keeps and how it scores its calibration images. */
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
}

/** What came of it. */
export interface BankRecord {
  /** Kept rows, in the order they were chosen. */
  readonly indices: Uint32Array;
  /** Covering radius; `null` if it was not measured. */
  readonly radius: number | null;
  /** Anomaly score of every image that the bank scores. */
  readonly scores: Float32Array;
}

/** A place where records are looked up and kept. */
export interface BankRecords {
  /** The record of a bank; `null` if there is none. */
  find(recipe: BankRecipe): Promise<BankRecord | null>;
  /** Keeps a record. */
  keep(recipe: BankRecipe, record: BankRecord): Promise<void>;
}

/**
 * Writes a record as JSON.
 *
 * @param record The record.
 * @returns One line of text, from which every number comes back as it was.
 *
 * @example A bank of two rows that scores one image
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseBankRecord, stringifyBankRecord } from "@/memory/bank_record.ts";
 *
 * const record = { indices: Uint32Array.of(7, 2), radius: 0.1, scores: Float32Array.of(0.3) };
 * const recipe = { kept: Uint32Array.of(1), scored: Uint32Array.of(4), size: 2 };
 * assert.deepEqual(parseBankRecord(stringifyBankRecord(record), recipe), record);
 * ```
 */
export function stringifyBankRecord({ indices, radius, scores }: BankRecord): string {
  return JSON.stringify({ schema: 1, indices: [...indices], radius, scores: [...scores] });
}

/**
 * Reads a record back.
 *
 * @param text Its JSON.
 * @param recipe What the bank is made of.
 * @returns The record; `null` if the text is damaged or belongs to another bank.
 *
 * @example Half of a file
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseBankRecord } from "@/memory/bank_record.ts";
 *
 * const recipe = { kept: Uint32Array.of(1), scored: Uint32Array.of(4), size: 2 };
 * assert.equal(parseBankRecord('{"schema":1,"indices":[7', recipe), null);
 * ```
 */
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
  const { schema, indices, radius, scores } = (value ?? {}) as Record<string, unknown>;
  if (schema !== 1 || (radius !== null && typeof radius !== "number")) return null;
  if (!areNumbers(indices, recipe.size) || !areNumbers(scores, recipe.scored.length)) return null;
  if (!indices.every((index) => Number.isInteger(index) && index >= 0)) return null;
  return { indices: Uint32Array.from(indices), radius, scores: Float32Array.from(scores) };
}

function areNumbers(values: unknown, count: number): values is number[] {
  return Array.isArray(values) && values.length === count &&
    values.every((value) => Number.isFinite(value));
}
