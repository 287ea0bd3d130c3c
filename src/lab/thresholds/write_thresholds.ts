/**
 * Writes thresholds that were chosen by hand, for a run to take in place of its rule.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { thresholdsByScope } from "@/evaluation/decisions.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import type { FittedMemory } from "@/lab/fit_memory.ts";
import { datasetFolderName, resultsRoot, seedConfig } from "@/lab/settings.ts";
import {
  describeCalibration,
  identifyModel,
  readThresholdFile,
} from "@/lab/thresholds/threshold_files.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { askForName } from "@/messages.ts";
import type { Threshold, ThresholdRule } from "@/thresholds/rules.ts";
import {
  makeThresholdFile,
  NOT_PROMISED,
  type ThresholdFile,
} from "@/thresholds/threshold_file.ts";

/**
 * Writes one threshold for each group as a file that `EVALUATION.thresholds` takes, and reads it
 * back as a run would.
 *
 * Every group has the threshold that the rule makes of its calibration scores, with its promise,
 * but for those that are given: of these nothing is promised. Nothing is refused by the file. A
 * file that is there is replaced. A run of the same configuration and seed takes it.
 *
 * @param workbench The configuration and the backbone.
 * @param options The fitted memory, which must be grouped as its configuration says; the rule;
 *   values by name of the group, where others than the rule's are wanted (default: none); and the
 *   path (default: `thresholds-by-hand.json` in the dataset's folder of results).
 * @returns Where the file is, and what it holds.
 * @throws {RangeError} If a run of the configuration would have other groups, or not one threshold
 *   for each group; if a value is for no group or not a number; or if the rule cannot be used.
 * @throws {Error} If the file cannot be written.
 *
 * @example The rule's threshold, and one of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { fitMemory, openWorkbench, writeThresholds } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 4, normal: 1, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   "MODEL.sampler=random",
 *   "MODEL.n_clusters=1",
 * ]);
 * const workbench = await openWorkbench(config);
 * const training = await workbench.embedTraining();
 * const memory = await fitMemory(workbench, { training, grouping: "cluster" });
 * const path = `${parent}/mine.json`, rule = { name: "max" } as const;
 * const { content } = await writeThresholds(workbench, {
 *   memory,
 *   rule,
 *   values: { "cluster 0": 900 },
 *   path,
 * });
 * await memory.detector.close();
 * await workbench.close();
 *
 * assert.equal(content.thresholds["cluster 0"]!.value, 900);
 * assert.equal(content.thresholds["cluster 0"]!.promise, "as given; nothing is promised");
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function writeThresholds(
  { config, embedder }: Workbench,
  options: {
    memory: FittedMemory;
    rule: Exclude<ThresholdRule, { name: "oracle_f1" }>;
    values?: Readonly<Record<string, number>>;
    path?: string;
  },
): Promise<{ readonly path: string; readonly content: ThresholdFile }> {
  const { memory: { groups, seed, detector }, rule, values = {} } = options;
  const { grouping, routing, scope } = scenarioOf(config).settings[config.MODEL.name];
  if (scope !== "group") {
    throw fail(`the configuration must have one threshold for each group, got for each ${scope}`);
  }
  if (grouping !== groups.grouping) {
    throw fail(
      `the memory must be grouped by ${grouping}, as the configuration says, got by ${groups.grouping}`,
    );
  }
  for (const [name, value] of Object.entries(values)) {
    if (!groups.names.includes(name)) {
      const meant = askForName(name, groups.names);
      throw fail(`"values" must be for groups, got one for "${name}"${meant}`);
    }
    if (!Number.isFinite(value)) {
      throw fail(`the value of "${name}" must be a finite number, got ${value}`);
    }
  }
  const calibration = routing === "key" ? detector.routedCalibration : detector.calibration;
  const scored = calibration.map((each) => ({ ...each, groupName: groups.names[each.group]! }));
  const byRule = thresholdsByScope(scored, { rule, scope, names: groups.names });
  const thresholds = new Map([...byRule].map(([name, threshold]): [string, Threshold] => {
    const { [name]: value } = values, { count } = threshold;
    return [name, value === undefined ? threshold : { value, count, promise: NOT_PROMISED }];
  }));
  const content = makeThresholdFile({
    model: identifyModel({
      config: seedConfig(config, { seed }),
      backbone: { name: embedder.name, hash: embedder.hash },
      dimension: embedder.dimension,
      groups: detector.groups,
    }),
    scope,
    rule,
    calibration: describeCalibration(config),
    thresholds,
    refusal: null,
  });
  const root = resolve(repositoryRoot, resultsRoot(config) ?? config.DEFAULT.savedir!);
  const path = options.path ?? join(root, datasetFolderName(config), "thresholds-by-hand.json");
  await replaceFile(path, `${JSON.stringify(content, null, 2)}\n`);
  return { path, content: await readThresholdFile(path) };
}

function fail(what: string): RangeError {
  return new RangeError(`Cannot write thresholds: ${what}`);
}
