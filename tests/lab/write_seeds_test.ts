import assert from "node:assert/strict";
import { join } from "node:path";
import { runExperiment, writeSeeds } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("writeSeeds() writes means over the runs of every seed", async () => {
  const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 }), [
    `DEFAULT.savedir=${makeFolder()}`,
    "DEFAULT.seed=[5, 6]",
    "MODEL.sampler=random",
  ]);
  const { runs, seedsFolder } = await runExperiment(config);
  assert.equal(seedsFolder, await writeSeeds({ config }, runs));
  const summary = JSON.parse(await Deno.readTextFile(join(seedsFolder!, "seed_summary.json")));
  assert.deepEqual(summary.seeds, [5, 6]);
  assert.deepEqual(summary.runs, runs.map(({ folder }) => folder));
  const values = [];
  for (const { folder } of runs) {
    const { pooled } = JSON.parse(await Deno.readTextFile(join(folder, "test_results.json")));
    values.push(pooled.image_auroc);
  }
  assert.ok(Math.abs(summary.mean.pooled.image_auroc - (values[0] + values[1]) / 2) < 1e-12);
  assert.equal(typeof summary.std.pooled.image_auroc, "number");
});
