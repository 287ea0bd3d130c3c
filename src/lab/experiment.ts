/**
 * Runs the experiment that a configuration describes, and writes its result folder; of several
 * seeds, also what they come to together.
 *
 * @module
 */
import { join } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { withClusterCount } from "@/datasets/settings.ts";
import { averageResults } from "@/evaluation/result_files.ts";
import { findScenario, type Scenario } from "@/evaluation/scenarios.ts";
import { checkWritable, replaceFolder } from "@/files/write.ts";
import { stringifyYaml } from "@/files/yaml.ts";
import { fillRunFolder, runFolder, runMark, writeRun } from "@/lab/results.ts";
import { type ConditionResult, type FinishedRun, runConditions } from "@/lab/run_conditions.ts";
import { seedConfig, seedsOf } from "@/lab/settings.ts";
import { describeOdd, oddTraining } from "@/lab/thresholds/odd_training.ts";
import { openWorkbench, type OpenWorkbenchOptions, type Workbench } from "@/lab/workbench.ts";

/** One run of an experiment. */
export interface ExperimentRun {
  /** Result folder. */
  readonly folder: string;
  /** Metrics, thresholds, groups. Its detector is closed. */
  readonly result: ConditionResult;
  /** Whether there was no test image, so that nothing is measured. */
  readonly isUntested: boolean;
  /** What must be looked at in the training images; `null` if nothing. */
  readonly odd: string | null;
}

/** What a finished experiment leaves: one run per seed. */
export interface ExperimentSummary extends ExperimentRun {
  /** Every run; the experiment's own folder and result are those of the first. */
  readonly runs: readonly ExperimentRun[];
  /** Folder with means and deviations over seeds, above their runs; `null` if there is one seed. */
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
 * @param options How progress is shown (default: not at all), the folder for what need not be
 *   computed twice (default: the project's), and whether a result folder that holds something else
 *   is taken (default: not).
 * @returns Where the results are, and what they are. Without a test image a model with its
 *   thresholds is made, and nothing is measured.
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
  options: OpenWorkbenchOptions & { readonly overwrite?: boolean } = {},
): Promise<ExperimentSummary> {
  const begin = performance.now();
  const { overwrite = false, ...opening } = options;
  const own = withClusterCount(config);
  const seeds = seedsOf(own);
  const model = own.MODEL.name, scenario = scenarioOf(own);
  const folder = runFolder({ config: own });
  await checkWritable(folder, { mark: runMark({ config: own }), overwrite });
  const workbench = await openWorkbench(own, { ...opening, needsTest: false });
  const isUntested = workbench.test.length === 0;
  try {
    const all = await runConditions(workbench, seeds.map((seed) => ({ model, scenario, seed })));
    try {
      const seconds = (performance.now() - begin) / 1000;
      const finished = all.results.map((result, i): FinishedRun => {
        const config = seedConfig(own, { seed: seeds[i]!, dealtBy: workbench.dataset.dealtBy });
        return { workbench: { ...workbench, config }, result, all, seconds };
      });
      const [only] = finished;
      if (finished.length > 1) {
        const runs = await writeSeeds(workbench, finished, { overwrite });
        return { ...runs[0]!, runs, seedsFolder: folder, seconds };
      }
      const run = {
        folder: await writeRun(only!, { overwrite }),
        result: only!.result,
        isUntested,
        odd: oddOf(only!),
      };
      return { ...run, runs: [run], seedsFolder: null, seconds };
    } finally {
      await all.close();
    }
  } finally {
    await workbench.close();
  }
}

function oddOf({ workbench, result }: FinishedRun): string | null {
  return describeOdd(oddTraining(workbench, result), { images: workbench.train.length });
}

/**
 * Writes the runs of several seeds, each into a folder below that of all, with means and standard
 * deviations in `seed_summary.json`: everything or nothing.
 */
async function writeSeeds(
  { config }: Pick<Workbench, "config">,
  finished: readonly FinishedRun[],
  options: { overwrite?: boolean } = {},
): Promise<ExperimentRun[]> {
  const folder = runFolder({ config });
  const { mean, std } = averageResults(finished.map(({ result: { evaluation } }) => {
    const { classes, macro, pooled, disparity, binary } = evaluation;
    return { classes, macro, pooled, disparity, binary };
  }));
  const names = finished.map(({ result: { seed } }) => `seed-${seed}`);
  const isUntested = finished[0]!.workbench.test.length === 0;
  const runs = finished.map((run, i) => ({
    folder: join(folder, names[i]!),
    result: run.result,
    isUntested,
    odd: oddOf(run),
  }));
  const summary = {
    schema: 1,
    seeds: seedsOf(config),
    runs: runs.map((run) => run.folder),
    mean,
    std,
  };
  await replaceFolder(folder, async (temporary) => {
    for (const [i, run] of finished.entries()) {
      const below = join(temporary, names[i]!);
      await Deno.mkdir(below);
      const links = names.filter((name) => name !== names[i])
        .map((name) => ({ text: name.replace("-", " "), address: `../${name}/report.html` }));
      await fillRunFolder(below, run, { related: [{ label: "The other seeds", links }] });
    }
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    await Deno.writeTextFile(join(temporary, "seed_summary.json"), json);
    await Deno.writeTextFile(join(temporary, "config.yaml"), await stringifyYaml(config));
  }, { ...options, mark: runMark({ config }) });
  return runs;
}
