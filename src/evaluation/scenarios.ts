/**
 * The four scenarios of HierCore (Neurocomputing 671, 132660, 2026) as data: who knows class
 * labels, which memory bank that allows, which group scores an image, and which threshold it meets.
 *
 * The scenarios are the paper's; what each method does in each is our reading of it, in one table.
 *
 * @module
 */
import type { Grouping } from "@/clustering/grouping.ts";

/** Methods that the table knows, in the order of reports. */
export const MODEL_NAMES = ["PatchCore", "HierarchicalPatchCore"] as const;

/** One of these methods. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** Number of a scenario, as the paper counts them. */
export type ScenarioNumber = 1 | 2 | 3 | 4;

/** For whom one threshold holds: a product category, a group of the memory bank, or everyone. */
export type ThresholdScope = "class" | "group" | "global";

/** How one method works in one scenario. */
export interface Setting {
  /** What the groups of the memory bank stand for. */
  readonly grouping: Grouping;
  /**
   * `class`: an image is scored by the group of its class; `key`: by the group its semantic
   * vector resembles most.
   */
  readonly routing: "class" | "key";
  /** Whose threshold an image meets. */
  readonly scope: ThresholdScope;
}

/** One scenario. */
export interface Scenario {
  /** Its number. */
  readonly number: ScenarioNumber;
  /** Whether classes are known in training. */
  readonly trainingKnown: boolean;
  /** Whether classes are known in evaluation. */
  readonly evaluationKnown: boolean;
  /** What each method does. */
  readonly settings: Readonly<Record<ModelName, Setting>>;
}

const classBanks: Setting = { grouping: "class", routing: "class", scope: "class" };

const oneBank: Setting = { grouping: "all", routing: "key", scope: "global" };

/** The four scenarios in order. */
export const scenarios: readonly Scenario[] = [
  {
    number: 1,
    trainingKnown: true,
    evaluationKnown: true,
    settings: { PatchCore: classBanks, HierarchicalPatchCore: classBanks },
  },
  {
    number: 2,
    trainingKnown: true,
    evaluationKnown: false,
    settings: {
      PatchCore: oneBank,
      HierarchicalPatchCore: { grouping: "class", routing: "key", scope: "group" },
    },
  },
  {
    number: 3,
    trainingKnown: false,
    evaluationKnown: true,
    settings: {
      PatchCore: { ...oneBank, scope: "class" },
      HierarchicalPatchCore: { grouping: "cluster", routing: "key", scope: "class" },
    },
  },
  {
    number: 4,
    trainingKnown: false,
    evaluationKnown: false,
    settings: {
      PatchCore: oneBank,
      HierarchicalPatchCore: { grouping: "cluster", routing: "key", scope: "group" },
    },
  },
];

/** Finds the scenario in which classes are known as told. */
export function findScenario(
  knowledge: { trainingKnown: boolean; evaluationKnown: boolean },
): Scenario {
  return scenarios.find((scenario) =>
    scenario.trainingKnown === knowledge.trainingKnown &&
    scenario.evaluationKnown === knowledge.evaluationKnown
  )!;
}
