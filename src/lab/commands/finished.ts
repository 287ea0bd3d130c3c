/**
 * What the command line takes for finished runs: the options of `results` and `thresholds`.
 *
 * @module
 */
import type { Command } from "commander";
import type { Output } from "@/lab/commands/output.ts";

/** Options that every command takes. */
interface CommonOptions {
  readonly json?: true;
  readonly quiet?: true;
}

/** How commands are made and what they load when they run. */
export interface FinishedWiring {
  /** Gives a command the options that all have, and says how it is called. */
  readonly withCommon: (command: Command, usage: string) => Command;
  /** Makes the output of a command from its options. */
  readonly open: (options: CommonOptions) => Output;
  /** Loads `results`. */
  readonly loadResults: () => Promise<typeof import("@/lab/commands/results.ts")>;
  /** Loads `thresholds`. */
  readonly loadThresholds: () => Promise<typeof import("@/lab/commands/thresholds.ts")>;
}

/** Adds the commands about finished runs. */
export function addFinished(program: Command, wiring: FinishedWiring): void {
  const { withCommon, open } = wiring;
  const results = program.command("results").summary("lists finished runs, or compares some")
    .description(
      "Lists what runs, studies and audits came to, and writes index.html into the folder;\n" +
        "with the folders of two or more runs, compares them on the test images they share.",
    )
    .argument("[folders...]", "a folder of many results, by default results; or runs to compare");
  withCommon(results, "[options] [FOLDER…] | RUN RUN…")
    .option("--sort <column>", "finished, dataset, model, auroc, worst, f1 or folder")
    .option("--dataset <name>", "list those of one dataset alone")
    .option("--resamples <count>", "draws for the intervals of a comparison (1000)", Number)
    .option("--seed <seed>", "seed of these draws (0)", Number)
    .action(async (folders: string[], options: CommonOptions) => {
      const { resultsCommand } = await wiring.loadResults();
      await resultsCommand({ ...options, folders, output: open(options) });
    });
  const thresholds = program.command("thresholds")
    .summary("what the thresholds of a finished run promise and do, or others")
    .description(
      "Sets the thresholds of a finished run anew, and tells what they promise and what they do on\n" +
        "its test images; writes them into a file that EVALUATION.thresholds=FILE reads.",
    )
    .argument("[run]", "folder of a finished run");
  withCommon(thresholds, "RUN [options]")
    .option("--rule <name>", "gumbel, conformal, quantile (1 − alpha), max or mean_std (3)")
    .option("--alpha <share>", "share of false alarms, above 0 and below 1", Number)
    .option("--scope <scope>", "class, group or global; as the run's otherwise")
    .option("--compare", "all rules beside each other")
    .option("--budget <alarms>", "false alarms a day; with --per-day", Number)
    .option("--per-day <images>", "images a day; with --budget", Number)
    .option("--split <way>", "of a budget: same-alpha (usual) or same-alarms")
    .option("--shares <shares>", "images of each scope, such as bolt=3,nut=1; as in training else")
    .option("--cost-miss <cost>", "what a missed defect costs", Number)
    .option("--cost-false-alarm <cost>", "what a false alarm costs, in the same unit", Number)
    .option("--defect-share <share>", "expected share of defects", Number)
    .option("--out <file>", "write the thresholds into a file")
    .option("--overwrite", "replace a file that is there")
    .action(async (run: string | undefined, options: CommonOptions) => {
      const { thresholdsCommand } = await wiring.loadThresholds();
      await thresholdsCommand({ ...options, run: run ?? null, output: open(options) });
    });
}
