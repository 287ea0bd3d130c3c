import assert from "node:assert/strict";
import { join } from "node:path";
import { runExperiment } from "@/lab/experiment.ts";
import { fitMemory } from "@/lab/fit_memory.ts";
import { writeThresholds } from "@/lab/thresholds/write_thresholds.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";

const dataset = await makeTinyDataset({ train: 5, normal: 2, anomalous: 2 });
const usual = ["MODEL.sampler=random", "EVALUATION.threshold_rule=max"];
const configOf = (...own: string[]) =>
  tinyConfig(dataset, [`DEFAULT.savedir=${makeFolder()}`, ...usual, ...own]);
const rule = { name: "max" } as const;
const path = join(makeFolder(), "mine.json");

const workbench = await openWorkbench(await configOf());
const training = await workbench.embedTraining();
const memory = await fitMemory(workbench, { training, grouping: "cluster" });
const byClass = await fitMemory(workbench, { training, grouping: "class" });
await memory.detector.close();
await byClass.detector.close();
await workbench.close();

Deno.test("writeThresholds() writes what a run of the configuration writes, and takes", async () => {
  const { content } = await writeThresholds(workbench, { memory, rule, path });
  const first = await runExperiment(await configOf());
  const written = JSON.parse(await Deno.readTextFile(join(first.folder, "thresholds.json")));
  assert.deepEqual({ ...content, refusal: written.refusal }, written);
  await runExperiment(await configOf(`EVALUATION.thresholds=${path}`));
});

Deno.test("writeThresholds() promises nothing for a value that is given", async () => {
  const values = { "cluster 1": 7.5 };
  const { content } = await writeThresholds(workbench, { memory, rule, values, path });
  const { "cluster 0": kept, "cluster 1": given } = content.thresholds;
  assert.equal(given!.value, 7.5);
  assert.equal(given!.promise, "as given; nothing is promised");
  assert.notEqual(kept!.promise, given!.promise);
});

Deno.test("writeThresholds() lies beside the dataset's runs unless told otherwise", async () => {
  const savedir = join(makeFolder(), "results");
  const config = await configOf(`DEFAULT.savedir=${savedir}`);
  const { path } = await writeThresholds({ ...workbench, config }, { memory, rule });
  assert.equal(path, join(savedir, path.split(/[\\/]/).at(-2)!, "thresholds-by-hand.json"));
  await Deno.stat(path);
});

Deno.test("writeThresholds() refuses what no run would take", async () => {
  const refused = (options: Partial<Parameters<typeof writeThresholds>[1]>, message: string) =>
    assert.rejects(writeThresholds(workbench, { memory, rule, path, ...options }), {
      name: "RangeError",
      message: `Cannot write thresholds: ${message}`,
    });
  await refused(
    { values: { "cluster1": 1 } },
    '"values" must be for groups, got one for "cluster1", did you mean "cluster 1"?',
  );
  await refused(
    { values: { "cluster 1": NaN } },
    'the value of "cluster 1" must be a finite number, got NaN',
  );
  await refused(
    { memory: byClass },
    "the memory must be grouped by cluster, as the configuration says, got by class",
  );
  const config = await configOf("MODEL.known_class=true", "EVALUATION.known_class=true");
  await assert.rejects(writeThresholds({ ...workbench, config }, { memory, rule, path }), {
    message: "Cannot write thresholds: the configuration must have one threshold for each group, " +
      "got for each class",
  });
});
