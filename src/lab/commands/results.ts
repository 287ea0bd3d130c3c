/**
 * The command `deno task results`: lists finished runs, studies and audits and writes a page of
 * them, or compares runs.
 *
 * @module
 */
import { join, relative } from "node:path";
import { modelLabel, signedPoints } from "@/charts/theme.ts";
import { statIfExists } from "@/files/read.ts";
import { replaceFile } from "@/files/write.ts";
import type { Output } from "@/lab/commands/output.ts";
import {
  type ComparedMetric,
  comparedMetrics,
  type ComparedValues,
  compareRuns,
  type Comparison,
} from "@/lab/finished/compare_runs.ts";
import {
  countResults,
  type IndexPage,
  indexPageHtml,
  localTime,
  modelText,
  pageMark,
  verdictText,
} from "@/lab/finished/index_page.ts";
import {
  findResults,
  type FoundResults,
  type ListedResult,
} from "@/lab/finished/listed_results.ts";
import { holdsResults } from "@/lab/finished/result_folders.ts";
import { resultsName } from "@/lab/settings.ts";
import { askForName, checkCount, plural } from "@/messages.ts";
import {
  formatPercent,
  recordTable,
  recordTableText,
  type TableRecord,
  textTable,
} from "@/tables.ts";

/** What the command works with. */
export interface ResultsCommand {
  /** Folders of many results to list, or folders of two or more runs to compare. */
  readonly folders: readonly string[];
  /** Column that the list is sorted by; default: the newest first, parts below their whole. */
  readonly sort?: string;
  /** Name of the dataset whose results are listed; default: of all. */
  readonly dataset?: string;
  /** How often test images are drawn anew for a comparison; default 1000. */
  readonly resamples?: number;
  /** Seed of these draws; default 0. */
  readonly seed?: number;
  /** Where results go. */
  readonly output: Output;
}

/** Lists what is in folders, or compares runs where two or more folders of results are named. */
export async function resultsCommand(given: ResultsCommand): Promise<void> {
  // What lies below a folder is found by the beginning of its path.
  const folders = given.folders.map((folder) => folder.replace(/(?<=.)[\\/]+$/, ""));
  const command = { ...given, folders };
  for (const folder of folders) await checkFolder(folder);
  const areResults = await Promise.all(folders.map(holdsResults));
  const isComparison = folders.length > 1 && areResults.includes(true);
  const foreign = isComparison ? ["sort", "dataset"] as const : ["resamples", "seed"] as const;
  const misplaced = foreign.find((name) => command[name] !== undefined);
  if (misplaced !== undefined) {
    throw new RangeError(
      isComparison
        ? `Cannot compare runs: "--${misplaced}" must be left out, it is of the list`
        : `Cannot list results: "--${misplaced}" must be left out, it is of the comparison of two or ` +
          "more runs",
    );
  }
  if (!isComparison) return await listResults(command);
  const other = folders[areResults.indexOf(false)];
  if (other !== undefined) {
    throw new RangeError(
      `Cannot compare "${other}": it must be the folder of a run, got one without ` +
        "test_results.json",
    );
  }
  await compare(command);
}

async function checkFolder(folder: string): Promise<void> {
  const stat = await statIfExists(folder);
  if (stat?.isDirectory) return;
  throw new RangeError(
    `Cannot find results in "${folder}": it must be a folder, got ${
      stat === null ? "nothing" : "a file"
    }`,
  );
}

/** How the list can be sorted; numbers with the largest first. */
const sortings: Readonly<Record<string, (result: ListedResult) => string | number | null>> = {
  finished: ({ finished }) => new Date(finished).getTime(),
  dataset: ({ dataset }) => dataset,
  model: ({ model }) => model,
  auroc: ({ macro }) => macro,
  worst: ({ worst }) => worst?.auroc ?? null,
  f1: ({ f1 }) => f1,
  folder: ({ folder }) => folder,
};

async function listResults(command: ResultsCommand): Promise<void> {
  const { sort, dataset, output } = command;
  const roots = command.folders.length === 0 ? [resultsName] : command.folders;
  if (sort !== undefined && !Object.hasOwn(sortings, sort)) {
    throw new RangeError(
      `Cannot list results: "--sort" must be one of ${Object.keys(sortings).join(", ")}, ` +
        `got "${sort}"`,
    );
  }
  for (const root of roots) await checkFolder(root);
  const found = await findResults(roots);
  const shown = selectResults(found.results, { sort, dataset });
  // Written first: whoever reads the list may close it before its end.
  const pages: string[] = [], refusals: string[] = [];
  for (const root of roots) {
    const refusal = await writePage(root, found);
    if (refusal === null) pages.push(join(root, pageName));
    else if (refusal !== "") refusals.push(`no ${pageName} in "${root}": ${refusal}`);
  }
  const where = roots.join(", ");
  if (shown.length === 0) output.text(`No results in ${where}.`);
  else {
    output.text(recordTableText(recordTable(shown.map(listRecord), { percent: listPercent })));
    output.text(`\n${countResults(shown)} in ${where}. Image AUROC: mean of classes, worst class.`);
    output.text(
      "F1: all test images at their thresholds. Studies and seeds have their runs below.",
    );
  }
  for (const { folder, reason } of found.leftOut) output.notice(`left out "${folder}": ${reason}`);
  for (const refusal of refusals) output.notice(refusal);
  if (pages.length > 0) output.text(`\nAll of them on one page: ${pages.join(", ")}`);
  output.document({
    schema: 1,
    results: shown.map(resultDocument),
    left_out: found.leftOut,
    pages,
  });
}

function selectResults(
  results: readonly ListedResult[],
  { sort, dataset }: { readonly sort: string | undefined; readonly dataset: string | undefined },
): readonly ListedResult[] {
  const names = [...new Set(results.map((each) => each.dataset))];
  if (dataset !== undefined && !names.includes(dataset)) {
    const known = names.length === 0 ? "there are none" : `known are ${names.sort().join(", ")}`;
    throw new RangeError(
      `Cannot list results: "--dataset" must name a dataset of them, ${known}, ` +
        `got "${dataset}"${askForName(dataset, names)}`,
    );
  }
  const chosen = results.filter((each) => dataset === undefined || each.dataset === dataset);
  const read = sort === undefined ? undefined : sortings[sort];
  if (read === undefined) return chosen;
  return chosen.toSorted((a, b) => {
    const x = read(a), y = read(b);
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "number" && typeof y === "number") return y - x;
    return x === y ? 0 : x < y ? -1 : 1;
  });
}

const listPercent = ["image AUROC", "F1"];

/** A line of the list; what differs is cut to a readable length, all of it is on the page. */
function listRecord(result: ListedResult): TableRecord {
  const { finished, dataset, scenario, macro, worst, f1, r1, r2, folder } = result;
  const differs = result.differs.join(" ");
  return {
    finished: localTime(finished),
    dataset,
    model: modelText(result),
    scenario: scenario === null ? "–" : String(scenario),
    "image AUROC": macro,
    worst: worst === null ? "–" : `${worst.className} ${formatPercent(worst.auroc)}`,
    F1: f1,
    R1: verdictText(r1),
    R2: verdictText(r2),
    differs: differs === "" ? "–" : differs.length > 48 ? `${differs.slice(0, 47)}…` : differs,
    folder,
  };
}

/** A result as programs read it. */
function resultDocument(result: ListedResult): Record<string, unknown> {
  const { macro, worst, r1, r2, ...rest } = result;
  return {
    ...rest,
    macro_image_auroc: macro,
    worst_class: worst?.className ?? null,
    worst_image_auroc: worst?.auroc ?? null,
    R1: r1,
    R2: r2,
  };
}

/** The page's name, the same in every folder. */
const pageName = "index.html";

/**
 * Writes the page of a folder, or says why not: in one line, or as an empty text where there is
 * nothing to write.
 */
async function writePage(
  root: string,
  { results, leftOut }: FoundResults,
): Promise<string | null> {
  const isBelow = ({ folder }: { readonly folder: string }): boolean =>
    !relative(root, folder).startsWith("..");
  const page: IndexPage = {
    root,
    results: results.filter(isBelow),
    leftOut: leftOut.filter(isBelow),
  };
  const path = join(root, pageName);
  try {
    const holder = await pageHolder(path);
    if (holder === "somebody else") return "the one that is there is not this program's, it stays";
    if (await holdsResults(root)) return "the folder is one of results itself";
    if (holder === null && page.results.length === 0) return "";
    await replaceFile(path, indexPageHtml(page));
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `the system must let it be written, got ${error.message.split("\n")[0]}`;
  }
}

/** Whose page lies at a path; `null` if there is none. */
async function pageHolder(path: string): Promise<"this program" | "somebody else" | null> {
  try {
    const { isFile } = await Deno.lstat(path);
    if (!isFile) return "somebody else";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  return (await Deno.readTextFile(path)).includes(pageMark) ? "this program" : "somebody else";
}

/** Compares the runs that are named. */
async function compare({ folders, output, ...options }: ResultsCommand): Promise<void> {
  const { resamples = 1000, seed = 0 } = options, confidence = 0.95;
  const task = "Cannot compare runs";
  checkCount(resamples, { task, name: '"--resamples"', least: 2, most: 1e6 });
  checkCount(seed, { task, name: '"--seed"', least: 0, most: 0xffffffff });
  const runs: ListedResult[] = [];
  for (const folder of folders) runs.push(await findRun(folder));
  const real = await Promise.all(folders.map((folder) => Deno.realPath(folder)));
  const twice = real.find((path, i) => real.indexOf(path) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `${task}: each must be another one, got "${folders[real.lastIndexOf(twice)]}" twice`,
    );
  }
  const progress = output.startProgress("draw test images anew");
  const comparison = await compareRuns(runs, {
    ...{ resamples, confidence, seed },
    onProgress: (share) => progress.report(share),
  });
  progress.finish();
  const names = runs.map((_, i) => nameOf(i));
  for (const [i, run] of runs.entries()) {
    const differs = run.differs.length === 0 ? "" : `, ${run.differs.join(" ")}`;
    output.text(
      `${names[i]}: ${modelLabel(run.model!)}, scenario ${run.scenario}${differs}; ${run.folder}`,
    );
  }
  const rest = comparison.images.flatMap((count, i) =>
    count === comparison.shared ? [] : [`${names[i]} has ${count}`]
  );
  output.text(
    `\n${runs[0]!.dataset}: ${plural(comparison.shared, "test image")} that all share` +
      `${rest.length === 0 ? "" : `; ${rest.join(", ")}`}.`,
  );
  const places = [...new Set(runs.map(({ datadir }) => datadir ?? "the program's own"))];
  if (places.length > 1) {
    output.notice(
      `They read images from ${places.map((place) => `"${place}"`).join(" and ")}; those of the ` +
        "same name, class and label are taken as the same.",
    );
  }
  for (const metric of comparedMetrics) {
    for (let other = 1; other < runs.length; other++) {
      output.text(`\n${compareText(comparison, { metric, other, name: names[other]! })}`);
    }
  }
  output.text(
    `\nDifferences in percentage points. Interval: ${100 * confidence} %, paired bootstrap, ` +
      `${resamples.toLocaleString("en-US")} draws of the shared\nimages among those of the same ` +
      `class and label, seed ${seed}; banks and thresholds stay as they are.`,
  );
  const document = { runs: runs.map(resultDocument), resamples, confidence, seed, ...comparison };
  output.document({ schema: 1, ...document });
}

/** A, B, … Z, then R27, R28 and so on. */
function nameOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `R${index + 1}`;
}

/** Reads the one run that lies in a folder itself. */
async function findRun(folder: string): Promise<ListedResult> {
  const { results, leftOut } = await findResults([folder]);
  const fault = leftOut.find((each) => each.folder === folder);
  if (fault !== undefined) throw new RangeError(`Cannot compare "${folder}": ${fault.reason}`);
  const result = results.find((each) => each.folder === folder);
  if (result?.kind === "run") return result;
  const parts = results.filter(({ kind, parent }) => kind === "run" && parent === folder);
  const hint = parts.length === 0 ? "" : `; name one of its runs, such as "${parts[0]!.folder}"`;
  const kinds = { seeds: "several seeds", study: "a study", audit: "an audit", run: "a run" };
  throw new RangeError(
    `Cannot compare "${folder}": it must be the folder of one run, got that of ${
      kinds[result?.kind ?? "audit"]
    }${hint}`,
  );
}

const metricTitles: Readonly<Record<ComparedMetric, string>> = {
  image_auroc: "Image AUROC",
  f1: "F1 at the threshold",
};

function compareText(
  comparison: Comparison,
  { metric, other, name }: { metric: ComparedMetric; other: number; name: string },
): string {
  const { classes, macro, pooled } = comparison.metrics[metric];
  const share = (value: number | null): string => value === null ? "–" : formatPercent(value);
  const row = (label: string, images: number | null, compared: ComparedValues) => {
    const { value, interval } = compared.differences[other - 1]!;
    return {
      label,
      images: images === null ? "–" : images.toLocaleString("en-US"),
      first: share(compared.values[0]!),
      other: share(compared.values[other]!),
      difference: value === null ? "–" : signedPoints(value),
      interval: interval === null
        ? "–"
        : `${signedPoints(interval.low)} to ${signedPoints(interval.high)}`,
    };
  };
  const rows = [
    ...Object.entries(classes).map(([label, each]) => row(label, comparison.counts[label]!, each)),
    row("mean of classes", null, macro),
    row("all images pooled", comparison.shared, pooled),
  ];
  return textTable(rows, [
    { title: metricTitles[metric], cell: ({ label }) => label, align: "left" },
    { title: "images", cell: ({ images }) => images },
    { title: "A", cell: ({ first }) => first },
    { title: name, cell: ({ other }) => other },
    { title: `${name} − A`, cell: ({ difference }) => difference },
    { title: "interval", cell: ({ interval }) => interval },
  ]);
}
