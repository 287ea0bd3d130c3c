/**
 * What the command line says and takes for `export`.
 *
 * @module
 */
import type { Command } from "commander";
import type { Output } from "@/lab/commands/output.ts";

/** Options of `export`, as the command line gives them. */
interface ExportWords {
  readonly json?: true;
  readonly quiet?: true;
  readonly overwrite?: true;
  readonly thresholds?: string;
  readonly resize?: string;
}

/** A command of the command line. */
export type { Command };

/** Adds the command `export`, which is loaded when it runs. */
export function addExport(program: Command, { withCommon, open }: {
  readonly withCommon: (command: Command, usage: string) => Command;
  readonly open: (options: { readonly json?: true; readonly quiet?: true }) => Output;
}): void {
  const command = program.command("export")
    .summary("a trained model as one ONNX file, with a page that uses it")
    .description(
      "Writes detector.onnx, one file from photograph to verdict for any ONNX Runtime, with a page\n" +
        "that uses it in a browser, a script in Python, and what its thresholds promise.",
    )
    .argument("<run>", "folder of a finished run, or the model in it")
    .argument("<folder>", "folder to write");
  withCommon(command, "RUN FOLDER [options]")
    .option("--thresholds <file>", "a file of thresholds in place of the run's own")
    .option(
      "--resize <way>",
      "exact (usual): as in the run, to the byte; fast: for large photographs",
    )
    .option("--overwrite", "replace a folder that holds something else; other people's files stay")
    .action(async (run: string, folder: string, options: ExportWords) => {
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
