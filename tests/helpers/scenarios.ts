import {
  evaluateScenario,
  imageAurocs,
  type ScenarioEvaluation,
} from "@/evaluation/evaluate_scenario.ts";
import { type ScenariosFile, scenariosFile } from "@/evaluation/result_files.ts";
import { scenarios } from "@/evaluation/scenarios.ts";

/** Two classes of two normal and two anomalous images; `lost` anomalous nuts score like normal ones. */
export function tinyEvaluation(
  number: 1 | 2 | 3 | 4,
  options: { lost?: number; oneClass?: Record<string, number | null> | null } = {},
): ScenarioEvaluation {
  const { lost = 0, oneClass = null } = options;
  const truth = ["nut", "bolt"].flatMap((className) =>
    [false, false, true, true].map((isAnomalous) => ({ className, isAnomalous }))
  );
  const scores = [1, 2, lost > 0 ? 1 : 8, lost > 1 ? 0 : 9, 1, 2, 8, 9];
  const scenario = scenarios[number - 1]!;
  return evaluateScenario({
    scenario,
    scope: scenario.evaluationKnown ? "class" : "global",
    samples: truth.map((each, i) => ({ ...each, group: 0, score: scores[i]! })),
    calibration: truth.map(({ className }, i) => ({ className, group: 0, score: 2 + i / 10 })),
    rule: { name: "max" },
    trainCounts: { nut: 4, bolt: 4 },
    pixelMetrics: {},
    oneClass,
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
  });
}

/** Scenarios 1 and 3 of PatchCore, the latter with some anomalous nuts lost. */
export function tinyScenarios(lost: number): ScenariosFile {
  const reference = tinyEvaluation(1);
  const oneClass = imageAurocs(reference);
  const entry = (number: 1 | 3, evaluation: ScenarioEvaluation) => ({
    model: "PatchCore",
    scenario: scenarios[number - 1]!,
    scope: "class" as const,
    evaluation,
  });
  return scenariosFile([
    entry(1, tinyEvaluation(1, { oneClass })),
    entry(3, tinyEvaluation(3, { lost, oneClass })),
  ], {
    dataset: "tiny",
    rule: { name: "max" },
    fprLimit: 0.3,
    reference: { name: "OC-UIAD", classes: reference.classes, macro: reference.macro },
  });
}
