import assert from "node:assert/strict";
import { auditScores } from "@/audit/audit.ts";
import { toScoreTable } from "@/audit/score_table.ts";
import { intervalsText } from "@/charts/records.ts";
import { scenariosFile } from "@/evaluation/result_files.ts";

Deno.test("intervalsText() has one row per scenario and model", () => {
  const table = toScoreTable(
    [1, 2, 3, 4].map((score) => ({ image: `${score}`, class: "nut", label: score % 2, score })),
    { name: "mine" },
  );
  const { evaluated, rule } = auditScores(table, {
    rule: { name: "max" },
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
    bootstrap: { resamples: 200, seed: 0 },
  });
  const file = scenariosFile(evaluated, {
    dataset: "mine",
    rule,
    fprLimit: 0.3,
    reference: null,
  });
  const lines = intervalsText(file, { confidence: 0.95, bootstrap: 200 }).split("\n");
  assert.match(lines[0]!, /^95 % bootstrap intervals \(200 resamples/);
  assert.equal(lines.filter((line) => /^\d +mine +\d+\.\d–\d+\.\d %/.test(line)).length, 4);
});
