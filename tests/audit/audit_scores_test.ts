import assert from "node:assert/strict";
import { auditScores, referenceOf } from "@/audit/audit.ts";
import { toScoreTable } from "@/audit/score_table.ts";
import { assertClose } from "../helpers/mod.ts";

const options = {
  rule: { name: "max" },
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
} as const;

/** Two classes on levels 1 and 10: normal images at the level, anomalous ones at three times it. */
function makeTable(extra: { group?: boolean; train?: boolean } = {}) {
  const rows = [["nut", 1], ["gear", 10]].flatMap(([name, level]) =>
    [0, 1, 2, 3].map((i) => ({
      image: `${name}/${i}.png`,
      class: name,
      label: i % 2,
      score: Number(level) * (i % 2 === 1 ? 3 : 1),
      split: "test",
      ...(extra.group && { group: `home of ${name}` }),
    }))
  );
  const train = rows.filter(({ label }) => label === 0).map((row) => ({ ...row, split: "train" }));
  return toScoreTable(extra.train === false ? rows : [...rows, ...train], { name: "mine" });
}

Deno.test("auditScores() gives a table without groups one global threshold where classes are unknown", () => {
  const { evaluated } = auditScores(makeTable(), options);
  assert.deepEqual(evaluated.map(({ scope }) => scope), ["class", "global", "class", "global"]);
  const [, , known, unknown] = evaluated.map(({ evaluation }) => evaluation);
  assert.equal(known!.binary.pooled.f1, 1);
  // The one threshold is the gears': both anomalous nuts at 3 stay below 10.
  assert.equal(unknown!.binary.pooled.recall, 0.5);
  const { R2 } = unknown!.requirements;
  assert.ok(R2.holds === false);
  assertClose(R2.f1_fall, 1 - 2 / 3, 1e-12);
});

Deno.test("auditScores() lets images meet their group's threshold where the table names groups", () => {
  const { evaluated, groups } = auditScores(makeTable({ group: true }), options);
  assert.deepEqual(groups, ["home of nut", "home of gear"]);
  assert.deepEqual(evaluated.map(({ scope }) => scope), ["class", "group", "class", "group"]);
  assert.equal(evaluated[3]!.evaluation.binary.pooled.f1, 1);
});

Deno.test("auditScores() falls back on the oracle only where nothing calibrates", () => {
  assert.equal(auditScores(makeTable(), options).rule.name, "max");
  const { rule, evaluated } = auditScores(makeTable({ train: false }), options);
  assert.equal(rule.name, "oracle_f1");
  // One group, so that alignment changes nothing and the verdict can be reached.
  const { pooled, requirements } = evaluated[3]!.evaluation;
  assert.equal(pooled.aligned_image_auroc, pooled.image_auroc);
  assert.equal(requirements.R2.holds, false);
});

Deno.test("auditScores() measures Δ against one-class models where they are given", () => {
  const reference = referenceOf(makeTable());
  assert.equal(reference.macro.image_auroc, 1);
  const oneClass = { nut: 1, gear: 0.75 };
  const [known] = auditScores(makeTable(), { ...options, oneClass }).evaluated;
  assert.deepEqual(known!.evaluation.delta, { gear: 0.25, nut: 0 });
  assert.equal(
    auditScores(makeTable(), options).evaluated[0]!.evaluation.requirements.R1.holds,
    null,
  );
});
