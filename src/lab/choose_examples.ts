/**
 * Chooses the images that stand for a dataset.
 *
 * @module
 */
import type { Dataset, Sample } from "@/datasets/dataset.ts";

/** How many images are chosen. */
export interface ChooseExamplesOptions {
  /** Most rows, at least 1; default 6. */
  readonly rows?: number;
  /** Images of a row, at least 2; default 4. */
  readonly columns?: number;
  /** Which samples may be chosen; default all. */
  readonly isUsable?: (sample: Sample) => boolean;
}

/** A row of images of one class. */
export interface ExampleRow {
  /** The class. */
  readonly className: string;
  /** A normal image, if there is one, and anomalous ones. */
  readonly samples: readonly Sample[];
}

/**
 * Chooses for every class a normal image and anomalous ones of as many kinds as possible.
 *
 * Of more classes than rows, as many as there are rows are taken, evenly from first to last; fewer
 * classes get several rows each as long as they have anomalous images for them. Normal images are test
 * images where there are some. Within a kind, images with a mask come first, taken evenly.
 *
 * @param dataset The dataset.
 * @param options Rows, columns, and which samples may be chosen.
 * @returns The rows; a class without usable images has none.
 * @throws {RangeError} If there are less than 1 row or 2 columns.
 *
 * @example One class with one kind of defect
 * ```ts
 * import assert from "node:assert/strict";
 * import { chooseExamples } from "@/lab/choose_examples.ts";
 *
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [
 *   { ...normal, image: "a.png", split: "train" },
 *   { ...normal, image: "b.png", split: "test", isAnomalous: true, defect: "bent" },
 * ] as const;
 * const dataset = { name: "Folder", folder: "", classes: ["nut"], samples };
 * const rows = chooseExamples(dataset);
 * assert.deepEqual(rows, [{ className: "nut", samples }]);
 * ```
 */
export function chooseExamples(
  dataset: Dataset,
  options: ChooseExamplesOptions = {},
): ExampleRow[] {
  const { rows = 6, columns = 4, isUsable = () => true } = options;
  if (!(rows >= 1 && columns >= 2)) {
    throw new RangeError(
      `Cannot choose examples: at least 1 row and 2 columns are needed, got ${rows} and ${columns}`,
    );
  }
  const usable = dataset.samples.filter(isUsable);
  const named = dataset.classes.filter((name) => usable.some((each) => each.className === name));
  const classes = takeEvenly(named, { count: rows, ends: true });
  const most = Math.max(1, Math.floor(rows / Math.max(1, classes.length)));
  return classes.flatMap((className) => {
    const own = usable.filter((sample) => sample.className === className);
    const count = own.filter(({ isAnomalous }) => isAnomalous).length;
    const lines = Math.min(most, Math.max(1, Math.ceil(count / (columns - 1))));
    const normal = chooseNormal(own, lines);
    const anomalous = chooseAnomalous(own, lines * (columns - 1));
    return Array.from({ length: lines }, (_, line): ExampleRow => {
      const begin = line * (columns - 1);
      const rest = anomalous.slice(begin, begin + columns - 1);
      return { className, samples: [...normal.slice(line, line + 1), ...rest] };
    });
  });
}

function chooseNormal(samples: readonly Sample[], count: number): Sample[] {
  const normal = samples.filter(({ isAnomalous }) => !isAnomalous);
  const test = normal.filter(({ split }) => split === "test");
  return takeEvenly(test.length > 0 ? test : normal, { count });
}

/** Goes through the kinds in turn until there are enough, then takes that many evenly of each. */
function chooseAnomalous(samples: readonly Sample[], count: number): Sample[] {
  const anomalous = samples.filter(({ isAnomalous }) => isAnomalous);
  const kinds = takeEvenly([...new Set(anomalous.map(({ defect }) => defect))], {
    count,
    ends: true,
  });
  const groups = kinds.map((kind) => {
    const own = anomalous.filter(({ defect }) => defect === kind);
    return { own, wanted: 0 };
  });
  let left = Math.min(count, groups.reduce((sum, { own }) => sum + own.length, 0));
  while (left > 0) {
    for (const group of groups) {
      if (left === 0 || group.wanted === group.own.length) continue;
      group.wanted++;
      left--;
    }
  }
  return groups.flatMap(({ own, wanted }) => {
    const masked = own.filter(({ mask }) => mask !== null);
    return takeEvenly(masked.length >= wanted ? masked : own, { count: wanted });
  });
}

/** Takes some evenly: the middle one of equal stretches, or from the first to the last one. */
function takeEvenly<Item>(
  items: readonly Item[],
  { count, ends = false }: { readonly count: number; readonly ends?: boolean },
): Item[] {
  if (items.length <= count) return [...items];
  const positions = Array.from(
    { length: count },
    (_, i) =>
      ends && count > 1
        ? Math.round(i * (items.length - 1) / (count - 1))
        : Math.floor((i + 0.5) * items.length / count),
  );
  return positions.flatMap((position) => items.slice(position, position + 1));
}
