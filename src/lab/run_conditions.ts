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
import { countRefusals, type RefusalReport } from "@/evaluation/refusals.ts";
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
import {
  bootstrapOf,
  conditionConfig,
  seedsOf,
  thresholdRuleOf,
  tolerancesOf,
} from "@/lab/settings.ts";
import {
  checkModel,
  checkScope,
  identifyModel,
  limitsFromFile,
  readGivenThresholds,
  thresholdsFromFile,
} from "@/lab/thresholds/threshold_files.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { type Matrix, rowOf, toMatrix } from "@/math/matrix.ts";
import { countNames } from "@/math/statistics.ts";
import { type CalibrationResult, meanOf } from "@/memory/detector.ts";
import { type Familiarity, type Refusals, refuseImages } from "@/thresholds/refusal.ts";
import type { ThresholdFile } from "@/thresholds/threshold_file.ts";

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
  /** Test images that are unlike anything trained; `null` if nothing is refused. */
  readonly refusals: CountedRefusals | null;
  /** Name and hash of the model, by which files of thresholds know it. */
  readonly model: ThresholdFile["model"];
}

/** Refused test images, and how many there are by class and label. */
export interface CountedRefusals extends Refusals {
  /** The counts. */
  readonly report: RefusalReport;
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
  /**
   * Refusals if the class of each test image had not been trained; `null` unless a condition knows
   * classes in training and routes by keys, there are several classes, and images are refused.
   */
  readonly unknown: RefusalReport | null;
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
  const given = await readGiven(workbench, conditions);
  const startProgress = startStages(workbench, conditions);
  return await interruptible(() =>
    runInStages({ ...workbench, startProgress }, { conditions, given })
  );
}

/** Reads the file of thresholds that a configuration names, as soon as anything, if it does. */
async function readGiven(
  { config }: Pick<Workbench, "config">,
  conditions: readonly Condition[],
): Promise<ThresholdFile | null> {
  const { thresholds: source } = config.EVALUATION;
  if (source !== null && conditions.length > 1) {
    throw new RangeError(
      `Cannot use thresholds of "${source}": they are of one model with one seed, ` +
        `got ${conditions.length} runs`,
    );
  }
  const file = await readGivenThresholds(config);
  if (file === null) return null;
  const { model, scenario } = conditions[0]!;
  checkScope(file, { scope: scenario.settings[model].scope, source: source! });
  return file;
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
  { conditions, given }: {
    conditions: readonly Condition[];
    given: ThresholdFile | null;
  },
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
      const identity = modelOf(workbench, { condition, seed, memory });
      const { thresholds: source } = workbench.config.EVALUATION;
      if (given !== null) checkModel(given, { model: identity, source: source! });
      planned.push({ condition, setting, seed, memory, model: identity });
    }
    const { results, semantics, grid, unknown } = await scoreAndEvaluate(workbench, {
      planned,
      training,
      stopwatch,
      given,
    });
    const times = stopwatch.summary();
    return {
      results,
      trainSemantics: training.semantics,
      testSemantics: semantics,
      grid,
      times,
      unknown,
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
  readonly model: ThresholdFile["model"];
}

function modelOf(
  { config, embedder }: Workbench,
  { condition, seed, memory }: { condition: Condition; seed: number; memory: FittedMemory },
): ThresholdFile["model"] {
  return identifyModel({
    config: conditionConfig(config, { ...condition, seed }),
    backbone: { name: embedder.name, hash: embedder.hash },
    dimension: embedder.dimension,
    groups: memory.detector.groups,
  });
}

async function scoreAndEvaluate(
  workbench: Workbench,
  context: {
    planned: readonly PlannedCondition[];
    training: FeatureSource;
    stopwatch: ReturnType<typeof createStopwatch>;
    given: ThresholdFile | null;
  },
): Promise<{
  results: ConditionResult[];
  semantics: Matrix;
  grid: PatchGrid;
  unknown: RefusalReport | null;
}> {
  const { planned, training, stopwatch, given } = context;
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
  const { refuse_alpha: refuseAlpha } = workbench.config.EVALUATION;
  const alpha = workbench.test.length === 0 ? null : refuseAlpha;
  const byClass = alpha === null
    ? undefined
    : planned.find(({ setting, memory }) =>
      setting.grouping === "class" && setting.routing === "key" && memory.groups.names.length > 1
    );
  const leftOut = byClass === undefined ? null : assign(byClass.memory, "other");
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
      given,
    });
  const references = new Map(
    [...planned.keys()].filter((i) => isReference(planned[i]!.condition)).map((i) => [
      planned[i]!.seed,
      {
        aurocs: imageAurocs(evaluateScenario(inputOf(i))),
        scores: [...scores[decisive[i]!]!.scores],
      },
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
        oneClass: references.get(each.seed)?.aurocs ?? null,
        oneClassScores: references.get(each.seed)?.scores ?? null,
        bootstrap: workbench.test.length === 0 ? null : bootstrapOf(workbench.config.EVALUATION),
      }),
      grouping: groupings.get(each.memory)!,
      refusals: alpha === null ? null : refuseTest(workbench, scores[decisive[i]!]!, {
        ...each,
        routing: each.setting.routing,
        alpha,
        given,
      }),
    });
  }
  const unknown = leftOut === null || alpha === null ? null : refuseTest(
    workbench,
    scores[leftOut]!,
    { memory: byClass!.memory, routing: "key", alpha, given: null },
  ).report;
  return { results, semantics, grid, unknown };
}

/** Refuses test images by how far they are, and how far training images were, from their group. */
function refuseTest(
  { test, config }: Pick<Workbench, "test" | "config">,
  { groups, similarities, patchScores }: AssignedScores,
  { memory, routing, alpha, given }: {
    memory: FittedMemory;
    routing: Setting["routing"];
    alpha: number;
    given: ThresholdFile | null;
  },
): CountedRefusals {
  const images = Array.from(groups, (group, image): Familiarity => ({
    group,
    patchMean: meanOf(rowOf(patchScores, image)),
    keyDistance: Math.max(0, 1 - similarities[image]!),
  }));
  const training = calibrationFor(memory, { routing }).map(familiarityOf);
  const limits = limitsFromFile(given, {
    groupNames: memory.groups.names,
    source: config.EVALUATION.thresholds,
  });
  const refusals = refuseImages(images, { training, alpha, ...(limits && { limits }) });
  return { ...refusals, report: countRefusals(refusals.refused, test) };
}

/** What refusal looks at in a training image. */
export function familiarityOf(
  { group, meanPatchScore: patchMean, keyDistance }: CalibrationResult,
): Familiarity {
  return { group, patchMean, keyDistance };
}

/** Calibration scores as images of a setting get their own: by one bank, or as they are routed. */
export function calibrationFor(
  { detector }: FittedMemory,
  { routing }: Pick<Setting, "routing">,
): readonly CalibrationResult[] {
  return routing === "key" ? detector.routedCalibration : detector.calibration;
}

/** The scores of no test images under some assignments. */
function scoreNothing({ grid, semantics }: FeatureSource, assignments: number): TestScores {
  const none = (columns: number): Matrix => toMatrix(new Float32Array(0), { rows: 0, columns });
  const results = Array.from({ length: assignments }, (): AssignedScores => ({
    groups: new Int32Array(0),
    similarities: new Float32Array(0),
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
  { planned, scored, pixelMetrics, given }: {
    planned: PlannedCondition;
    scored: AssignedScores;
    pixelMetrics: Readonly<Record<string, PixelMetricValues>>;
    given: ThresholdFile | null;
  },
): ScenarioInput {
  const { condition: { scenario }, setting, memory } = planned;
  const { names } = memory.groups;
  const samples = test.map(({ className, isAnomalous }, image) => ({
    className,
    isAnomalous,
    group: scored.groups[image]!,
    groupName: names[scored.groups[image]!]!,
    score: scored.scores[image]!,
  }));
  const calibration = calibrationFor(memory, setting).map(({ image, group, score }) => ({
    className: train[image]!.className,
    group,
    groupName: names[group]!,
    score,
  }));
  return {
    scenario,
    scope: setting.scope,
    samples,
    calibration,
    given: given && thresholdsFromFile(given, {
      samples,
      calibration,
      source: config.EVALUATION.thresholds!,
    }),
    rule: thresholdRuleOf(config.EVALUATION),
    alignment: config.EVALUATION.alignment,
    trainCounts: countNames(train.map(({ className }) => className)),
    pixelMetrics,
    oneClass: null,
    tolerances: tolerancesOf(config.EVALUATION),
  };
}
