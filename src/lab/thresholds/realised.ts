/**
 * What thresholds did on labelled test images, beside what they promise.
 *
 * @module
 */
import { scopeName } from "@/evaluation/decisions.ts";
import type { LabelledScore } from "@/evaluation/evaluate_scenario.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { formatPercent, type TableRecord } from "@/tables.ts";
import { describeCount, shareInterval } from "@/thresholds/counts.ts";
import type { Threshold } from "@/thresholds/rules.ts";

/** How many of how many. */
export interface Counted {
  /** How many. */
  readonly count: number;
  /** Of how many. */
  readonly total: number;
}

/** What the threshold of one scope did. */
export interface RealisedThreshold {
  /** Class, group, or `global`. */
  readonly name: string;
  /** The threshold. */
  readonly threshold: Threshold;
  /** Alarms among normal test images. */
  readonly falseAlarms: Counted;
  /** Alarms among anomalous test images. */
  readonly found: Counted;
}

/** Counts alarms at thresholds by scope, in the order of the thresholds. */
export function realise(
  thresholds: ReadonlyMap<string, Threshold>,
  { samples, scope }: { samples: readonly LabelledScore[]; scope: ThresholdScope },
): RealisedThreshold[] {
  const scoped = Map.groupBy(samples, (sample) => scopeName(sample, scope));
  return [...thresholds].map(([name, threshold]) => {
    const own = scoped.get(name) ?? [];
    const alarms = (isAnomalous: boolean): Counted => {
      const some = own.filter((sample) => sample.isAnomalous === isAnomalous);
      const count = some.filter(({ score }) => score >= threshold.value).length;
      return { count, total: some.length };
    };
    return { name, threshold, falseAlarms: alarms(false), found: alarms(true) };
  });
}

/** Adds counts up. */
export function addUp(counts: readonly Counted[]): Counted {
  const sum = (name: keyof Counted): number => counts.reduce((all, each) => all + each[name], 0);
  return { count: sum("count"), total: sum("total") };
}

/** Says how many false alarms there were, and how large their share may be at 95 % confidence. */
export function falseAlarmText({ count, total }: Counted): string {
  return total === 0 ? "no normal image" : describeCount(count, { total }).replace(/ \(.*\)$/, "");
}

/** Says how many defects were found, with the interval of their share. */
export function foundText({ count, total }: Counted): string {
  if (total === 0) return "no defective image";
  const { low, high } = shareInterval(count, { total });
  return `${count} of ${total} (${formatPercent(low).replace(" %", "")}–${formatPercent(high)})`;
}

/** Lists thresholds with what they promise, in short, and what they did, and all together, as rows of a table. */
export function realisedRecords(
  realised: readonly RealisedThreshold[],
  promiseOf: (each: RealisedThreshold) => string,
): TableRecord[] {
  const rows = realised.map((each): TableRecord => ({
    "threshold of": each.name === "global" ? "all together" : each.name,
    value: Number.isFinite(each.threshold.value)
      ? Number(each.threshold.value.toPrecision(6))
      : "none",
    images: each.threshold.count,
    promise: each.threshold.reason ??
      promiseOf(each).replace("false alarms for images like these", "").replace(" ;", ";").trim(),
    "false alarms (95 %)": falseAlarmText(each.falseAlarms),
    "defects found (95 %)": foundText(each.found),
  }));
  if (realised.length < 2) return rows;
  return [...rows, {
    "threshold of": "all",
    value: null,
    images: realised.reduce((sum, { threshold: { count } }) => sum + count, 0),
    promise: null,
    "false alarms (95 %)": falseAlarmText(addUp(realised.map(({ falseAlarms }) => falseAlarms))),
    "defects found (95 %)": foundText(addUp(realised.map(({ found }) => found))),
  }];
}
