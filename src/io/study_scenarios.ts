/**
 * Studies both methods in all four scenarios on one dataset.
 *
 * @module
 */
import { join } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { replaceFolder } from "@/io/replace_folder.ts";
import { reportHtml } from "@/io/report.ts";
import { describeRun } from "@/io/results.ts";
import {
  type ConditionResult,
  type ConditionResults,
  runConditions,
  thresholdRuleOf,
} from "@/io/run_conditions.ts";
import { scenariosReport } from "@/io/scenarios_report.ts";
import { openWorkbench, type StartProgress, type Workbench } from "@/io/workbench.ts";
import { stringifyYaml } from "@/io/yaml.ts";
import { type EvaluatedCondition, type ScenariosFile, scenariosFile } from "@/result_files.ts";
import { datasetLabel } from "@/run_name.ts";
import { type ModelName, scenarios } from "@/scenarios.ts";

/** Methods in the order of the tables. */
export const studiedModels: readonly ModelName[] = ["PatchCore", "HierarchicalPatchCore"];

/** A finished study. Its detectors hold native memory until it is closed. */
export interface ScenarioStudy {
  /** The images and the configuration. */
  readonly workbench: Workbench;
  /** Results of PatchCore and HierCore in scenario 1, then 2, 3, 4. */
  readonly all: ConditionResults;
  /** What `scenarios.json` holds. */
  readonly file: ScenariosFile;
  /** Seconds from start to end. */
  readonly seconds: number;
  /** Frees the detectors; a study opened by `openStudy` frees its workbench, too. */
  close(): Promise<void>;
}

/**
 * Runs PatchCore and HierCore in all four scenarios on a workbench.
 *
 * Everything is embedded once. Three memory banks serve all eight combinations: one bank per class
 * (which are also the one-class models that Δ refers to), one bank for all, one bank per cluster.
 *
 * @param workbench Images, backbone, sampler and search.
 * @returns The study; close it when done.
 * @throws {Error} If an image cannot be read.
 *
 * @example Seven photographs of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadConfig } from "@/io/load_config.ts";
 * import { prepareSampleDataset } from "@/io/sample_dataset.ts";
 * import { runStudy } from "@/io/study_scenarios.ts";
 * import { openWorkbench } from "@/io/workbench.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 4, normal: 2, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   `DEFAULT.savedir=${parent}`,
 *   "MODEL.sampler=random",
 * ]);
 * const workbench = await openWorkbench(config);
 * const study = await runStudy(workbench);
 * await study.close();
 * await workbench.close();
 *
 * assert.deepEqual(study.file.models, ["PatchCore", "HierarchicalPatchCore"]);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function runStudy(workbench: Workbench): Promise<ScenarioStudy> {
  const begin = performance.now();
  const { config } = workbench;
  const conditions = scenarios.flatMap((scenario) =>
    studiedModels.map((model) => ({ model, scenario }))
  );
  const all = await runConditions(workbench, conditions);
  const { EVALUATION } = config;
  const file = scenariosFile(all.results.map(toEvaluated), {
    dataset: datasetLabel(config),
    rule: thresholdRuleOf(EVALUATION),
    fprLimit: EVALUATION.fpr_limit,
    tolerances: {
      r1MeanPoints: EVALUATION.r1_mean_tolerance,
      r1WorstPoints: EVALUATION.r1_worst_tolerance,
      r2Points: EVALUATION.r2_tolerance,
    },
  });
  const seconds = (performance.now() - begin) / 1000;
  return { workbench, all, file, seconds, close: all.close };
}

/**
 * Opens a workbench and studies it.
 *
 * @param config The configuration; its model and what it knows are set by the scenarios.
 * @param options How progress is shown; default: not at all.
 * @returns The study; close it when done.
 * @throws {Error} If the dataset or an image cannot be read.
 *
 * @example A dataset that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadConfig } from "@/io/load_config.ts";
 * import { openStudy } from "@/io/study_scenarios.ts";
 *
 * const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=nowhere"]);
 * await assert.rejects(openStudy(config), /nowhere/);
 * ```
 */
export async function openStudy(
  config: ExperimentConfig,
  options: { startProgress?: StartProgress } = {},
): Promise<ScenarioStudy> {
  const begin = performance.now();
  const workbench = await openWorkbench(config, options);
  try {
    const study = await runStudy(workbench);
    const close = async (): Promise<void> => {
      await study.close();
      await workbench.close();
    };
    return { ...study, seconds: (performance.now() - begin) / 1000, close };
  } catch (error) {
    await workbench.close();
    throw error;
  }
}

/**
 * Names the folder that a study's results go to.
 *
 * @param workbench The configuration.
 * @returns `<savedir>/<dataset>/scenarios`.
 *
 * @example The default configuration
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { studyFolder } from "@/io/study_scenarios.ts";
 *
 * assert.equal(studyFolder({ config: defaultConfig }), "results/sample/scenarios");
 * ```
 */
export function studyFolder({ config }: Pick<Workbench, "config">): string {
  return join(config.DEFAULT.savedir, datasetLabel(config), "scenarios");
}

/**
 * Writes the result folder of a study, whole or not at all: `scenarios.json`, configuration,
 * environment, times and report.
 *
 * @param study The study.
 * @returns The folder; see `studyFolder`.
 *
 * @example Seven photographs of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadConfig } from "@/io/load_config.ts";
 * import { prepareSampleDataset } from "@/io/sample_dataset.ts";
 * import { openStudy, writeStudy } from "@/io/study_scenarios.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 4, normal: 2, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   `DEFAULT.savedir=${parent}`,
 *   "MODEL.sampler=random",
 * ]);
 * const study = await openStudy(config);
 * const folder = await writeStudy(study);
 * await study.close();
 *
 * const { scenarios } = JSON.parse(await Deno.readTextFile(`${folder}/scenarios.json`));
 * assert.deepEqual(Object.keys(scenarios), ["1", "2", "3", "4"]);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function writeStudy(study: ScenarioStudy): Promise<string> {
  const { workbench, file, all, seconds } = study;
  const { config } = workbench;
  const folder = studyFolder(workbench);
  const environment = await describeRun(workbench);
  await replaceFolder(folder, async (temporary) => {
    const writeJson = (name: string, content: object): Promise<void> =>
      Deno.writeTextFile(join(temporary, name), `${JSON.stringify(content, null, 2)}\n`);
    await writeJson("scenarios.json", file);
    await Deno.writeTextFile(join(temporary, "config.yaml"), await stringifyYaml(config));
    await writeJson("environment.json", { ...environment, seconds });
    await writeJson("infer_time.json", { schema: 1, stages: all.times });
    const html = await reportHtml(await scenariosReport(study, environment.versions));
    await Deno.writeTextFile(join(temporary, "report.html"), html);
  });
  return folder;
}

function toEvaluated(result: ConditionResult): EvaluatedCondition {
  const { condition: { model, scenario }, evaluation, classSpecific } = result;
  return { model, scenario, evaluation, classSpecific };
}
