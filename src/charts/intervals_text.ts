/**
 * Bootstrap intervals as text for the terminal.
 *
 * @module
 */
import { intervalRecord } from "@/charts/interval_records.ts";
import type { ScenariosFile } from "@/evaluation/result_files.ts";
import { recordTable, recordTableText } from "@/tables.ts";

/**
 * Writes the intervals of every scenario and model as a table.
 *
 * @param file Content of `scenarios.json`, of one seed.
 * @param evaluation Confidence and number of resamples, for the caption.
 * @returns The table with its caption; only the caption where there are no intervals.
 *
 * @example Nothing was evaluated
 * ```ts
 * import assert from "node:assert/strict";
 * import { intervalsText } from "@/charts/intervals_text.ts";
 * import { scenariosFile } from "@/evaluation/result_files.ts";
 *
 * const options = { dataset: "none", rule: { name: "max" }, fprLimit: 0.3, reference: null } as const;
 * const text = intervalsText(scenariosFile([], options), { confidence: 0.9, bootstrap: 500 });
 * assert.match(text, /^90 % bootstrap intervals \(500 resamples/);
 * ```
 */
export function intervalsText(
  file: ScenariosFile,
  evaluation: { readonly confidence: number; readonly bootstrap: number },
): string {
  const { confidence, bootstrap } = evaluation;
  const records = Object.entries(file.scenarios).flatMap(([scenario, models]) =>
    Object.entries(models).flatMap(([model, { intervals }]) =>
      intervals === undefined ? [] : [{ scenario, model, ...intervalRecord(intervals) }]
    )
  );
  const caption = `${Number((100 * confidence).toFixed(6))} % bootstrap intervals (${bootstrap} ` +
    "resamples of the test images within class and label):";
  return recordTableText(recordTable(records, { caption }));
}
