/**
 * Draws the growth curves of `docs/performance.md` and fills its tables, from what
 * `deno task bench write=docs/performance.json` has written.
 *
 *     deno run -A tools/draw_performance.ts
 *
 * @module
 */
import { join } from "node:path";
import { type ChartSpec, COLORS, GROUP_COLORS, themedChart } from "@/charts/theme.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";
import { renderChart } from "@/report/render_chart.ts";
import type { Figure } from "../bench/figures.ts";
import type { Performance } from "../bench/performance_file.ts";
import { execute } from "../bench/python.ts";
import { fillTables } from "./performance_tables.ts";

/** One point of a line; a limit is drawn as a dashed line without points. */
interface Point {
  readonly line: string;
  readonly isLimit: boolean;
  readonly x: number;
  readonly y: number;
  readonly least: number;
  readonly most: number;
}

/** What a vertical axis covers. */
interface Range {
  readonly least: number;
  readonly most: number;
}

/** Pixels of a panel. */
const HEIGHT = 230;
const folder = join(repositoryRoot, "docs");
const measured = JSON.parse(
  await Deno.readTextFile(join(folder, "performance.json")),
) as Performance;
const figures = Object.values(measured.parts).flatMap((part) => part.figures);
const { png } = await renderChart(chartOf(), { scale: 2 });
await replaceFile(join(folder, "performance.png"), png);
const page = join(folder, "performance.md");
await Deno.writeTextFile(page, fillTables(await Deno.readTextFile(page), measured));
await execute([Deno.execPath(), "fmt", "-q", page]);

function chartOf(): ChartSpec {
  const description = "How selection, search and embedding grow, beside what the machine can do";
  return themedChart(description, {
    vconcat: [
      { hconcat: [selectionPanel(), banksPanel()], spacing: 40 },
      { hconcat: [groupsPanel(), imagesPanel()], spacing: 40 },
    ],
    spacing: 30,
  });
}

function selectionPanel(): unknown {
  const pairs = ({ rows, columns, chosen }: Figure["sizes"]): number => rows! * columns! * chosen!;
  const floats = limit("product of 32-bit floats"), copied = limit("copy in memory");
  return panel({
    title: "Selection of a tenth of the rows",
    x: "rows of 128 columns",
    y: "seconds",
    lines: [
      measuredLine("selection by rows", {
        way: "compiled (ours)",
        over: "rows",
        line: "this program",
      }),
      measuredLine("selection by rows", {
        way: "plain loop, SIMD",
        over: "rows",
        line: "plain loop, SIMD",
      }),
      limitLine("selection by rows", {
        over: "rows",
        line: "limit of memory",
        // A copy counts every byte twice, as read and as written.
        value: (sizes) => 4 * pairs(sizes) / copied,
      }),
      limitLine("selection by rows", {
        over: "rows",
        line: "limit of products",
        value: (sizes) => 2 * pairs(sizes) / floats,
      }),
    ],
  });
}

function banksPanel(): unknown {
  const operations = ({ rows, columns, queries }: Figure["sizes"]): number =>
    2 * rows! * columns! * queries!;
  const limits = [
    ["limit of float products", limit("product of 32-bit floats")],
    ["limit of byte products", limit("product of bytes")],
  ] as const;
  return panel({
    title: "Search by one image of 1,024 patches",
    x: "rows of the bank, 1,024 columns",
    y: "milliseconds",
    lines: [
      measuredLine("search by bank rows", { way: "ours", over: "rows", line: "this program" }),
      ...limits.map(([line, rate]) =>
        limitLine("search by bank rows", {
          over: "rows",
          line,
          value: (sizes) => 1000 * operations(sizes) / rate,
        })
      ),
    ],
  });
}

function groupsPanel(): unknown {
  const rows = Math.max(...of("search by groups").map(({ sizes }) => sizes.rows!));
  return panel({
    title: "Search in one group of several",
    x: `groups that share ${rows.toLocaleString("en-US")} rows`,
    y: "milliseconds",
    lines: [
      measuredLine("search by groups", { way: "ours", over: "groups", line: "this program" }),
    ],
  });
}

function imagesPanel(): unknown {
  return panel({
    title: "Reading and embedding images",
    x: "images of the sample data",
    y: "seconds",
    lines: [measuredLine("embedding by images", {
      way: "read and embed",
      over: "images",
      line: "this program",
    })],
  });
}

function of(series: string): Figure[] {
  return figures.filter((figure) => figure.series === series);
}

/** Operations or bytes a second, in the best run. */
function limit(way: string): number {
  return 1e9 * of("limits").find((figure) => figure.way === way)!.most;
}

function measuredLine(
  series: string,
  { way, over, line }: { way: string; over: string; line: string },
): Point[] {
  return of(series).filter((figure) => figure.way === way).map((figure) => ({
    line,
    isLimit: false,
    x: figure.sizes[over]!,
    y: figure.median,
    least: figure.least,
    most: figure.most,
  }));
}

function limitLine(
  series: string,
  { over, line, value }: { over: string; line: string; value: (sizes: Figure["sizes"]) => number },
): Point[] {
  const sizes = new Map(of(series).map((figure) => [figure.sizes[over]!, figure.sizes]));
  return [...sizes].map(([x, each]) => {
    const y = value(each);
    return { line, isLimit: true, x, y, least: y, most: y };
  });
}

function panel(
  { title, x, y, lines }: { title: string; x: string; y: string; lines: readonly Point[][] },
): unknown {
  const points = lines.flatMap((line, i) =>
    line.map((point) => ({ ...point, color: point.isLimit ? COLORS.faint : GROUP_COLORS[i]! }))
  );
  const sizes = [...new Set(points.map((point) => point.x))];
  const low = Math.min(...sizes), high = Math.max(...sizes);
  const range: Range = {
    least: Math.min(...points.map((point) => point.least)) / 1.3,
    most: Math.max(...points.map((point) => point.most)) * 1.3,
  };
  const color = { field: "color", type: "nominal", scale: null };
  const room = lines.length > 1 ? 0.62 : 0.04;
  return {
    title: { text: title, fontSize: 13 },
    width: 340,
    height: HEIGHT,
    data: { values: points },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: x,
        scale: {
          type: "log",
          nice: false,
          domain: [low / (high / low) ** 0.04, high * (high / low) ** room],
        },
        axis: { values: sizes, format: ",d", labelOverlap: false, grid: false, labelFontSize: 11 },
      },
      y: {
        field: "y",
        type: "quantitative",
        title: y,
        scale: { type: "log", nice: false, domain: [range.least, range.most] },
        axis: { values: ticksOf(range), format: "~g", minExtent: 42 },
      },
    },
    layer: [
      {
        mark: { type: "line", strokeWidth: 2 },
        encoding: {
          color,
          detail: { field: "line" },
          strokeDash: {
            field: "isLimit",
            type: "nominal",
            legend: null,
            scale: { domain: [false, true], range: [[1, 0], [4, 4]] },
          },
        },
      },
      {
        transform: [{ filter: "!datum.isLimit" }],
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { y: { field: "least", type: "quantitative" }, y2: { field: "most" }, color },
      },
      {
        transform: [{ filter: "!datum.isLimit" }],
        mark: { type: "point", filled: true, size: 45, opacity: 1 },
        encoding: { color },
      },
      {
        data: { values: lines.length > 1 ? labelsOf(points, range) : [] },
        mark: { type: "text", align: "left", dx: 8, fontSize: 11 },
        encoding: { text: { field: "line" }, color },
      },
    ],
  };
}

/** 1, 2 and 5 times every power of ten. */
function ticksOf({ least, most }: Range): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 10 ** (i - 6));
  const wide = most / least > 200;
  return powers.flatMap((power) => (wide ? [1] : [1, 2, 5]).map((times) => times * power))
    .map((tick) => Number(tick.toPrecision(3)))
    .filter((tick) => tick >= least && tick <= most);
}

/** The end of every line, moved upwards where names would overlap. */
function labelsOf<Each extends Point>(points: readonly Each[], { least, most }: Range): Each[] {
  const ends = new Map<string, Each>();
  for (const point of points) {
    const end = ends.get(point.line);
    if (end === undefined || point.x > end.x) ends.set(point.line, point);
  }
  const apart = (most / least) ** (14 / HEIGHT);
  let floor = 0;
  return [...ends.values()].toSorted((a, b) => a.y - b.y).map((end) => {
    const y = Math.max(end.y, floor);
    floor = y * apart;
    return { ...end, y };
  });
}
