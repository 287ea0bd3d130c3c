import assert from "node:assert/strict";
import { runExperiment } from "@/lab/experiment.ts";
import { thresholdSection } from "@/lab/thresholds/threshold_report.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";

Deno.test("thresholdSection() tells promises, counts with bounds, and refusals by class", async () => {
  const dataset = await makeTinyDataset({ train: 5, normal: 2, anomalous: 2 });
  const config = await tinyConfig(dataset, [
    `DEFAULT.savedir=${makeFolder()}`,
    "MODEL.sampler=random",
    "EVALUATION.threshold_rule=gumbel",
  ]);
  const { result } = await runExperiment(config);
  const workbench = await openWorkbench(config);
  const { text, tables } = thresholdSection(workbench, result);
  assert.match(text!, /^Set by the rule gumbel, about 5 %/);
  assert.match(text!, /of 6 normal and \d of 6 anomalous test images .* defective or unknown/s);
  const [promised, refused] = tables!;
  assert.equal(promised!.records[0]!["threshold of"], "cluster 0");
  assert.equal(
    promised!.records[0]!.promise,
    "no guarantee below 9 images, there are 5; aims at 5 % false alarms",
  );
  assert.match(String(promised!.records[0]!["false alarms (95 %)"]), /^\d of 2, at most /);
  assert.deepEqual(refused!.records.map((record) => record.class), [
    "blobs",
    "rings",
    "stripes",
    "all",
  ]);
  await workbench.close();
  const { refusals: _refusals, ...others } = result;
  assert.equal(thresholdSection(workbench, { ...others, refusals: null }).tables!.length, 1);
});
