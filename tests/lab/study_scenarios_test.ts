import assert from "node:assert/strict";
import { join } from "node:path";
import { datasetLabel } from "@/lab/settings.ts";
import { openStudy, scenariosReport, studyFolder, writeStudy } from "@/lab/study_scenarios.ts";
import { reportHtml } from "@/report/report.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const savedir = makeFolder();
const study = await openStudy(
  await tinyConfig(await makeTinyDataset(), [`DEFAULT.savedir=${savedir}`]),
);
await study.close();

Deno.test("openStudy() has both methods in every scenario, with Δ and verdicts", () => {
  const { file } = study;
  assert.deepEqual(Object.keys(file.scenarios), ["1", "2", "3", "4"]);
  for (const [number, models] of Object.entries(file.scenarios)) {
    assert.deepEqual(Object.keys(models), ["PatchCore", "HierarchicalPatchCore"]);
    for (const { delta, requirements: { R1, R2 }, classes } of Object.values(models)) {
      assert.deepEqual(Object.keys(delta), Object.keys(classes));
      const known = number === "1" || number === "3";
      assert.equal(R1.holds === null, !known);
      assert.equal(R2.holds === null, known);
    }
  }
  assert.deepEqual(file.scenarios["1"]!.PatchCore!.delta, { blobs: 0, rings: 0, stripes: 0 });
});

Deno.test("writeStudy() writes a folder from which the study can be read again", async () => {
  const folder = await writeStudy(study);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
    "config.yaml",
    "environment.json",
    "infer_time.json",
    "report.html",
    "scenarios.json",
  ]);
  const file = JSON.parse(await Deno.readTextFile(join(folder, "scenarios.json")));
  assert.deepEqual(file, JSON.parse(JSON.stringify(study.file)));
  for (const model of ["PatchCore", "HierarchicalPatchCore"]) {
    const runs = [...Deno.readDirSync(join(folder, "..", model))].map(({ name }) => name);
    assert.equal(runs.length, 4);
    for (const run of runs) {
      const path = join(folder, "..", model, run, "test_results.json");
      const { macro, scenario } = JSON.parse(await Deno.readTextFile(path));
      const entry = file.scenarios[scenario][model];
      assert.equal(macro.image_auroc, entry.macro.image_auroc);
    }
  }
});

Deno.test("writeStudy() writes the scenarios of every seed and their means", async () => {
  const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 }), [
    `DEFAULT.savedir=${makeFolder()}`,
    "DEFAULT.seed=[0, 1]",
    "MODEL.sampler=random",
  ]);
  const seeded = await openStudy(config);
  const folder = await writeStudy(seeded);
  await seeded.close();
  const read = async (name: string) =>
    JSON.parse(await Deno.readTextFile(join(folder, name))).scenarios["4"].PatchCore;
  const [zero, one, mean] = [
    await read("scenarios-seed0.json"),
    await read("scenarios-seed1.json"),
    await read("scenarios.json"),
  ];
  const worst = ({ binary }: typeof zero): number => binary.thresholds.global.value;
  assert.notEqual(worst(zero), worst(one));
  assert.ok(Math.abs(worst(mean) - (worst(zero) + worst(one)) / 2) < 1e-9);
  assert.equal([...Deno.readDirSync(join(folder, "..", "PatchCore"))].length, 8);
});

Deno.test("scenariosReport() asks the question, shows the table, and names its limits", async () => {
  const { title, intro, notice, sections } = await scenariosReport(study, { deno: "2" });
  assert.match(title, /^Four scenarios on /);
  assert.match(intro!, /nobody says what class it is\?/);
  assert.match(notice!, /not the paper's/);
  assert.deepEqual(sections.map(({ heading }) => heading), [
    "The four scenarios",
    "Mistakes at the thresholds",
    "One threshold for all",
    "A threshold for each cluster",
    "Anomaly maps",
  ]);
  assert.equal(sections[0]!.tables![0]!.records.length, 9);
});

Deno.test("studyFolder() lies beside the runs of the dataset", () => {
  const { config } = study.workbench;
  assert.equal(studyFolder({ config }), join(savedir, datasetLabel(config), "scenarios"));
});

Deno.test("writeStudy() leaves an earlier study alone when it fails", async () => {
  const folder = await writeStudy(study);
  const before = await Deno.readTextFile(join(folder, "report.html"));
  const dataset = { ...study.workbench.dataset, folder: "nowhere" };
  const broken = { ...study, workbench: { ...study.workbench, dataset } };
  await assert.rejects(writeStudy(broken), /nowhere/);
  assert.equal(await Deno.readTextFile(join(folder, "report.html")), before);
  const left = [...Deno.readDirSync(join(folder, ".."))].map(({ name }) => name).sort();
  assert.deepEqual(left, ["HierarchicalPatchCore", "PatchCore", "scenarios"]);
});

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
