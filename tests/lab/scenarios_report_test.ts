import assert from "node:assert/strict";
import { join } from "node:path";
import { openStudy, scenariosReport } from "@/lab/study_scenarios.ts";
import { reportHtml } from "@/report/report.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

Deno.test("scenariosReport() describes the threshold rule that was used", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const rules = {
    conformal: "conformal, at most 5 % false alarms among exchangeable normal images",
    quantile: "0.99 quantile of the calibration scores",
    max: "largest calibration score",
    mean_std: "mean + 3 standard deviations of the calibration scores",
    oracle_f1: "oracle: largest F1 on the test images themselves",
  };
  for (const [rule, text] of Object.entries(rules)) {
    const study = await openStudy(
      await tinyConfig(dataset, [`EVALUATION.threshold_rule=${rule}`, "MODEL.sampler=random"]),
    );
    const { facts } = await scenariosReport(study, { deno: "2" });
    assert.equal(facts!["threshold rule"], text);
    await study.close();
  }
});

Deno.test("scenariosReport() does without the chart of a metric that no class has", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 1 });
  for (const className of ["blobs", "rings", "stripes"]) {
    await Deno.remove(join(dataset, className, "test/hole"), { recursive: true });
    await Deno.remove(join(dataset, className, "ground_truth"), { recursive: true });
  }
  const study = await openStudy(await tinyConfig(dataset, ["MODEL.sampler=random"]));
  const report = await scenariosReport(study, { deno: "2" });
  await study.close();
  assert.deepEqual(report.sections[0]!.charts, []);
  const verdicts = report.sections[0]!.tables![0]!.records.map(({ requirement }) => requirement);
  assert.deepEqual(
    new Set(verdicts),
    new Set([
      "reference of Δ",
      "no R1: no class has the metric here and in the one-class models",
      "no R2: undefined: macroAuroc, pooledAuroc, macroF1, pooledF1",
    ]),
  );
  assert.match(await reportHtml(report), /Mistakes at the thresholds/);
});

Deno.test("scenariosReport() takes no class name for markup", async () => {
  const dataset = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
  await Deno.rename(join(dataset, "blobs"), join(dataset, "<i>&amp;"));
  const study = await openStudy(await tinyConfig(dataset, ["MODEL.sampler=random"]));
  const html = await reportHtml(await scenariosReport(study, { deno: "2" }));
  await study.close();
  assert.ok(!html.includes("<i>"));
  assert.match(html, /<dd>&lt;i&gt;&amp;amp;, rings, stripes<\/dd>/);
});
