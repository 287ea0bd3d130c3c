import assert from "node:assert/strict";
import { defaultConfig } from "@/config.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import {
  embeddedNotice,
  noticeFor,
  runReport,
  sampleNotice,
  scoresChart,
} from "@/lab/run_report.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { reportHtml } from "@/report/report.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 3, anomalous: 3 }));
const workbench = await openWorkbench(config);
const all = await runConditions(
  workbench,
  scenarios.map((scenario) => ({ model: "HierarchicalPatchCore", scenario })),
);
await all.close();
await workbench.close();

Deno.test("runReport() tells of every class, of the groups and of the thresholds", async () => {
  for (const result of all.results) {
    const report = await runReport({ workbench, result, all, seconds: 2 }, { deno: "2" });
    assert.equal(report.notice, embeddedNotice);
    assert.deepEqual(report.sections.map(({ heading }) => heading), [
      "Classes",
      "Groups",
      "Scores and thresholds",
      "Most conspicuous images",
    ]);
    const classes = report.sections[0]!.tables![0]!.records.map((record) => record.class);
    assert.deepEqual(classes.slice(0, 3), ["blobs", "rings", "stripes"]);
    const html = await reportHtml(report);
    assert.match(html, new RegExp(`Scenario ${result.condition.scenario.number}:`));
    assert.match(html, /AUPRO@0\.3/);
  }
});

Deno.test("runReport() explains the clusters only where there are some", async () => {
  const charts = async (number: number): Promise<number> => {
    const result = all.results[number - 1]!;
    const { sections } = await runReport({ workbench, result, all, seconds: 2 }, { deno: "2" });
    return sections[1]!.charts!.length;
  };
  assert.deepEqual([await charts(1), await charts(4)], [1, 4]);
});

Deno.test("runReport() counts groups in words that fit", async () => {
  const text = async (number: number): Promise<string> => {
    const result = all.results[number - 1]!;
    const { groups } = result.memory;
    const one = { ...groups, names: groups.names.slice(0, 1) };
    const memory = { ...result.memory, groups: one };
    const report = await runReport(
      { workbench, result: { ...result, memory }, all, seconds: 2 },
      { deno: "2" },
    );
    return report.sections[1]!.text!;
  };
  assert.match(await text(1), /^1 group, one per class\. Routing accuracy 100\.0 %/);
  assert.match(await text(4), /^1 group, clusters of semantic vectors\. /);
});

Deno.test("scoresChart() draws every test image", () => {
  assert.match(scoresChart(workbench, all.results[3]!).description, /18 images/);
});

Deno.test("noticeFor() tells drawn data from real ones", () => {
  assert.equal(noticeFor({ config: defaultConfig }), sampleNotice);
  assert.equal(noticeFor({ config }), embeddedNotice);
  const MODEL = { ...config.MODEL, backbone: "resnet18", backbone_file: "a.safetensors" };
  assert.equal(
    noticeFor({ config: { ...config, MODEL } }),
    'Measured by this program with the backbone "resnet18", weights of "a.safetensors": these ' +
      "numbers are not read from the paper.",
  );
});
