/**
 * `thresholds.json` of runs: which model its thresholds are of, writing it, and reading it back in
 * place of a rule.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { type ScopedScore, scopeName, thresholdsByScope } from "@/evaluation/decisions.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { calibrationOf, datasetLabel, runName, runSettings } from "@/lab/settings.ts";
import type { TrainedModel } from "@/memory/trained_model.ts";
import type { RefusalLimits } from "@/thresholds/refusal.ts";
import type { Threshold } from "@/thresholds/rules.ts";
import {
  NOT_PROMISED,
  parseThresholdFile,
  takeLimits,
  takeThresholds,
  type ThresholdFile,
} from "@/thresholds/threshold_file.ts";

/** Where a run leaves its thresholds. */
export const thresholdFileName = "thresholds.json";

/** What of a trained model says whose scores are its. */
export interface ScoringModel extends Pick<TrainedModel, "dimension"> {
  /** Its backbone. */
  readonly backbone: Pick<TrainedModel["backbone"], "name" | "hash">;
  /** Its configuration. */
  readonly config: ExperimentConfig;
  /** Its groups, in order. */
  readonly groups: readonly {
    readonly name: string;
    readonly trainCount: number;
    readonly embeddings: { readonly rows: number };
  }[];
}

/**
 * Names the model whose scores thresholds belong to, by a SHA-256 of everything that shapes them:
 * backbone, how images are read, method, seed, and the groups with their training images and kept
 * embeddings. How thresholds are set and where the images lie do not count; neither do last bits,
 * so that the same run on another machine is the same model. What the images show is not looked at.
 */
export function identifyModel(model: ScoringModel): ThresholdFile["model"] {
  const { config, backbone, dimension, groups } = model;
  const { DEFAULT, DATASET, MODEL } = runSettings(config);
  const { datadir: _datadir, ...images } = DATASET!;
  const { backbone_file: _file, neighbor_search: search, ...method } = MODEL!;
  const shaping = {
    backbone: backbone.hash,
    dimension,
    DEFAULT,
    DATASET: { ...images, label: datasetLabel(config) },
    MODEL: { ...method, search: search === "ivf" || search === "hnsw" ? search : "exact" },
    groups: groups.map(({ name, trainCount, embeddings }) => [name, trainCount, embeddings.rows]),
  };
  const run = runName({ ...config, EVALUATION: defaultConfig.EVALUATION });
  return {
    name: `${config.MODEL.name} on ${datasetLabel(config)}, ${backbone.name}, ${run}`,
    hash: createHash("sha256").update(JSON.stringify(shaping)).digest("hex"),
  };
}

/** Reads a file of thresholds; `null` where the configuration names none. */
export async function readGivenThresholds(
  { EVALUATION: { thresholds: path } }: Pick<ExperimentConfig, "EVALUATION">,
): Promise<ThresholdFile | null> {
  return path === null ? null : await readThresholdFile(path);
}

/** Reads a file of thresholds. */
export async function readThresholdFile(path: string): Promise<ThresholdFile> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const got = error instanceof Deno.errors.NotFound
      ? "nothing there"
      : error.message.split("\n")[0];
    throw new Error(`Cannot read thresholds of "${path}": it must be a file, got ${got}`, {
      cause: error,
    });
  }
  return parseThresholdFile(text, path);
}

/** Refuses thresholds of another model. */
export function checkModel(
  file: ThresholdFile,
  { model, source }: { model: ThresholdFile["model"]; source: string },
): void {
  if (file.model.hash === model.hash) return;
  const name = ({ name, hash }: ThresholdFile["model"]): string =>
    `"${name}" (${hash.slice(0, 12)})`;
  throw new RangeError(
    `Cannot use thresholds of "${source}": they must be of the model ${name(model)}, ` +
      `got those of ${name(file.model)}`,
  );
}

/** Refuses thresholds for others than those that are asked for. */
export function checkScope(
  file: ThresholdFile,
  { scope, source }: { scope: ThresholdScope; source: string },
): void {
  if (file.scope === scope) return;
  const kind = { class: "for classes", group: "for groups", global: "for all together" };
  throw new RangeError(
    `Cannot use thresholds of "${source}": they must be ${kind[scope]}, got those ${
      kind[file.scope]
    }`,
  );
}

/** Thresholds of a file by the names of the scopes of the images at hand. */
export function thresholdsFromFile(
  file: ThresholdFile,
  { samples, calibration, source }: {
    samples: readonly ScopedScore[];
    calibration: readonly ScopedScore[];
    source: string;
  },
): Map<string, Threshold> {
  const { scope } = file;
  const nameOf = (scored: ScopedScore): string => scopeName(scored, scope);
  const scores = Map.groupBy(calibration, nameOf);
  return takeThresholds(file, {
    names: [...new Set([...samples, ...calibration].map(nameOf))].sort(),
    source,
    byRule: (name, rule) =>
      thresholdsByScope(scores.get(name) ?? [], { rule, scope, names: [name] }).get(name)!,
  });
}

/** Limits of refusal of a file, by number of the group. */
export function limitsFromFile(
  file: ThresholdFile | null,
  options: { groupNames: readonly string[]; source: string | null },
): ReadonlyMap<number, RefusalLimits> | undefined {
  const { groupNames, source } = options;
  return file === null ? undefined : takeLimits(file, { groupNames, source: source ?? "" });
}

/** Says how calibration scores were made. */
export function describeCalibration(config: ExperimentConfig): string {
  const made = calibrationOf(config);
  switch (made.scheme) {
    case "own_rows_out":
      return "own_rows_out: scores of training images by the bank without their own rows";
    case "crossfit":
      return `crossfit: scores of training images by banks of the other of ${made.folds} folds`;
    case "holdout":
      return `holdout: scores of ${100 * made.fraction} % of the training images, set aside`;
  }
}

/** Says in one line where thresholds come from, and for how many nothing is promised. */
export function describeSource(
  source: string,
  thresholds: ReadonlyMap<string, Threshold>,
): string {
  const given = [...thresholds.values()].filter(({ promise }) => promise === NOT_PROMISED);
  const all = thresholds.size;
  return given.length === 0
    ? `Thresholds come from "${source}" and are as their rule set them.`
    : `Thresholds come from "${source}": ${given.length} of ${all} as given; nothing is promised.`;
}
