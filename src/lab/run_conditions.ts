/**
 * Runs methods under scenarios: embeds once, fits each memory bank once, scores once, evaluates
 * each.
 *
 * @module
 */
import { type GroupingReport, reportGrouping } from "@/evaluation/cluster_metrics.ts";
import {
  evaluateScenario,
  imageAurocs,
  type ScenarioEvaluation,
  type ScenarioInput,
} from "@/evaluation/evaluate_scenario.ts";
import type { PixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import type { ModelName, Scenario, Setting } from "@/evaluation/scenarios.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import { createCheckpoint, interruptible, stoppable } from "@/files/interruption.ts";
import { inStages, type StartProgress } from "@/files/progress.ts";
import { createStopwatch, type StageTimes } from "@/files/stopwatch.ts";
import { fitMemory, type FittedMemory } from "@/lab/fit_memory.ts";
import {
  type AssignedScores,
  type Assignment,
  measurePixels,
  scoreTestImages,
  type TestScores,
} from "@/lab/score_test_images.ts";
import { bootstrapOf, seedsOf, thresholdRuleOf, tolerancesOf } from "@/lab/settings.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { type Matrix, toMatrix } from "@/math/matrix.ts";
import { countNames } from "@/math/statistics.ts";

/** A method under a scenario. */
export interface Condition {
  /** The method. */
  readonly model: ModelName;
  /** Who knows class labels. */
  readonly scenario: Scenario;
  /** Seed of folds, selections and clusterings; default: the first of the configuration. */
  readonly seed?: number;
}

/** What one condition came to. */
export interface ConditionResult {
  /** The method and the scenario. */
  readonly condition: Condition;
  /** What the method does in it. */
  readonly setting: Setting;
  /** Its seed. */
  readonly seed: number;
  /** The memory bank. */
  readonly memory: FittedMemory;
  /** Scores of the test images. */
  readonly scored: AssignedScores;
  /** Thresholds, decisions, metrics and verdicts. */
  readonly evaluation: ScenarioEvaluation;
  /** How groups and classes agree. */
  readonly grouping: GroupingReport;
}

/**
 * The results of several conditions on the same images. It holds native memory until it is
 * closed.
 */
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

/** One finished run. */
export interface FinishedRun {
  /** What it worked with. */
  readonly workbench: Workbench;
  /** What it came to. */
  readonly result: ConditionResult;
  /** Everything that was run beside it: times, grid, semantic vectors. */
  readonly all: ConditionResults;
  /** Seconds from start to end. */
  readonly seconds: number;
}

/**
 * Runs conditions on a workbench.
 *
 * Nothing is embedded twice; conditions that need the same memory bank share it, and an image
 * that several of them give to the same group is searched once. All banks are in memory
 * together: those of three seeds take three times as much. Δ is measured against PatchCore in
 * scenario 1 of the same seed, whose banks are one-class models: one for every class, evaluated
 * on that class. Without it among the conditions R1 has no verdict.
 */
export async function runConditions(
  workbench: Workbench,
  conditions: readonly Condition[],
): Promise<ConditionResults> {
  if (conditions.length === 0) {
    throw new RangeError("Cannot run conditions: at least one is needed, got none");
  }
  const startProgress = startStages(workbench, conditions);
  return await interruptible(() => runInStages({ ...workbench, startProgress }, conditions));
}

/** Shows the stages of all conditions, for which training images and test images are the measure. */
function startStages(
  { train, test, config, startProgress }: Workbench,
  conditions: readonly Condition[],
): StartProgress {
  const banks = new Set(
    conditions.map(({ model, scenario, seed = seedsOf(config)[0]! }) =>
      `${scenario.settings[model].grouping} ${seed}`
    ),
  ).size;
  return inStages(stoppable(startProgress), [
    STAGE_WEIGHTS.embed * train.length,
    ...Array<number>(banks).fill(STAGE_WEIGHTS.fit * train.length),
    (STAGE_WEIGHTS.embed + STAGE_WEIGHTS.score * banks) * test.length,
    STAGE_WEIGHTS.measure * banks * test.length,
  ]);
}

async function runInStages(
  workbench: Workbench,
  conditions: readonly Condition[],
): Promise<ConditionResults> {
  const stopwatch = createStopwatch();
  const { startProgress } = workbench;
  const training = await workbench.embedTraining({ startProgress });
  const memories: FittedMemory[] = [];
  const close = async (): Promise<void> => {
    for (const { detector } of memories) await detector.close();
  };
  try {
    const planned: PlannedCondition[] = [];
    for (const condition of conditions) {
      const { model, scenario, seed = seedsOf(workbench.config)[0]! } = condition;
      const setting = scenario.settings[model];
      const { grouping } = setting;
      const fitted = memories.find((each) =>
        each.groups.grouping === grouping && each.seed === seed
      );
      const memory = fitted ?? await fitMemory(workbench, { training, grouping, seed });
      if (fitted === undefined) memories.push(memory);
      planned.push({ condition, setting, seed, memory });
    }
    const { results, semantics, grid } = await scoreAndEvaluate(workbench, {
      planned,
      training,
      stopwatch,
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

/** Milliseconds per image that a stage takes on two cores, for the share that is shown of it. */
const STAGE_WEIGHTS = { embed: 100, fit: 150, score: 35, measure: 15 };

/** A condition with the bank that serves it. */
interface PlannedCondition {
  readonly condition: Condition;
  readonly setting: Setting;
  readonly seed: number;
  readonly memory: FittedMemory;
}

async function scoreAndEvaluate(
  workbench: Workbench,
  context: {
    planned: readonly PlannedCondition[];
    training: FeatureSource;
    stopwatch: ReturnType<typeof createStopwatch>;
  },
): Promise<{ results: ConditionResult[]; semantics: Matrix; grid: PatchGrid }> {
  const { planned, training, stopwatch } = context;
  const assignments: Assignment[] = [];
  const assign = (memory: FittedMemory, routing: Assignment["routing"]): number => {
    const number = assignments.findIndex((each) =>
      each.memory === memory && each.routing === routing
    );
    return number === -1 ? assignments.push({ memory, routing }) - 1 : number;
  };
  const decisive = planned.map(({ memory, setting }) => assign(memory, setting.routing));
  // The routing of every bank is reported, whether or not a condition decides by it.
  const routed = planned.map(({ memory }) => assign(memory, "key"));
  const { results: scores, semantics, grid } = workbench.test.length === 0
    ? scoreNothing(training, assignments.length)
    : await scoreTestImages(workbench, { assignments, stopwatch });
  const used = [...new Set(decisive)];
  const pixels = await measurePixels(workbench, {
    scored: used.map((number) => scores[number]!),
    grid,
    stopwatch,
  });
  const inputOf = (i: number): ScenarioInput =>
    scenarioInput(workbench, {
      planned: planned[i]!,
      scored: scores[decisive[i]!]!,
      pixelMetrics: pixels[used.indexOf(decisive[i]!)]!,
    });
  const references = new Map(
    [...planned.keys()].filter((i) => isReference(planned[i]!.condition)).map((i) => [
      planned[i]!.seed,
      imageAurocs(evaluateScenario(inputOf(i))),
    ]),
  );
  const groupings = new Map(
    planned.map(({ memory }, i) => [
      memory,
      reportGrouping(memory.groups.partition, {
        semantics: training.semantics,
        trainClasses: workbench.train.map(({ className }) => className),
        testGroups: scores[routed[i]!]!.groups,
        testClasses: workbench.test.map(({ className }) => className),
      }),
    ]),
  );
  const results: ConditionResult[] = [];
  const checkpoint = createCheckpoint();
  for (const [i, each] of planned.entries()) {
    await checkpoint();
    results.push({
      ...each,
      scored: scores[decisive[i]!]!,
      evaluation: evaluateScenario({
        ...inputOf(i),
        oneClass: references.get(each.seed) ?? null,
        bootstrap: workbench.test.length === 0 ? null : bootstrapOf(workbench.config.EVALUATION),
      }),
      grouping: groupings.get(each.memory)!,
    });
  }
  return { results, semantics, grid };
}

/** The scores of no test images under some assignments. */
function scoreNothing({ grid, semantics }: FeatureSource, assignments: number): TestScores {
  const none = (columns: number): Matrix => toMatrix(new Float32Array(0), { rows: 0, columns });
  const results = Array.from({ length: assignments }, (): AssignedScores => ({
    groups: new Int32Array(0),
    scores: new Float32Array(0),
    patchScores: none(grid.rows * grid.columns),
  }));
  return { results, semantics: none(semantics.columns), grid };
}

/** PatchCore with a bank for every class, each evaluated on that class: one-class models. */
function isReference({ model, scenario }: Condition): boolean {
  return model === "PatchCore" && scenario.number === 1;
}

/** Everything that a condition is judged by but the one-class models. */
function scenarioInput(
  { test, train, config }: Workbench,
  { planned, scored, pixelMetrics }: {
    planned: PlannedCondition;
    scored: AssignedScores;
    pixelMetrics: Readonly<Record<string, PixelMetricValues>>;
  },
): ScenarioInput {
  const { condition: { scenario }, setting: { scope }, memory } = planned;
  return {
    scenario,
    scope,
    samples: test.map(({ className, isAnomalous }, image) => ({
      className,
      isAnomalous,
      group: scored.groups[image]!,
      score: scored.scores[image]!,
    })),
    calibration: memory.detector.calibration.map(({ image, group, score }) => ({
      className: train[image]!.className,
      group,
      score,
    })),
    rule: thresholdRuleOf(config.EVALUATION),
    trainCounts: countNames(train.map(({ className }) => className)),
    pixelMetrics,
    oneClass: null,
    tolerances: tolerancesOf(config.EVALUATION),
  };
}
