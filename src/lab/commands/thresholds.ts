/**
 * The command `deno task thresholds`: what the thresholds of a finished run promise and do, or would
 * by another rule, a budget of false alarms, or costs.
 *
 * @module
 */
import { join } from "node:path";
import { statIfExists } from "@/files/read.ts";
import { replaceFile } from "@/files/write.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import type { Output } from "@/lab/commands/output.ts";
import {
  chooseByBudget,
  chooseByCosts,
  chooseByRule,
  type ChosenThresholds,
  type FinishedScores,
  readFinishedScores,
  ruleAt,
  ruleNames,
} from "@/lab/thresholds/choose_thresholds.ts";
import {
  addUp,
  type Counted,
  falseAlarmText,
  foundText,
  realise,
  realisedRecords,
  type RealisedThreshold,
} from "@/lab/thresholds/realised.ts";
import { thresholdFileName } from "@/lab/thresholds/threshold_files.ts";
import { askForName } from "@/messages.ts";
import { formatPercent, recordTable, recordTableText, type TableRecord } from "@/tables.ts";
import type { Costs } from "@/thresholds/costs.ts";
import { shareInterval } from "@/thresholds/counts.ts";
import { describeRule, type ThresholdRule } from "@/thresholds/rules.ts";
import { makeThresholdFile, promiseText } from "@/thresholds/threshold_file.ts";

/** What the command works with. */
export interface ThresholdsCommand {
  /** Folder of a finished run. */
  readonly run: string | null;
  /** Name of the rule; default: the run's. */
  readonly rule?: string;
  /** Share of false alarms; default: the run's. */
  readonly alpha?: number;
  /** For whom one threshold holds; default: as in the run. */
  readonly scope?: string;
  /** Whether all rules are compared. */
  readonly compare?: boolean;
  /** False alarms a day. */
  readonly budget?: number;
  /** Images a day. */
  readonly perDay?: number;
  /** How a budget is split. */
  readonly split?: string;
  /** Images of each scope, such as `bolt=3,nut=1`. */
  readonly shares?: string;
  /** What a miss costs. */
  readonly costMiss?: number;
  /** What a false alarm costs. */
  readonly costFalseAlarm?: number;
  /** Expected share of defects. */
  readonly defectShare?: number;
  /** File that thresholds are written into. */
  readonly out?: string;
  /** Whether a file that is there is replaced. */
  readonly overwrite?: boolean;
  /** Where results go. */
  readonly output: Output;
}

/** Sets thresholds of a finished run, tells what they promise and do, and writes them if asked. */
export async function thresholdsCommand(command: ThresholdsCommand): Promise<void> {
  const { run, output, out } = command;
  if (run === null) {
    throw fail("the folder of a finished run must be named, got none");
  }
  checkTogether(command);
  const scores = await readRun(run);
  const scope = readScope(command, scores);
  const chosen = choose(command, { scores, scope });
  const realised = realise(chosen.thresholds, { samples: scores.test, scope });
  const promiseOf = ({ name, threshold }: RealisedThreshold): string =>
    promiseText(threshold, chosen.rules.get(name) ?? chosen.rule);
  const { file } = scores;
  const calibration = scores.calibration.length;
  output.text(
    `${file.model.name}: ${calibration} calibration images, ${scores.test.length} test images.\n` +
      `Thresholds for ${scope === "global" ? "all together" : `each ${scope}`}: ${
        describeChoice(command, chosen)
      }.`,
  );
  output.text(`\n${recordTableText(recordTable(realisedRecords(realised, promiseOf)))}`);
  for (const note of chosen.notes) output.text(note);
  const compared = command.compare
    ? compareRules(scores, { scope, alpha: alphaOf(command, file.rule) })
    : null;
  if (compared !== null) {
    output.text(`\n${recordTableText(recordTable(compared.map(({ record }) => record)))}`);
  }
  if (out !== undefined) {
    await writeChosen(command, { scores, scope, chosen });
    output.text(`\nthresholds in ${out}; EVALUATION.thresholds=${out} uses them`);
  }
  output.document({
    schema: 1,
    run,
    model: file.model,
    scope,
    rule: chosen.rule,
    thresholds: Object.fromEntries(realised.map((each) => {
      const { name, threshold, falseAlarms, found } = each;
      const own = chosen.rules.get(name);
      return [name, {
        value: Number.isFinite(threshold.value) ? threshold.value : null,
        count: threshold.count,
        promise: promiseOf(each),
        ...(threshold.reason !== undefined && { reason: threshold.reason }),
        ...(own !== undefined && { rule: own }),
        false_alarms: withInterval(falseAlarms),
        found: withInterval(found),
      }];
    })),
    notes: chosen.notes,
    ...(compared !== null && {
      compared: compared.map(({ rule, falseAlarms, found }) => ({
        rule,
        false_alarms: withInterval(falseAlarms),
        found: withInterval(found),
      })),
    }),
    ...(out !== undefined && { out }),
  });
}

async function readRun(run: string): Promise<FinishedScores> {
  const path = join(run, thresholdFileName);
  if (await statIfExists(path) !== null) return await readFinishedScores(run);
  throw fail(
    `"${run}" must be the folder of a finished run, got one without ${thresholdFileName}; ` +
      "runs of earlier versions must run again",
  );
}

/** Refuses options that do not go together. */
function checkTogether(command: ThresholdsCommand): void {
  const { budget, perDay, costMiss, costFalseAlarm, defectShare, split, shares } = command;
  const together = (options: Readonly<Record<string, number | undefined>>): boolean => {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const missing = Object.keys(options).find((name) => options[name] === undefined);
    if (given.length > 0 && missing !== undefined) {
      throw fail(`"--${given[0]![0]}" must come with "--${missing}", got none`);
    }
    const odd = given.find(([, value]) => !Number.isFinite(value));
    if (odd !== undefined) throw fail(`"--${odd[0]}" must be a number, got ${odd[1]}`);
    return given.length > 0;
  };
  const hasBudget = together({ budget, "per-day": perDay });
  const hasCosts = together({
    "cost-miss": costMiss,
    "cost-false-alarm": costFalseAlarm,
    "defect-share": defectShare,
  });
  if (hasBudget && hasCosts) throw fail("a budget or costs must be given, got both");
  for (const [name, value] of Object.entries({ split, shares })) {
    if (value !== undefined && !hasBudget) throw fail(`"--${name}" must come with "--budget"`);
  }
  const { alpha, rule } = command;
  if (alpha !== undefined && hasBudget) throw fail('"--alpha" must not come with "--budget"');
  if (hasCosts && (alpha !== undefined || rule !== undefined)) {
    throw fail(`"--${alpha === undefined ? "rule" : "alpha"}" must not come with costs`);
  }
  if (alpha !== undefined && !(alpha > 0 && alpha < 1)) {
    throw fail(`"--alpha" must be above 0 and below 1, got ${alpha}`);
  }
}

function readScope({ scope }: ThresholdsCommand, { file }: FinishedScores): ThresholdScope {
  if (scope === undefined) return file.scope;
  return oneOf(scope, { option: "scope", known: ["class", "group", "global"] as const });
}

function oneOf<Name extends string>(
  value: string,
  { option, known }: { option: string; known: readonly Name[] },
): Name {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw fail(
    `"--${option}" must be one of ${known.join(", ")}, got "${value}"${askForName(value, known)}`,
  );
}

function alphaOf({ alpha }: ThresholdsCommand, rule: ThresholdRule | null): number {
  return alpha ?? (rule !== null && "alpha" in rule ? rule.alpha : 0.05);
}

function choose(
  command: ThresholdsCommand,
  { scores, scope }: { scores: FinishedScores; scope: ThresholdScope },
): ChosenThresholds {
  const { budget, perDay, costMiss, costFalseAlarm, defectShare } = command;
  if (costMiss !== undefined) {
    const costs: Costs = {
      miss: costMiss,
      falseAlarm: costFalseAlarm!,
      defectShare: defectShare!,
    };
    return chooseByCosts(scores, { scope, costs });
  }
  const { rule: own } = scores.file;
  const isOwn = command.rule === undefined && own !== null && own.name !== "oracle_f1";
  const name = isOwn
    ? own.name
    : oneOf(command.rule ?? "gumbel", { option: "rule", known: ruleNames });
  if (budget !== undefined) {
    if (name === "max" || name === "mean_std") {
      throw fail(`the rule of a budget must have an alpha, got "${name}"`);
    }
    const split = oneOf(command.split ?? "same-alpha", {
      option: "split",
      known: ["same-alpha", "same-alarms"],
    });
    return chooseByBudget(scores, {
      scope,
      budget: {
        images: perDay!,
        falseAlarms: budget,
        split: split === "same-alpha" ? "same_alpha" : "same_alarms",
      },
      shares: command.shares === undefined ? null : readShares(command.shares),
      ruleOf: (alpha) => ruleAt(name, alpha),
    });
  }
  const rule = isOwn && command.alpha === undefined ? own : ruleAt(name, alphaOf(command, own));
  return chooseByRule(scores, { scope, rule });
}

/** Reads shares such as `bolt=3,nut=1`. */
function readShares(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const split = part.lastIndexOf("="), share = Number(part.slice(split + 1));
      if (split < 1 || !Number.isFinite(share)) {
        throw fail(`"--shares" must be written like bolt=3,nut=1, got "${part}"`);
      }
      return [part.slice(0, split).trim(), share];
    }),
  );
}

function describeChoice(command: ThresholdsCommand, { rule }: ChosenThresholds): string {
  if (rule !== null) return describeRule(rule);
  const { budget, perDay, costMiss, costFalseAlarm, defectShare } = command;
  if (budget !== undefined) return `${budget} false alarms a day among ${perDay} images`;
  return `least cost where a miss costs ${costMiss}, a false alarm ${costFalseAlarm}, and ` +
    `${formatPercent(defectShare!)} are defective; labels of the test images were seen`;
}

/** One rule beside others. */
interface ComparedRule {
  readonly rule: ThresholdRule;
  readonly falseAlarms: Counted;
  readonly found: Counted;
  readonly record: TableRecord;
}

function compareRules(
  scores: FinishedScores,
  { scope, alpha }: { scope: ThresholdScope; alpha: number },
): ComparedRule[] {
  return ruleNames.map((name) => {
    const rule = ruleAt(name, alpha);
    const { thresholds } = chooseByRule(scores, { scope, rule });
    const realised = realise(thresholds, { samples: scores.test, scope });
    const falseAlarms = addUp(realised.map((each) => each.falseAlarms));
    const found = addUp(realised.map((each) => each.found));
    const shares = (read: (each: RealisedThreshold) => Counted): number | null => {
      const counted = realised.map(read).filter(({ total }) => total > 0);
      if (counted.length === 0) return null;
      return counted.reduce((sum, { count, total }) => sum + count / total, 0) / counted.length;
    };
    const percent = (share: number | null): string => share === null ? "–" : formatPercent(share);
    const record: TableRecord = {
      rule: "alpha" in rule
        ? `${name} ${alpha}`
        : name === "quantile"
        ? `${name} ${1 - alpha}`
        : name,
      "false alarms (95 %)": falseAlarmText(falseAlarms),
      "mean of scopes": percent(shares((each) => each.falseAlarms)),
      "defects found (95 %)": foundText(found),
      "mean found": percent(shares((each) => each.found)),
      "never alarm": realised.filter(({ threshold }) => threshold.value === Infinity).length,
    };
    return { rule, falseAlarms, found, record };
  });
}

async function writeChosen(
  command: ThresholdsCommand,
  { scores, scope, chosen }: {
    scores: FinishedScores;
    scope: ThresholdScope;
    chosen: ChosenThresholds;
  },
): Promise<void> {
  const out = command.out!;
  if (!command.overwrite && await statIfExists(out) !== null) {
    throw fail(`"${out}" must not be there yet, or "--overwrite" be given`);
  }
  const { model, calibration, refusal } = scores.file;
  const content = makeThresholdFile({ model, scope, calibration, refusal, ...chosen });
  await replaceFile(out, `${JSON.stringify(content, null, 2)}\n`);
}

function withInterval(counted: Counted): Record<string, number | null> {
  if (counted.total === 0) return { ...counted, low: null, high: null };
  return { ...counted, ...shareInterval(counted.count, { total: counted.total }) };
}

function fail(what: string): RangeError {
  return new RangeError(`Cannot set thresholds: ${what}`);
}
