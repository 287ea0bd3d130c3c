/**
 * What the command line says and takes for `extend`.
 *
 * @module
 */
import type { CommandWords } from "@/lab/commands/finished_words.ts";

/** The command `extend`. */
export const extendWords: CommandWords = {
  name: "extend",
  summary: "a new product joins a trained model, whose groups stay as they are",
  description:
    "Adds the normal photographs of a folder to the model of a finished run, as groups of their\n" +
    "own with bank, key, thresholds and limits of refusal by the run's rules. Banks, keys and\n" +
    "thresholds that are there stay as they are, byte for byte. The result is a new folder, which\n" +
    "predict and extend take.",
  argument: ["<run>", "folder of a finished run, or the model in it"],
  others: ["<photographs>", "folder with normal photographs, or with train/good or good in it"],
  usage: "RUN FOLDER [options]",
  options: [
    ["--out <dir>", "folder of the result; otherwise beside the run, RUN+NAME"],
    ["--name <name>", "name of the new groups; otherwise as the run names groups"],
    ["--threads <count>", "threads, 0 for one per core; as the run otherwise", true],
    ["--provider <name>", "cpu, cuda or webgpu; as the run otherwise"],
    ["--overwrite", "replace the folder of the result"],
  ],
  after: "\nExit codes: 0 done; 1 done, but photographs that standard error names could not be\n" +
    "read; 2 not possible as asked.",
};
