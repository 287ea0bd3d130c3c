/**
 * What `deno task run` tells on the terminal.
 *
 * @module
 */
import { intervalRecord } from "@/charts/records.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import { overSeeds } from "@/math/statistics.ts";
import { recordTable, recordTableText } from "@/tables.ts";

/**
 * Describes a run: groups, then metrics per class, averaged and pooled.
 *
 * @param results The run with each seed; groups are told of the first.
 * @param fprLimit False-positive rate up to which AUPRO integrates.
 * @returns Lines of text; numbers of several seeds are means with standard deviations.
 * @throws {RangeError} If there is no result.
 *
 * @example No result
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeResults } from "@/describe_results.ts";
 *
 * assert.throws(() => describeResults([], 0.3), {
 *   message: "Cannot describe a run: at least one result is needed, got none",
 * });
 * ```
 */
export function describeResults(results: readonly ConditionResult[], fprLimit: number): string {
  const first = results[0];
  if (first === undefined) {
    throw new RangeError("Cannot describe a run: at least one result is needed, got none");
  }
  const aupro = `AUPRO@${fprLimit}`;
  const seeds = results.map(({ evaluation }) => evaluation);
  type Seed = (typeof seeds)[number];
  const average = (read: (seed: Seed) => number | null | undefined) => overSeeds(seeds.map(read));
  const rates = (of: (seed: Seed) => Seed["binary"]["macro"] | undefined) => ({
    recall: average((seed) => of(seed)?.recall),
    FPR: average((seed) => of(seed)?.fpr),
    F1: average((seed) => of(seed)?.f1),
  });
  const metrics = (of: (seed: Seed) => Seed["macro"] | undefined) => ({
    "image AUROC": average((seed) => of(seed)?.image_auroc),
    "pixel AUROC": average((seed) => of(seed)?.pixel_auroc),
    [aupro]: average((seed) => of(seed)?.aupro),
  });
  const records = [
    ...Object.keys(first.evaluation.classes).map((name) => ({
      class: name,
      ...metrics(({ classes }) => classes[name]),
      ...rates(({ binary }) => binary.classes[name]),
    })),
    { class: "mean", ...metrics(({ macro }) => macro), ...rates(({ binary }) => binary.macro) },
    {
      class: "pooled",
      "image AUROC": average(({ pooled }) => pooled.image_auroc),
      ...rates(({ binary }) => binary.pooled),
    },
    {
      class: "pooled, aligned",
      "image AUROC": average(({ pooled }) => pooled.aligned_image_auroc),
    },
  ];
  const { intervals } = first.evaluation;
  const certainty = intervals === null
    ? ""
    : `\n\nBootstrap intervals:\n${recordTableText(recordTable([intervalRecord(intervals)]))}`;
  const table = recordTable(records, {
    percent: ["image AUROC", "pixel AUROC", aupro, "recall", "FPR", "F1"],
  });
  return `${describeGroups(first)}\n\n${recordTableText(table)}${certainty}`;
}

function describeGroups({ grouping, memory: { groups } }: ConditionResult): string {
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const { names, choice } = groups;
  const partitions = choice === null
    ? ""
    : `; partitions ${choice.candidates.map(({ clusters }) => clusters).join(", ")}`;
  const count = `${names.length} ${names.length === 1 ? "group" : "groups"}`;
  return `${count} (${groups.grouping}${partitions}), ` +
    `ARI ${grouping.ari.toFixed(3)}, purity ${share(grouping.purity)}, ` +
    `routing accuracy ${share(grouping.routingAccuracy)}`;
}
