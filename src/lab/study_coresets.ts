/**
 * Compares ways of choosing a memory bank: sampler, size, and one bank for all against one per cluster.
 *
 * @module
 */
import { groupTraining, type TrainingGroups } from "@/clustering/grouping.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import { type CoresetChoice, sizeOfBank } from "@/lab/coreset_choice.ts";
import { seedsOf } from "@/lab/seeds.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { Sampler } from "@/memory/coreset.ts";
import { type Covering, fitPrefixBank, type PrefixBank } from "@/memory/prefix_bank.ts";
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
 * @example No share
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/sample_data.ts";
 * import { studyCoresets } from "@/lab/study_coresets.ts";
 * import { openWorkbench } from "@/lab/workbench.ts";
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
  const minSilhouette = config.MODEL.min_silhouette;
  return groupTraining({ grouping, semantics, clusterer, seed, minSilhouette });
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
