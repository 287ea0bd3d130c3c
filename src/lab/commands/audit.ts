/**
 * The command `deno task audit`: the four scenarios on anyone's scores.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { join, parse as parsePath } from "node:path";
import { type Audit, auditPixels, auditReport, auditScores, referenceOf } from "@/audit/audit.ts";
import { readScoreTable, SCORE_TABLE_FORMATS, type ScoreTableFormat } from "@/audit/read_scores.ts";
import type { ScoreTable } from "@/audit/score_table.ts";
import { auditRecords, intervalsText, scenarioPercent } from "@/charts/records.ts";
import { imageAurocs } from "@/evaluation/evaluate_scenario.ts";
import { type ScenariosFile, scenariosFile } from "@/evaluation/result_files.ts";
import { checkWritable, replaceFolder } from "@/files/write.ts";
import { bootstrapOf, thresholdRuleOf, tolerancesOf } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { reportHtml } from "@/report/report.ts";
import { recordTable, recordTableText } from "@/tables.ts";

/** What the command works with. */
export interface AuditCommand {
  /** Files of scores, options such as `reference=FILE`, and overrides of the configuration. */
  readonly args: readonly string[];
  /** Receives results. */
  readonly print: (line: string) => void;
}

/**
 * Judges one or several tables of scores in the four scenarios, prints the verdicts, and writes
 * `scenarios.json`, every decision as CSV, and a report into `<savedir>/audit/<name of the first>`.
 */
export async function auditCommand({ args, print }: AuditCommand): Promise<void> {
  const { paths, options, overrides } = parse(args);
  const config = await loadConfig(null, overrides);
  const { EVALUATION } = config;
  const reading = {
    ...(options.format !== undefined && { format: options.format as ScoreTableFormat }),
    ...(options.class_of !== undefined && { classOf: options.class_of }),
    ...(options.folder !== undefined && { folder: options.folder }),
  };
  const tables: ScoreTable[] = [];
  for (const path of paths) {
    tables.push(await readScoreTable(path, { ...reading, name: parsePath(path).name }));
  }
  const names = tables.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new RangeError(
      `Cannot audit scores: every table must have a name of its own, got "${repeated}" twice`,
    );
  }
  const reference = options.reference === undefined ? null : referenceOf(
    await readScoreTable(options.reference, {
      ...reading,
      name: parsePath(options.reference).name,
    }),
  );
  const folder = join(config.DEFAULT.savedir, "audit", names[0]!.replaceAll(/[^\w.=+-]/g, "_"));
  await checkWritable(folder);
  const audits: Audit[] = [];
  for (const table of tables) {
    audits.push(auditScores(table, {
      rule: thresholdRuleOf(EVALUATION),
      tolerances: tolerancesOf(EVALUATION),
      bootstrap: bootstrapOf(EVALUATION),
      oneClass: reference === null ? null : imageAurocs(reference),
      pixelMetrics: await auditPixels(table, { fprLimit: EVALUATION.fpr_limit }),
    }));
  }
  const file = scenariosFile(audits.flatMap(({ evaluated }) => evaluated), {
    dataset: names[0]!,
    rule: audits[0]!.rule,
    fprLimit: EVALUATION.fpr_limit,
    reference,
  });
  await writeAudit(folder, { tables, audits, file });
  for (const { rows, ignoredColumns, name } of tables) {
    const test = rows.filter(({ split }) => split === "test").length;
    const ignored = ignoredColumns.length === 0 ? "" : `; not used: ${ignoredColumns.join(", ")}`;
    print(`${name}: ${test} test images, ${rows.length - test} calibration images${ignored}`);
  }
  print(`\n${recordTableText(recordTable(auditRecords(file), { percent: scenarioPercent }))}`);
  if (EVALUATION.bootstrap > 0) print(`\n${intervalsText(file, EVALUATION)}`);
  const oracles = names.filter((_, i) => audits[i]!.rule.name === "oracle_f1");
  if (oracles.length > 0) {
    print(
      `\n${oracles.join(", ")}: thresholds are the oracle's, set on the test images themselves.`,
    );
    if (EVALUATION.threshold_rule !== "oracle_f1") {
      print('Rows with split "train" (normal images the model has not seen) would calibrate them.');
    }
  }
  print(`\nresults in ${folder}, report in ${join(folder, "report.html")}`);
}

async function writeAudit(
  folder: string,
  content: { tables: readonly ScoreTable[]; audits: readonly Audit[]; file: ScenariosFile },
): Promise<void> {
  const { tables, audits, file } = content;
  const html = await reportHtml(auditReport(content));
  await replaceFolder(folder, async (temporary) => {
    const json = `${JSON.stringify(file, null, 2)}\n`;
    await Deno.writeTextFile(join(temporary, "scenarios.json"), json);
    const rows = tables.flatMap((table, i) => decisionRows(table, audits[i]!));
    await Deno.writeTextFile(join(temporary, "scores.csv"), stringify(rows, { header: true }));
    await Deno.writeTextFile(join(temporary, "report.html"), html);
  });
}

/** The decision on every test image with classes known in evaluation, and without. */
function decisionRows(table: ScoreTable, audit: Audit): Record<string, string | number>[] {
  const decisionsOf = (number: number) =>
    audit.evaluated.find(({ scenario }) => scenario.number === number)!.evaluation.decisions;
  const known = decisionsOf(3), unknown = decisionsOf(4);
  return table.rows.filter(({ split }) => split === "test").map((row, i) => ({
    model: table.name,
    image: row.image,
    class: row.className,
    label: Number(row.isAnomalous),
    group: row.group ?? "",
    score: row.score,
    threshold_known: known.perImage[i]!,
    decision_known: Number(known.anomalous[i]),
    threshold_unknown: unknown.perImage[i]!,
    decision_unknown: Number(unknown.anomalous[i]),
  }));
}

function parse(args: readonly string[]): {
  paths: string[];
  options: Partial<Record<"reference" | "format" | "class_of" | "folder", string>>;
  overrides: string[];
} {
  const known = ["reference", "format", "class_of", "folder"] as const;
  const paths: string[] = [], overrides: string[] = [];
  const options: Partial<Record<(typeof known)[number], string>> = {};
  for (const arg of args) {
    const key = /^([\w.]+)=/.exec(arg)?.[1];
    const option = known.find((name) => name === key);
    if (option !== undefined) options[option] = arg.slice(option.length + 1);
    else if (key === undefined) paths.push(arg);
    else if (/^(?:EVALUATION|DEFAULT)\./.test(key)) overrides.push(arg);
    else {
      throw new RangeError(
        `Cannot audit scores: an option must be one of ${known.join(", ")} or begin with ` +
          `EVALUATION. or DEFAULT., got "${arg}"`,
      );
    }
  }
  if (paths.length === 0) {
    throw new RangeError(
      "Cannot audit scores: at least one file is needed, got none; " +
        "for example: deno task audit scores.csv",
    );
  }
  const { format } = options;
  if (format !== undefined && !SCORE_TABLE_FORMATS.some((each) => each === format)) {
    throw new RangeError(
      `Cannot audit scores: format must be one of ${SCORE_TABLE_FORMATS.join(", ")}, ` +
        `got "${format}"`,
    );
  }
  return { paths, options, overrides };
}
