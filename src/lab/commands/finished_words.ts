/**
 * What the command line says and takes for finished runs: the commands `results` and `thresholds`;
 * and what words of any command consist of.
 *
 * @module
 */

/** What a command is called, what it does, and its options. */
export interface CommandWords {
  /** Its name. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What it does. */
  readonly description: string;
  /** Its argument and what that is. */
  readonly argument: readonly [name: string, description: string];
  /** Further arguments, if it takes any. */
  readonly others?: readonly [name: string, description: string];
  /** How it is called. */
  readonly usage: string;
  /** Whether it gives lines, so that there is no document to ask for. */
  readonly isLines?: true;
  /** What help says at its end. */
  readonly after?: string;
  /** Its options: flags, what they are for, and whether the value is a number. */
  readonly options: readonly (readonly [flags: string, description: string, isNumber?: true])[];
}

/** The command `results`. */
export const resultsWords: CommandWords = {
  name: "results",
  summary: "lists finished runs, or compares some",
  description:
    "Lists what runs, studies and audits came to, and writes index.html into the folder;\n" +
    "with the folders of two or more runs, compares them on the test images they share.",
  argument: ["[folders...]", "a folder of many results, by default results; or runs to compare"],
  usage: "[options] [FOLDER…] | RUN RUN…",
  options: [
    ["--sort <column>", "finished, dataset, model, auroc, worst, f1 or folder"],
    ["--dataset <name>", "list those of one dataset alone"],
    ["--resamples <count>", "draws for the intervals of a comparison (1000)", true],
    ["--seed <seed>", "seed of these draws (0)", true],
  ],
};

/** The command `thresholds`. */
export const thresholdsWords: CommandWords = {
  name: "thresholds",
  summary: "what thresholds of a finished run promise and do",
  description:
    "Sets the thresholds of a finished run anew, and tells what they promise and what they do on\n" +
    "its test images; writes them into a file that EVALUATION.thresholds=FILE reads.",
  argument: ["[run]", "folder of a finished run"],
  usage: "RUN [options]",
  options: [
    ["--rule <name>", "gumbel, conformal, quantile (1 − alpha), max or mean_std (3)"],
    ["--alpha <share>", "share of false alarms, above 0 and below 1", true],
    ["--scope <scope>", "class, group or global; as the run's otherwise"],
    ["--compare", "all rules beside each other"],
    ["--budget <alarms>", "false alarms a day; with --per-day", true],
    ["--per-day <images>", "images a day; with --budget", true],
    ["--split <way>", "of a budget: same-alpha (usual) or same-alarms"],
    ["--shares <shares>", "images of each scope, such as bolt=3,nut=1; else as in training"],
    ["--cost-miss <cost>", "what a missed defect costs", true],
    ["--cost-false-alarm <cost>", "what a false alarm costs, in the same unit", true],
    ["--defect-share <share>", "expected share of defects", true],
    ["--out <file>", "write the thresholds into a file"],
    ["--overwrite", "replace a file that is there"],
  ],
};
