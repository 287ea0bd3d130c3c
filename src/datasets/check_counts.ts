/**
 * Numbers of images of a dataset, against none and against the published ones.
 *
 * @module
 */
import type { Benchmark, ClassCounts } from "@/datasets/benchmarks.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";

/**
 * Counts the images of a class by what they are for.
 *
 * @param dataset The dataset.
 * @param className The class.
 * @returns Its training images, normal test images and anomalous test images.
 *
 * @example One training image
 * ```ts
 * import assert from "node:assert/strict";
 * import { countClass } from "@/datasets/check_counts.ts";
 *
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [{ ...normal, image: "a.png", split: "train" }] as const;
 * const dataset = { name: "Folder", folder: "", classes: ["nut"], samples };
 * assert.deepEqual(countClass(dataset, "nut"), { train: 1, normal: 0, anomalous: 0 });
 * ```
 */
export function countClass(dataset: Dataset, className: string): ClassCounts {
  const samples = dataset.samples.filter((sample) => sample.className === className);
  const train = samples.filter(({ split }) => split === "train").length;
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous).length;
  return { train, normal: samples.length - train - anomalous, anomalous };
}

/**
 * Finds classes without test images and, of a benchmark, classes whose numbers of images are not the
 * published ones.
 *
 * @param dataset The dataset.
 * @param benchmark What has been published about it; `null`: nothing has.
 * @returns The faults, class by class; their paths are the names of classes.
 *
 * @example A class that can be trained but not tested
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkCounts } from "@/datasets/check_counts.ts";
 *
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [{ ...normal, image: "a.png", split: "train" }] as const;
 * const dataset = { name: "Folder", folder: "", classes: ["nut"], samples };
 * const [fault] = checkCounts(dataset, null);
 * assert.equal(fault?.reason, 'class "nut" must have test images, got none');
 * ```
 */
export function checkCounts(dataset: Dataset, benchmark: Benchmark | null): DatasetFault[] {
  return dataset.classes.flatMap((className) => {
    const counts = countClass(dataset, className);
    const faults: DatasetFault[] = [];
    if (counts.normal + counts.anomalous === 0) {
      const reason = `class "${className}" must have test images, got none`;
      faults.push({ kind: "empty split", path: className, reason });
    }
    const published = Object.hasOwn(benchmark?.classes ?? {}, className)
      ? benchmark?.classes[className]
      : undefined;
    for (const part of ["train", "normal", "anomalous"] as const) {
      if (published === undefined || counts[part] === published[part]) continue;
      const reason = `class "${className}" of ${benchmark?.title} must have ` +
        `${published[part]} ${partNames[part]}, got ${counts[part]}`;
      faults.push({ kind: "counts", path: className, reason });
    }
    return faults;
  });
}

const partNames = {
  train: "training images",
  normal: "normal test images",
  anomalous: "anomalous test images",
} as const satisfies Record<keyof ClassCounts, string>;
