/**
 * Lines about photographs, as CSV or as JSON lines; columns are called as in `scores.csv`.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import type { ScoredPhotograph } from "@/deploy/score_photographs.ts";
import { REFUSED } from "@/thresholds/refusal.ts";

/** How lines are written. */
export type LineFormat = "csv" | "jsonl";

const columns = [
  ...["image", "group", "similarity", "score", "threshold", "ratio", "decision", "refused"],
] as const;

/** The first line, with its end; none where lines say themselves what they hold. */
export function headLine(format: LineFormat): string {
  return format === "csv" ? `${columns.join(",")}\n` : "";
}

/**
 * The line about one photograph, with its end. Of one that could not be read, CSV has `cannot be
 * read` with the reason in the last column, and JSON the key `error` alone.
 */
export function lineOf(
  { path, prediction, fault }: Pick<ScoredPhotograph, "path" | "prediction" | "fault">,
  format: LineFormat,
): string {
  if (prediction === null) {
    return format === "csv"
      ? stringify([[path, "", "", "", "", "", "", `${UNREADABLE}${fault}`]])
      : `${JSON.stringify({ image: path, error: fault })}\n`;
  }
  const { group, similarity, score, threshold, ratio, isAnomalous, isRefused } = prediction;
  const refused = isRefused ? REFUSED : "";
  const decision = Number(isAnomalous);
  return format === "csv"
    ? stringify([[path, group, similarity, score, threshold, ratio ?? "", decision, refused]])
    : `${
      JSON.stringify({
        image: path,
        ...{
          group,
          similarity,
          score,
          threshold: finiteOrNull(threshold),
          ratio,
          decision,
          refused,
        },
      })
    }\n`;
}

/** What the last column of CSV begins with where a photograph could not be read. */
export const UNREADABLE = "cannot be read: ";

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
