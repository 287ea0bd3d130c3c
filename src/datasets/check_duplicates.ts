/**
 * Images of a dataset that have the same bytes.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import type { InspectedFiles } from "@/datasets/inspected_file.ts";

/**
 * Finds test images that a model is trained on, images that are normal and anomalous at once, and, as
 * a remark, images that a split holds twice.
 *
 * Images are compared by the SHA-256 of their bytes, across classes as well. A test image is named
 * once however many training images it equals; it may be named in more than one respect.
 *
 * @param samples The images.
 * @param files What was found out about them; images without a hash are passed over.
 * @returns The faults, in the order of the images.
 *
 * @example A training image that is also tested with
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkDuplicates } from "@/datasets/check_duplicates.ts";
 *
 * const file = { header: null, decoded: null, fault: null, sha256: "ba78", mask: null };
 * const files = new Map([["a.png", file], ["b.png", file]]);
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [
 *   { ...normal, image: "a.png", split: "train" },
 *   { ...normal, image: "b.png", split: "test" },
 * ] as const;
 * assert.deepEqual(checkDuplicates(samples, files), [{
 *   kind: "train in test",
 *   path: "b.png",
 *   reason: 'test image "b.png" must not be one of training, got the bytes of "a.png"',
 * }]);
 * ```
 */
export function checkDuplicates(
  samples: readonly Sample[],
  files: InspectedFiles,
): DatasetFault[] {
  const same = new Map<string, Sample[]>();
  for (const sample of samples) {
    const sha256 = files.get(sample.image)?.sha256 ?? null;
    if (sha256 === null) continue;
    const group = same.get(sha256);
    if (group === undefined) same.set(sha256, [sample]);
    else group.push(sample);
  }
  const repeated = new Map(
    [...same.values()].filter((group) => group.length > 1)
      .flatMap((group) => group.map((sample) => [sample, group] as const)),
  );
  return samples.flatMap((sample) => {
    const group = repeated.get(sample);
    return group === undefined ? [] : compare(sample, group);
  });
}

/** What is wrong with an image, given all images of its bytes, itself among them. */
function compare(sample: Sample, group: readonly Sample[]): DatasetFault[] {
  const { image: path, split, isAnomalous } = sample;
  const faults: DatasetFault[] = [];
  const train = group.filter((other) => other.split === "train");
  if (split === "test" && train.length > 0) {
    const reason = `test image "${path}" must not be one of training, got the bytes of ` +
      nameFirst(train);
    faults.push({ kind: "train in test", path, reason });
  }
  const normal = group.filter((other) => !other.isAnomalous);
  if (isAnomalous && normal.length > 0) {
    const reason = `anomalous image "${path}" must not be a normal one too, got the bytes of ` +
      nameFirst(normal);
    faults.push({ kind: "contradiction", path, reason });
  }
  const before = group.slice(0, group.indexOf(sample))
    .filter((other) => other.split === split && other.isAnomalous === isAnomalous);
  if (before.length > 0) {
    const reason = `"${path}" should be an image of its own, got the bytes of ${nameFirst(before)}`;
    faults.push({ kind: "repeated image", path, reason });
  }
  return faults;
}

function nameFirst([first, ...others]: readonly Sample[]): string {
  return `"${first?.image}"${others.length === 0 ? "" : ` and of ${others.length} more`}`;
}
