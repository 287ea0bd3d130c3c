/**
 * Studies both methods in all four scenarios on one dataset, and writes what they came to.
 *
 * @module
 */
import { join } from "node:path";
import { partitionChoiceChart } from "@/charts/clusters.ts";
import {
  describeUnknown,
  intervalsTable,
  scenarioErrorRates,
  scenarioPercent,
  scenarioRecords,
  scenarioScores,
  unknownPercent,
  unknownRecords,
} from "@/charts/records.ts";
import { errorRateChart, scenarioChart } from "@/charts/scenarios.ts";
import { modelLabel } from "@/charts/theme.ts";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { withClusterCount } from "@/datasets/settings.ts";
import { describeVacuous } from "@/evaluation/requirements.ts";
import {
  type AveragedScenariosFile,
  averageScenarios,
  type ScenariosFile,
  scenariosFile,
  type UnknownProducts,
} from "@/evaluation/result_files.ts";
import { MODEL_NAMES, type ModelName, scenarios } from "@/evaluation/scenarios.ts";
import { type FolderMark, replaceFolder } from "@/files/write.ts";
import { stringifyYaml } from "@/files/yaml.ts";
import { drawGallery, galleryText } from "@/lab/gallery.ts";
import { describeRun, fillRunFolder } from "@/lab/results.ts";
import {
  type ConditionResult,
  type ConditionResults,
  runConditions,
} from "@/lab/run_conditions.ts";
import {
  begunWith,
  burstWarnings,
  describeMethod,
  galleryOptions,
  methodFacts,
  noticeFor,
  partitionSections,
  scoresChart,
} from "@/lab/run_report.ts";
import {
  conditionConfig,
  datasetFolderName,
  datasetLabel,
  isUsualRun,
  resultsRoot,
  runName,
  runSettings,
  seedsOf,
  thresholdRuleOf,
} from "@/lab/settings.ts";
import { openWorkbench, type OpenWorkbenchOptions, type Workbench } from "@/lab/workbench.ts";
import { describeRule } from "@/thresholds/rules.ts";
import {
  type RelatedReports,
  type Report,
  reportPage,
  type ReportSection,
} from "@/report/report.ts";

/** Methods in the order of the tables. */
export const studiedModels: readonly ModelName[] = MODEL_NAMES;

/** A finished study. Its detectors hold native memory until it is closed. */
export interface ScenarioStudy {
  /** The images and the configuration. */
  readonly workbench: Workbench;
  /** Results of PatchCore and HierCore in scenario 1, then 2, 3, 4; seed by seed. */
  readonly all: ConditionResults;
  /** What the scenarios came to with each seed. */
  readonly files: readonly ScenariosFile[];
  /** What `scenarios.json` holds: the only one of these, or the means over seeds. */
  readonly file: ScenariosFile | AveragedScenariosFile;
  /** Seconds from start to end. */
  readonly seconds: number;
  /** Frees the detectors; a study opened by `openStudy` frees its workbench, too. */
  close(): Promise<void>;
}

/**
 * Runs PatchCore and HierCore in all four scenarios on a workbench.
 *
 * Everything is embedded once. Three memory banks serve all eight combinations of a seed: one bank
 * per class (which are also the one-class models, OC-UIAD, that Δ refers to), one for all, one per
 * cluster.
 *
 * @param workbench Images, backbone, sampler and search.
 * @returns The study; close it when done.
 * @throws {Error} If an image cannot be read.
 *
 * @example Seven photographs of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { openWorkbench, runStudy } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
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
  refuseGiven(config);
  const seeds = seedsOf(config);
  const conditions = seeds.flatMap((seed) =>
    scenarios.flatMap((scenario) => studiedModels.map((model) => ({ model, scenario, seed })))
  );
  const all = await runConditions(workbench, conditions);
  const unknown = unknownOf(all, config);
  const files = seeds.map((seed) =>
    fileOf(all.results.filter((result) => result.seed === seed), {
      config,
      unknown: unknown?.seed === seed ? unknown : null,
    })
  );
  const seconds = (performance.now() - begin) / 1000;
  return { workbench, all, files, file: averageScenarios(files), seconds, close: all.close };
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
 * import { openStudy } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=nowhere"]);
 * await assert.rejects(openStudy(config), /nowhere/);
 * ```
 */
export async function openStudy(
  config: ExperimentConfig,
  options: OpenWorkbenchOptions = {},
): Promise<ScenarioStudy> {
  const begin = performance.now();
  refuseGiven(config);
  const workbench = await openWorkbench(withClusterCount(config), options);
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

/** One file of thresholds cannot serve scenarios that set them for different scopes. */
function refuseGiven({ EVALUATION: { thresholds } }: ExperimentConfig): void {
  if (thresholds === null) return;
  throw new RangeError(
    'Cannot run "scenarios": "EVALUATION.thresholds" must be null, since thresholds are of classes, ' +
      `groups or all together in different scenarios, got "${thresholds}"`,
  );
}

/**
 * Names the folder that a study's results go to: `scenarios` below the configured one, or that of
 * the dataset among the results of many runs, and in there one by what is unusual for the dataset.
 */
export function studyFolder({ config }: Pick<Workbench, "config">): string {
  const root = resultsRoot(config);
  if (root === null) return join(config.DEFAULT.savedir!, "scenarios");
  const own = withoutScenario(withClusterCount(config));
  const name = isUsualRun(own) ? "" : runName(own);
  return join(root, datasetFolderName(config), "scenarios", name);
}

/** Marks the folder of a study, so that only the same study replaces it. */
export function studyMark({ config }: Pick<Workbench, "config">): FolderMark {
  return { kind: "study", of: runSettings(withoutScenario(withClusterCount(config))) };
}

/** A study sets the method and what is known by itself. */
function withoutScenario(config: ExperimentConfig): ExperimentConfig {
  const { name, known_class } = defaultConfig.MODEL;
  return {
    ...config,
    MODEL: { ...config.MODEL, name, known_class },
    EVALUATION: { ...config.EVALUATION, known_class: null },
  };
}

/**
 * Writes the result folder of a study, whole or not at all: `scenarios.json`, configuration,
 * environment, times and report, and with several seeds the scenarios of each seed.
 *
 * Below it, `<method>/scenario-<number>` (with several seeds, `seed-<seed>` in there) holds what a
 * run by itself would leave, but for the trained model, which several of them share. A folder that
 * holds something else is taken only with `overwrite` (default: not), and other people's files in
 * it stay.
 */
export async function writeStudy(
  study: ScenarioStudy,
  options: { overwrite?: boolean } = {},
): Promise<string> {
  const { workbench, file, files, all, seconds } = study;
  const { config } = workbench;
  const folder = studyFolder(workbench);
  const environment = await describeRun(workbench);
  await replaceFolder(folder, async (temporary) => {
    const writeJson = (name: string, content: object): Promise<void> =>
      Deno.writeTextFile(join(temporary, name), `${JSON.stringify(content, null, 2)}\n`);
    await writeJson("scenarios.json", file);
    if (files.length > 1) {
      for (const [i, seed] of seedsOf(config).entries()) {
        await writeJson(`scenarios-seed${seed}.json`, files[i]!);
      }
    }
    await Deno.writeTextFile(join(temporary, "config.yaml"), await stringifyYaml(config));
    await writeJson("environment.json", { ...environment, seconds });
    await writeJson("infer_time.json", { schema: 1, stages: all.times });
    const title = `Four scenarios on ${datasetLabel(config)}`;
    const html = await reportPage(async () => {
      return { ...await scenariosReport(study, environment.versions), related: runsOf(study) };
    }, { title, notice: workbench.notice });
    await Deno.writeTextFile(join(temporary, "report.html"), html);
    for (const result of all.results) {
      const { condition: { model, scenario }, seed } = result;
      const { dealtBy } = workbench.dataset;
      const own = conditionConfig(config, { model, scenario, seed, dealtBy });
      const path = runPath(result, files.length);
      await Deno.mkdir(join(temporary, path), { recursive: true });
      const run = { workbench: { ...workbench, config: own }, result, all, seconds };
      const address = `${path.replaceAll(/[^/]+/g, "..")}/report.html`;
      await fillRunFolder(join(temporary, path), run, {
        withModel: false,
        related: [{ label: "Part of", links: [{ text: title, address }] }],
      });
    }
  }, { ...options, mark: studyMark(workbench) });
  return folder;
}

/** Where a condition's results lie in the folder of a study of so many seeds. */
function runPath({ condition: { model, scenario }, seed }: ConditionResult, seeds: number): string {
  return `${model}/scenario-${scenario.number}${seeds > 1 ? `/seed-${seed}` : ""}`;
}

/** Links to the report of every run, method by method. */
function runsOf({ all, files }: Pick<ScenarioStudy, "all" | "files">): RelatedReports[] {
  const byModel = Map.groupBy(all.results, ({ condition }) => condition.model);
  return [...byModel].map(([model, results]) => ({
    label: `Runs of ${modelLabel(model)}`,
    links: results.map((result) => {
      const seed = files.length > 1 ? `, seed ${result.seed}` : "";
      const text = `scenario ${result.condition.scenario.number}${seed}`;
      return { text, address: `${runPath(result, files.length)}/report.html` };
    }),
  }));
}

/** What the first seed refuses, of classes left out and of known ones; `null` if nothing is. */
function unknownOf(
  { results, unknown }: ConditionResults,
  config: ExperimentConfig,
): UnknownProducts | null {
  const { refuse_alpha: alpha } = config.EVALUATION;
  const seed = seedsOf(config)[0]!;
  if (unknown === null || alpha === null) return null;
  const known = results.flatMap(({ condition: { model, scenario }, refusals, seed: own }) =>
    own === seed && model === "HierarchicalPatchCore" && !scenario.evaluationKnown &&
      refusals !== null
      ? [[scenario.number, refusals.report.pooled] as const]
      : []
  );
  return { seed, alpha, ...unknown, known: Object.fromEntries(known) };
}

/** The scenarios of one seed. */
function fileOf(
  results: readonly ConditionResult[],
  { config, unknown }: { config: ExperimentConfig; unknown: UnknownProducts | null },
): ScenariosFile {
  const { classes, macro } =
    results.find(({ condition: { model, scenario } }) =>
      model === "PatchCore" && scenario.number === 1
    )!.evaluation;
  return scenariosFile(
    results.map(({ condition: { model, scenario }, setting: { scope }, evaluation }) => ({
      model,
      scenario,
      scope,
      evaluation,
    })),
    {
      dataset: datasetLabel(config),
      rule: thresholdRuleOf(config.EVALUATION),
      fprLimit: config.EVALUATION.fpr_limit,
      reference: { name: "OC-UIAD", classes, macro },
      unknown,
    },
  );
}

/**
 * Puts together the report of a study: verdicts, the four scenarios in one chart, mistakes at the
 * thresholds, how clusters were chosen, and why one threshold for all is not enough.
 */
export async function scenariosReport(
  study: Omit<ScenarioStudy, "close">,
  versions: Readonly<Record<string, string>>,
): Promise<Report> {
  const { workbench, file, all, seconds } = study;
  const { config, train, test } = workbench;
  const { EVALUATION } = config;
  const scores = scenarioScores(file);
  const last = all.results.filter(({ condition }) => condition.scenario.number === 4);
  const oneBank = last.find(({ condition }) => condition.model === "PatchCore");
  const clustered = last.find(({ condition }) => condition.model === "HierarchicalPatchCore");
  return {
    title: `Four scenarios on ${datasetLabel(config)}`,
    intro: "Which threshold should a new image meet when nobody says what class it is? PatchCore " +
      "keeps one memory bank and one threshold; HierCore groups normal images, routes a new image to " +
      "a group, and lets it meet that group's threshold.",
    notice: [
      noticeFor(workbench),
      ...describeVacuous(all.results, { rule: study.file.rule }),
      ...burstWarnings(all.results),
    ].join("\n\n"),
    facts: {
      images: `${train.length} training, ${test.length} test`,
      classes: workbench.dataset.classes.join(", "),
      backbone: `${config.MODEL.backbone} (${config.MODEL.layers.join(", ")})`,
      sampler: `${config.MODEL.sampler}, ratio ${config.MODEL.sampler_ratio}`,
      ...methodFacts(config),
      "threshold rule": describeRule(study.file.rule),
      seed: seedsOf(config).join(", "),
      time: `${seconds.toFixed(0)} s`,
      versions: `deno ${versions.deno}, onnxruntime ${versions["onnxruntime-node"]}`,
    },
    sections: [
      {
        heading: "The four scenarios",
        text: "Known or unknown: class labels in training → in evaluation. " +
          "Δ is measured against one-class models, which are PatchCore in scenario 1. " +
          `R1 (known-class evaluation) tolerates a mean |Δ| of ${EVALUATION.r1_mean_tolerance} and a ` +
          `fall of ${EVALUATION.r1_worst_tolerance} percentage points; R2 (unknown-class evaluation) ` +
          `a fall of ${EVALUATION.r2_tolerance} by pooling. The tolerances are ours.`,
        tables: [
          { records: scenarioRecords(file), percent: scenarioPercent, ...captionOf(config) },
          ...(EVALUATION.bootstrap === 0 ? [] : [intervalsTable(study.files[0]!, EVALUATION)]),
        ],
        charts: scores.some(({ pooled }) => typeof pooled === "number")
          ? [scenarioChart(scores)]
          : [],
      },
      {
        heading: "Mistakes at the thresholds",
        charts: [
          errorRateChart(scenarioErrorRates(file), { subtitle: describeRule(study.file.rule) }),
        ],
      },
      ...unknownSections(file),
      ...scoreSections(study, { oneBank, clustered }),
      ...(clustered === undefined ? [] : partitionSections(workbench, clustered)),
      ...(clustered === undefined ? [] : [{
        heading: "Anomaly maps",
        text: `HierCore in scenario 4. ${galleryText}`,
        pictures: await drawGallery(workbench, galleryOptions(clustered, all.grid)),
      }]),
    ],
  };
}

/** What of the method is not the usual one, above the table of scenarios. */
function captionOf(config: ExperimentConfig): { caption?: string } {
  const caption = describeMethod(config);
  return caption === null ? {} : { caption };
}

/** The question beside the four scenarios. */
function unknownSections({ unknown_products: unknown }: ScenariosFile): ReportSection[] {
  if (unknown === undefined) return [];
  return [{
    heading: "Products never trained",
    text:
      "An image is refused, as defective or unknown, where both its mean patch distance and its " +
      "distance to its group's key are beyond what training images keep. A class is left out by " +
      "routing its images among the groups of the other classes, so that nothing is trained anew. " +
      `${describeUnknown(unknown).join(" ")}`,
    tables: [{ records: unknownRecords(unknown), percent: unknownPercent }],
  }];
}

function scoreSections(
  { workbench }: Pick<ScenarioStudy, "workbench">,
  results: { oneBank: ConditionResult | undefined; clustered: ConditionResult | undefined },
): ReportSection[] {
  const { oneBank, clustered } = results;
  const sections: ReportSection[] = [];
  if (oneBank !== undefined) {
    sections.push({
      heading: "One threshold for all",
      text:
        "PatchCore in scenario 4: classes score on different levels, so that one threshold is " +
        "too low for some and too high for others.",
      charts: [scoresChart(workbench, oneBank)],
    });
  }
  if (clustered !== undefined) {
    const { choice, rules } = clustered.memory.groups;
    const { min_silhouette: minSilhouette } = workbench.config.MODEL;
    sections.push({
      heading: "A threshold for each cluster",
      text: `HierCore in scenario 4: ${
        rules?.followed === "links"
          ? "the fine partition whose clusters links join"
          : "the partition with the largest silhouette"
      }, and the scores that its groups give.`,
      charts: [
        ...(choice === null ? [] : [partitionChoiceChart(choice.candidates, {
          chosen: begunWith(clustered.memory.groups),
          minSilhouette,
        })]),
        scoresChart(workbench, clustered),
      ],
    });
  }
  return sections;
}
