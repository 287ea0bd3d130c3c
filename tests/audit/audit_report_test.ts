import assert from "node:assert/strict";
import { auditReport, auditScores } from "@/audit/audit.ts";
import { toScoreTable } from "@/audit/score_table.ts";
import { scenariosFile } from "@/evaluation/result_files.ts";
import { reportHtml } from "@/report/report.ts";

function report(split: "train" | "test", oneClass: Record<string, number> | null) {
  const row = (i: number, label: number, score: number) => ({
    image: `${i}.png`,
    class: "nut",
    label,
    score,
  });
  const table = toScoreTable([
    { ...row(1, 0, 1), split: "test" },
    { ...row(2, 1, 5), split: "test" },
    { ...row(3, 0, 2), split },
  ], { name: "mine" });
  const tolerances = { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 };
  const audit = auditScores(table, { rule: { name: "max" }, tolerances, oneClass });
  const file = scenariosFile(audit.evaluated, {
    dataset: "mine",
    rule: audit.rule,
    fprLimit: 0.3,
    reference: null,
  });
  return auditReport({ tables: [table], audits: [audit], file });
}

Deno.test("auditReport() warns of oracle thresholds, and only of these", () => {
  assert.match(report("test", null).notice!, /No user has them/);
  assert.equal(report("train", null).notice, undefined);
});

Deno.test("auditReport() draws Δ where there are one-class models", () => {
  const charts = (oneClass: Record<string, number> | null) =>
    report("train", oneClass).sections[0]!.charts!.length;
  assert.deepEqual([charts(null), charts({ nut: 1 })], [0, 1]);
});

Deno.test("auditReport() becomes a page with its verdicts and charts", async () => {
  const own = report("train", { nut: 1 });
  assert.match(await reportHtml(own), /1, 3: classes known/);
  assert.deepEqual(own.sections.map(({ charts }) => charts?.length), [1, 1, 2]);
});
