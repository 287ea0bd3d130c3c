/**
 * Growth of greedy selection, beside a plain loop.
 *
 * @module
 */
import { greedyCoreset } from "@/memory/mod.ts";
import { curvedRows } from "./curved_rows.ts";
import type { Curve, CurvePoint } from "./growth_curve.ts";
import { openPlainLoop, type PlainLoop } from "./plain_loop.ts";

/** Choices over which the plain loop is timed, each of which costs the same. */
const PLAIN_CHOICES = 100;

/**
 * Selection of a tenth of more and more rows.
 *
 * @param sizes Numbers of rows of 128 columns.
 * @returns The curve.
 */
export async function rowsCurve(sizes: readonly number[]): Promise<Curve> {
  const plainLoop = await openPlainLoop();
  return {
    series: "selection by rows",
    unit: "s",
    over: "rows",
    points: sizes.flatMap((rows) => selectionPoints({ rows, columns: 128 }, plainLoop)),
  };
}

/**
 * Selection of a tenth of wider and wider rows.
 *
 * @param widths Numbers of columns of 40,960 rows.
 * @returns The curve.
 */
export async function columnsCurve(widths: readonly number[]): Promise<Curve> {
  const plainLoop = await openPlainLoop();
  return {
    series: "selection by columns",
    unit: "s",
    over: "columns",
    points: widths.flatMap((columns) => selectionPoints({ rows: 40960, columns }, plainLoop)),
  };
}

function selectionPoints(
  { rows, columns }: { rows: number; columns: number },
  plainLoop: PlainLoop,
): CurvePoint[] {
  const size = Math.max(1, Math.floor(rows / 10)), choices = Math.min(size, PLAIN_CHOICES);
  const sizes = { rows, columns, chosen: size };
  let made: ReturnType<typeof curvedRows> | undefined;
  const features = () => made ??= curvedRows({ rows, columns });
  return [
    {
      way: "compiled (ours)",
      sizes,
      open: () => {
        const all = features();
        // The first selection of a program also compiles the kernel.
        greedyCoreset(curvedRows({ rows: 64, columns }), { size: 6, method: "compiled" });
        return Promise.resolve(() => {
          const begin = performance.now();
          greedyCoreset(all, { size, method: "compiled" });
          return Promise.resolve((performance.now() - begin) / 1000);
        });
      },
    },
    {
      way: "plain loop, SIMD",
      sizes,
      open: () => {
        const all = features();
        return Promise.resolve(() =>
          Promise.resolve(plainLoop.choose(all, choices).seconds / choices * size)
        );
      },
    },
  ];
}
