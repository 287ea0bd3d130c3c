/**
 * What the command line says and takes for `predict`.
 *
 * @module
 */
import type { CommandWords } from "@/lab/commands/finished_words.ts";

/** The command `predict`. */
export const predictWords: CommandWords = {
  name: "predict",
  summary: "scores new photographs with a trained model, or watches a folder",
  description:
    "Scores photographs with the model of a finished run, exactly as the run scored its test\n" +
    "images: a line each with group, similarity to its key, score, threshold, score ÷ threshold,\n" +
    "decision (1: anomalous), and whether it is unlike anything trained.",
  argument: ["<run>", "folder of a finished run, or the model in it"],
  others: [
    "[photos...]",
    "files, folders with all below, patterns; - for a list on standard input",
  ],
  usage: "RUN PHOTO… [options] | RUN --watch FOLDER --out FILE [options]",
  isLines: true,
  options: [
    ["--format <format>", "csv (usual) or jsonl"],
    ["--out <file>", "write the lines into a file, which appears when it is complete"],
    ["--maps <dir>", "write each photograph beside its map, in units of the threshold"],
    ["--masks <dir>", "write a mask of marked pixels for each photograph"],
    ["--thresholds <file>", "a file of thresholds in place of the run's own"],
    ["--fail", "exit code 3 when a photograph is anomalous or unlike anything trained"],
    [
      "--watch <dir>",
      "score what appears in a folder, each name once, until Ctrl-C; --out goes on where it ended",
    ],
    ["--threads <count>", "threads, 0 for one per core; as the run otherwise", true],
    ["--provider <name>", "cpu, cuda or webgpu; as the run otherwise"],
    ["--overwrite", "replace the file of --out"],
  ],
  after:
    "\nExit codes: 0 done; 1 some could not be read, which standard error and the last lines " +
    "name;\n2 not possible as asked; 3 with --fail, some are anomalous.",
};
