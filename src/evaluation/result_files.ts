/**
 * The contents of result files: plain objects under the names that readers rely on, and their
 * averages over several seeds.
 *
 * Keys are snake_case, shares lie in [0, 1], and an undefined metric is `null` beside
 * `<metric>_reason`. Readers refuse a `schema` that they do not know.
 *
 * @module
 */
import type { BinaryEvaluation, Evaluation } from "@/evaluation/evaluate.ts";
import type {
  Requirements,
  ScenarioEvaluation,
  ScenarioIntervals,
} from "@/evaluation/evaluate_scenario.ts";
import type { RefusalCounts, RefusalReport } from "@/evaluation/refusals.ts";
import type { Scenario, ThresholdScope } from "@/evaluation/scenarios.ts";
import { meanStd } from "@/math/statistics.ts";
import type { Threshold, ThresholdRule } from "@/thresholds/rules.ts";
import { promiseText } from "@/thresholds/threshold_file.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A threshold in a file, where infinity cannot be written: `null` beside the reason. */
export interface ThresholdEntry {
  /** Scores at or above it are anomalous; `null` if nothing can ever be. */
  readonly value: number | null;
  /** Scores it was computed from. */
  readonly count: number;
  /** Why it is `null`; absent otherwise. */
  readonly reason?: string;
}

/** Writes thresholds as a file can hold them. */
export function thresholdEntries(
  thresholds: ReadonlyMap<string, Threshold>,
): Record<string, ThresholdEntry> {
  return Object.fromEntries(
    [...thresholds].map(([name, { promise: _promise, ...threshold }]) => [name, {
      ...threshold,
      value: Number.isFinite(threshold.value) ? threshold.value : null,
    }]),
  );
}

/** Makes the content of `test_binary_results.json`, with the file that thresholds come from, if any. */
export function binaryResultsFile(
  evaluation: Evaluation,
  options: { rule: ThresholdRule; scope: ThresholdScope; source?: string | null },
): JsonObject {
  const { rule, scope, source = null } = options;
  return {
    schema: 1,
    rule: { ...rule, scope },
    ...(source !== null && { thresholds_from: source }),
    thresholds: thresholdEntries(evaluation.decisions.thresholds),
    promises: Object.fromEntries(
      [...evaluation.decisions.thresholds].map(([name, threshold]) => [
        name,
        promiseText(threshold, rule),
      ]),
    ),
    ...evaluation.binary,
  };
}

/** What one model came to in one scenario. */
export interface ScenarioEntry {
  /** Metrics by class. */
  readonly classes: Evaluation["classes"];
  /** Means over classes. */
  readonly macro: Evaluation["macro"];
  /** All test images together. */
  readonly pooled: Evaluation["pooled"];
  /** Spread over classes. */
  readonly disparity: Evaluation["disparity"];
  /** Decisions at the scenario's thresholds. */
  readonly binary: BinaryEvaluation & {
    /** For whom one threshold holds. */
    readonly scope: ThresholdScope;
    /** The thresholds. */
    readonly thresholds: Readonly<Record<string, ThresholdEntry>>;
  };
  /** The same scores at class-specific thresholds: what R2 compares with. */
  readonly class_specific: Pick<BinaryEvaluation, "macro">;
  /** Image AUROC minus that of one-class models, by class. */
  readonly delta: Readonly<Record<string, number>>;
  /** R1 judges known-class, R2 unknown-class evaluation; the other has no verdict. */
  readonly requirements: Requirements;
  /** Bootstrap intervals; absent unless they were asked for. */
  readonly intervals?: ScenarioIntervals;
}

/** One-class models: one per class, trained and evaluated on that class alone. */
export interface ReferenceEntry {
  /** What the models are called. */
  readonly name: string;
  /** Metrics by class. */
  readonly classes: Evaluation["classes"];
  /** Means over classes. */
  readonly macro: Evaluation["macro"];
}

/** Test images refused as unlike anything trained: were their class unknown, and as it is known. */
export interface UnknownProducts extends RefusalReport {
  /** Seed of the bank, the first of several: groups by class, each left out for its own images. */
  readonly seed: number;
  /** Share of normal images that each of the two limits lets pass for unknown. */
  readonly alpha: number;
  /** Refusals by HierCore trained on all classes, by number of the scenario. */
  readonly known: Readonly<Record<string, RefusalCounts>>;
}

/** The content of `scenarios.json`. */
export interface ScenariosFile {
  /** Version of the layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Models in the order of the tables. */
  readonly models: readonly string[];
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** The file that thresholds come from where its scope is theirs; absent without one. */
  readonly thresholds_from?: string;
  /** False-positive rate up to which AUPRO integrates. */
  readonly fpr_limit: number;
  /** The one-class models that Δ refers to; `null` if there are none. */
  readonly reference: ReferenceEntry | null;
  /** By number of the scenario and name of the model. */
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, ScenarioEntry>>>>;
  /** The question beside the scenarios: products never trained; absent where none is refused. */
  readonly unknown_products?: UnknownProducts;
}

/** One model in one scenario, before its entry is made. */
export interface EvaluatedScenario {
  /** Name of the model. */
  readonly model: string;
  /** Who knows class labels. */
  readonly scenario: Scenario;
  /** For whom one threshold holds. */
  readonly scope: ThresholdScope;
  /** Metrics, thresholds, decisions and verdicts. */
  readonly evaluation: ScenarioEvaluation;
}

/** Makes the content of `scenarios.json`: what every model came to in every scenario. */
export function scenariosFile(
  evaluated: readonly EvaluatedScenario[],
  options: {
    dataset: string;
    rule: ThresholdRule;
    fprLimit: number;
    reference: ReferenceEntry | null;
    source?: string | null;
    unknown?: UnknownProducts | null;
  },
): ScenariosFile {
  const byScenario = Map.groupBy(evaluated, ({ scenario }) => scenario.number);
  return {
    schema: 1,
    dataset: options.dataset,
    models: [...new Set(evaluated.map(({ model }) => model))],
    rule: options.rule,
    ...(typeof options.source === "string" && { thresholds_from: options.source }),
    fpr_limit: options.fprLimit,
    reference: options.reference,
    scenarios: Object.fromEntries(
      [...byScenario].sort(([a], [b]) => a - b).map(([number, models]) => [
        number,
        Object.fromEntries(models.map((each) => [each.model, scenarioEntry(each)])),
      ]),
    ),
    ...(options.unknown && { unknown_products: options.unknown }),
  };
}

function scenarioEntry({ scope, evaluation }: EvaluatedScenario): ScenarioEntry {
  const { classes, macro, pooled, disparity, decisions, binary } = evaluation;
  return {
    classes,
    macro,
    pooled,
    disparity,
    binary: { scope, thresholds: thresholdEntries(decisions.thresholds), ...binary },
    class_specific: { macro: evaluation.classSpecific.macro },
    delta: evaluation.delta,
    requirements: evaluation.requirements,
    ...(evaluation.intervals !== null && { intervals: evaluation.intervals }),
  };
}

/** A value of a result file. */
export type ResultValue =
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly ResultValue[]
  | { readonly [key: string]: ResultValue };

/** Results averaged over seeds. */
export interface AveragedResults<Results> {
  /** The results with every number replaced by its mean. */
  readonly mean: Results;
  /** The numbers' sample standard deviations, at the same places. */
  readonly std: ResultValue;
}

/**
 * Averages results that have the same layout, leaf by leaf: a number becomes its mean, or `null`
 * if it is that or missing with any seed, so that no mean hides that fewer seeds went into it.
 *
 * A truth (such as whether a requirement holds) is true only if it is with every seed, text is
 * taken from the first, and keys that not all have, such as thresholds of clusters that only
 * some seeds find, are left out.
 */
export function averageResults<Results extends object>(
  results: readonly Results[],
): AveragedResults<Results> {
  if (results.length === 0) {
    throw new RangeError("Cannot average results: at least one is needed, got none");
  }
  const values = results as readonly unknown[] as readonly ResultValue[];
  return { mean: averageValues(values) as Results, std: spreadOf(values) ?? {} };
}

function averageValues(values: readonly ResultValue[]): ResultValue {
  const first = values[0];
  if (values.some((value) => value === null || value === undefined)) return null;
  if (values.every((value) => typeof value === "number")) return meanStd(values).mean;
  if (typeof first === "boolean") return values.every((value) => value === true);
  if (!isRecord(first)) return first;
  return Object.fromEntries(
    sharedKeys(values).map(([key, parts]) => [key, averageValues(parts)]),
  );
}

/** Standard deviations below a place; `undefined` where there is no number. */
function spreadOf(values: readonly ResultValue[]): ResultValue {
  if (values.every((value) => typeof value === "number")) {
    return meanStd(values).std ?? undefined;
  }
  if (!values.every(isRecord)) return undefined;
  const entries = sharedKeys(values).map(([key, parts]) => [key, spreadOf(parts)] as const)
    .filter(([, spread]) => spread !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The keys that all records have, with their values. */
function sharedKeys(values: readonly ResultValue[]): [string, ResultValue[]][] {
  const records = values.filter(isRecord);
  if (records.length < values.length) return [];
  return Object.keys(records[0]!).filter((key) =>
    records.every((record) => Object.hasOwn(record, key))
  ).map((key) => [key, records.map((record) => record[key])]);
}

function isRecord(value: ResultValue): value is { readonly [key: string]: ResultValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The content of `scenarios.json` where it holds means over seeds. */
export interface AveragedScenariosFile extends ScenariosFile {
  /** Number of seeds. */
  readonly seeds: number;
  /** Sample standard deviations over seeds, in the layout of `scenarios` and `reference`. */
  readonly std: ResultValue;
}

/**
 * Averages the scenarios of several seeds as `averageResults` does; a requirement holds if it
 * holds with every seed.
 */
export function averageScenarios(
  files: readonly ScenariosFile[],
): ScenariosFile | AveragedScenariosFile {
  const first = files[0];
  if (first === undefined) {
    throw new RangeError(
      "Cannot average scenarios: those of at least one seed are needed, got none",
    );
  }
  if (files.length === 1) return first;
  const { mean, std } = averageResults(
    files.map(({ scenarios, reference }) => ({ scenarios, reference })),
  );
  return { ...first, ...mean, seeds: files.length, std };
}
