/** What tests of charts share: what a reader sees, what Vega-Lite warns of, what a chart computes. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { ChartSpec } from "@/charts/theme.ts";
import { renderChart } from "@/report/render_chart.ts";

/** Lines of text that a reader of the chart sees. */
export async function textsOf(chart: ChartSpec): Promise<string[]> {
  const { svg } = await renderChart(chart);
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)<\/t/g)].map((match) => match[1]!);
}

/** What Vega-Lite warns of when it reads the chart. */
export function warningsOf(chart: ChartSpec): string[] {
  const warnings: string[] = [];
  const logger = {
    level: () => logger,
    error: (...texts: readonly string[]) => (warnings.push(texts.join(" ")), logger),
    warn: (...texts: readonly string[]) => (warnings.push(texts.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  compile(chart as unknown as TopLevelSpec, { logger: logger as never });
  return warnings;
}

/** Every record that the chart carries, wherever it carries it. */
export function recordsOf(node: unknown): Record<string, unknown>[] {
  if (node === null || typeof node !== "object") return [];
  const { values } = node as { values?: unknown };
  if (Array.isArray(values) && values.every((value) => typeof value === "object")) return values;
  return Object.values(node).flatMap(recordsOf);
}

/** A chart at work, as a browser would run it. */
export interface RunningChart {
  /** Sets a parameter, as its slider would, and waits until the chart has followed. */
  set(name: string, value: number): Promise<void>;
  /** Value of a parameter. */
  get(name: string): unknown;
  /** Records that the chart has computed and that have this field. */
  recordsWith(field: string): Record<string, unknown>[];
  /** The picture as it is now. */
  svg(): Promise<string>;
}

/** Runs a chart without a browser. */
export async function runChart(chart: ChartSpec): Promise<RunningChart> {
  const { spec } = compile(chart as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  await view.runAsync();
  const names = (spec.data ?? []).map((each) => each.name);
  return {
    set: async (name, value) => void await view.signal(name, value).runAsync(),
    get: (name) => view.signal(name),
    recordsWith: (field) =>
      names.flatMap((name) => view.data(name)).filter((record) => field in record),
    svg: () => view.toSVG(),
  };
}
