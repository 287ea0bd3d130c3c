/**
 * The four scenarios on the scores of anyone's model: a table in, verdicts out.
 *
 * A table names image, class, label and score; what it holds is checked in full before anything is
 * computed. Scores, thresholds and requirements are judged by the same code as this project's own.
 *
 * Read `score_table.ts` first, then `audit.ts`.
 *
 * @module
 */
export { auditPixels, auditScores, referenceOf } from "@/audit/audit.ts";
export { readAnomalyMap } from "@/audit/maps.ts";
export { readScoreTable } from "@/audit/read_scores.ts";
export { type ScoreTable, toScoreTable } from "@/audit/score_table.ts";
