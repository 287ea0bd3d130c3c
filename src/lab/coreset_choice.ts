/**
 * What ways of choosing a memory bank come to: how they cover, what they keep of each class, what they find.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { BankPoint } from "@/charts/memory_banks.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { imageMetrics } from "@/evaluation/class_metrics.ts";
import { type Covering, joinCoverings } from "@/memory/prefix_bank.ts";

/** One class under one bank. */
export interface ClassCoverage extends Covering {
  /** Product category. */
  readonly className: string;
  /** Embeddings kept of its training images. */
  readonly kept: number;
  /** Image AUROC of its test images; `null` where undefined. */
  readonly auroc: number | null;
  /** Distance of the farthest patch, median over normal test images; `null` where there are none. */
  readonly normalDistance: number | null;
  /** The same over anomalous test images. */
  readonly anomalousDistance: number | null;
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
  /** Milliseconds that scoring a test image by banks of all sizes took, which is little more than by the largest. */
  readonly searchMilliseconds: number;
  /** One result per share, in order. */
  readonly sizes: readonly BankSize[];
}

/**
 * Describes a bank class by class.
 *
 * @param bank Share of the embeddings that stay, how many it keeps of each training image, how it
 *   covers the training images of each class, and the anomaly scores of the test images, which are
 *   squared distances.
 * @param images Training and test images, in the order of these numbers.
 * @returns The bank; the covering is that of all classes together.
 * @throws {RangeError} If there is no class.
 *
 * @example One class
 * ```ts
 * import assert from "node:assert/strict";
 * import { sizeOfBank } from "@/lab/coreset_choice.ts";
 *
 * const image = { className: "nut", isAnomalous: false };
 * const { kept, classes } = sizeOfBank({
 *   ratio: 0.1,
 *   keptPerImage: Uint32Array.of(3, 2),
 *   coverings: new Map([["nut", { radius: 4, mean: 1, rows: 50 }]]),
 *   scores: Float32Array.of(1, 9),
 * }, { train: [image, image], test: [image, { ...image, isAnomalous: true }] });
 * assert.deepEqual([kept, classes[0]!.auroc], [5, 1]);
 * ```
 */
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

/**
 * Puts a study into the points that `bankSizeChart` draws.
 *
 * @param choices What was compared.
 * @returns One point per choice and size: `radius`, `mean distance`, and the AUROC `mean of classes`
 *   and `worst class`.
 *
 * @example One bank of one size
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankPoints } from "@/lab/coreset_choice.ts";
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
 * import { bankLabel } from "@/lab/coreset_choice.ts";
 *
 * assert.equal(bankLabel("all"), "one bank");
 * assert.equal(bankLabel("cluster"), "a bank per cluster");
 * ```
 */
export function bankLabel(grouping: CoresetChoice["grouping"]): string {
  return grouping === "all" ? "one bank" : "a bank per cluster";
}

function sum(counts: Uint32Array): number {
  return counts.reduce((all, count) => all + count, 0);
}
