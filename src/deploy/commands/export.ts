/**
 * The command `export`.
 *
 * @module
 */
import { exportDetector } from "@/deploy/export_detector.ts";
import type { Output } from "@/lab/commands/output.ts";
import { plural } from "@/messages.ts";

/** What `export` is told. */
export interface ExportCommand {
  /** Folder of a finished run. */
  readonly run: string;
  /** Folder to write. */
  readonly folder: string;
  /** A file of thresholds in place of the run's own; default: none. */
  readonly thresholds?: string | null;
  /** How photographs are scaled; default `exact`. */
  readonly resize?: string;
  /** Whether a folder that holds something else is taken; default: it is not. */
  readonly overwrite?: boolean;
  /** Where results go. */
  readonly output: Output;
}

/** Exports a run and says what was written. */
export async function exportCommand(command: ExportCommand): Promise<void> {
  const { run, folder, thresholds = null, resize = "exact", overwrite = false, output } = command;
  if (resize !== "exact" && resize !== "fast") {
    throw new RangeError(
      `Cannot export "${run}": "--resize" must be one of exact, fast, got "${resize}"`,
    );
  }
  const exported = await exportDetector(run, {
    folder,
    thresholds,
    resize,
    overwrite,
    startProgress: output.startProgress,
  });
  const { files, operatorSet, about, notices } = exported;
  const rows = about.groups.reduce((sum, group) => sum + group.rows, 0);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const runtime = Object.entries(files).filter(([name]) => name.startsWith("runtime/"))
    .reduce((sum, [, bytes]) => sum + bytes, 0);
  output.text(
    `${folder}/detector.onnx: ${megabytes(files["detector.onnx"]!)}, ${
      plural(about.groups.length, "group")
    }, ${rows.toLocaleString("en-US")} rows, operator set ${operatorSet}; the page needs ` +
      `${megabytes(runtime)} more.`,
  );
  output.text(`Thresholds (${about.scope}): ${about.promise}.`);
  for (const promise of new Set(about.groups.map((group) => group.promise))) {
    output.text(`  ${promise}`);
  }
  for (const notice of notices) output.notice(notice);
  output.text(
    `\nPage:    python3 -m http.server --directory ${folder}, then http://localhost:8000`,
  );
  output.text(`Python:  python3 ${folder}/use_detector.py PHOTO…`);
  output.document({ schema: 1, ...exported });
}
