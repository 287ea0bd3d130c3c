/**
 * Compares ways of choosing a memory bank (sampler, size, and one bank for all against one per
 * cluster): how they cover, what they keep of each class, what they find.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { BankPoint } from "@/charts/memory_banks.ts";
import { groupTraining, type TrainingGroups } from "@/clustering/grouping.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { imageMetrics } from "@/evaluation/class_metrics.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import { groupingOptions, seedsOf } from "@/lab/settings.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { Sampler } from "@/memory/coreset.ts";
import {
  type Covering,
  fitPrefixBank,
  joinCoverings,
  type PrefixBank,
} from "@/memory/prefix_bank.ts";
import { randomSampler } from "@/memory/samplers.ts";

/** What is compared. */
export interface StudyCoresetsOptions {
  /** Shares of the embeddings that stay, above 0 and at most 1, in rising order. */
  readonly ratios: readonly number[];
  /** Ways of choosing; default: the workbench's and random. */
  readonly samplers?: readonly Sampler[];
  /** Ways of grouping; default: one bank for all, and one per cluster. */
  readonly groupings?: readonly ("all" | "cluster")[];
  /** Seed of selections and clusterings; default: the first of the configuration. */
  readonly seed?: number;
  /** Called now and then with the share of the work done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What one way of choosing came to. */
export interface CoresetChoice {
  /** Name of the sampler. */
  readonly sampler: string;
  /** What the groups stand for. */
  readonly grouping: "all" | "cluster";
  /** Number of groups. */
  readonly groups: number;
  /** Seconds that selecting the largest bank took, group after group, with reading the rows. */
  readonly selectionSeconds: number;
  /**
   * Milliseconds that scoring a test image by banks of all sizes took, which is little more than by
   * the largest.
   */
  readonly searchMilliseconds: number;
  /** One result per share, in order. */
  readonly sizes: readonly BankSize[];
}

/** A bank of one size. */
export interface BankSize extends Covering {
  /** Share of the embeddings that stay. */
  readonly ratio: number;
  /** Embeddings kept. */
  readonly kept: number;
  /** What it is to each class, in the order of the dataset. */
  readonly classes: readonly ClassCoverage[];
}

/** One class under one bank. */
export interface ClassCoverage extends Covering {
  /** Product category. */
  readonly className: string;
  /** Embeddings kept of its training images. */
  readonly kept: number;
  /** Image AUROC of its test images; `null` where undefined. */
  readonly auroc: number | null;
  /** Distance of the farthest patch, median over normal test images; `null` if there are none. */
  readonly normalDistance: number | null;
  /** The same over anomalous test images. */
  readonly anomalousDistance: number | null;
}

/**
 * Makes banks of every sampler and grouping in every size, and measures covering, shares of the
 * classes, image AUROC and the time of selection.
 *
 * The images are embedded once, and each bank is selected once, in its largest size: its beginnings
 * are the smaller ones. An image is scored by the nearest kept embedding of the group whose key it
 * resembles most; classes are only read to report. All banks are in memory together.
 *
 * @param workbench Images, backbone, search and clustering.
 * @param options What is compared.
 * @returns One result per grouping and sampler, grouping by grouping.
 * @throws {RangeError} If the shares are out of range or fall.
 *
 * @example One bank for all in two sizes
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { openWorkbench, studyCoresets } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 4, normal: 2, defective: 1 },
 * });
 * const config = await loadConfig(null, ["DATASET.name=Folder", `DATASET.datadir=${datadir}`]);
 * const workbench = await openWorkbench(config);
 * const [global] = await studyCoresets(workbench, { ratios: [0.01, 0.02], groupings: ["all"] });
 * await workbench.close();
 *
 * assert.deepEqual(global!.sizes.map(({ kept }) => kept), [40, 81]);
 * assert.ok(global!.sizes[1]!.radius <= global!.sizes[0]!.radius);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function studyCoresets(
  workbench: Workbench,
  options: StudyCoresetsOptions,
): Promise<CoresetChoice[]> {
  const { ratios, samplers = [workbench.sampler, randomSampler], onProgress } = options;
  const { groupings = ["all", "cluster"], seed = seedsOf(workbench.config)[0]! } = options;
  const training = await workbench.embedTraining();
  const plans = groupings.flatMap((grouping) => {
    const groups = groupImages(workbench, { training, grouping, seed });
    return samplers.map((sampler): Plan => ({ grouping, groups, sampler }));
  });
  const report = weighPlans(plans, onProgress);
  const opened: OpenChoice[] = [];
  try {
    for (const [number, plan] of plans.entries()) {
      const timed = timeSampler(plan.sampler);
      const { partition } = plan.groups;
      const { search } = workbench;
      const settings = { partition, sampler: timed.sampler, ratios, search, seed };
      const bank = await fitPrefixBank(training, settings);
      report(number, 0.2);
      const coverings = await coverClasses(workbench, {
        bank,
        onProgress: (share) => report(number, 0.2 + 0.4 * share),
      });
      opened.push({ ...plan, bank, selectionSeconds: timed.seconds(), coverings });
    }
    const tested = await scoreTest(workbench, {
      banks: opened.map(({ bank }) => bank),
      sizes: ratios.length,
      onProgress: (number, share) => report(number, 0.6 + 0.4 * share),
    });
    return opened.map((each, number) => {
      const { grouping, groups, sampler, bank, selectionSeconds, coverings } = each;
      const { scores, milliseconds } = tested[number]!;
      const sizes = ratios.map((ratio, i) =>
        sizeOfBank({
          ratio,
          keptPerImage: bank.keptPerImage[i]!,
          coverings: new Map(Array.from(coverings, ([name, sizes]) => [name, sizes[i]!])),
          scores: scores[i]!,
        }, workbench)
      );
      return {
        sampler: sampler.name,
        grouping,
        groups: groups.names.length,
        selectionSeconds,
        searchMilliseconds: milliseconds / workbench.test.length,
        sizes,
      };
    });
  } finally {
    for (const { bank } of opened) await bank.close();
  }
}

interface Plan {
  readonly grouping: "all" | "cluster";
  readonly groups: TrainingGroups;
  readonly sampler: Sampler;
}

interface OpenChoice extends Plan {
  readonly bank: PrefixBank;
  readonly selectionSeconds: number;
  /** Coverings of every class, one per size. */
  readonly coverings: ReadonlyMap<string, readonly Covering[]>;
}

function groupImages(
  { clusterer, config }: Workbench,
  options: { training: FeatureSource; grouping: "all" | "cluster"; seed: number },
): TrainingGroups {
  const { training: { count, semantics }, grouping, seed } = options;
  if (grouping === "all") return groupTraining({ grouping, count });
  return groupTraining({ grouping, semantics, clusterer, seed, ...groupingOptions(config) });
}

/** The same sampler, with a clock that runs while it selects. */
function timeSampler(sampler: Sampler): { sampler: Sampler; seconds: () => number } {
  let spent = 0;
  const select: Sampler["select"] = async (features, request) => {
    const begin = performance.now();
    const coreset = await sampler.select(features, request);
    spent += performance.now() - begin;
    return coreset;
  };
  return { sampler: { ...sampler, select }, seconds: () => spent / 1000 };
}

async function coverClasses(
  { train, dataset }: Workbench,
  { bank, onProgress }: { bank: PrefixBank; onProgress: (share: number) => void },
): Promise<Map<string, Covering[]>> {
  const found = new Map<string, Covering[]>();
  for (const className of dataset.classes) {
    const images = [...train.keys()].filter((image) => train[image]!.className === className);
    if (images.length > 0) found.set(className, await bank.cover(images));
    onProgress(found.size / dataset.classes.length);
  }
  return found;
}

/** Scores of all test images by each size of a bank, and the time that took. */
interface TestedBank {
  readonly scores: readonly Float32Array[];
  milliseconds: number;
}

async function scoreTest(
  workbench: Workbench,
  options: {
    banks: readonly PrefixBank[];
    sizes: number;
    onProgress: (number: number, share: number) => void;
  },
): Promise<TestedBank[]> {
  const { banks, sizes, onProgress } = options;
  const count = workbench.test.length;
  const tested = banks.map((): TestedBank => ({
    scores: Array.from({ length: sizes }, () => new Float32Array(count)),
    milliseconds: 0,
  }));
  let first = 0;
  for await (const images of workbench.embedTest()) {
    for (const [number, bank] of banks.entries()) {
      const begin = performance.now();
      const found = await bank.score(images);
      tested[number]!.milliseconds += performance.now() - begin;
      found.forEach((each, size) => tested[number]!.scores[size]!.set(each, first));
      onProgress(number, (first + images.count) / count);
    }
    first += images.count;
  }
  return tested;
}

/** Weighs each plan by the size of the banks that its images are searched in. */
function weighPlans(
  plans: readonly Plan[],
  onProgress: ((share: number) => void) | undefined,
): (number: number, share: number) => void {
  const weights = plans.map(({ groups }) => 1 / groups.names.length);
  const total = weights.reduce((all, weight) => all + weight, 0);
  const shares = weights.map(() => 0);
  return (number, share) => {
    shares[number] = share;
    onProgress?.(shares.reduce((all, each, i) => all + each * weights[i]!, 0) / total);
  };
}

/** Describes a bank class by class. */
export function sizeOfBank(
  bank: {
    readonly ratio: number;
    readonly keptPerImage: Uint32Array;
    readonly coverings: ReadonlyMap<string, Covering>;
    readonly scores: Float32Array;
  },
  images: {
    readonly train: readonly Pick<Sample, "className">[];
    readonly test: readonly Pick<Sample, "className" | "isAnomalous">[];
  },
): BankSize {
  const { ratio, keptPerImage, coverings, scores } = bank;
  const { train, test } = images;
  const classes = Array.from(coverings, ([className, covering]): ClassCoverage => {
    const own = [...test.keys()].filter((image) => test[image]!.className === className);
    const { image_auroc: auroc } = imageMetrics(
      own.map((image) => scores[image]!),
      own.map((image) => test[image]!.isAnomalous),
    );
    const ofClass = keptPerImage.filter((_, image) => train[image]!.className === className);
    const distanceOf = (isAnomalous: boolean): number | null => {
      const images = own.filter((image) => test[image]!.isAnomalous === isAnomalous);
      return images.length === 0 ? null : Math.sqrt(median(images.map((image) => scores[image]!)));
    };
    return {
      ...covering,
      className,
      kept: sum(ofClass),
      auroc,
      normalDistance: distanceOf(false),
      anomalousDistance: distanceOf(true),
    };
  });
  return { ...joinCoverings(classes), ratio, kept: sum(keptPerImage), classes };
}

function sum(counts: Uint32Array): number {
  return counts.reduce((all, count) => all + count, 0);
}

/**
 * Puts a study into the points that `bankSizeChart` draws.
 *
 * @param choices What was compared.
 * @returns One point per choice and size: `radius`, `mean distance`, and the AUROC
 *   `mean of classes` and `worst class`.
 *
 * @example One bank of one size
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankPoints } from "@/lab/mod.ts";
 *
 * const of = { radius: 3, mean: 1, rows: 50, kept: 5 };
 * const found = { auroc: 0.9, normalDistance: 3, anomalousDistance: 5 };
 * const sizes = [{ ...of, ratio: 0.1, classes: [{ ...of, ...found, className: "nut" }] }];
 * const times = { selectionSeconds: 1, searchMilliseconds: 1 };
 * const choice = { ...times, sampler: "greedy", grouping: "all", groups: 1, sizes } as const;
 * assert.deepEqual(bankPoints([choice])[0]!.values["worst class"], 0.9);
 * ```
 */
export function bankPoints(choices: readonly CoresetChoice[]): BankPoint[] {
  return choices.flatMap(({ sampler, grouping, sizes }) =>
    sizes.map(({ kept, radius, mean, classes }) => {
      const defined = classes.flatMap(({ auroc }) => auroc === null ? [] : [auroc]);
      const none = defined.length === 0;
      return {
        bank: bankLabel(grouping),
        sampler,
        kept,
        values: {
          radius,
          "mean distance": mean,
          "mean of classes": none ? null : defined.reduce((sum, x) => sum + x) / defined.length,
          "worst class": none ? null : Math.min(...defined),
        },
      };
    })
  );
}

/**
 * Names a grouping in charts and tables.
 *
 * @param grouping What the groups stand for.
 * @returns "one bank" or "a bank per cluster".
 *
 * @example Both
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankLabel } from "@/lab/mod.ts";
 *
 * assert.equal(bankLabel("all"), "one bank");
 * assert.equal(bankLabel("cluster"), "a bank per cluster");
 * ```
 */
export function bankLabel(grouping: CoresetChoice["grouping"]): string {
  return grouping === "all" ? "one bank" : "a bank per cluster";
}
