import assert from "node:assert/strict";
import { openStudy } from "@/io/study_scenarios.ts";
import { scenariosReport } from "@/io/scenarios_report.ts";
import { makeTinyDataset, tinyConfig } from "./helpers_dataset.ts";

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
