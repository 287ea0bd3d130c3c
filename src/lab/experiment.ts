/**
 * Runs the experiment that a configuration describes, and writes its result folder; of several
 * seeds, also what they come to together.
 *
 * @module
 */
import { join } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { averageResults } from "@/evaluation/result_files.ts";
import { findScenario, type Scenario } from "@/evaluation/scenarios.ts";
import type { StartProgress } from "@/files/progress.ts";
import { checkWritable, replaceFolder } from "@/files/write.ts";
import { stringifyYaml } from "@/files/yaml.ts";
import { runFolder, writeRun } from "@/lab/results.ts";
import { type ConditionResult, runConditions } from "@/lab/run_conditions.ts";
import { seedsOf } from "@/lab/settings.ts";
import { openWorkbench, type Workbench } from "@/lab/workbench.ts";

/** One run of an experiment. */
export interface ExperimentRun {
  /** Result folder. */
  readonly folder: string;
  /** Metrics, thresholds, groups. Its detector is closed. */
  readonly result: ConditionResult;
}

/** What a finished experiment leaves: one run per seed. */
export interface ExperimentSummary extends ExperimentRun {
  /** Every run; the experiment's own folder and result are those of the first. */
  readonly runs: readonly ExperimentRun[];
  /** Folder with means and deviations over seeds; `null` if there is one seed. */
  readonly seedsFolder: string | null;
  /** Seconds from start to end. */
  readonly seconds: number;
}

/** Finds the scenario that a configuration describes. */
export function scenarioOf({ MODEL, EVALUATION }: ExperimentConfig): Scenario {
  const trainingKnown = MODEL.known_class;
  return findScenario({ trainingKnown, evaluationKnown: EVALUATION.known_class ?? trainingKnown });
}

/**
 * Runs one experiment from images to result folder.
 *
 * @param config The configuration.
 * @param options How progress is shown (default: not at all), and the folder for what need not be
 *   computed twice (default: the project's).
 * @returns Where the results are, and what they are.
 * @throws {Error} If the dataset or an image cannot be read, or results cannot be written; nothing
 *   is written then.
 *
 * @example A dataset that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { runExperiment } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=nowhere"]);
 * await assert.rejects(runExperiment(config), /nowhere/);
 * ```
 */
export async function runExperiment(
  config: ExperimentConfig,
  options: { startProgress?: StartProgress; cacheFolder?: string } = {},
): Promise<ExperimentSummary> {
  const begin = performance.now();
  const seeds = seedsOf(config);
  const model = config.MODEL.name, scenario = scenarioOf(config);
  const configs = seeds.map((seed) => ({ ...config, DEFAULT: { ...config.DEFAULT, seed } }));
  for (const own of configs) await checkWritable(runFolder({ config: own }));
  const workbench = await openWorkbench(config, options);
  try {
    const all = await runConditions(workbench, seeds.map((seed) => ({ model, scenario, seed })));
    try {
      const seconds = (performance.now() - begin) / 1000;
      const runs: ExperimentRun[] = [];
      for (const [i, result] of all.results.entries()) {
        const run = { workbench: { ...workbench, config: configs[i]! }, result, all, seconds };
        runs.push({ folder: await writeRun(run), result });
      }
      const seedsFolder = runs.length > 1 ? await writeSeeds(workbench, runs) : null;
      return { ...runs[0]!, runs, seedsFolder, seconds };
    } finally {
      await all.close();
    }
  } finally {
    await workbench.close();
  }
}

/** Writes means and standard deviations over seeds: `seed_summary.json` and the configuration. */
export async function writeSeeds(
  { config }: Pick<Workbench, "config">,
  runs: readonly { readonly folder: string; readonly result: ConditionResult }[],
): Promise<string> {
  const folder = runFolder({ config });
  const { mean, std } = averageResults(runs.map(({ result: { evaluation } }) => {
    const { classes, macro, pooled, disparity, binary } = evaluation;
    return { classes, macro, pooled, disparity, binary };
  }));
  const summary = {
    schema: 1,
    seeds: seedsOf(config),
    runs: runs.map((run) => run.folder),
    mean,
    std,
  };
  await replaceFolder(folder, async (temporary) => {
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    await Deno.writeTextFile(join(temporary, "seed_summary.json"), json);
    await Deno.writeTextFile(join(temporary, "config.yaml"), await stringifyYaml(config));
  });
  return folder;
}
