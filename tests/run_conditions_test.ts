import assert from "node:assert/strict";
import { runConditions, thresholdRuleOf } from "@/io/run_conditions.ts";
import { openWorkbench, type Workbench } from "@/io/workbench.ts";
import { scenarios } from "@/scenarios.ts";
import { makeTinyDataset, tinyConfig } from "./helpers_dataset.ts";

const config = await tinyConfig(await makeTinyDataset());
const everything = scenarios.flatMap((scenario) =>
  (["PatchCore", "HierarchicalPatchCore"] as const).map((model) => ({ model, scenario }))
);

async function withWorkbench(body: (workbench: Workbench) => Promise<void>): Promise<void> {
  const workbench = await openWorkbench(config);
  try {
    await body(workbench);
  } finally {
    await workbench.close();
  }
}

Deno.test("runConditions() embeds every image once and fits three memory banks", async () => {
  await withWorkbench(async (workbench) => {
    const stages: string[] = [];
    const embedded: number[] = [];
    const counting: Workbench = {
      ...workbench,
      startProgress: (label) => {
        stages.push(label);
        return { report: () => {}, finish: () => {} };
      },
      embedTraining: async () => {
        const all = await workbench.embedTraining();
        embedded.push(all.count);
        return all;
      },
      embedTest: async function* () {
        for await (const batch of workbench.embedTest()) {
          embedded.push(batch.count);
          yield batch;
        }
      },
    };
    const { results, close } = await runConditions(counting, everything);
    assert.equal(embedded.reduce((sum, count) => sum + count), 24 + 24);
    assert.deepEqual(stages.filter((label) => label.startsWith("fit")), [
      "fit 3 class banks",
      "fit one bank for all",
      "fit 3 cluster banks",
    ]);
    assert.equal(new Set(results.map(({ memory }) => memory)).size, 3);
    await close();
  });
});

Deno.test("runConditions() makes both methods the same where all classes are known", async () => {
  await withWorkbench(async (workbench) => {
    const { results, close } = await runConditions(workbench, everything);
    const [patchCore, hierCore] = results;
    assert.deepEqual(hierCore!.evaluation, patchCore!.evaluation);
    const oneBank = results.filter(({ condition }) => condition.model === "PatchCore").slice(1);
    for (const { scored } of oneBank) assert.deepEqual(scored.scores, oneBank[0]!.scored.scores);
    // Three classes as different as these are found by themselves, so that labels add nothing.
    const blind = results[7]!;
    assert.equal(blind.grouping.ari, 1);
    assert.equal(blind.grouping.routingAccuracy, 1);
    assert.deepEqual(blind.evaluation.macro, patchCore!.evaluation.macro);
    assert.ok(blind.evaluation.macro.image_auroc! > 0.9);
    assert.ok(blind.evaluation.macro.pixel_auroc! > 0.8);
    await close();
  });
});

/** A workbench in which the labels of one split have been dealt out anew. */
function relabel(workbench: Workbench, split: "train" | "test"): Workbench {
  const samples = workbench[split];
  const names = samples.map(({ className }) => className);
  const shuffled = samples.map((sample, i) => ({
    ...sample,
    className: names[(7 * i + 3) % names.length]!,
  }));
  return { ...workbench, [split]: shuffled };
}

Deno.test("runConditions() decides alike when classes unknown in evaluation are shuffled", async () => {
  await withWorkbench(async (workbench) => {
    const unknown = everything.filter(({ scenario }) => !scenario.evaluationKnown);
    const straight = await runConditions(workbench, unknown);
    const shuffled = await runConditions(relabel(workbench, "test"), unknown);
    straight.results.forEach((result, i) => {
      const other = shuffled.results[i]!;
      assert.deepEqual(other.scored.scores, result.scored.scores);
      assert.deepEqual(other.evaluation.decisions, result.evaluation.decisions);
    });
    await straight.close();
    await shuffled.close();
  });
});

Deno.test("runConditions() fits alike when classes unknown in training are shuffled", async () => {
  await withWorkbench(async (workbench) => {
    const unknown = everything.filter(({ scenario }) => !scenario.trainingKnown);
    const straight = await runConditions(workbench, unknown);
    const shuffled = await runConditions(relabel(workbench, "train"), unknown);
    straight.results.forEach((result, i) => {
      assert.deepEqual(shuffled.results[i]!.scored.scores, result.scored.scores);
      assert.deepEqual(
        shuffled.results[i]!.memory.detector.calibration,
        result.memory.detector.calibration,
      );
    });
    const known = everything.slice(2, 4);
    const [, hierCore] = (await runConditions(workbench, known)).results;
    const [, mislabelled] = (await runConditions(relabel(workbench, "train"), known)).results;
    assert.notDeepEqual(mislabelled!.scored.scores, hierCore!.scored.scores);
    await straight.close();
    await shuffled.close();
  });
});

Deno.test("thresholdRuleOf() takes the parameter that belongs to the rule", () => {
  const rule = (name: typeof config.EVALUATION.threshold_rule) =>
    thresholdRuleOf({ ...config.EVALUATION, threshold_rule: name });
  assert.deepEqual(rule("quantile"), { name: "quantile", quantile: 0.99 });
  assert.deepEqual(rule("mean_std"), { name: "mean_std", factor: 3 });
  assert.deepEqual(rule("max"), { name: "max" });
  assert.deepEqual(rule("oracle_f1"), { name: "oracle_f1" });
});
