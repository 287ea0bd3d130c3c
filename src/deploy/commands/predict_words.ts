/**
 * What the command line says and takes for `predict`.
 *
 * @module
 */
import type { Command } from "commander";
import type { PredictCommand } from "@/deploy/commands/predict.ts";
import type { Output } from "@/lab/commands/output.ts";

/** Options of `predict`, as the command line gives them. */
interface PredictWords {
  readonly quiet?: true;
  readonly overwrite?: true;
  readonly format?: string;
  readonly out?: string;
  readonly maps?: string;
  readonly masks?: string;
  readonly thresholds?: string;
  readonly fail?: true;
  readonly watch?: string;
  readonly threads?: number;
  readonly provider?: string;
}

/** What the command line gives `predict`. */
export interface PredictWiring extends Pick<PredictCommand, "print" | "complain"> {
  /** Makes the output of a command from its options. */
  readonly open: (options: { readonly quiet?: true }) => Output;
  /** Takes the exit code. */
  readonly end: (code: number) => void;
}

/** Adds the command `predict`, which is loaded when it runs. */
export function addPredict(program: Command, { open, end, print, complain }: PredictWiring): void {
  program.command("predict")
    .summary("scores new photographs with a trained model, or watches a folder")
    .description(
      "Scores photographs with the model of a finished run, exactly as the run scored its test\n" +
        "images: a line each with group, similarity to its key, score, threshold, score ÷ threshold,\n" +
        "decision (1: anomalous), and whether it is unlike anything trained.",
    )
    .usage("RUN PHOTO… [options] | RUN --watch FOLDER --out FILE [options]")
    .argument("<run>", "folder of a finished run, or the model in it")
    .argument(
      "[photos...]",
      "files, folders with all below, patterns; - for a list on standard input",
    )
    .option("--format <format>", "csv (usual) or jsonl")
    .option("--out <file>", "write the lines into a file, which appears when it is complete")
    .option("--maps <dir>", "write each photograph beside its map, in units of the threshold")
    .option("--masks <dir>", "write a mask of marked pixels for each photograph")
    .option("--thresholds <file>", "a file of thresholds in place of the run's own")
    .option("--fail", "exit code 3 when a photograph is anomalous or unlike anything trained")
    .option(
      "--watch <dir>",
      "score photographs that appear in a folder, each name once, until Ctrl-C; --out goes on\n" +
        "where it ended",
    )
    .option("--threads <count>", "threads, 0 for one per core; as the run otherwise", Number)
    .option("--provider <name>", "cpu, cuda or webgpu; as the run otherwise")
    .option("--overwrite", "replace the file of --out")
    .option("-q, --quiet", "nothing on standard error but what is wrong")
    .helpOption("-h, --help", "shows this")
    .addHelpText(
      "after",
      "\nExit codes: 0 done; 1 some could not be read, which standard error and the last lines name;\n" +
        "2 not possible as asked; 3 with --fail, some are anomalous.",
    )
    .action(async (run: string, photographs: string[], options: PredictWords) => {
      const path = new URL("./predict.ts", import.meta.url).href;
      const { predictCommand }: typeof import("@/deploy/commands/predict.ts") = await import(path);
      const { startProgress } = open(options);
      end(
        await predictCommand({
          ...{ run, photographs, print, complain, startProgress },
          watch: options.watch ?? null,
          format: options.format ?? "csv",
          out: options.out ?? null,
          overwrite: options.overwrite ?? false,
          maps: options.maps ?? null,
          masks: options.masks ?? null,
          fail: options.fail ?? false,
          isQuiet: options.quiet ?? false,
          opening: {
            thresholds: options.thresholds ?? null,
            threads: options.threads ?? null,
            provider: options.provider ?? null,
            startProgress,
          },
        }),
      );
    });
}
