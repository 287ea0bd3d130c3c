/**
 * The command line: `deno task run`, `scenarios`, `demo`, `audit`, `backbone` and `data`.
 *
 * Exit codes: 0 when all is done, 1 after an unforeseen fault or when a dataset that was checked
 * has faults, 2 when what was asked for cannot be done as asked, which one line on standard
 * error explains.
 *
 * @module
 */
import { join } from "node:path";
import {
  intervalRecord,
  intervalsText,
  scenarioPercent,
  scenarioRecords,
} from "@/charts/records.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { createProgress, type StartProgress } from "@/files/progress.ts";
import { checkWritable } from "@/files/write.ts";
import { auditCommand } from "@/lab/commands/audit.ts";
import { backboneCommand } from "@/lab/commands/backbone.ts";
import { dataCommand } from "@/lab/commands/data.ts";
import { runExperiment } from "@/lab/experiment.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import { classTable } from "@/lab/run_report.ts";
import { openStudy, studyFolder, writeStudy } from "@/lab/study_scenarios.ts";
import { loadConfig } from "@/load_config.ts";
import { plural } from "@/messages.ts";
import { formatPercent, recordTable, recordTableText } from "@/tables.ts";

/** Where the command line reads from and writes to. */
export interface CommandLine {
  /** Command, then its arguments. */
  readonly args: readonly string[];
  /** Receives results; default: standard output. */
  readonly print?: (line: string) => void;
  /** Receives errors; default: standard error. */
  readonly complain?: (line: string) => void;
  /** Shows progress; default: on standard error. */
  readonly startProgress?: StartProgress;
}

const help = `HierCore Lab

  deno task demo                          sample data, embedded backbone, both methods, four scenarios
  deno task run [config=FILE] [KEY=…]     one method on one dataset
  deno task scenarios [config=FILE] [KEY=…]   both methods in all four scenarios
  deno task audit FILE… [reference=FILE] [EVALUATION.KEY=…]   the four scenarios on anyone's scores
  deno task backbone [NAME] [--from FILE]     lists backbones, or downloads and converts one
  deno task data [ACTION NAME]            lists datasets, or downloads, checks or describes one

KEY=… overrides a key of the configuration, such as MODEL.sampler_ratio=0.02 or DEFAULT.seed=[0,1,2];
without config=FILE the defaults apply (src/config.ts).`;

interface Context {
  readonly args: readonly string[];
  readonly configPath: string | null;
  readonly overrides: readonly string[];
  readonly print: (line: string) => void;
  readonly startProgress: StartProgress;
}

const commands: Readonly<Record<string, (context: Context) => Promise<number | void>>> = {
  run: runCommand,
  scenarios: scenariosCommand,
  demo: demoCommand,
  audit: auditCommand,
  backbone: backboneCommand,
  data: dataCommand,
};

/** Runs one command and returns its exit code. */
export async function runCommandLine(line: CommandLine): Promise<number> {
  const { args: [name = "help", ...args], print = printLine, complain = printError } = line;
  const startProgress = line.startProgress ?? ((label) => createProgress({ label }));
  if (name === "help" || [name, ...args].some((arg) => arg === "--help" || arg === "-h")) {
    print(help);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    complain(
      `Cannot run "${name}": the command must be one of ${Object.keys(commands).join(", ")}`,
    );
    return 2;
  }
  const isConfig = (arg: string): boolean => arg.startsWith("config=");
  try {
    const code = await command({
      args,
      configPath: args.findLast(isConfig)?.slice("config=".length) ?? null,
      overrides: args.filter((arg) => !isConfig(arg)),
      print,
      startProgress,
    });
    return code ?? 0;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot ")) {
      complain(error.message);
      return 2;
    }
    complain(error instanceof Error ? error.stack ?? error.message : String(error));
    return 1;
  }
}

async function runCommand({ configPath, overrides, print, startProgress }: Context): Promise<void> {
  const config = await loadConfig(configPath, overrides);
  const { folder, runs, seedsFolder, seconds } = await runExperiment(config, { startProgress });
  print(describeResults(runs.map(({ result }) => result), config.EVALUATION.fpr_limit));
  if (seedsFolder !== null) {
    print(`\nMeans ± standard deviations over ${runs.length} seeds, also in ${seedsFolder}.`);
  }
  print(
    `\n${seconds.toFixed(0)} s; results in ${folder}, report in ${join(folder, "report.html")}`,
  );
}

/** Describes the runs of all seeds: groups, then metrics per class, averaged and pooled. */
export function describeResults(results: readonly ConditionResult[], fprLimit: number): string {
  const first = results[0];
  if (first === undefined) {
    throw new RangeError("Cannot describe a run: at least one result is needed, got none");
  }
  const { records, percent } = classTable(results.map(({ evaluation }) => evaluation), {
    fprLimit,
    together: ["mean", "pooled", "pooled, aligned"],
  });
  const { intervals } = first.evaluation;
  const certainty = intervals === null
    ? ""
    : `\n\nBootstrap intervals:\n${recordTableText(recordTable([intervalRecord(intervals)]))}`;
  const shown = ["image AUROC", "pixel AUROC", `AUPRO@${fprLimit}`, "recall", "FPR", "F1"];
  const table = recordTable(records, { columns: ["class", ...shown], percent });
  return `${describeGroups(first)}\n\n${recordTableText(table)}${certainty}`;
}

function describeGroups({ grouping, memory: { groups } }: ConditionResult): string {
  const { names, choice } = groups;
  const partitions = choice === null
    ? ""
    : `; partitions ${choice.candidates.map(({ clusters }) => clusters).join(", ")}`;
  return `${plural(names.length, "group")} (${groups.grouping}${partitions}), ` +
    `ARI ${grouping.ari.toFixed(3)}, purity ${formatPercent(grouping.purity)}, ` +
    `routing accuracy ${formatPercent(grouping.routingAccuracy)}`;
}

async function demoCommand(context: Context): Promise<void> {
  if (context.configPath !== null) {
    throw new RangeError(
      `Cannot run "demo": it has a configuration of its own, got "config=${context.configPath}"; ` +
        `use "scenarios"`,
    );
  }
  await scenariosCommand({ ...context, configPath: join(repositoryRoot, "configs/sample.yaml") });
}

async function scenariosCommand(
  { configPath, overrides, print, startProgress }: Context,
): Promise<void> {
  const config = await loadConfig(configPath, overrides);
  await checkWritable(studyFolder({ config }));
  const study = await openStudy(config, { startProgress });
  try {
    const folder = await writeStudy(study);
    const percent = scenarioPercent;
    print(recordTableText(recordTable(scenarioRecords(study.files), { percent })));
    if (config.EVALUATION.bootstrap > 0) {
      print(`\n${intervalsText(study.files[0]!, config.EVALUATION)}`);
    }
    print(
      "\nKnown or unknown: class labels in training → in evaluation. Image AUROC: mean of classes, " +
        "worst class,\nall images pooled, pooled after aligning by group. Recall, FPR and F1: pooled, " +
        "at the scenario's thresholds.",
    );
    print(
      `\n${study.seconds.toFixed(0)} s; results in ${folder}, ` +
        `report in ${join(folder, "report.html")}`,
    );
  } finally {
    await study.close();
  }
}

function printLine(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Writes an error where a terminal may still show the progress of what failed. */
function printError(line: string): void {
  const clear = Deno.stderr.isTerminal() ? "\r\x1b[K" : "";
  Deno.stderr.writeSync(new TextEncoder().encode(`${clear}${line}\n`));
}

if (import.meta.main) Deno.exit(await runCommandLine({ args: Deno.args }));
