/**
 * What the report of a study of scenarios says.
 *
 * @module
 */
import { errorRateChart, partitionChoiceChart, scenarioChart } from "@/charts/mod.ts";
import {
  scenarioErrorRates,
  scenarioPercent,
  scenarioRecords,
  scenarioScores,
} from "@/charts/records.ts";
import { describeRule } from "@/evaluation/thresholds.ts";
import { drawGallery } from "@/lab/pictures.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import { datasetLabel } from "@/lab/run_name.ts";
import { noticeFor, scoresChart } from "@/lab/run_report.ts";
import { seedsOf } from "@/lab/seeds.ts";
import type { ScenarioStudy } from "@/lab/study_scenarios.ts";
import type { Report, ReportSection } from "@/report/report.ts";

/**
 * Puts together the report of a study: verdicts, the four scenarios in one chart, mistakes at the
 * thresholds, how clusters were chosen, and why one threshold for all is not enough.
 *
 * @param study The study.
 * @param versions Versions to name.
 * @returns The report, to be written as HTML.
 * @throws {Error} If an image of the gallery cannot be read.
 *
 * @example Seven photographs of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/sample_data.ts";
 * import { scenariosReport } from "@/lab/scenarios_report.ts";
 * import { openStudy } from "@/lab/study_scenarios.ts";
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
 * const study = await openStudy(config);
 * const { title } = await scenariosReport(study, {});
 * await study.close();
 *
 * assert.equal(title, "Four scenarios on photographs");
 * await Deno.remove(parent, { recursive: true });
 * ```
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
    notice: noticeFor(workbench),
    facts: {
      images: `${train.length} training, ${test.length} test`,
      classes: workbench.dataset.classes.join(", "),
      backbone: `${config.MODEL.backbone} (${config.MODEL.layers.join(", ")})`,
      sampler: `${config.MODEL.sampler}, ratio ${config.MODEL.sampler_ratio}`,
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
        tables: [{ records: scenarioRecords(file), percent: scenarioPercent }],
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
      ...scoreSections(study, { oneBank, clustered }),
      ...(clustered === undefined ? [] : [{
        heading: "Anomaly maps",
        text: "HierCore in scenario 4. Cyan: the mask. All maps share one colour scale.",
        pictures: await drawGallery(workbench, { scored: clustered.scored, grid: all.grid }),
      }]),
    ],
  };
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
    const { choice } = clustered.memory.groups;
    const { min_silhouette: minSilhouette } = workbench.config.MODEL;
    sections.push({
      heading: "A threshold for each cluster",
      text:
        "HierCore in scenario 4: the partition with the largest silhouette, and the scores that " +
        "its clusters give.",
      charts: [
        ...(choice === null
          ? []
          : [partitionChoiceChart(choice.candidates, { chosen: choice.chosen, minSilhouette })]),
        scoresChart(workbench, clustered),
      ],
    });
  }
  return sections;
}
