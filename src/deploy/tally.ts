/**
 * What became of many photographs, counted.
 *
 * @module
 */
import type { ScoredPhotograph } from "@/deploy/score_photographs.ts";
import { plural } from "@/messages.ts";
import { REFUSED } from "@/thresholds/refusal.ts";

/** How many photographs came to what. */
export interface Tally {
  /** Photographs with a verdict. */
  scored: number;
  /** Those that are anomalous. */
  anomalous: number;
  /** Those that are unlike anything trained. */
  refused: number;
  /** Photographs that could not be read. */
  unreadable: number;
}

/** Begins to count. */
export function startTally(): Tally {
  return { scored: 0, anomalous: 0, refused: 0, unreadable: 0 };
}

/** Counts what became of a photograph. */
export function count({ prediction }: ScoredPhotograph, tally: Tally): void {
  if (prediction === null) tally.unreadable++;
  else {
    tally.scored++;
    if (prediction.isAnomalous) tally.anomalous++;
    if (prediction.isRefused) tally.refused++;
  }
}

/** Says which photograph could not be read, and why. */
export function faultLine({ path, fault }: Pick<ScoredPhotograph, "path" | "fault">): string {
  return `Cannot read "${path}": ${fault}`;
}

/** Says in a line what photographs came to, and how fast. */
export function summaryOf(tally: Tally, milliseconds: number): string {
  const { scored, anomalous, refused, unreadable } = tally;
  const rate = 1000 * scored / Math.max(1, milliseconds);
  const parts = [
    `${anomalous} anomalous`,
    ...(refused > 0 ? [`${refused} ${REFUSED}`] : []),
    ...(unreadable > 0 ? [`${unreadable} that cannot be read`] : []),
  ];
  return `${plural(scored, "photograph")} scored in ${(milliseconds / 1000).toFixed(1)} s ` +
    `(${rate.toFixed(1)} a second): ${parts.join(", ")}`;
}

/** 3 where asked for and anything is anomalous or unlike anything trained, 1 if a file was unreadable. */
export function exitCode(
  { anomalous, refused, unreadable }: Tally,
  { fail = false }: { readonly fail?: boolean },
): number {
  if (fail && anomalous + refused > 0) return 3;
  return unreadable > 0 ? 1 : 0;
}
