/**
 * Finds finished runs, studies and audits in folders, and reads what a list of them shows.
 *
 * A folder is a run where it holds `test_results.json`, several seeds of one where it holds
 * `seed_summary.json`, a study or an audit where it holds `scenarios.json`. What cannot be read is
 * named with the reason and left out; everything else is listed all the same.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { checkDocument, type DocumentSchema } from "@/files/document_schema.ts";
import { isRecord } from "@/files/text_records.ts";
import { markedKind } from "@/files/write.ts";
import { parseYaml } from "@/files/yaml.ts";
import {
  findFolders,
  type LeftOut,
  limit,
  mainFiles,
  reasonOf,
  type ResultFolder,
} from "@/lab/finished/result_folders.ts";
import { datasetLabel, differingSettings, runSettings } from "@/lab/settings.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** One line of the list. */
export interface ListedResult {
  /** A run, the mean of several seeds, a study of four scenarios, or one row of an audit. */
  readonly kind: "run" | "seeds" | "study" | "audit";
  /** Its folder, below the one that was searched. */
  readonly folder: string;
  /** Folder of the study or of the seeds that it is part of; `null` if it is neither's. */
  readonly parent: string | null;
  /** When it was finished, as ISO 8601 in UTC. */
  readonly finished: string;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Folder of its images, without links; `null` for the usual one of drawn data, and for an audit. */
  readonly datadir: string | null;
  /** Name of the model; `null` for a study, which has several. */
  readonly model: string | null;
  /** Number of the scenario; `null` for a study. */
  readonly scenario: number | null;
  /** Seed or seeds; empty for an audit. */
  readonly seeds: readonly number[];
  /** What is not as usual for the dataset, each `key=value`. */
  readonly differs: readonly string[];
  /** Mean image AUROC of classes; `null` where undefined, and for a study. */
  readonly macro: number | null;
  /** The class of the lowest image AUROC. */
  readonly worst: { readonly className: string; readonly auroc: number } | null;
  /** F1 of all test images at their thresholds; `null` where no threshold is finite. */
  readonly f1: number | null;
  /** Verdict on little disparity; `null` where there is none. */
  readonly r1: boolean | null;
  /** Verdict on robustness without classes; `null` where there is none. */
  readonly r2: boolean | null;
  /** Path of its report; `null` if it has none. */
  readonly report: string | null;
}

/** What was found in some folders. */
export interface FoundResults {
  /** The newest first; what is part of a study or of several seeds follows it. */
  readonly results: readonly ListedResult[];
  /** What could not be read. */
  readonly leftOut: readonly LeftOut[];
}

const metric = z.number().nullable();
const metrics = {
  classes: z.record(z.string(), z.looseObject({ image_auroc: metric })),
  macro: z.looseObject({ image_auroc: metric }),
};
const decisions = z.looseObject({ f1: metric });
const thresholds = z.record(z.string(), z.looseObject({ value: metric }));
const verdict = z.looseObject({ holds: z.boolean().nullable() });
const schema = z.literal(1);

const runFile = z.looseObject({
  schema,
  dataset: z.string(),
  model: z.string(),
  scenario: z.int().min(1).max(4),
  ...metrics,
});
const binaryFile = z.looseObject({ schema, pooled: decisions, thresholds });
const seedsFile = z.looseObject({
  schema,
  seeds: z.array(z.number()).min(1),
  mean: z.looseObject({ ...metrics, binary: z.looseObject({ pooled: decisions }) }),
});
const entry = z.looseObject({
  ...metrics,
  binary: z.looseObject({ pooled: decisions, thresholds }),
  requirements: z.looseObject({ R1: verdict, R2: verdict }),
});
const studyFile = z.looseObject({
  schema,
  dataset: z.string(),
  rule: z.record(z.string(), z.unknown()),
  scenarios: z.record(z.string(), z.record(z.string(), entry)),
});
const environmentFile = z.looseObject({ finished: z.iso.datetime().optional() });

/**
 * Finds everything that runs, studies and audits left in some folders, however deep.
 *
 * Links to folders are followed, and no folder is listed twice. Takes one reading of four small
 * files per run.
 */
export async function findResults(roots: readonly string[]): Promise<FoundResults> {
  const leftOut: LeftOut[] = [];
  const folders = await findFolders(roots, leftOut);
  const studies = new Map<string, StudyVerdicts>();
  const read = await mapConcurrently(folders, {
    limit,
    apply: async (folder): Promise<ListedResult[]> => {
      try {
        return await readFolder(folder, studies);
      } catch (error) {
        leftOut.push({ folder: folder.path, reason: reasonOf(error) });
        return [];
      }
    },
  });
  leftOut.sort((a, b) => a.folder < b.folder ? -1 : 1);
  return { results: inOrder(link(read.flat(), studies)), leftOut };
}

/** Verdicts of a study by `<seed> <scenario> <model>`, and without a seed over all of them. */
type StudyVerdicts = ReadonlyMap<string, Pick<ListedResult, "r1" | "r2">>;

async function readFolder(
  folder: ResultFolder,
  studies: Map<string, StudyVerdicts>,
): Promise<ListedResult[]> {
  const { path, names } = folder;
  if (names.has("test_results.json")) return [await readRun(folder)];
  if (names.has("seed_summary.json")) return [await readSeeds(folder)];
  if (!names.has("scenarios.json")) {
    throw new Error(`it must hold one of ${mainFiles.join(", ")}, got none`);
  }
  const kind = await markedKind(path) ?? (names.has("config.yaml") ? "study" : "audit");
  if (kind === "audit") return await readAudit(folder);
  const { result, verdicts } = await readStudy(folder);
  studies.set(path, verdicts);
  return [result];
}

async function readRun(folder: ResultFolder): Promise<ListedResult> {
  const file = await readDocument(folder, "test_results.json", runFile);
  const binary = await readDocument(folder, "test_binary_results.json", binaryFile);
  const config = await readConfig(folder);
  return {
    ...nothing,
    ...await describeFolder(folder, "test_results.json"),
    kind: "run",
    dataset: file.dataset,
    model: file.model,
    scenario: file.scenario,
    seeds: [config.DEFAULT.seed].flat(),
    datadir: placeOf(config),
    differs: differingSettings(config),
    ...summarize(file, binary),
  };
}

async function readSeeds(folder: ResultFolder): Promise<ListedResult> {
  const { seeds, mean } = await readDocument(folder, "seed_summary.json", seedsFile);
  const config = await readConfig(folder);
  return {
    ...nothing,
    ...await describeFolder(folder, "seed_summary.json"),
    kind: "seeds",
    dataset: datasetLabel(config),
    model: config.MODEL.name,
    seeds,
    datadir: placeOf(config),
    differs: differingSettings(config).filter((each) => !each.startsWith("seed=")),
    ...summarize(mean, { pooled: mean.binary.pooled, thresholds: {} }),
  };
}

async function readStudy(
  folder: ResultFolder,
): Promise<{ result: ListedResult; verdicts: StudyVerdicts }> {
  const file = await readDocument(folder, "scenarios.json", studyFile);
  const config = await readConfig(folder);
  const verdicts = new Map<string, Pick<ListedResult, "r1" | "r2">>();
  const keep = (seed: string, { scenarios }: z.infer<typeof studyFile>): void => {
    for (const [number, models] of Object.entries(scenarios)) {
      for (const [model, { requirements: { R1, R2 } }] of Object.entries(models)) {
        verdicts.set(`${seed} ${number} ${model}`, { r1: R1.holds, r2: R2.holds });
      }
    }
  };
  const seeds = [config.DEFAULT.seed].flat();
  if (seeds.length === 1) keep(String(seeds[0]), file);
  else {
    for (const seed of seeds) {
      keep(String(seed), await readDocument(folder, `scenarios-seed${seed}.json`, studyFile));
    }
  }
  const result: ListedResult = {
    ...nothing,
    ...await describeFolder(folder, "scenarios.json"),
    kind: "study",
    dataset: file.dataset,
    seeds,
    datadir: placeOf(config),
    differs: differingSettings(config).filter((each) => !each.startsWith("seed=")),
  };
  return { result, verdicts };
}

/** An audit has no runs below it: each model in each scenario is a row. */
async function readAudit(folder: ResultFolder): Promise<ListedResult[]> {
  const { dataset, rule, scenarios } = await readDocument(folder, "scenarios.json", studyFile);
  const about = await describeFolder(folder, "scenarios.json");
  return Object.entries(scenarios).flatMap(([number, models]) =>
    Object.entries(models).map(([model, each]): ListedResult => ({
      ...nothing,
      ...about,
      kind: "audit",
      dataset,
      model,
      scenario: Number(number),
      differs: differingRule(rule),
      ...summarize(each, each.binary),
      r1: each.requirements.R1.holds,
      r2: each.requirements.R2.holds,
    }))
  );
}

/** What is not usual in a threshold rule, in the words of the configuration. */
function differingRule(rule: Readonly<Record<string, unknown>>): string[] {
  const { threshold_rule, alpha, quantile, std_factor } = defaultConfig.EVALUATION;
  const usual: Readonly<Record<string, unknown>> = { threshold_rule, alpha, quantile, std_factor };
  const keys: Readonly<Record<string, string>> = { name: "threshold_rule", factor: "std_factor" };
  return Object.entries(rule).map(([name, value]) => ({ key: keys[name] ?? name, value }))
    .filter(({ key, value }) => value !== usual[key])
    .map(({ key, value }) => `${key}=${value}`);
}

/** A line that says nothing yet. */
const nothing = {
  parent: null,
  datadir: null,
  model: null,
  scenario: null,
  seeds: [],
  differs: [],
  macro: null,
  worst: null,
  f1: null,
  r1: null,
  r2: null,
} as const;

function summarize(
  { classes, macro }: {
    readonly classes: Readonly<Record<string, { readonly image_auroc: number | null }>>;
    readonly macro: { readonly image_auroc: number | null };
  },
  { pooled, thresholds }: {
    readonly pooled: { readonly f1: number | null };
    readonly thresholds: Readonly<Record<string, { readonly value: number | null }>>;
  },
): Pick<ListedResult, "macro" | "worst" | "f1"> {
  const defined = Object.entries(classes).flatMap(([className, { image_auroc: auroc }]) =>
    auroc === null ? [] : [{ className, auroc }]
  );
  const values = Object.values(thresholds);
  // Decisions at thresholds that nothing can reach say nothing.
  const isVacuous = values.length > 0 && values.every(({ value }) => value === null);
  return {
    macro: macro.image_auroc,
    worst: defined.toSorted((a, b) => a.auroc - b.auroc)[0] ?? null,
    f1: isVacuous ? null : pooled.f1,
  };
}

/** What every kind of folder has. */
async function describeFolder(
  folder: ResultFolder,
  main: string,
): Promise<Pick<ListedResult, "folder" | "finished" | "report">> {
  const { path, names } = folder;
  // Results of before that was written, and audits, are as old as their file.
  const { finished } = names.has("environment.json")
    ? await readDocument(folder, "environment.json", environmentFile)
    : { finished: undefined };
  const written = finished === undefined ? (await Deno.stat(join(path, main))).mtime : null;
  return {
    folder: path,
    finished: finished ?? (written ?? new Date(0)).toISOString(),
    report: names.has("report.html") ? join(path, "report.html") : null,
  };
}

async function readDocument<Value>(
  { path }: ResultFolder,
  name: string,
  schema: DocumentSchema<Value>,
): Promise<Value> {
  const text = await readText(join(path, name), name);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`${name} must be JSON, got ${error.message}`, { cause: error });
  }
  return checkDocument(document, {
    schema,
    refuse: ({ path: keys, requirement, value }) => {
      const place = [name, ...keys.length === 0 ? [] : [keys.join(".")]].join(": ");
      const got = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 40);
      return new RangeError(`${place} must be ${requirement}, got ${got}`);
    },
  });
}

/** More than any file of results has; what is larger is something else. */
const mostBytes = 256 * 1024 ** 2;

async function readText(path: string, name: string): Promise<string> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // A pipe is not opened: that would wait for whoever writes to it.
    if (!isFile) throw new TypeError(`${name} must be a file, got something else`);
    if (size > mostBytes) throw new RangeError(`${name} must be below 256 MiB, got ${size} bytes`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${name} must exist`, { cause: error });
  }
}

/** Reads `config.yaml`; keys that it was written without have their defaults. */
async function readConfig({ path }: ResultFolder): Promise<ExperimentConfig> {
  const name = "config.yaml";
  const parsed = await parseYaml(await readText(join(path, name), name), name);
  const refuse = (what: string): Error => new TypeError(`${name} must ${what}`);
  if (!isRecord(parsed)) throw refuse("have sections");
  const config: Record<string, unknown> = {};
  for (const [section, defaults] of Object.entries(defaultConfig)) {
    const given = parsed[section] ?? {};
    if (!isRecord(given)) throw refuse(`have a section ${section}`);
    config[section] = { ...defaults, ...given };
  }
  const { DATASET, MODEL } = config as unknown as ExperimentConfig;
  if (!DATASET_NAMES.includes(DATASET.name)) {
    throw refuse(`name one of the datasets ${DATASET_NAMES.join(", ")}, got "${DATASET.name}"`);
  }
  if (typeof MODEL.sampler !== "string") throw refuse("name a sampler");
  for (const place of [DATASET.datadir, MODEL.backbone_file]) {
    if (place !== null && typeof place !== "string") throw refuse("have texts as paths");
  }
  return config as unknown as ExperimentConfig;
}

function placeOf(config: ExperimentConfig): string | null {
  return runSettings(config).DATASET!.datadir as string | null;
}

/** Tells every run which study or which seeds it is part of, and what the study says of it. */
function link(
  results: readonly ListedResult[],
  studies: ReadonlyMap<string, StudyVerdicts>,
): ListedResult[] {
  const above = new Set(
    results.filter(({ kind }) => kind === "study" || kind === "seeds").map(({ folder }) => folder),
  );
  const parentOf = (folder: string): string | null => {
    const parent = dirname(folder);
    if (parent === folder) return null;
    return above.has(parent) ? parent : parentOf(parent);
  };
  const linked = results.map((result): ListedResult => {
    if (result.kind !== "run") return result;
    const parent = parentOf(result.folder);
    const key = `${result.seeds[0]} ${result.scenario} ${result.model}`;
    const verdicts = parent === null ? undefined : studies.get(parent)?.get(key);
    return { ...result, parent, ...verdicts };
  });
  const parts = Map.groupBy(linked, ({ parent }) => parent);
  return linked.map((result) => {
    const runs = parts.get(result.folder) ?? [];
    if (result.kind !== "seeds" || runs.length === 0) return result;
    const isVacuous = runs.some(({ f1 }) => f1 === null);
    return { ...result, scenario: runs[0]!.scenario, f1: isVacuous ? null : result.f1 };
  });
}

/** The newest first, each followed by its parts. */
function inOrder(results: readonly ListedResult[]): ListedResult[] {
  const parts = Map.groupBy(results, ({ parent }) => parent);
  const place = ({ model, scenario, seeds, folder }: ListedResult): string =>
    `${model} ${scenario} ${String(seeds[0] ?? 0).padStart(10, "0")} ${folder}`;
  const byPlace = (a: ListedResult, b: ListedResult): number => place(a) < place(b) ? -1 : 1;
  const newest = (parts.get(null) ?? []).toSorted((a, b) =>
    a.finished === b.finished
      ? a.folder === b.folder ? byPlace(a, b) : a.folder < b.folder ? -1 : 1
      : a.finished < b.finished
      ? 1
      : -1
  );
  return newest.flatMap((result) => [
    result,
    ...result.kind === "audit" ? [] : (parts.get(result.folder) ?? []).toSorted(byPlace),
  ]);
}
