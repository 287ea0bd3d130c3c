/**
 * What the command line says and takes for `export`.
 *
 * @module
 */
import type { Output } from "@/lab/commands/output.ts";

/** Options of `export`, as the command line gives them. */
export interface ExportWords {
  /** One JSON document instead of text. */
  readonly json?: true;
  /** No progress. */
  readonly quiet?: true;
  /** Whether a folder that holds something else is taken. */
  readonly overwrite?: true;
  /** A file of thresholds. */
  readonly thresholds?: string;
  /** How photographs are scaled. */
  readonly resize?: string;
}

/** A command under construction, as commander has it. */
export interface WordedCommand {
  /** What it does, in a few words. */
  summary(text: string): WordedCommand;
  /** What it does. */
  description(text: string): WordedCommand;
  /** Adds an argument. */
  argument(name: string, text: string): WordedCommand;
  /** Adds an option. */
  option(flags: string, text: string): WordedCommand;
  /** What runs. */
  action(work: (run: string, folder: string, options: ExportWords) => Promise<void>): unknown;
}

/** Describes the command `export`, which is loaded when it runs. */
export function describeExport(
  command: WordedCommand,
  open: (options: ExportWords) => Output,
): void {
  command.summary("a trained model as one ONNX file, with a page that uses it")
    .description(
      "Writes detector.onnx, one file from photograph to verdict for any ONNX Runtime, with a page\n" +
        "that uses it in a browser, a script in Python, and what its thresholds promise.",
    )
    .argument("<run>", "folder of a finished run, or the model in it")
    .argument("<folder>", "folder to write")
    .option("--thresholds <file>", "a file of thresholds in place of the run's own")
    .option(
      "--resize <way>",
      "exact (usual): as in the run, to the byte; fast: for large photographs",
    )
    .option("--overwrite", "replace a folder that holds something else; other people's files stay")
    .action(async (run, folder, options) => {
      const path = new URL("./export.ts", import.meta.url).href;
      const { exportCommand }: typeof import("@/deploy/commands/export.ts") = await import(path);
      await exportCommand({
        run,
        folder,
        thresholds: options.thresholds ?? null,
        resize: options.resize ?? "exact",
        overwrite: options.overwrite ?? false,
        output: open(options),
      });
    });
}
