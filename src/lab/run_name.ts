/**
 * Names runs and datasets from their configuration.
 *
 * @module
 */
import { defaultConfig, type ExperimentConfig } from "@/config.ts";

/**
 * Names the dataset of a configuration, as result folders do.
 *
 * @param config The configuration.
 * @returns The dataset's name in lower case; for `Folder` the last part of its path.
 *
 * @example A folder of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { datasetLabel } from "@/lab/run_name.ts";
 *
 * const DATASET = { ...defaultConfig.DATASET, name: "Folder", datadir: "photos/valves/" } as const;
 * assert.equal(datasetLabel({ ...defaultConfig, DATASET }), "valves");
 * ```
 */
export function datasetLabel(config: ExperimentConfig): string {
  const { name, datadir } = config.DATASET;
  if (name !== "Folder" || datadir === null) return name.toLowerCase();
  return datadir.split(/[\\/]/).findLast((part) => part !== "" && part !== "." && part !== "..") ??
    "folder";
}

/**
 * Names a run after what shapes its numbers: sampler and semantic layer first, then every other
 * key that differs from its default.
 *
 * Two configurations that can lead to different numbers have different names; the savedir, the model
 * (a folder of its own), batch sizes, the dataset's place and the runtime are not part of it.
 *
 * @param config The configuration.
 * @returns A name that is safe as a folder name.
 *
 * @example The defaults, and known classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { runName } from "@/lab/run_name.ts";
 *
 * assert.equal(runName(defaultConfig), "greedy0.1-stride32");
 * const MODEL = { ...defaultConfig.MODEL, known_class: true };
 * assert.equal(runName({ ...defaultConfig, MODEL }), "greedy0.1-stride32-known_class=true");
 * ```
 */
export function runName(config: ExperimentConfig): string {
  const { sampler, sampler_ratio, semantic_layer } = config.MODEL;
  const first = `${sampler}${sampler === "identity" ? "" : sampler_ratio}-${semantic_layer}`;
  const sections = ["DEFAULT", "DATASET", "MODEL", "EVALUATION"] as const;
  const parts = sections.flatMap((section) => {
    const defaults: Readonly<Record<string, unknown>> = defaultConfig[section];
    return Object.entries(config[section]).filter(([key, value]) =>
      !namedElsewhere.has(`${section}.${key}`) &&
      JSON.stringify(value) !== JSON.stringify(defaults[key])
    ).map(([key, value]) => {
      const label = section === "EVALUATION" && key === "known_class" ? "evaluation_known" : key;
      return `${label}=${Array.isArray(value) ? value.join("+") : value}`;
    });
  });
  return [first, ...parts].join("-").replaceAll(/[^\w.=+-]/g, "_");
}

const namedElsewhere: ReadonlySet<string> = new Set([
  "DEFAULT.savedir",
  "DATASET.name",
  "DATASET.datadir",
  "MODEL.name",
  "MODEL.sampler",
  "MODEL.sampler_ratio",
  "MODEL.semantic_layer",
  "MODEL.batch_size",
  "MODEL.semantic_batch_size",
]);
