/**
 * The command `deno task audit`: the four scenarios on anyone's scores.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { join, parse as parsePath } from "node:path";
import { type Audit, auditPixels, auditReport, auditScores, referenceOf } from "@/audit/audit.ts";
import {
  nameTables,
  readScoreTable,
  type ReadScoreTableOptions,
  SCORE_TABLE_FORMATS,
} from "@/audit/read_scores.ts";
import type { ScoreTable } from "@/audit/score_table.ts";
import { auditRecords, intervalsText, scenarioPercent } from "@/charts/records.ts";
import { imageAurocs } from "@/evaluation/evaluate_scenario.ts";
import { type ScenariosFile, scenariosFile } from "@/evaluation/result_files.ts";
import { checkWritable, replaceFolder, type ReplaceFolderOptions } from "@/files/write.ts";
import type { Output } from "@/lab/commands/output.ts";
import {
  auditFolder,
  auditMark,
  bootstrapOf,
  thresholdRuleOf,
  tolerancesOf,
} from "@/lab/settings.ts";
import {
  checkScope,
  describeSource,
  readGivenThresholds,
  thresholdsFromFile,
} from "@/lab/thresholds/threshold_files.ts";
import { loadConfig } from "@/load_config.ts";
import { reportPage } from "@/report/report.ts";
import { recordTable, recordTableText } from "@/tables.ts";

/** What the command works with. */
export interface AuditCommand {
  /** Files of scores, one or several. */
  readonly paths: readonly string[];
  /** Scores of one-class models, which Δ and R1 need. */
  readonly reference?: string | undefined;
  /** Format of all files; default: told by name and content. */
  readonly format?: string | undefined;
  /** Regular expression whose one group is the class in an image's path. */
  readonly classOf?: string | undefined;
  /** Folder that relative paths of maps and masks start from; default: that of the table. */
  readonly folder?: string | undefined;
  /** Folder in which maps of another machine are looked for. */
  readonly mapRoot?: string | undefined;
  /** Folder in which masks of another machine are looked for. */
  readonly maskRoot?: string | undefined;
  /** Whether a folder that holds something else may be replaced; default: no. */
  readonly overwrite?: boolean | undefined;
  /** Overrides of the configuration, each `KEY=value`. */
  readonly overrides?: readonly string[];
  /** Where results go. */
  readonly output: Output;
}

/**
 * Judges one or several tables of scores in the four scenarios, prints the verdicts, and writes
 * `scenarios.json`, every decision as CSV, and a report into `<savedir>/audit/<name of the first>`.
 */
export async function auditCommand(command: AuditCommand): Promise<void> {
  const { paths, overrides = [], output } = command;
  if (paths.length === 0) {
    throw new RangeError(
      "Cannot audit scores: at least one file is needed, got none; " +
        "for example: deno task audit scores.csv",
    );
  }
  const config = await loadConfig(null, overrides);
  const { EVALUATION } = config;
  const reading = readingOf(command);
  const names = nameTables(paths);
  const tables: ScoreTable[] = [];
  for (const [i, path] of paths.entries()) {
    tables.push(await readScoreTable(path, { ...reading, name: names[i]! }));
  }
  const referenceTable = command.reference === undefined ? null : await readScoreTable(
    command.reference,
    { ...reading, name: parsePath(command.reference).name },
  );
  const reference = referenceTable && referenceOf(referenceTable);
  const about = {
    names,
    paths: command.reference === undefined ? paths : [...paths, command.reference],
    evaluation: EVALUATION,
  };
  const folder = auditFolder({ savedir: config.DEFAULT.savedir, ...about });
  const keeping = { mark: auditMark(about), overwrite: command.overwrite ?? false };
  await checkWritable(folder, keeping);
  const { thresholds: source } = EVALUATION;
  const given = await readGivenThresholds(config);
  if (given !== null && tables.length > 1) {
    throw new RangeError(
      `Cannot use thresholds of "${source}": they are of one model, got ${tables.length} tables`,
    );
  }
  const audits: Audit[] = [];
  for (const table of tables) {
    audits.push(auditScores(table, {
      rule: thresholdRuleOf(EVALUATION),
      tolerances: tolerancesOf(EVALUATION),
      bootstrap: bootstrapOf(EVALUATION),
      oneClass: reference === null ? null : imageAurocs(reference),
      reference: referenceTable,
      pixelMetrics: await auditPixels(table, { fprLimit: EVALUATION.fpr_limit }),
      given: (scored) =>
        given === null || scored.scope !== given.scope
          ? null
          : thresholdsFromFile(given, { ...scored, source: source! }),
    }));
  }
  const served = audits.flatMap(({ evaluated }) => evaluated)
    .filter(({ scope }) => scope === given?.scope);
  if (given !== null && served.length === 0) {
    checkScope(given, { scope: audits[0]!.evaluated[3]!.scope, source: source! });
  }
  const file = scenariosFile(audits.flatMap(({ evaluated }) => evaluated), {
    dataset: names[0]!,
    rule: audits[0]!.rule,
    fprLimit: EVALUATION.fpr_limit,
    reference,
    source,
  });
  await writeAudit(folder, {
    tables,
    audits,
    file,
    keeping,
    intervals: EVALUATION,
    notice: output.notice,
  });
  for (const { rows, ignoredColumns, name } of tables) {
    const test = rows.filter(({ split }) => split === "test").length;
    const ignored = ignoredColumns.length === 0 ? "" : `; not used: ${ignoredColumns.join(", ")}`;
    output.text(`${name}: ${test} test images, ${rows.length - test} calibration images${ignored}`);
  }
  output.text(
    `\n${recordTableText(recordTable(auditRecords(file), { percent: scenarioPercent }))}`,
  );
  if (EVALUATION.bootstrap > 0) output.text(`\n${intervalsText(file, EVALUATION)}`);
  if (given !== null) {
    const numbers = served.map(({ scenario }) => scenario.number).join(", ");
    output.notice(
      `\nScenarios ${numbers}: ${
        describeSource(source!, served[0]!.evaluation.decisions.thresholds)
      } ` +
        `They are of "${given.model.name}"; a table does not say which model its scores are of.`,
    );
  }
  const oracles = names.filter((_, i) => audits[i]!.rule.name === "oracle_f1");
  if (oracles.length > 0) {
    output.text(
      `\n${oracles.join(", ")}: thresholds are the oracle's, set on the test images themselves.`,
    );
    if (EVALUATION.threshold_rule !== "oracle_f1") {
      output.text(
        'Rows with split "train" (normal images the model has not seen) would calibrate them.',
      );
    }
  }
  const report = join(folder, "report.html");
  output.text(`\nresults in ${folder}, report in ${report}`);
  output.document({ ...file, tables: names, folder, report });
}

async function writeAudit(
  folder: string,
  content: {
    tables: readonly ScoreTable[];
    audits: readonly Audit[];
    file: ScenariosFile;
    keeping: ReplaceFolderOptions;
    notice: (line: string) => void;
    intervals: { readonly bootstrap: number; readonly confidence: number };
  },
): Promise<void> {
  const { tables, audits, file } = content;
  const html = await reportPage(() => auditReport(content), {
    title: `Audit of ${tables.map(({ name }) => name).join(", ")}`,
    notice: content.notice,
  });
  await replaceFolder(folder, async (temporary) => {
    const json = `${JSON.stringify(file, null, 2)}\n`;
    await Deno.writeTextFile(join(temporary, "scenarios.json"), json);
    const rows = tables.flatMap((table, i) => decisionRows(table, audits[i]!));
    await Deno.writeTextFile(join(temporary, "scores.csv"), stringify(rows, { header: true }));
    await Deno.writeTextFile(join(temporary, "report.html"), html);
  }, content.keeping);
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

/** How every table is read. */
function readingOf(command: AuditCommand): ReadScoreTableOptions {
  const { format, classOf, folder, mapRoot, maskRoot } = command;
  const known = SCORE_TABLE_FORMATS.find((each) => each === format);
  if (format !== undefined && known === undefined) {
    throw new RangeError(
      `Cannot audit scores: format must be one of ${SCORE_TABLE_FORMATS.join(", ")}, ` +
        `got "${format}"`,
    );
  }
  return {
    ...(known !== undefined && { format: known }),
    ...(classOf !== undefined && { classOf }),
    ...(folder !== undefined && { folder }),
    ...(mapRoot !== undefined && { mapRoot }),
    ...(maskRoot !== undefined && { maskRoot }),
  };
}
