/**
 * Runs methods under scenarios: embeds once, fits each memory bank once, scores once, evaluates each.
 *
 * @module
 */
import { type Agreement, measureAgreement } from "@/agreement.ts";
import type { ExperimentConfig } from "@/config.ts";
import { type BinaryEvaluation, evaluateScores, type Evaluation } from "@/evaluate.ts";
import type { Grouping } from "@/group_training.ts";
import { fitMemory, type FittedMemory } from "@/io/fit_memory.ts";
import { measurePixels } from "@/io/measure_pixels.ts";
import { type AssignedScores, scoreTestImages } from "@/io/score_test_images.ts";
import { createStopwatch, type StageTimes } from "@/io/stopwatch.ts";
import type { Workbench } from "@/io/workbench.ts";
import type { Matrix } from "@/matrix.ts";
import type { PatchGrid } from "@/embedder.ts";
import { routingAccuracy } from "@/routing_accuracy.ts";
import type { ModelName, Scenario, Setting } from "@/scenarios.ts";
import { meanSilhouettes } from "@/silhouette.ts";
import type { ScopedScore, ThresholdRule } from "@/thresholds.ts";

/** A method under a scenario. */
export interface Condition {
  /** The method. */
  readonly model: ModelName;
  /** Who knows class labels. */
  readonly scenario: Scenario;
}

/** How the groups of a bank agree with the classes, which are used to report alone. */
export interface GroupingReport extends Agreement {
  /** Mean cosine silhouette of the groups; `null` for a single group. */
  readonly silhouette: number | null;
  /** Share of test images that their key routes to the group of their class's majority. */
  readonly routingAccuracy: number;
}

/** What one condition came to. */
export interface ConditionResult {
  /** The method and the scenario. */
  readonly condition: Condition;
  /** What the method does in it. */
  readonly setting: Setting;
  /** The memory bank. */
  readonly memory: FittedMemory;
  /** Scores of the test images. */
  readonly scored: AssignedScores;
  /** Normal calibration scores, in the order of `memory.detector.calibration`. */
  readonly calibration: readonly ScopedScore[];
  /** Thresholds, decisions and metrics. */
  readonly evaluation: Evaluation;
  /** The same scores at class-specific thresholds, which R2 compares with. */
  readonly classSpecific: BinaryEvaluation;
  /** How groups and classes agree. */
  readonly grouping: GroupingReport;
}

/** The results of several conditions on the same images. It holds native memory until it is closed. */
export interface ConditionResults {
  /** One result per condition, in their order. */
  readonly results: readonly ConditionResult[];
  /** Semantic vectors of the training images. */
  readonly trainSemantics: Matrix;
  /** Semantic vectors of the test images. */
  readonly testSemantics: Matrix;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** Time of every stage of inference, per image. */
  readonly times: Readonly<Record<string, StageTimes>>;
  /** Frees the detectors. */
  close(): Promise<void>;
}

/**
 * Runs conditions on a workbench.
 *
 * Nothing is embedded twice; conditions that need the same memory bank share it, and an image that
 * several of them give to the same group is searched once.
 *
 * @param workbench Images, backbone, sampler and search.
 * @param conditions At least one method under a scenario.
 * @returns The results; close them when done.
 * @throws {RangeError} If there is no condition.
 *
 * @example No condition
 * ```ts
 * import assert from "node:assert/strict";
 * import { runConditions } from "@/io/run_conditions.ts";
 * import type { Workbench } from "@/io/workbench.ts";
 *
 * await assert.rejects(runConditions({} as Workbench, []), {
 *   message: "Cannot run conditions: at least one is needed, got none",
 * });
 * ```
 */
export async function runConditions(
  workbench: Workbench,
  conditions: readonly Condition[],
): Promise<ConditionResults> {
  if (conditions.length === 0) {
    throw new RangeError("Cannot run conditions: at least one is needed, got none");
  }
  const settings = conditions.map(({ model, scenario }) => scenario.settings[model]);
  const stopwatch = createStopwatch();
  const training = await workbench.embedTraining();
  const memories = new Map<Grouping, FittedMemory>();
  const close = async (): Promise<void> => {
    for (const { detector } of memories.values()) await detector.close();
  };
  try {
    for (const { grouping } of settings) {
      if (!memories.has(grouping)) {
        memories.set(grouping, await fitMemory(workbench, { training, grouping }));
      }
    }
    // The routing of every bank is reported, whether or not a condition decides by it.
    const byKey = [...memories.keys()].map((grouping) => ({ grouping, routing: "key" as const }));
    const assignments = [...settings, ...byKey].filter((wanted, i, all) =>
      i === all.findIndex((each) => sameAssignment(each, wanted))
    ).map(({ grouping, routing }) => ({ grouping, routing }));
    const { results: scores, semantics, grid } = await scoreTestImages(workbench, {
      memories,
      assignments,
      stopwatch,
    });
    const find = (wanted: Pick<Setting, "grouping" | "routing">): AssignedScores =>
      scores.find(({ assignment }) => sameAssignment(assignment, wanted))!;
    const used = scores.filter(({ assignment }) =>
      settings.some((setting) => sameAssignment(setting, assignment))
    );
    const pixels = await measurePixels(workbench, { scored: used, grid, stopwatch });
    const results = conditions.map((condition, i): ConditionResult => {
      const setting = settings[i]!;
      const memory = memories.get(setting.grouping)!;
      const scored = find(setting);
      const input = evaluationInput(workbench, { condition, memory, scored });
      return {
        condition,
        setting,
        memory,
        scored,
        calibration: input.calibration,
        evaluation: evaluateScores({ ...input, pixelMetrics: pixels[used.indexOf(scored)]! }),
        classSpecific: decideByClass(workbench, { condition, memory, scored }),
        grouping: reportGrouping(workbench, {
          memory,
          semantics: training.semantics,
          routed: find({ grouping: setting.grouping, routing: "key" }).groups,
        }),
      };
    });
    const times = stopwatch.summary();
    return {
      results,
      trainSemantics: training.semantics,
      testSemantics: semantics,
      grid,
      times,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Reads the threshold rule of a configuration.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns The rule with its parameter.
 *
 * @example The default
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { thresholdRuleOf } from "@/io/run_conditions.ts";
 *
 * const rule = thresholdRuleOf(defaultConfig.EVALUATION);
 * assert.deepEqual(rule, { name: "conformal", alpha: 0.05 });
 * ```
 */
export function thresholdRuleOf(evaluation: ExperimentConfig["EVALUATION"]): ThresholdRule {
  const { threshold_rule: name, alpha, quantile, std_factor: factor } = evaluation;
  switch (name) {
    case "conformal":
      return { name, alpha };
    case "quantile":
      return { name, quantile };
    case "mean_std":
      return { name, factor };
    default:
      return { name };
  }
}

function sameAssignment(
  a: Pick<Setting, "grouping" | "routing">,
  b: Pick<Setting, "grouping" | "routing">,
): boolean {
  return a.grouping === b.grouping && a.routing === b.routing;
}

/** Scores with the class where the scenario lets it be known in evaluation, and without it elsewhere. */
function evaluationInput(
  { test, train, config }: Workbench,
  { condition, memory, scored }: {
    condition: Condition;
    memory: FittedMemory;
    scored: AssignedScores;
  },
) {
  const { evaluationKnown } = condition.scenario;
  const { model, scenario } = condition;
  const reveal = (className: string) => evaluationKnown ? { className } : {};
  return {
    samples: test.map(({ className }, image): ScopedScore => ({
      group: scored.groups[image]!,
      score: scored.scores[image]!,
      ...reveal(className),
    })),
    truth: test.map(({ className, isAnomalous }) => ({ className, isAnomalous })),
    calibration: memory.detector.calibration.map(({ image, group, score }): ScopedScore => ({
      group,
      score,
      ...reveal(train[image]!.className),
    })),
    rule: thresholdRuleOf(config.EVALUATION),
    scope: scenario.settings[model].scope,
    trainCounts: countBy(train.map(({ className }) => className)),
  };
}

/** What the scores would come to if every class were known to the thresholds. */
function decideByClass(
  workbench: Workbench,
  { condition, memory, scored }: {
    condition: Condition;
    memory: FittedMemory;
    scored: AssignedScores;
  },
): BinaryEvaluation {
  const scenario = { ...condition.scenario, evaluationKnown: true };
  const input = evaluationInput(workbench, {
    condition: { ...condition, scenario },
    memory,
    scored,
  });
  return evaluateScores({ ...input, scope: "class", pixelMetrics: {} }).binary;
}

function reportGrouping(
  { train, test }: Workbench,
  { memory, semantics, routed }: { memory: FittedMemory; semantics: Matrix; routed: Int32Array },
): GroupingReport {
  const { partition } = memory.groups;
  const trainClasses = train.map(({ className }) => className);
  const measurable = partition.clusters > 1 && partition.clusters < train.length;
  return {
    ...measureAgreement(partition, trainClasses),
    silhouette: measurable ? meanSilhouettes(semantics, [partition])[0]! : null,
    routingAccuracy: routingAccuracy({
      partition,
      trainClasses,
      testGroups: routed,
      testClasses: test.map(({ className }) => className),
    }),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
