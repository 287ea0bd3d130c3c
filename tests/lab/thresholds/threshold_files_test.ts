import assert from "node:assert/strict";
import { join } from "node:path";
import { auditCommand } from "@/lab/commands/audit.ts";
import { runCommand } from "@/lab/commands/run.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { loadModel } from "@/lab/model_store.ts";
import { openStudy } from "@/lab/study_scenarios.ts";
import { identifyModel } from "@/lab/thresholds/threshold_files.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";

const dataset = await makeTinyDataset({ train: 5, normal: 2, anomalous: 2 });
const usual = ["MODEL.sampler=random", "EVALUATION.threshold_rule=gumbel"];
const configOf = (...own: string[]) =>
  tinyConfig(dataset, [`DEFAULT.savedir=${makeFolder()}`, ...usual, ...own]);
const { folder } = await runExperiment(await configOf());
const path = join(folder, "thresholds.json");
// deno-lint-ignore no-explicit-any
const readJson = async (...parts: string[]): Promise<any> =>
  JSON.parse(await Deno.readTextFile(join(...parts)));

/** Writes the run's thresholds elsewhere, edited. */
// deno-lint-ignore no-explicit-any
async function editedFile(change: (file: any) => void): Promise<string> {
  const file = await readJson(path), place = join(makeFolder(), "mine.json");
  change(file);
  await Deno.writeTextFile(place, JSON.stringify(file));
  return place;
}

Deno.test("a run leaves its thresholds, of the model that it saves", async () => {
  const file = await readJson(path);
  const { thresholds } = await readJson(folder, "test_binary_results.json");
  assert.deepEqual(Object.keys(file.thresholds), ["cluster 0", "cluster 1", "cluster 2"]);
  assert.equal(file.thresholds["cluster 1"].value, thresholds["cluster 1"].value);
  assert.equal(
    file.thresholds["cluster 0"].promise,
    "no guarantee below 9 images, there are 5; aims at 5 % false alarms",
  );
  assert.deepEqual(file.rule, { name: "gumbel", alpha: 0.05 });
  assert.match(file.calibration, /^own_rows_out: /);
  assert.deepEqual(Object.keys(file.refusal.limits), Object.keys(file.thresholds));
  const model = await loadModel(join(folder, "model"));
  const saved = { ...model, config: model.config as Awaited<ReturnType<typeof configOf>> };
  assert.deepEqual(identifyModel(saved), file.model);
});

Deno.test("EVALUATION.thresholds with an unchanged file gives the same decisions and promises", async () => {
  const again = await runExperiment(await configOf(`EVALUATION.thresholds=${path}`));
  const before = await readJson(folder, "test_binary_results.json");
  const after = await readJson(again.folder, "test_binary_results.json");
  assert.equal(after.thresholds_from, path);
  assert.deepEqual(after.promises, before.promises);
  assert.deepEqual(after.pooled, before.pooled);
  assert.deepEqual(
    (await readJson(again.folder, "thresholds.json")).model.hash,
    (await readJson(path)).model.hash,
  );
});

Deno.test("EVALUATION.thresholds takes values as edited, and promises nothing for them", async () => {
  const mine = await editedFile(({ thresholds }) => thresholds["cluster 0"].value = 0);
  const { output, text } = collectOutput();
  await runCommand({
    configPath: null,
    overrides: [
      `DEFAULT.savedir=${makeFolder()}`,
      "DATASET.name=Folder",
      `DATASET.datadir=${dataset}`,
      "DATASET.resize=96",
      "DATASET.imagesize=96",
      "MODEL.min_group=1",
      ...usual,
      `EVALUATION.thresholds=${mine}`,
    ],
    output,
  });
  assert.ok(
    text().includes(`Thresholds come from "${mine}": 1 of 3 as given; nothing is promised.`),
    text(),
  );
  const [, results = ""] = /results in (.*), report in/.exec(text())!;
  const { promises, pooled } = await readJson(results, "test_binary_results.json");
  assert.equal(promises["cluster 0"], "as given; nothing is promised");
  assert.match(promises["cluster 1"], /^no guarantee below 9 images/);
  assert.ok(pooled.fp >= 2);
});

Deno.test("EVALUATION.thresholds refuses another model, another scope, a missing group", async () => {
  const { model } = await readJson(path);
  const other = configOf(`EVALUATION.thresholds=${path}`, "DEFAULT.seed=7");
  await assert.rejects(runExperiment(await other), (error: Error) => {
    assert.ok(error.message.startsWith(`Cannot use thresholds of "${path}": they must be of `));
    assert.ok(error.message.includes(`seed=7`) && error.message.includes(`"${model.name}"`));
    assert.ok(!error.message.includes("\n"));
    return true;
  });
  await assert.rejects(
    runExperiment(await configOf(`EVALUATION.thresholds=${path}`, "EVALUATION.known_class=true")),
    {
      message: `Cannot use thresholds of "${path}": they must be for classes, got those for groups`,
    },
  );
  const less = await editedFile(({ thresholds }) => delete thresholds["cluster 2"]);
  await assert.rejects(runExperiment(await configOf(`EVALUATION.thresholds=${less}`)), {
    message: `Cannot use thresholds of "${less}": there must be one for group "cluster 2", ` +
      'got one for "cluster 0"',
  });
  await assert.rejects(runExperiment(await configOf("EVALUATION.thresholds=nowhere.json")), {
    message: 'Cannot read thresholds of "nowhere.json": it must be a file, got nothing there',
  });
  await assert.rejects(
    runExperiment(await configOf(`EVALUATION.thresholds=${path}`, "DEFAULT.seed=[0, 1]")),
    {
      message:
        `Cannot use thresholds of "${path}": they are of one model with one seed, got 2 runs`,
    },
  );
  await assert.rejects(openStudy(await configOf(`EVALUATION.thresholds=${path}`)), {
    message: 'Cannot run "scenarios": "EVALUATION.thresholds" must be null, since thresholds are ' +
      `of classes, groups or all together in different scenarios, got "${path}"`,
  });
});

Deno.test("limits of refusal of a file are used, too", async () => {
  const mine = await editedFile(({ refusal }) => {
    for (const limits of Object.values<Record<string, number>>(refusal.limits)) {
      limits.patch_mean = limits.key_distance = 0;
    }
  });
  const run = await runExperiment(await configOf(`EVALUATION.thresholds=${mine}`));
  const { normal } = (await readJson(run.folder, "test_results.json")).refusal.pooled;
  assert.equal(normal.refused, normal.images);
});

Deno.test("auditCommand() takes thresholds of a file where its scope is theirs", async () => {
  const mine = await editedFile(({ thresholds }) => thresholds["cluster 0"].value = 0);
  const { output, text } = collectOutput();
  const overrides = [`DEFAULT.savedir=${makeFolder()}`, `EVALUATION.thresholds=${mine}`];
  await auditCommand({ paths: [join(folder, "scores.csv")], overrides, output });
  assert.match(text(), /Scenarios 2, 4: Thresholds come from ".*mine\.json": 1 of 3 as given;/);
  const [, results = ""] = /results in (.*), report in/.exec(text())!;
  const { scenarios, thresholds_from } = await readJson(results, "scenarios.json");
  assert.equal(thresholds_from, mine);
  const [model] = Object.values<{ binary: { thresholds: object } }>(scenarios["4"]);
  assert.ok(Object.values(model!.binary.thresholds).some(({ value }) => value === 0));
  const global = await editedFile((file) => {
    file.scope = "global";
    file.thresholds = { global: file.thresholds["cluster 0"] };
  });
  await assert.rejects(
    auditCommand({
      paths: [join(folder, "scores.csv")],
      overrides: [overrides[0]!, `EVALUATION.thresholds=${global}`],
      output,
    }),
    {
      message:
        `Cannot use thresholds of "${global}": they must be for groups, got those for all together`,
    },
  );
});
