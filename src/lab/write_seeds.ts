/**
 * Writes what several seeds of a run come to together.
 *
 * @module
 */
import { join } from "node:path";
import { averageResults } from "@/evaluation/result_files.ts";
import { replaceFolder } from "@/files/write.ts";
import { stringifyYaml } from "@/files/yaml.ts";
import { runFolder } from "@/lab/results.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import { seedsOf } from "@/lab/seeds.ts";
import type { Workbench } from "@/lab/workbench.ts";

/**
 * Writes means and standard deviations over seeds: `seed_summary.json` and the configuration.
 *
 * @param workbench The configuration with its seeds.
 * @param runs The run of each seed, in their order.
 * @returns The folder, named like a run's after the list of seeds.
 * @throws {Error} If the folder cannot be written.
 *
 * @example The folder's name
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { runFolder } from "@/lab/results.ts";
 *
 * const config = { ...defaultConfig, DEFAULT: { savedir: "results", seed: [0, 1] } };
 * // `writeSeeds` writes into the folder that a run with these seeds would have:
 * assert.match(runFolder({ config }), /greedy0.1-stride32-seed=0\+1$/);
 * ```
 */
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
