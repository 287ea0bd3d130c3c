/**
 * What the command line says and takes for `export`.
 *
 * @module
 */
import type { CommandWords } from "@/lab/commands/finished_words.ts";

/** The command `export`. */
export const exportWords: CommandWords = {
  name: "export",
  summary: "a trained model as one ONNX file, with a page that uses it",
  description:
    "Writes detector.onnx, one file from photograph to verdict for any ONNX Runtime, with a page\n" +
    "that uses it in a browser, a script in Python, and what its thresholds promise.",
  argument: ["<run>", "folder of a finished run, or the model in it"],
  others: ["<folder>", "folder to write"],
  usage: "RUN FOLDER [options]",
  options: [
    ["--thresholds <file>", "a file of thresholds in place of the run's own"],
    ["--resize <way>", "exact (usual): as in the run, to the byte; fast: for large photographs"],
    ["--overwrite", "replace a folder that holds something else; other people's files stay"],
  ],
};
