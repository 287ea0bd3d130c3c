/**
 * The tables of `docs/performance.md`, made from what `deno task bench` has written.
 *
 * @module
 */
import { linearRegression } from "simple-statistics";
import { digits, type Figure } from "../bench/figures.ts";
import type { Performance } from "../bench/performance_file.ts";

/**
 * Replaces what stands between `<!-- NAME -->` and `<!-- end -->` by the figures of series NAME, or
 * by the machine.
 *
 * @param text A Markdown file.
 * @param measured What the bench has written.
 * @returns The file with new tables.
 * @throws {RangeError} If a series was not measured.
 */
export function fillTables(text: string, measured: Performance): string {
  return text.replaceAll(/<!-- (.+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const content = name === "machine" ? machineText(measured) : seriesTable(name, measured);
    return `<!-- ${name} -->\n\n${content}\n\n<!-- end -->`;
  });
}

function machineText({ machine, parts }: Performance): string {
  const measured = Object.entries(parts).map(([name, { date, loads, isQuick }]) =>
    `| ${name} | ${date} | ${loads.begin.toFixed(1)} to ${loads.end.toFixed(1)} | ` +
    `${isQuick ? "quick" : "usual"} |`
  );
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ` +
    `${machine.platform}, Deno ${machine.deno}, onnxruntime-node ${machine.onnxruntime}. Load ` +
    `averages are those at the beginning and at the end of a part.`,
    ["| part | date | load | size |", "| --- | --- | ---: | --- |", ...measured]
      .join("\n"),
  ].join("\n\n");
}

function seriesTable(series: string, { parts }: Performance): string {
  const figures = Object.values(parts).flatMap((part) => part.figures);
  const own = figures.filter((figure) => figure.series === series);
  if (own.length === 0) {
    throw new RangeError(`Cannot fill tables: series must have been measured, got "${series}"`);
  }
  const names = Object.keys(own[0]!.sizes).filter((name) =>
    own.every(({ sizes }) => name in sizes) && new Set(own.map(({ sizes }) => sizes[name])).size > 1
  );
  const units = new Set(own.map(({ unit }) => unit));
  const isCompared = own.some(({ ratio }) => ratio !== null);
  const head = [
    "",
    ...names,
    units.size === 1 ? own[0]!.unit : "",
    "range",
    ...(isCompared ? ["ratio"] : []),
  ];
  const rows = own.map((figure) => [
    figure.way,
    ...names.map((name) => figure.sizes[name]!.toLocaleString("en-US")),
    units.size === 1 ? digits(figure.median) : `${digits(figure.median)} ${figure.unit}`,
    figure.runs === 1 ? "one run" : `${digits(figure.least)} to ${digits(figure.most)}`,
    ...(isCompared ? [figure.ratio === null ? "1" : digits(figure.ratio)] : []),
  ]);
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  const table = [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return [table, ...exponents(own, names[0])].join("\n\n");
}

/** Slopes of the logarithms of growth curves. */
function exponents(own: readonly Figure[], over: string | undefined): string[] {
  if (over === undefined || !own[0]!.series.includes(" by ")) return [];
  const lines = [...new Set(own.map(({ way }) => way))].flatMap((way) => {
    const points = own.filter((figure) => figure.way === way)
      .map(({ sizes, median }) => [Math.log(sizes[over]!), Math.log(median)]);
    return points.length < 2 ? [] : [`${way} ${linearRegression(points).m.toFixed(2)}`];
  });
  return lines.length === 0 ? [] : [`Exponent over ${over}: ${lines.join(", ")}.`];
}
