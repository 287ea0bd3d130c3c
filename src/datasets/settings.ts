/**
 * What the name of a dataset settles: the settings of the reference for benchmarks, and those that
 * suit photographs and the sample data.
 *
 * @module
 */
import { benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { isRecord } from "@/files/text_records.ts";

/** Sections of a configuration, each with some of its keys. */
export type SettingSections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The reference's, whose backbone brings its layers and widths along. */
const reference: SettingSections = { MODEL: { backbone: "wide_resnet50_2" } };

/** What differs from the defaults of all keys, by dataset: as `configs/<dataset>.yaml` has it. */
export const datasetSettings: Readonly<Record<DatasetName, SettingSections>> = {
  Sample: {},
  // As long as the short side, so that no border is cut away; photographs stand as taken.
  // Groups joined by links, and two of them to score an image, are ours.
  Folder: {
    DATASET: { resize: 320, imagesize: 320, orientation: "exif" },
    MODEL: { partition: "links", routed_groups: 2 },
  },
  MVTec: reference,
  VisA: reference,
  BTAD: reference,
  MPDD: reference,
};

/**
 * Lays the settings of the named dataset below those of a parsed configuration; an override
 * `DATASET.name=…` names it, or else the configuration.
 */
export function withDatasetSettings(
  document: unknown,
  overrides: readonly string[] = [],
): unknown {
  if (document !== null && document !== undefined && !isRecord(document)) return document;
  const given = document ?? {};
  const prefix = "DATASET.name=";
  const override = overrides.findLast((each) => each.startsWith(prefix))?.slice(prefix.length);
  const own = isRecord(given.DATASET) ? given.DATASET.name : undefined;
  const named = override?.trim().replace(/^(["'])(.*)\1$/, "$2") ?? own ?? "Sample";
  const name = DATASET_NAMES.find((each) => each === named);
  if (name === undefined) return document;
  const below = Object.entries(datasetSettings[name]).filter(([section]) =>
    given[section] === undefined || given[section] === null || isRecord(given[section])
  ).map(([section, keys]) => [section, { ...keys, ...(given[section] ?? {}) }]);
  return { ...given, ...Object.fromEntries(below) };
}

/** What of a configuration decides over the number of clusters. */
export interface ClusterSettings {
  /** The dataset. */
  readonly DATASET: { readonly name: string };
  /** Method, and the number that is given. */
  readonly MODEL: { readonly clustering_method: string; readonly n_clusters: number | null };
}

/** Number of classes of a benchmark, as it was published; `null` for other datasets. */
export function publishedClassCount(name: string): number | null {
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  return benchmark === undefined ? null : Object.keys(benchmark.classes).length;
}

/**
 * Gives k-means the number of classes of a benchmark, as the reference's table of datasets does,
 * where no number is given.
 */
export function withClusterCount<Config extends ClusterSettings>(config: Config): Config {
  const { DATASET, MODEL } = config;
  const count = publishedClassCount(DATASET.name);
  if (MODEL.clustering_method !== "kmeans" || MODEL.n_clusters !== null || count === null) {
    return config;
  }
  return { ...config, MODEL: { ...MODEL, n_clusters: count } };
}
