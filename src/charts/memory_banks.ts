/**
 * Chart of a memory bank: rows kept per group and how far any row lies from the nearest kept one.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";

/** One group of a memory bank. */
export interface BankGroup {
  /** Name of the group: a class or a cluster. */
  readonly name: string;
  /** Patch embeddings that training offered. */
  readonly available: number;
  /** Patch embeddings kept. */
  readonly kept: number;
  /** Largest distance from any embedding to the nearest kept one; `null` where it was not measured. */
  readonly radius: number | null;
}

/**
 * Draws the rows kept and the covering radius of every group.
 *
 * @param groups At least one group, in the order to show.
 * @param options Title; "Memory bank" if left out.
 * @returns A Vega-Lite object; the radius panel is left out when no radius is known.
 * @throws {RangeError} If there is no group.
 *
 * @example One group
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryBankChart } from "@/charts/memory_banks.ts";
 *
 * const chart = memoryBankChart([{ name: "nut", available: 5000, kept: 500, radius: 2.5 }]);
 * assert.match(chart.description, /500 of 5,000/);
 * ```
 */
export function memoryBankChart(
  groups: readonly BankGroup[],
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Memory bank" } = options;
  if (groups.length === 0) {
    throw new RangeError("Cannot chart a memory bank: at least one group is needed, got none");
  }
  const names = groups.map((group) => group.name);
  const kept = groups.reduce((sum, group) => sum + group.kept, 0);
  const available = groups.reduce((sum, group) => sum + group.available, 0);
  const summary = `${kept.toLocaleString("en-US")} of ${available.toLocaleString("en-US")}`;
  const y = {
    field: "name",
    type: "nominal",
    title: null,
    sort: names,
    axis: { ticks: false, domain: false, labelLimit: 180 },
  };
  const hasRadius = groups.some((group) => group.radius !== null);
  return themedChart(`${title}: ${summary} embeddings kept in ${groups.length} groups`, {
    title: { text: title, subtitle: `${summary} patch embeddings kept` },
    data: {
      values: groups.map((group) => ({
        ...group,
        radius: group.radius === null ? null : Number(group.radius.toPrecision(5)),
        share: group.available === 0 ? 0 : group.kept / group.available,
      })),
    },
    spacing: 24,
    hconcat: [
      panel({
        y,
        field: "kept",
        axis: "embeddings kept",
        format: ",d",
        color: COLORS.normal,
        largest: Math.max(...groups.map((group) => group.kept)),
      }),
      ...(hasRadius
        ? [panel({
          y: { ...y, axis: null },
          field: "radius",
          axis: "covering radius",
          format: ".3~g",
          color: "#009E73",
          largest: Math.max(...groups.map((group) => group.radius ?? 0)),
        })]
        : []),
    ],
  });
}

interface Panel {
  readonly y: object;
  readonly field: string;
  readonly axis: string;
  readonly format: string;
  readonly color: string;
  readonly largest: number;
}

function panel({ y, field, axis, format, color, largest }: Panel): Record<string, unknown> {
  const x = {
    field,
    type: "quantitative",
    title: axis,
    scale: { domain: [0, largest * 1.2 || 1], nice: false },
    axis: { tickCount: 3, format: ",~r" },
  };
  return {
    width: 270,
    height: { step: 26 },
    encoding: { y, x },
    layer: [
      {
        mark: { type: "bar", color, opacity: 0.85, height: { band: 0.7 } },
        encoding: {
          tooltip: [
            { field: "name", title: "group" },
            { field: "kept", type: "quantitative", format: ",d" },
            { field: "available", type: "quantitative", format: ",d" },
            { field: "share", type: "quantitative", format: ".1%", title: "share kept" },
            { field: "radius", type: "quantitative", format: ".4~g", title: "covering radius" },
          ],
        },
      },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
        encoding: { text: { field, type: "quantitative", format } },
      },
    ],
  };
}
