/**
 * Searches a bank without the rows that it keeps of the image that asks.
 *
 * So the final bank itself gives calibration scores, and no bank has to be selected without the
 * image.
 *
 * @module
 */
import { type Matrix, selectRows } from "@/math/matrix.ts";
import {
  type NeighborIndex,
  type Neighbors,
  type NeighborSearch,
  noNeighbors,
} from "@/memory/neighbor_search.ts";

/** A bank, and which of its rows do not count. */
export interface OwnRowsRequest {
  /** The whole bank, ready for searching. */
  readonly index: NeighborIndex;
  /** Its rows. */
  readonly rows: Matrix;
  /** Makes rows ready for searching, where own rows are too many to be passed over. */
  readonly search: NeighborSearch;
  /** Neighbours that are wanted; fewer where there are no more other rows. */
  readonly numNeighbors: number;
  /** Numbers of the rows that do not count. */
  readonly own: ReadonlySet<number>;
}

/** Neighbours beyond those wanted that are asked for at first, and how they grow. */
const BEYOND = 7, GROWTH = 4, MOST = 128;

/**
 * Finds the nearest of the other rows; `null` if there are none.
 *
 * Neighbours are asked for a few at a time, and more of them for those queries alone whose
 * nearest are all own rows; where that would take too many, the other rows get an index of their
 * own. Finds what a search of the other rows alone finds: the same distances, ties to the lower
 * row.
 */
export async function searchOtherRows(
  queries: Matrix,
  request: OwnRowsRequest,
): Promise<Neighbors | null> {
  const { index, own } = request;
  const others = index.rows - own.size;
  if (others === 0) return null;
  const k = Math.min(request.numNeighbors, others);
  const found = noNeighbors(queries.rows, k);
  let waiting = Uint32Array.from({ length: queries.rows }, (_, query) => query);
  for (let asked = k + BEYOND; waiting.length > 0; asked *= GROWTH) {
    if (asked > MOST && k + own.size > MOST) {
      await searchAlone(queries, { ...request, k, waiting, found });
      break;
    }
    // So many rows hold as many others as are wanted, whoever the own ones are.
    const enough = Math.min(k + own.size, index.rows);
    const some = waiting.length === queries.rows ? queries : selectRows(queries, waiting);
    const near = await index.search(some, Math.min(asked, enough));
    waiting = waiting.filter((query, i) => !takeOthers(near, { i, query, own, found }));
  }
  return found;
}

/** Takes the nearest other rows of one query over; whether there are as many as are wanted. */
function takeOthers(
  near: Neighbors,
  { i, query, own, found }: {
    i: number;
    query: number;
    own: ReadonlySet<number>;
    found: Neighbors;
  },
): boolean {
  let count = 0;
  for (let j = i * near.k; j < (i + 1) * near.k && count < found.k; j++) {
    const row = near.indices[j]!;
    if (own.has(row)) continue;
    found.indices[query * found.k + count] = row;
    found.squaredDistances[query * found.k + count] = near.squaredDistances[j]!;
    count++;
  }
  return count === found.k;
}

/** Searches the other rows by an index of their own. */
async function searchAlone(
  queries: Matrix,
  { rows, search, own, k, waiting, found }: OwnRowsRequest & {
    k: number;
    waiting: Uint32Array;
    found: Neighbors;
  },
): Promise<void> {
  const others = Uint32Array.from({ length: rows.rows }, (_, row) => row)
    .filter((row) => !own.has(row));
  const index = await search.build(selectRows(rows, others));
  try {
    const near = await index.search(selectRows(queries, waiting), k);
    waiting.forEach((query, i) => {
      for (let j = 0; j < k; j++) {
        found.indices[query * k + j] = others[near.indices[i * k + j]!]!;
        found.squaredDistances[query * k + j] = near.squaredDistances[i * k + j]!;
      }
    });
  } finally {
    await index.close();
  }
}
