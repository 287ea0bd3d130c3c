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
import { type Matrix, normalizeRows, rowOf, selectRows, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { dotProduct } from "@/math/vectors.ts";
import type { BankRecipe, BankRecords } from "@/memory/bank_records.ts";
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
  type ImageScorer,
  maxScore,
  meanOf,
  scoreByNeighbors,
  scorePatches,
  takeSmaller,
} from "@/memory/detector.ts";
import { type MemoryGroup, residentRows, semanticKey } from "@/memory/memory_bank.ts";
import type { NeighborSearch } from "@/memory/neighbor_search.ts";
import { searchOtherRows } from "@/memory/own_rows.ts";
import { checkCount } from "@/messages.ts";
import { leaveOneOutKeyDistances } from "@/thresholds/refusal.ts";

/** What a detector is made with. */
export interface FitOptions {
  /** The grouping of the training images: one group, one per class, or one per cluster. */
  readonly partition: Partition;
  /** A name for every group. */
  readonly groupNames: readonly string[];
  /** Groups that are there already, before those of the partition; they stay as they are. */
  readonly existing?: readonly MemoryGroup[];
  /** Chooses the embeddings that stay. */
  readonly sampler: Sampler;
  /** Share of the embeddings that stay, above 0 and at most 1. */
  readonly samplerRatio: number;
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Neighbours over which a patch score is averaged; default 1. */
  readonly numNeighbors?: number;
  /**
   * Banks that score an image that is routed by its key: those of the one or two groups whose keys
   * are most alike, of which each patch takes the smaller score. Two take twice the search. Default
   * 1, the paper's way as far as its public text tells; 2 is ours.
   */
  readonly routedGroups?: 1 | 2;
  /** Makes the anomaly score of an image from its patch scores; default: the largest. */
  readonly imageScore?: ImageScorer;
  /** Tells the highest value of an anomaly map from patch scores; default: the largest of these. */
  readonly mapPeak?: ImageScorer;
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
 * Every group keeps ⌊ratio × rows⌋ embeddings (at least one). Calibration scores come from banks
 * that hold no row of the image that they score: the final bank without the image's own rows, or
 * banks of other images, selected from scratch with the same sampler. An image none but whose own
 * rows were kept has no calibration score.
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
  const { numNeighbors = 1, bankMemory = Infinity, routedGroups = 1, existing = [] } = options;
  const { imageScore = maxScore, mapPeak = maxScore } = options;
  const banks = planBanks(options);
  const { growth = 1 } = options.sampler;
  const report = weighProgress(banks.map(({ kept }) => kept.length ** growth), options.onProgress);
  const calibrated: CalibratedImage[] = [];
  const groups: MemoryGroup[] = [...existing];
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
    const patchScores = known?.patchScores ?? await scoreAlone(training, {
      options,
      recipe,
      coreset,
      fetchRows: rows === null ? fetchRows : () => Promise.resolve(rows),
      onProgress: (share) => report(number, selecting + (1 - selecting) * share),
    });
    const own = findOwnRows(training, { recipe, coreset });
    scored.forEach((image, i) => {
      if (own.get(image)?.size === recipe.size) return;
      calibrated.push({ image, group, patchScores: rowOf(patchScores, i) });
    });
    if (known === null) await options.records?.keep(recipe, { ...coreset, patchScores });
    report(number, 1);
    if (!isFinal) return;
    groups[group] = {
      name: options.groupNames[group - existing.length]!,
      key: semanticKey(selectRows(training.semantics, kept)),
      embeddings: rows === null
        ? { rows: recipe.size, columns: training.dimension, load: fetchRows }
        : residentRows(rows),
      radius: coreset.radius,
      trainCount: kept.length,
    };
  };
  await mapConcurrently(banks, { limit: options.concurrency ?? 1, apply: build });
  calibrated.sort((a, b) => a.image - b.image);
  const distances = keyDistances(training, { groups, banks });
  const summarize = ({ image, group, patchScores }: CalibratedImage): CalibrationResult => ({
    image,
    group,
    score: Math.fround(imageScore(patchScores)),
    meanPatchScore: meanOf(patchScores),
    keyDistance: distances.get(image)!,
    mapPeak: Math.fround(mapPeak(patchScores)),
  });
  const detector = createDetector({
    groups,
    search: options.search,
    calibration: calibrated.map(summarize),
    numNeighbors,
    routedGroups,
    imageScore,
    openIndexes: isResident ? Infinity : 2,
  });
  if (routedGroups === 1 || groups.length === 1) return detector;
  try {
    const lowered = await lowerBySecond(training, { detector, calibrated });
    // Its indexes are open: they score whatever comes next.
    return { ...detector, routedCalibration: lowered.map(summarize) };
  } catch (error) {
    await detector.close();
    throw error;
  }
}

/** A training image with its patch scores by a bank that holds none of its rows. */
interface CalibratedImage {
  readonly image: number;
  readonly group: number;
  readonly patchScores: Float32Array;
}

/** The rows of a bank that do not score their own image, by image. */
function findOwnRows(
  { grid }: FeatureSource,
  { recipe: { kept, ownRowsOut }, coreset: { indices } }: { recipe: BankRecipe; coreset: Coreset },
): Map<number, ReadonlySet<number>> {
  if (!ownRowsOut) return new Map();
  const ownerOf = (row: number): number =>
    kept[Math.floor(indices[row]! / (grid.rows * grid.columns))]!;
  const rows = Map.groupBy(indices.keys(), ownerOf);
  return new Map([...rows].map(([image, own]) => [image, new Set(own)]));
}

/** 1 − the cosine between each image and the key of its group's other images. */
function keyDistances(
  { semantics }: FeatureSource,
  { groups, banks }: { groups: readonly MemoryGroup[]; banks: readonly PlannedBank[] },
): Map<number, number> {
  const distances = new Map<number, number>();
  for (const { group, kept } of banks.filter(({ isFinal }) => isFinal)) {
    leaveOneOutKeyDistances(selectRows(semantics, kept)).forEach((distance, i) =>
      distances.set(kept[i]!, distance)
    );
    const { key } = groups[group]!;
    for (const image of banks.flatMap((bank) => bank.group === group ? [...bank.scored] : [])) {
      if (distances.has(image)) continue;
      const vector = normalizeRows(selectRows(semantics, [image])).data;
      distances.set(image, 1 - dotProduct(vector, key));
    }
  }
  return distances;
}

/** Lowers patch scores to those of the bank whose key is nearest among the others. */
async function lowerBySecond(
  training: FeatureSource,
  { detector, calibrated }: { detector: Detector; calibrated: readonly CalibratedImage[] },
): Promise<CalibratedImage[]> {
  const semantics = selectRows(training.semantics, calibrated.map(({ image }) => image));
  const groups = Int32Array.from(calibrated, ({ group }) => group);
  const second = detector.routeSecond(semantics, groups)!;
  const lowered = calibrated.map((each) => ({ ...each, patchScores: each.patchScores.slice() }));
  for (const group of detector.groups.keys()) {
    const members = lowered.filter((_, i) => second[i] === group);
    for (const { image, patchScores } of members) {
      const images = await training.load([image]);
      takeSmaller(patchScores, (await detector.patchScores(images, group)).data);
    }
  }
  return lowered;
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
  const { existing = [] } = options;
  return membersOf(options.partition).flatMap((members, i) => {
    const group = existing.length + i;
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
  { kept, scored, seed, ownRowsOut = false }: PlannedBank,
  { training: { grid }, options }: { training: FeatureSource; options: FitOptions },
): BankRecipe {
  const rows = kept.length * grid.rows * grid.columns;
  const size = Math.max(1, Math.floor(options.samplerRatio * rows));
  return { kept, scored, seed, size, numNeighbors: options.numNeighbors ?? 1, ownRowsOut };
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

/** Patch scores of images by a bank that has not seen them, or without what it has of them. */
async function scoreAlone(
  training: FeatureSource,
  { options, recipe, coreset, fetchRows, onProgress }: {
    options: FitOptions;
    recipe: BankRecipe;
    coreset: Coreset;
    fetchRows: () => Promise<Matrix>;
    onProgress: (share: number) => void;
  },
): Promise<Matrix> {
  const { scored } = recipe;
  const positions = training.grid.rows * training.grid.columns;
  const scores = toMatrix(new Float32Array(scored.length * positions), {
    rows: scored.length,
    columns: positions,
  });
  if (scored.length === 0) return scores;
  const { search, numNeighbors = 1 } = options;
  const rows = await fetchRows();
  const ownRows = findOwnRows(training, { recipe, coreset });
  const index = await search.build(rows);
  try {
    for (const [i, image] of scored.entries()) {
      const images = await training.load([image]);
      const own = ownRows.get(image);
      if (own === undefined) {
        scores.data.set(
          (await scoreByNeighbors(images, { index, numNeighbors })).data,
          i * positions,
        );
      } else {
        const request = { index, rows, search, numNeighbors, own };
        const near = await searchOtherRows(images.embeddings, request);
        if (near !== null) scores.data.set(scorePatches(near, { images: 1 }).data, i * positions);
      }
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
