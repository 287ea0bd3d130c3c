/**
 * Fits the memory bank that a setting calls for, and keeps what came of banks on disk: an
 * interrupted run goes on where it was, and no bank that another scenario, seed or notebook has
 * made is made again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type Grouping,
  type GroupingSource,
  groupTraining,
  type TrainingGroups,
} from "@/clustering/grouping.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import type { BoundedFolder } from "@/files/cache.ts";
import { groupingOptions, seedsOf } from "@/lab/settings.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { Detector } from "@/memory/detector.ts";
import { smoothedScore } from "@/memory/anomaly_map.ts";
import {
  type BankRecipe,
  type BankRecord,
  type BankRecords,
  parseBankRecord,
  stringifyBankRecord,
} from "@/memory/bank_records.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { plural } from "@/messages.ts";

/** A fitted memory bank and how its images were grouped. */
export interface FittedMemory {
  /** The groups of the training images. */
  readonly groups: TrainingGroups;
  /** Seed of folds, selections and clusterings. */
  readonly seed: number;
  /** The detector; it holds native memory until it is closed. */
  readonly detector: Detector;
}

/**
 * Groups embedded training images and fits a detector to them.
 *
 * Class names are read only where the grouping is by class.
 *
 * @param workbench Sampler, search and configuration.
 * @param options The embedded training images, in the workbench's order, what to group by, and the
 *   seed (default: the first of the configuration).
 * @returns The groups and the detector.
 * @throws {TypeError} If the embedded images are not the workbench's training images.
 * @throws {RangeError} If more clusters are required than there are training images.
 *
 * @example A bank for each class, of which there is one
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { fitMemory, openWorkbench } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 2, normal: 1, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   "MODEL.sampler=random",
 *   "MODEL.sampler_ratio=0.01",
 * ]);
 * const workbench = await openWorkbench(config);
 * const training = await workbench.embedTraining();
 * const { groups, detector } = await fitMemory(workbench, { training, grouping: "class" });
 * await detector.close();
 * await workbench.close();
 *
 * // A hundredth of two images with 32 × 32 patch positions:
 * assert.deepEqual(groups.names, ["gear"]);
 * assert.equal(detector.groups[0]!.embeddings.rows, 20);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function fitMemory(
  workbench: Workbench,
  options: { training: FeatureSource; grouping: Grouping; seed?: number },
): Promise<FittedMemory> {
  const { MODEL, DATASET: { imagesize: side } } = workbench.config;
  const { training, seed = seedsOf(workbench.config)[0]! } = options;
  const groups = groupTraining(sourceOf(workbench, { ...options, seed }));
  const progress = workbench.startProgress(`fit ${describe(groups)}`);
  const mapPeak = smoothedScore({ grid: training.grid, size: { height: side, width: side } });
  const detector = await fitDetector(training, {
    partition: groups.partition,
    groupNames: groups.names,
    sampler: workbench.sampler,
    samplerRatio: MODEL.sampler_ratio,
    search: workbench.search,
    numNeighbors: MODEL.num_neighbors,
    routedGroups: MODEL.routed_groups,
    ...(MODEL.image_score === "smoothed" && { imageScore: mapPeak }),
    mapPeak,
    calibration: workbench.calibration,
    seed,
    ...recordsFor(workbench, training),
    bankMemory: 1e9 * workbench.config.RUNTIME.memory_gigabytes,
    concurrency: workbench.concurrency,
    onProgress: (share) => progress.report(share),
  });
  progress.finish();
  return { groups, seed, detector };
}

/** Raised whenever the same recipe makes a different bank, and when records are kept otherwise. */
const bankVersion = 3;

/** Where banks of these images are found and kept, if they are to be kept. */
function recordsFor(
  { cache, sampler, search }: Workbench,
  { keys, grid }: FeatureSource,
): { records?: BankRecords } {
  if (cache === null || keys === undefined) return {};
  const recipe = [bankVersion, sampler.name, search.name];
  const positions = grid.rows * grid.columns;
  return { records: openBankCache({ files: cache, recipe, imageKeys: keys, positions }) };
}

function sourceOf(
  { train, clusterer, config }: Workbench,
  { training, grouping, seed }: { training: FeatureSource; grouping: Grouping; seed: number },
): GroupingSource {
  if (training.count !== train.length) {
    throw new TypeError(
      `Cannot fit a memory bank: ${train.length} training images are needed, got ${training.count}`,
    );
  }
  switch (grouping) {
    case "all":
      return { grouping, count: training.count };
    case "class":
      return { grouping, classNames: train.map(({ className }) => className) };
    case "cluster": {
      const { n_clusters: clusters } = config.MODEL;
      if (clusters !== null && clusters > training.count) {
        throw new RangeError(
          `Cannot fit a memory bank: "MODEL.n_clusters" must be at most ${training.count}, ` +
            `the number of training images, got ${clusters}`,
        );
      }
      const { semantics } = training;
      return { grouping, semantics, clusterer, seed, ...groupingOptions(config) };
    }
  }
}

function describe({ grouping, names }: TrainingGroups): string {
  if (grouping === "all") return "one bank for all";
  return plural(names.length, `${grouping} bank`);
}

/** Where records are kept, and what shapes them beside a bank's own recipe. */
export interface BankCacheOptions {
  /** The folder of the cache, which may hold other things, too. */
  readonly files: BoundedFolder;
  /** Whatever shapes features, how rows are sampled, and how neighbours are found. */
  readonly recipe: readonly unknown[];
  /** What identifies the content of every training image; `null`: not known, nothing is kept. */
  readonly imageKeys: readonly (string | null)[];
  /** Patch positions of every image. */
  readonly positions: number;
}

/**
 * Opens a cache of banks.
 *
 * A record is found by the content of the images that the bank is made of and scores, in their
 * order, not by their names, numbers or classes. It carries the SHA-256 of its key and content;
 * one that does not match, or cannot be of this bank, is named, dropped and made anew.
 */
export function openBankCache(options: BankCacheOptions): BankRecords {
  const { files, recipe: shared, imageKeys, positions } = options;
  const keyOf = ({ kept, scored, ...rest }: BankRecipe): string | null => {
    const keys = [kept, scored].map((images) => Array.from(images, (image) => imageKeys[image]));
    if (keys.flat().some((key) => key === null || key === undefined)) return null;
    const { size, seed, numNeighbors, ownRowsOut } = rest;
    return hashText(JSON.stringify([shared, keys, size, seed, numNeighbors, ownRowsOut]));
  };
  const nameOf = (key: string): string => join("banks", `${key}.json`);
  return {
    find: (recipe) => {
      const key = keyOf(recipe);
      const bytes = key === null ? null : files.read(nameOf(key));
      if (key === null || bytes === null) return Promise.resolve(null);
      const rows = positions * recipe.kept.length;
      const record = decodeRecord(new TextDecoder().decode(bytes), {
        key,
        recipe,
        rows,
        positions,
      });
      if (typeof record !== "string") return Promise.resolve(record);
      files.drop(nameOf(key), record);
      return Promise.resolve(null);
    },
    keep: async (recipe, record) => {
      const key = keyOf(recipe);
      if (key === null) return;
      const text = encodeRecord(stringifyBankRecord(record), key);
      await files.put(nameOf(key), [new TextEncoder().encode(text)]);
    },
  };
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Puts the key and the SHA-256 of both before a record. */
function encodeRecord(record: string, key: string): string {
  return `{"key":"${key}","sha256":"${hashText(`${key} ${record}`)}","record":${record}}\n`;
}

/** Reads a record back, or says what must hold and what came instead. */
function decodeRecord(
  text: string,
  { key, recipe, rows, positions }: {
    key: string;
    recipe: BankRecipe;
    rows: number;
    positions: number;
  },
): BankRecord | string {
  const content = text.slice(encodeRecord("", key).length - "}\n".length, -"}\n".length);
  if (text !== encodeRecord(content, key)) {
    return "its checksum must be that of its key and content, got another";
  }
  const record = parseBankRecord(content, recipe);
  if (record === null) return "it must be the record of its bank, got none";
  const { indices, radius, patchScores } = record;
  if (patchScores.columns !== positions) {
    return `images must have ${positions} patch scores, got ${patchScores.columns}`;
  }
  const index = indices.find((each) => each >= rows);
  if (index !== undefined) return `indices must be from 0 to ${rows - 1}, got ${index}`;
  const isOdd = (each: number): boolean => !(each >= 0 && each < Infinity);
  const value = isOdd(radius ?? 0) ? radius! : patchScores.data.find(isOdd);
  return value === undefined ? record : `distances must be finite and from 0, got ${value}`;
}
