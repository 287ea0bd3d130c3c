import assert from "node:assert/strict";
import { describeResults } from "@/lab/commands/run.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";

Deno.test("describeResults() tells numbers of one seed, and means ± deviations of several", async () => {
  const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 }), [
    `DEFAULT.savedir=${makeFolder()}`,
    "DEFAULT.seed=[5, 6]",
    "MODEL.sampler=random",
  ]);
  const results = (await runExperiment(config)).runs.map(({ result }) => result);
  const one = describeResults(results.slice(0, 1), 0.3), two = describeResults(results, 0.3);
  assert.match(one, /^\d groups \(cluster; partitions .*\), ARI 1\.000, purity 100\.0 %/);
  assert.match(one, /blobs +100\.0 %/);
  assert.match(two, /blobs +100\.0 ± 0\.0 %/);
  assert.match(two, /AUPRO@0\.3/);
});
