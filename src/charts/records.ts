/**
 * What `scenarios.json` holds as rows of tables and as data of charts, with bootstrap intervals
 * as a table of their own.
 *
 * @module
 */
import type { ErrorRates, ScenarioScores } from "@/charts/scenarios.ts";
import { modelLabel } from "@/charts/theme.ts";
import type { ScenarioIntervals } from "@/evaluation/evaluate_scenario.ts";
import type { EvaluationIntervals, Interval } from "@/evaluation/intervals.ts";
import type { RefusalCount } from "@/evaluation/refusals.ts";
import type {
  RequirementIntervals,
  RequirementNumber,
} from "@/evaluation/requirement_intervals.ts";
import type { ScenarioEntry, ScenariosFile, UnknownProducts } from "@/evaluation/result_files.ts";
import { meanStd, overSeeds } from "@/math/statistics.ts";
import { recordTable, recordTableText, type TableRecord } from "@/tables.ts";

/** Columns of `scenarioRecords` that hold shares. */
export const scenarioPercent: readonly string[] = [
  "macro AUROC",
  "worst class",
  "pooled",
  "aligned",
  "recall",
  "FPR",
  "F1",
];

const knowledge: Readonly<Record<number, string>> = {
  1: "known → known",
  2: "known → unknown",
  3: "unknown → known",
  4: "unknown → unknown",
};

/**
 * Lists one record per scenario and model for the table of scenarios, after the one-class models.
 *
 * @param files Content of `scenarios.json`: one, or one per seed, whose numbers become means with
 *   standard deviations.
 * @returns Knowledge, image AUROC (macro, worst class, pooled, pooled after aligning by group),
 *   pooled recall, false-positive rate and F1 at the thresholds, and the verdicts.
 * @throws {RangeError} If there is no file.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioRecords } from "@/charts/mod.ts";
 * import { scenariosFile } from "@/evaluation/result_files.ts";
 *
 * const rule = { name: "max" } as const;
 * const options = { dataset: "none", rule, fprLimit: 0.3, reference: null };
 * assert.deepEqual(scenarioRecords(scenariosFile([], options)), []);
 * ```
 */
export function scenarioRecords(files: ScenariosFile | readonly ScenariosFile[]): TableRecord[] {
  const nameOf = (scenario: number): string => `${scenario} ${knowledge[scenario] ?? ""}`.trim();
  return listRecords("schema" in files ? [files] : files, nameOf);
}

/**
 * Lists one record per model and knowledge in evaluation: what `scenarioRecords` lists, for scores
 * that do not depend on what was known in training.
 */
export function auditRecords(file: ScenariosFile): TableRecord[] {
  const scenarios = Object.fromEntries(
    Object.entries(file.scenarios).filter(([number]) => Number(number) > 2),
  );
  const nameOf = (scenario: number): string =>
    scenario === 3 ? "1, 3: classes known" : "2, 4: classes unknown";
  return listRecords([{ ...file, scenarios }], nameOf);
}

function listRecords(
  seeds: readonly ScenariosFile[],
  nameOf: (scenario: number) => string,
): TableRecord[] {
  const first = seeds[0];
  if (first === undefined) {
    throw new RangeError("Cannot list scenarios: those of at least one seed are needed, got none");
  }
  const references = seeds.map(({ reference }) => reference).filter((each) => each !== null);
  return [
    ...(references.length < seeds.length ? [] : [{
      scenario: "one model per class",
      model: references[0]!.name,
      "macro AUROC": overSeeds(references.map(({ macro }) => macro.image_auroc)),
      "worst class": overSeeds(references.map(({ classes }) => worstOf(classes))),
      pooled: null,
      aligned: null,
      threshold: null,
      recall: null,
      FPR: null,
      F1: null,
      requirement: "reference of Δ",
    }]),
    ...entriesOf(first).map(({ scenario, model }) => {
      const entries = seeds.map(({ scenarios }) => scenarios[scenario]![model]!);
      const average = (read: (entry: ScenarioEntry) => number | null | undefined) =>
        overSeeds(entries.map(read));
      // Where no score could reach its threshold, rates say nothing about the method.
      const rate = (name: "recall" | "fpr" | "f1") =>
        average(({ binary: { thresholds, pooled } }) =>
          Object.values(thresholds).some(({ value }) => value !== null) ? pooled[name] : null
        );
      return {
        scenario: nameOf(scenario),
        model: modelLabel(model),
        "macro AUROC": average(({ macro }) => macro.image_auroc),
        "worst class": average(({ disparity }) => disparity.image_auroc?.min),
        pooled: average(({ pooled }) => pooled.image_auroc),
        aligned: average(({ pooled }) => pooled.aligned_image_auroc),
        threshold: entries[0]!.binary.scope,
        recall: rate("recall"),
        FPR: rate("fpr"),
        F1: rate("f1"),
        requirement: describeVerdicts(entries.map(({ requirements }) => requirements)),
      };
    }),
  ];
}

function worstOf(classes: ScenarioEntry["classes"]): number | null {
  const values = Object.values(classes).map(({ image_auroc }) => image_auroc)
    .filter((value) => value !== null);
  return values.length === 0 ? null : Math.min(...values);
}

function describeVerdicts(seeds: readonly ScenarioEntry["requirements"][]): string {
  const R1 = seeds.map((each) => each.R1).filter((verdict) => verdict.holds !== null);
  const R2 = seeds.map((each) => each.R2).filter((verdict) => verdict.holds !== null);
  if (R1.length > 0) {
    return `R1 ${countHolding(R1)}: mean |Δ| ${points(R1.map((each) => each.mean_abs_delta))}, ` +
      `worst Δ ${points(R1.map((each) => each.worst_delta))}`;
  }
  if (R2.length > 0) {
    return `R2 ${countHolding(R2)}: AUROC ${points(R2.map((each) => -each.auroc_fall))}, ` +
      `F1 ${points(R2.map((each) => -each.f1_fall))}`;
  }
  const [first] = seeds;
  return first?.R1.holds === null && !/^R1 judges/.test(first.R1.reason)
    ? `no R1: ${first.R1.reason}`
    : first?.R2.holds === null && !/^R2 judges/.test(first.R2.reason)
    ? `no R2: ${first.R2.reason}`
    : "no verdict";
}

function countHolding(verdicts: readonly { readonly holds: boolean }[]): string {
  const holding = verdicts.filter(({ holds }) => holds).length;
  if (holding === verdicts.length) return "holds";
  return holding === 0 ? "fails" : `holds with ${holding} of ${verdicts.length} seeds`;
}

/** Shares as percentage points, averaged over seeds: a fall of 0.04 points is 0.0, not −0.0. */
function points(shares: readonly number[]): string {
  const { mean, std } = meanStd(shares);
  const text = (share: number): string => (100 * share).toFixed(1).replace(/^-0\.0$/, "0.0");
  return `${text(mean)}${std === null ? "" : ` ± ${text(std)}`}`.replace("-", "−");
}

/**
 * Lists the image AUROC of every scenario and model, as `scenarioChart` takes it.
 *
 * @param file Content of `scenarios.json`.
 * @returns One record per scenario and model.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioScores } from "@/charts/mod.ts";
 *
 * const file = {
 *   schema: 1,
 *   dataset: "none",
 *   models: [],
 *   rule: { name: "max" },
 *   fpr_limit: 0.3,
 *   reference: null,
 *   scenarios: {},
 * } as const;
 * assert.deepEqual(scenarioScores(file), []);
 * ```
 */
export function scenarioScores(file: ScenariosFile): ScenarioScores[] {
  return entriesOf(file).map(({ scenario, model, entry }) => ({
    scenario,
    model,
    classes: Object.fromEntries(
      Object.entries(entry.classes).map(([name, { image_auroc }]) => [name, image_auroc]),
    ),
    macro: entry.macro.image_auroc,
    pooled: entry.pooled.image_auroc,
    aligned: entry.pooled.aligned_image_auroc,
  }));
}

/**
 * Lists false alarms and misses of every scenario, model and class, as `errorRateChart` takes them.
 *
 * @param file Content of `scenarios.json`.
 * @returns One record per scenario, model and class; without rates where no image of the class could
 *   raise an alarm, because every threshold that it can meet is infinite.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioErrorRates } from "@/charts/mod.ts";
 *
 * const file = {
 *   schema: 1,
 *   dataset: "none",
 *   models: [],
 *   rule: { name: "max" },
 *   fpr_limit: 0.3,
 *   reference: null,
 *   scenarios: {},
 * } as const;
 * assert.deepEqual(scenarioErrorRates(file), []);
 * ```
 */
export function scenarioErrorRates(file: ScenariosFile): ErrorRates[] {
  return entriesOf(file).flatMap(({ scenario, model, entry }) =>
    Object.entries(entry.binary.classes).map(([className, { fpr, recall }]) => {
      const { scope, thresholds } = entry.binary;
      const met = scope === "class" ? [thresholds[className]] : Object.values(thresholds);
      const isVacuous = met.every((threshold) => (threshold?.value ?? null) === null);
      return {
        scenario,
        model,
        className,
        falsePositiveRate: isVacuous ? null : fpr,
        falseNegativeRate: isVacuous || recall === null ? null : 1 - recall,
        ...(isVacuous && { isVacuous }),
      };
    })
  );
}

function entriesOf(
  file: ScenariosFile,
): { scenario: number; model: string; entry: ScenarioEntry }[] {
  return Object.entries(file.scenarios).flatMap(([scenario, models]) =>
    Object.entries(models).map(([model, entry]) => ({ scenario: Number(scenario), model, entry }))
  );
}

/**
 * Lists how many test images are refused as unlike anything trained: of every class had it not been
 * trained, of all of them together, and of known ones by HierCore in scenarios that route by keys.
 */
export function unknownRecords({ classes, pooled, known }: UnknownProducts): TableRecord[] {
  return [
    ...Object.entries(classes).map(([name, counts]) => [`without ${name}`, counts] as const),
    ["each left out once", pooled] as const,
    ...Object.entries(known).map(([number, counts]) =>
      [`all trained: HierCore, scenario ${number}`, counts] as const
    ),
  ].map(([products, { normal, anomalous }]) => ({
    products,
    "normal images refused": countText(normal),
    "share of normal": shareOf(normal),
    "anomalous images refused": countText(anomalous),
    "share of anomalous": shareOf(anomalous),
  }));
}

/** Columns of `unknownRecords` that hold shares. */
export const unknownPercent: readonly string[] = ["share of normal", "share of anomalous"];

/** Says in two lines what `unknownRecords` lists: of products never trained, and of known ones. */
export function describeUnknown(unknown: UnknownProducts): string[] {
  const { classes, pooled, known, seed } = unknown;
  const worst = Object.entries(classes).filter(([, { normal }]) => normal.images > 0)
    .sort(([, a], [, b]) => shareOf(a.normal)! - shareOf(b.normal)!)[0];
  const least = worst === undefined ? "" : `; fewest of ${worst[0]}: ${countText(worst[1].normal)}`;
  const trained = Object.entries(known).map(([number, { normal, anomalous }]) =>
    `${countText(normal)} normal and ${countText(anomalous)} anomalous in scenario ${number}`
  );
  return [
    `Products never trained, each class left out once (seed ${seed}): ${
      countText(pooled.normal)
    } ` +
    `normal and ${countText(pooled.anomalous)} anomalous test images are refused${least}.`,
    ...(trained.length === 0
      ? []
      : [`Products trained, HierCore: ${trained.join(", ")} are refused.`]),
  ];
}

function countText({ refused, images }: RefusalCount): string {
  return `${refused} of ${images}`;
}

function shareOf({ refused, images }: RefusalCount): number | null {
  return images === 0 ? null : refused / images;
}

/** Lists the intervals of one evaluation as a row of a table. */
export function intervalRecord(
  { macro, pooled, binary, requirements }:
    & EvaluationIntervals
    & Partial<Pick<ScenarioIntervals, "requirements">>,
): TableRecord {
  return {
    "macro AUROC": describe(macro.image_auroc),
    pooled: describe(pooled.image_auroc),
    aligned: describe(pooled.aligned_image_auroc),
    recall: describe(binary.pooled.recall),
    FPR: describe(binary.pooled.fpr),
    F1: describe(binary.pooled.f1),
    ...(requirements !== undefined && {
      "R1, R2 (points)": requirements && describeRequirement(requirements),
    }),
  };
}

/** Intervals of a verdict's numbers in percentage points, with the signs of the verdict's text. */
function describeRequirement(intervals: RequirementIntervals): string {
  const range = (low: number, high: number): string =>
    [low, high].map((share) => points([share])).join(" to ");
  const names = { mean_abs_delta: "mean |Δ|", worst_delta: "worst Δ" } as const;
  const falls = { auroc_fall: "AUROC", f1_fall: "F1" } as const;
  return [
    ...Object.entries(names).map(([name, text]) => ({ name, text, isFall: false })),
    ...Object.entries(falls).map(([name, text]) => ({ name, text, isFall: true })),
  ].flatMap(({ name, text, isFall }) => {
    const interval = intervals[name as RequirementNumber];
    if (interval === undefined) return [];
    if (interval === null) return [`${text} –`];
    const { low, high } = interval;
    return [`${text} ${isFall ? range(-high, -low) : range(low, high)}`];
  }).join(", ");
}

function describe(interval: Interval | null): string | null {
  if (interval === null) return null;
  return `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)} %`;
}

/** Writes the intervals of every scenario and model as a table. */
export function intervalsText(
  file: ScenariosFile,
  evaluation: { readonly confidence: number; readonly bootstrap: number },
): string {
  const { records, caption } = intervalsTable(file, evaluation);
  return recordTableText(recordTable(records, { caption: `${caption}:` }));
}

/** Lists the intervals of every scenario and model, with a caption. */
export function intervalsTable(
  file: ScenariosFile,
  { confidence, bootstrap }: { readonly confidence: number; readonly bootstrap: number },
): { records: TableRecord[]; caption: string } {
  const records = Object.entries(file.scenarios).flatMap(([scenario, models]) =>
    Object.entries(models).flatMap(([model, { intervals }]) =>
      intervals === undefined ? [] : [{ scenario, model, ...intervalRecord(intervals) }]
    )
  );
  const caption = `${Number((100 * confidence).toFixed(6))} % bootstrap intervals (${bootstrap} ` +
    "resamples of the test images within class and label)";
  return { records, caption };
}
