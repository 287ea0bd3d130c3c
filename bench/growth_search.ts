/**
 * Growth of exact search by the patches of one image.
 *
 * @module
 */
import { type Matrix, toMatrix } from "@/math/mod.ts";
import { type NeighborIndex, onnxSearch } from "@/memory/mod.ts";
import { curvedRows } from "./curved_rows.ts";
import type { Curve, CurvePoint } from "./growth_curve.ts";

/** Patches of an image, and how many images lie on the five surfaces. */
const PATCHES = 1024, IMAGES = 10;
/** Images searched before the clock starts: large banks get leading codes meanwhile. */
const WARM_UP = 8;

/**
 * Search in larger and larger banks.
 *
 * @param sizes Numbers of rows of 1,024 columns.
 * @returns The curve.
 */
export function banksCurve(sizes: readonly number[]): Curve {
  return searchCurve("search by bank rows", {
    over: "rows",
    points: sizes.map((rows) => ({ rows, columns: 1024, groups: 1 })),
  });
}

/**
 * Search in banks of wider and wider rows.
 *
 * @param widths Numbers of columns of 8,192 rows.
 * @returns The curve.
 */
export function widthsCurve(widths: readonly number[]): Curve {
  return searchCurve("search by dimensions", {
    over: "columns",
    points: widths.map((columns) => ({ rows: 8192, columns, groups: 1 })),
  });
}

/**
 * Search in one of more and more groups, the one whose part of the surfaces the image lies on.
 *
 * @param counts Numbers of groups.
 * @param rows Rows of 1,024 columns of all groups together.
 * @returns The curve.
 */
export function groupsCurve(counts: readonly number[], rows: number): Curve {
  return searchCurve("search by groups", {
    over: "groups",
    points: counts.filter((groups) => groups <= rows).map((groups) => ({
      rows,
      columns: 1024,
      groups,
    })),
  });
}

interface SearchSizes {
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
}

function searchCurve(
  series: string,
  { over, points }: { over: string; points: readonly SearchSizes[] },
): Curve {
  const indexes: NeighborIndex[] = [];
  /** Images by their columns; the last bank, which the points of a curve may share. */
  const images = new Map<number, Matrix>();
  let last: Matrix | null = null;
  const bankOf = ({ rows, columns }: SearchSizes): Matrix => {
    if (last?.rows !== rows || last.columns !== columns) last = curvedRows({ rows, columns });
    return last;
  };
  const open = (sizes: SearchSizes): (run: number) => Promise<number> => {
    const { columns, groups } = sizes;
    const bank = bankOf(sizes), size = Math.floor(bank.rows / groups);
    const all = images.get(columns) ??
      curvedRows({ rows: IMAGES * PATCHES, columns, sample: 1 });
    images.set(columns, all);
    const opened = new Map<number, NeighborIndex>();
    const search = async (run: number): Promise<number> => {
      const group = run * 7 % groups, index = opened.get(group) ?? await openGroup(group);
      const image = groups === 1 ? run * 3 % IMAGES : Math.floor((group + 0.5) / groups * IMAGES);
      const queries = part(all, image * PATCHES, PATCHES);
      const begin = performance.now();
      await index.search(queries, 1);
      return performance.now() - begin;
    };
    const openGroup = async (group: number): Promise<NeighborIndex> => {
      const index = await onnxSearch().build(part(bank, group * size, size));
      indexes.push(index);
      opened.set(group, index);
      for (let image = 0; image < WARM_UP; image++) {
        await index.search(part(all, image * PATCHES, PATCHES), 1);
      }
      return index;
    };
    return search;
  };
  return {
    series,
    unit: "ms",
    over,
    points: points.map((sizes): CurvePoint => ({
      way: "ours",
      sizes: { ...sizes, queries: PATCHES },
      open: () => Promise.resolve(open(sizes)),
    })),
    close: async () => {
      for (const index of indexes) await index.close();
    },
  };
}

function part({ columns, data }: Matrix, first: number, rows: number): Matrix {
  return toMatrix(data.subarray(first * columns, (first + rows) * columns), { rows, columns });
}
