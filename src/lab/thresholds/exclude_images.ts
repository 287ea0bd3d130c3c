/**
 * Training images that a configuration leaves out.
 *
 * @module
 */
import type { Dataset, Sample } from "@/datasets/dataset.ts";
import { askForName } from "@/messages.ts";

/** Training images without those that are excluded, each of which must be one. */
export function withoutExcluded(
  { samples, name }: Pick<Dataset, "samples" | "name">,
  exclude: string | readonly string[],
): Sample[] {
  const train = samples.filter(({ split }) => split === "train");
  const excluded = new Set([exclude].flat());
  const paths = train.map(({ image }) => image);
  const unknown = [...excluded].find((path) => !paths.includes(path));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot run on dataset "${name}": "DATASET.exclude" must name training images by their path ` +
        `in the dataset, got "${unknown}"${askForName(unknown, paths)}`,
    );
  }
  const kept = train.filter(({ image }) => !excluded.has(image));
  const left = new Set(kept.map(({ className }) => className));
  const emptied = train.find(({ className }) => !left.has(className));
  if (emptied === undefined) return kept;
  throw new RangeError(
    `Cannot run on dataset "${name}": "DATASET.exclude" must leave training images of class ` +
      `"${emptied.className}", got all of them`,
  );
}
