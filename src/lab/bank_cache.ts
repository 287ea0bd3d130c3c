/**
 * Keeps what came of banks on disk: an interrupted run goes on where it was, and no bank that another
 * scenario, seed or notebook has made is made again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BoundedFolder } from "@/files/cache.ts";
import { readFully } from "@/files/read.ts";
import {
  type BankRecipe,
  type BankRecords,
  parseBankRecord,
  stringifyBankRecord,
} from "@/memory/fit_detector.ts";

/** Where records are kept, and what shapes them beside a bank's own recipe. */
export interface BankCacheOptions {
  /** The folder of the cache, which may hold other things, too. */
  readonly files: BoundedFolder;
  /** Whatever shapes features, how rows are sampled, and how neighbours are found. */
  readonly recipe: readonly unknown[];
  /** What identifies the content of every training image; `null`: it is not known, nothing is kept. */
  readonly imageKeys: readonly (string | null)[];
}

/**
 * Opens a cache of banks.
 *
 * A record is found by the content of the images that the bank is made of and scores, in their order,
 * not by their names, numbers or classes.
 *
 * @param options Where it lies and what shapes records.
 * @returns The records.
 *
 * @example Kept and found
 * ```ts
 * import assert from "node:assert/strict";
 * import { openBoundedFolder } from "@/files/cache.ts";
 * import { openBankCache } from "@/lab/bank_cache.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const files = openBoundedFolder({ folder, limit: 1e6 });
 * const records = openBankCache({ files, recipe: ["greedy"], imageKeys: ["a", "b"] });
 * const recipe = {
 *   kept: Uint32Array.of(0),
 *   scored: Uint32Array.of(1),
 *   size: 1,
 *   seed: 7,
 *   numNeighbors: 1,
 * };
 * const record = { indices: Uint32Array.of(3), radius: null, scores: Float32Array.of(0.5) };
 * await records.keep(recipe, record);
 * assert.deepEqual(await records.find(recipe), record);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function openBankCache(options: BankCacheOptions): BankRecords {
  const { files, recipe: shared, imageKeys } = options;
  const nameOf = ({ kept, scored, size, seed, numNeighbors }: BankRecipe): string | null => {
    const keys = [kept, scored].map((images) => Array.from(images, (image) => imageKeys[image]));
    if (keys.flat().some((key) => key === null || key === undefined)) return null;
    const text = JSON.stringify([shared, keys, size, seed, numNeighbors]);
    return join("banks", `${createHash("sha256").update(text).digest("hex")}.json`);
  };
  return {
    find: async (recipe) => {
      const name = nameOf(recipe);
      using file = name === null ? null : files.open(name);
      if (file === null) return null;
      const bytes = new Uint8Array((await file.stat()).size);
      await readFully(file, bytes);
      return parseBankRecord(new TextDecoder().decode(bytes), recipe);
    },
    keep: async (recipe, record) => {
      const name = nameOf(recipe);
      if (name === null) return;
      const text = stringifyBankRecord(record);
      await files.put(name, [new TextEncoder().encode(`${text}\n`)]);
    },
  };
}
