import assert from "node:assert/strict";
import { scenarios } from "@/evaluation/scenarios.ts";
import { interrupt } from "@/files/interruption.ts";
import type { ProgressStage } from "@/files/progress.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import { openWorkbench, type Workbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset();
const everything = scenarios.flatMap((scenario) =>
  (["PatchCore", "HierarchicalPatchCore"] as const).map((model) => ({ model, scenario }))
);

async function withWorkbench(
  body: (workbench: Workbench) => Promise<void>,
  overrides: readonly string[] = [],
): Promise<void> {
  const workbench = await openWorkbench(await tinyConfig(folder, overrides));
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

Deno.test("runConditions() lets thresholds know classes in evaluation, or withholds them", async () => {
  await withWorkbench(async (workbench) => {
    const { results, close } = await runConditions(workbench, everything);
    // With the same bank, scenarios 3 and 4 differ in nothing but what thresholds may know.
    for (const model of [0, 1]) {
      const [third, fourth] = [results[4 + model]!, results[6 + model]!];
      assert.deepEqual(fourth.evaluation.classSpecific, third.evaluation.binary);
      assert.deepEqual(third.evaluation.classSpecific, third.evaluation.binary);
      assert.equal(fourth.evaluation.decisions.thresholds.size, model === 0 ? 1 : 3);
    }
    // Classes score on different levels, so that one threshold for all is not what each would get.
    const levels = (i: number): number[] =>
      [...results[i]!.evaluation.decisions.thresholds.values()].map(({ value }) => value);
    const [global] = levels(6);
    assert.ok(levels(4).some((own) => own < global!) && levels(4).every((own) => own <= global!));
    await close();
  });
});

Deno.test("runConditions() scores known classes as models of each class alone do", async () => {
  // Everything is kept, so that no choice of a sampler tells the banks apart.
  const keepAll = "MODEL.sampler=identity";
  const known = everything.slice(0, 1);
  const alone: number[] = [];
  for (const className of ["blobs", "rings", "stripes"]) {
    await withWorkbench(async (workbench) => {
      const { results, close } = await runConditions(workbench, known);
      alone.push(...results[0]!.scored.scores);
      await close();
    }, [keepAll, `DATASET.classname=${className}`]);
  }
  await withWorkbench(async (workbench) => {
    const { results, close } = await runConditions(workbench, known);
    const { scored, memory, evaluation } = results[0]!;
    assert.deepEqual([...scored.scores], alone);
    assert.deepEqual(
      [...scored.groups].map((group) => memory.groups.names[group]),
      workbench.test.map(({ className }) => className),
    );
    assert.deepEqual([...evaluation.decisions.thresholds.keys()], ["blobs", "rings", "stripes"]);
    await close();
  }, [keepAll]);
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
    const labelled = await runConditions(workbench, known);
    const mislabelled = await runConditions(relabel(workbench, "train"), known);
    assert.notDeepEqual(
      mislabelled.results[1]!.scored.scores,
      labelled.results[1]!.scored.scores,
    );
    for (const each of [straight, shuffled, labelled, mislabelled]) await each.close();
  });
});

Deno.test("runConditions() decides alike whatever the classes are where nobody knows them", async () => {
  await withWorkbench(async (workbench) => {
    const unknown = everything.filter(({ scenario }) => scenario.number === 4);
    const straight = await runConditions(workbench, unknown);
    const shuffled = await runConditions(relabel(relabel(workbench, "train"), "test"), unknown);
    straight.results.forEach((result, i) => {
      const other = shuffled.results[i]!.evaluation;
      assert.deepEqual(other.decisions, result.evaluation.decisions);
      assert.deepEqual(other.pooled, result.evaluation.pooled);
    });
    // The new labels did arrive: reported against them, the same clusters are worse.
    assert.equal(straight.results[1]!.grouping.ari, 1);
    assert.ok(shuffled.results[1]!.grouping.ari < 0.5);
    await straight.close();
    await shuffled.close();
  });
});

Deno.test("runConditions() shows one whole of stages, embedding among them, from 0 to 1", async () => {
  await withWorkbench(async (workbench) => {
    const seen: { label: string; share: number }[] = [];
    const startProgress = (label: string) => ({
      report: (part: number, stage?: ProgressStage) => {
        const { begin, end } = stage!;
        seen.push({ label, share: begin + part * (end - begin) });
      },
      finish: () => {},
    });
    const { close } = await runConditions({ ...workbench, startProgress }, everything);
    await close();
    assert.equal(seen[0]!.label, "embed training images");
    for (const [i, { share }] of seen.entries()) {
      assert.ok(i === 0 || share >= seen[i - 1]!.share - 1e-9, `${seen[i]!.label}: ${share}`);
    }
    assert.ok(Math.abs(seen.at(-1)!.share - 1) < 1e-9);
  });
});

Deno.test("runConditions() ends with an interruption wherever it is stopped, and can be run again", async () => {
  const config = await tinyConfig(folder, ["RUNTIME.cache_gigabytes=0"]);
  const workbench = await openWorkbench(config);
  const labels = ["embed", "fit", "score", "measure"];
  for (const stopped of labels) {
    const startProgress = (label: string) => ({
      report: () => label.startsWith(stopped) && interrupt(),
      finish: () => {},
    });
    await assert.rejects(
      runConditions({ ...workbench, startProgress }, everything),
      { name: "Interruption", message: "Interrupted" },
      stopped,
    );
  }
  const { results, close } = await runConditions(workbench, everything);
  assert.equal(results.length, everything.length);
  await close();
  await workbench.close();
});
