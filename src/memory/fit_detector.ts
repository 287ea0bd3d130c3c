/**
 * Fits a detector to embedded normal images: groups, coresets, semantic keys, calibration
 * scores.
 *
 * What a bank was made of and what came of it can be recorded, so that it need not be made
 * again.
 *
 * @module
 */
import { membersOf, type Partition } from "@/clustering/partition.ts";
import { type FeatureSource, gatherPatches, patchesOf } from "@/features/feature_source.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { type Matrix, selectRows } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import {
  type CalibrationScheme,
  type CalibrationSplit,
  splitForCalibration,
} from "@/memory/calibration.ts";
import type { Coreset, Sampler } from "@/memory/coreset.ts";
import {
  type CalibrationResult,
  createDetector,
  type Detector,
  scoreByNeighbors,
} from "@/memory/detector.ts";
import { type MemoryGroup, residentRows, semanticKey } from "@/memory/memory_bank.ts";
import type { NeighborSearch } from "@/memory/neighbor_search.ts";
import { checkCount } from "@/messages.ts";

/** What a detector is made with. */
export interface FitOptions {
  /** The grouping of the training images: one group, one per class, or one per cluster. */
  readonly partition: Partition;
  /** A name for every group. */
  readonly groupNames: readonly string[];
  /** Chooses the embeddings that stay. */
  readonly sampler: Sampler;
  /** Share of the embeddings that stay, above 0 and at most 1. */
  readonly samplerRatio: number;
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Neighbours over which a patch score is averaged; default 1. */
  readonly numNeighbors?: number;
  /** How normal calibration scores are made. */
  readonly calibration: CalibrationScheme;
  /** Seed of the folds and of the sampler's choices. */
  readonly seed: number;
  /**
   * Bytes that kept embeddings and their indexes may take, which is 2.3 times the embeddings alone;
   * if they would take more, each group's are fetched from the features when they are needed, and
   * two groups at most are ready for searching. Default: any number.
   */
  readonly bankMemory?: number;
  /** Where banks that were made before are found and new ones kept; default: nowhere. */
  readonly records?: BankRecords;
  /** Selections under way at once; default 1. */
  readonly concurrency?: number;
  /** Called now and then with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Fits a memory bank to embedded normal images.
 *
 * Every group keeps ⌊ratio × rows⌋ embeddings (at least one). Calibration banks are selected from
 * scratch with the same sampler, so that calibration scores are what a new normal image would get.
 *
 * @param training Features of normal images, asked for a few at a time.
 * @param options Groups, sampler, search, calibration; see `FitOptions`.
 * @returns The detector.
 * @throws {TypeError} If partition, names and images do not fit together.
 * @throws {RangeError} If the ratio or the number of neighbours is out of range.
 *
 * @example One group, everything kept
 * ```ts
 * import assert from "node:assert/strict";
 * import { residentFeatures } from "@/features/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 * import { fitDetector, plainSearch, type Sampler } from "@/memory/mod.ts";
 *
 * const training = residentFeatures({
 *   count: 3,
 *   grid: { rows: 1, columns: 1 },
 *   embeddings: matrixOf([[0], [1], [3]]),
 *   semantics: matrixOf([[1, 0], [1, 0], [1, 0]]),
 * });
 * const keepAll: Sampler = {
 *   name: "identity",
 *   select: ({ rows }) =>
 *     Promise.resolve({ indices: Uint32Array.from(Array(rows).keys()), radius: 0 }),
 * };
 * const detector = await fitDetector(training, {
 *   partition: { labels: Int32Array.of(0, 0, 0), clusters: 1 },
 *   groupNames: ["all"],
 *   sampler: keepAll,
 *   samplerRatio: 1,
 *   search: plainSearch,
 *   calibration: { scheme: "crossfit", folds: 3 },
 *   seed: 0,
 * });
 * // Each value against the other two: 0 is 1 away from 1, 1 is 1 from 0, 3 is 2 from 1.
 * assert.deepEqual(detector.calibration.map(({ score }) => score), [1, 1, 4]);
 * const images = await training.load([0, 1, 2]);
 * const { scores } = await detector.score(images, Int32Array.of(0, 0, 0));
 * assert.deepEqual([...scores], [0, 0, 0]);
 * await detector.close();
 * ```
 */
export async function fitDetector(
  training: FeatureSource,
  options: FitOptions,
): Promise<Detector> {
  checkFit(training, options);
  const { numNeighbors = 1, bankMemory = Infinity } = options;
  const banks = planBanks(options);
  const { growth = 1 } = options.sampler;
  const report = weighProgress(banks.map(({ kept }) => kept.length ** growth), options.onProgress);
  const calibration: CalibrationResult[] = [];
  const groups: MemoryGroup[] = [];
  const recipes = banks.map((bank) => recipeOf(bank, { training, options }));
  const isResident = sizeOfBanks(recipes, { banks, training }) <= bankMemory;
  const build = async (bank: PlannedBank, number: number): Promise<void> => {
    const { group, kept, scored, isFinal } = bank;
    const recipe = recipes[number]!;
    const known = await options.records?.find(recipe) ?? null;
    const selecting = scored.length === 0 ? 1 : growth > 1 ? SELECTING.slow : SELECTING.fast;
    const onProgress = (share: number): void => report(number, selecting * share);
    const coreset = known ?? await selectCoreset(training, { options, recipe, onProgress });
    const fetchRows = (): Promise<Matrix> =>
      gatherPatches(training, { images: kept, indices: coreset.indices });
    const rows = isFinal && isResident ? await fetchRows() : null;
    const scores = known?.scores ?? await scoreAlone(training, {
      options,
      scored,
      fetchRows: rows === null ? fetchRows : () => Promise.resolve(rows),
      onProgress: (share) => report(number, selecting + (1 - selecting) * share),
    });
    scored.forEach((image, i) => calibration.push({ image, group, score: scores[i]! }));
    if (known === null) await options.records?.keep(recipe, { ...coreset, scores });
    report(number, 1);
    if (!isFinal) return;
    groups[group] = {
      name: options.groupNames[group]!,
      key: semanticKey(selectRows(training.semantics, kept)),
      embeddings: rows === null
        ? { rows: recipe.size, columns: training.dimension, load: fetchRows }
        : residentRows(rows),
      radius: coreset.radius,
      trainCount: kept.length,
    };
  };
  await mapConcurrently(banks, { limit: options.concurrency ?? 1, apply: build });
  calibration.sort((a, b) => a.image - b.image);
  return createDetector({
    groups,
    search: options.search,
    calibration,
    numNeighbors,
    openIndexes: isResident ? Infinity : 2,
  });
}

/** Share of a bank's time for its selection, by how the sampler's time grows; the rest scores. */
const SELECTING = { fast: 0.1, slow: 0.7 };

/** A bank to be selected: for calibration, for the detector, or for both. */
interface PlannedBank extends CalibrationSplit {
  readonly group: number;
  readonly seed: number;
  readonly isFinal: boolean;
}

function planBanks(options: FitOptions): PlannedBank[] {
  return membersOf(options.partition).flatMap((members, group) => {
    const random = createRandom(options.seed, `group ${group}`);
    const { splits, kept } = splitForCalibration(members, {
      scheme: options.calibration,
      seed: random.integer(2 ** 32),
    });
    const final = splits.find((split) => split.kept === kept) ??
      { kept, scored: new Uint32Array(0) };
    return [final, ...splits.filter((split) => split !== final)].map((split) => ({
      ...split,
      group,
      seed: random.integer(2 ** 32),
      isFinal: split === final,
    }));
  });
}

function recipeOf(
  { kept, scored, seed }: PlannedBank,
  { training: { grid }, options }: { training: FeatureSource; options: FitOptions },
): BankRecipe {
  const rows = kept.length * grid.rows * grid.columns;
  const size = Math.max(1, Math.floor(options.samplerRatio * rows));
  return { kept, scored, seed, size, numNeighbors: options.numNeighbors ?? 1 };
}

async function selectCoreset(
  training: FeatureSource,
  { options, recipe: { kept, size, seed }, onProgress }: {
    options: FitOptions;
    recipe: BankRecipe;
    onProgress: (share: number) => void;
  },
): Promise<Coreset> {
  return await options.sampler.select(patchesOf(training, kept), { size, seed, onProgress });
}

/** Bytes of the embeddings that all groups together keep, and of their indexes. */
function sizeOfBanks(
  recipes: readonly BankRecipe[],
  { banks, training }: { banks: readonly PlannedBank[]; training: FeatureSource },
): number {
  const rows = recipes.reduce((sum, { size }, i) => banks[i]!.isFinal ? sum + size : sum, 0);
  // An exact index holds a copy of the rows and up to five sixteenths for its codes.
  return 2.3 * rows * training.dimension * Float32Array.BYTES_PER_ELEMENT;
}

/** Anomaly scores of images that a bank has not seen. */
async function scoreAlone(
  training: FeatureSource,
  { options, scored, fetchRows, onProgress }: {
    options: FitOptions;
    scored: Uint32Array;
    fetchRows: () => Promise<Matrix>;
    onProgress: (share: number) => void;
  },
): Promise<Float32Array> {
  const scores = new Float32Array(scored.length);
  if (scored.length === 0) return scores;
  const { search, numNeighbors = 1 } = options;
  const index = await search.build(await fetchRows());
  try {
    for (const [i, image] of scored.entries()) {
      const images = await training.load([image]);
      scores[i] = (await scoreByNeighbors(images, { index, numNeighbors })).scores[0]!;
      onProgress((i + 1) / scored.length);
    }
  } finally {
    await index.close();
  }
  return scores;
}

/** Reports the weighted share of several jobs. */
function weighProgress(
  weights: readonly number[],
  onProgress: ((share: number) => void) | undefined,
): (job: number, share: number) => void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map(() => 0);
  return (job, share) => {
    shares[job] = Math.max(shares[job]!, share);
    onProgress?.(shares.reduce((sum, each, i) => sum + each * weights[i]!, 0) / total);
  };
}

function checkFit(training: FeatureSource, options: FitOptions): void {
  const { partition, groupNames, samplerRatio, numNeighbors = 1 } = options;
  if (partition.labels.length !== training.count || partition.clusters < 1) {
    throw new TypeError(
      `Cannot fit a detector: the partition must group ${training.count} training images, ` +
        `got ${partition.labels.length} labels in ${partition.clusters} groups`,
    );
  }
  if (groupNames.length !== partition.clusters) {
    throw new TypeError(
      `Cannot fit a detector: ${partition.clusters} groups need as many names, got ${groupNames.length}`,
    );
  }
  if (!(samplerRatio > 0 && samplerRatio <= 1)) {
    throw new RangeError(
      `Cannot fit a detector: the sampler's ratio must be above 0 and at most 1, got ${samplerRatio}`,
    );
  }
  checkCount(numNeighbors, { task: "Cannot fit a detector", name: "the number of neighbors" });
}

/** All that decides which embeddings a bank keeps and how it scores its calibration images. */
export interface BankRecipe {
  /** Numbers of the training images that the bank is made of. */
  readonly kept: Uint32Array;
  /** Numbers of the training images that it scores. */
  readonly scored: Uint32Array;
  /** Embeddings that stay. */
  readonly size: number;
  /** Seed of the selection. */
  readonly seed: number;
  /** Neighbours over which a patch score is averaged. */
  readonly numNeighbors: number;
}

/** What came of it. */
export interface BankRecord {
  /** Kept rows, in the order they were chosen. */
  readonly indices: Uint32Array;
  /** Covering radius; `null` if it was not measured. */
  readonly radius: number | null;
  /** Anomaly score of every image that the bank scores. */
  readonly scores: Float32Array;
}

/** A place where records are looked up and kept. */
export interface BankRecords {
  /** The record of a bank; `null` if there is none. */
  find(recipe: BankRecipe): Promise<BankRecord | null>;
  /** Keeps a record. */
  keep(recipe: BankRecipe, record: BankRecord): Promise<void>;
}

/** Writes a record as JSON. */
export function stringifyBankRecord({ indices, radius, scores }: BankRecord): string {
  return JSON.stringify({ schema: 1, indices: [...indices], radius, scores: [...scores] });
}

/** Reads a record back; `null` if the text is none, or does not fit the recipe. */
export function parseBankRecord(
  text: string,
  recipe: Pick<BankRecipe, "scored" | "size">,
): BankRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { schema, indices, radius, scores } = (value ?? {}) as Record<string, unknown>;
  if (schema !== 1 || (radius !== null && typeof radius !== "number")) return null;
  if (!areNumbers(indices, recipe.size) || !areNumbers(scores, recipe.scored.length)) return null;
  if (!indices.every((index) => Number.isInteger(index) && index >= 0)) return null;
  return { indices: Uint32Array.from(indices), radius, scores: Float32Array.from(scores) };
}

function areNumbers(values: unknown, count: number): values is number[] {
  return Array.isArray(values) && values.length === count &&
    values.every((value) => Number.isFinite(value));
}
