/**
 * Neighbour indexes of the groups of a memory bank, opened when they are needed.
 *
 * @module
 */
import type { KeptRows } from "@/memory/kept_rows.ts";
import type { NeighborIndex, NeighborSearch } from "@/memory/neighbor_search.ts";

/** How indexes are made, and how many may be open. */
export interface IndexShelfOptions {
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Indexes that stay open while they are not used; default: all. */
  readonly most?: number;
}

/** Indexes by the number of their group. */
export interface IndexShelf {
  /** Works with the index of a group, which stays open at least as long. */
  use<Result>(group: number, work: (index: NeighborIndex) => Promise<Result>): Promise<Result>;
  /** Closes all indexes. */
  close(): Promise<void>;
}

/** An index and how many are working with it. */
interface ShelvedIndex {
  readonly opening: Promise<NeighborIndex>;
  users: number;
}

/**
 * Makes a shelf. An index is opened when its group is first used; the one that was not used for
 * longest is closed when more than `most` are open and nobody works with it.
 *
 * @param banks The rows of every group.
 * @param options How indexes are made, and how many stay open.
 * @returns The shelf; close it when done.
 *
 * @example Two groups, one index open at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createIndexShelf } from "@/memory/index_shelf.ts";
 * import { residentRows } from "@/memory/kept_rows.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 *
 * const banks = [matrixOf([[1]]), matrixOf([[2], [3]])].map(residentRows);
 * const shelf = createIndexShelf(banks, { search: plainSearch, most: 1 });
 * const rowsOf = (group: number) => shelf.use(group, ({ rows }) => Promise.resolve(rows));
 * assert.deepEqual([await rowsOf(0), await rowsOf(1)], [1, 2]);
 * await shelf.close();
 * ```
 */
export function createIndexShelf(
  banks: readonly KeptRows[],
  { search, most = Infinity }: IndexShelfOptions,
): IndexShelf {
  /** In the order of their last use. */
  const open = new Map<number, ShelvedIndex>();
  const discard = async (group: number, { opening }: ShelvedIndex): Promise<void> => {
    open.delete(group);
    await (await opening).close();
  };
  const closeIdle = async (): Promise<void> => {
    for (const [group, shelved] of [...open]) {
      if (open.size <= most) return;
      if (shelved.users === 0) await discard(group, shelved);
    }
  };
  const openIndex = async (group: number): Promise<NeighborIndex> =>
    await search.build(await banks[group]!.load());
  return {
    use: async (group, work) => {
      const shelved = open.get(group) ?? { opening: openIndex(group), users: 0 };
      open.delete(group);
      open.set(group, shelved);
      shelved.users++;
      try {
        return await work(await shelved.opening);
      } catch (error) {
        // An index that could not be opened is tried again the next time.
        await shelved.opening.catch(() => open.delete(group));
        throw error;
      } finally {
        shelved.users--;
        await closeIdle();
      }
    },
    close: async () => {
      for (const [group, shelved] of [...open]) await discard(group, shelved);
    },
  };
}
