import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { defaultConfig } from "@/config.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { datasetLabel } from "@/lab/settings.ts";
import {
  openStudy,
  scenariosReport,
  studyFolder,
  studyMark,
  writeStudy,
} from "@/lab/study_scenarios.ts";
import { reportHtml } from "@/report/report.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const savedir = join(makeFolder(), "results");
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
    ".hiercore.json",
    "HierarchicalPatchCore",
    "PatchCore",
    "config.yaml",
    "environment.json",
    "infer_time.json",
    "report.html",
    "scenarios.json",
  ]);
  const file = JSON.parse(await Deno.readTextFile(join(folder, "scenarios.json")));
  assert.deepEqual(file, JSON.parse(JSON.stringify(study.file)));
  for (const model of ["PatchCore", "HierarchicalPatchCore"]) {
    for (const number of [1, 2, 3, 4]) {
      const path = join(folder, model, `scenario-${number}`, "test_results.json");
      const { macro, scenario } = JSON.parse(await Deno.readTextFile(path));
      assert.equal(scenario, number);
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
  for (const run of ["scenario-1/seed-0", "scenario-4/seed-1"]) {
    assert.ok((await Deno.stat(join(folder, "PatchCore", run, "scores.csv"))).isFile);
  }
});

Deno.test("scenariosReport() asks the question, shows the table, and names its limits", async () => {
  const { title, intro, notice, sections } = await scenariosReport(study, { deno: "2" });
  assert.match(title, /^Four scenarios on /);
  assert.match(intro!, /nobody says what class it is\?/);
  assert.match(notice!, /not the paper's/);
  assert.deepEqual(sections.map(({ heading }) => heading), [
    "The four scenarios",
    "Mistakes at the thresholds",
    "Products never trained",
    "One threshold for all",
    "A threshold for each cluster",
    "Both partitions",
    "Anomaly maps",
  ]);
  assert.equal(sections[0]!.tables![0]!.records.length, 9);
});

Deno.test("a study counts what it refuses of classes left out, and of known ones", async () => {
  const { seed, alpha, classes, pooled, known } = study.file.unknown_products!;
  assert.deepEqual([seed, alpha], [0, 0.05]);
  assert.deepEqual({ classes, pooled }, study.all.unknown);
  assert.deepEqual(Object.keys(known), ["2", "4"]);
  for (const scenario of [2, 4]) {
    const own = study.all.results.find(({ condition }) =>
      condition.model === "HierarchicalPatchCore" && condition.scenario.number === scenario
    );
    assert.deepEqual(known[scenario], own!.refusals!.report.pooled);
  }
  const { sections } = await scenariosReport(study, { deno: "2" });
  const { records } = sections.find(({ heading }) => heading === "Products never trained")!
    .tables![0]!;
  assert.deepEqual(records.map(({ products }) => products), [
    "without blobs",
    "without rings",
    "without stripes",
    "each left out once",
    "all trained: HierCore, scenario 2",
    "all trained: HierCore, scenario 4",
  ]);
});

Deno.test("a study says how it was run, and warns of bursts, where that is not as usual", async () => {
  const { facts, sections } = await scenariosReport(study, { deno: "2" });
  assert.equal(facts!.partition, "silhouette (the paper's way)");
  assert.equal(sections[0]!.tables![0]!.caption, "Run with min_group=1.");
  const config = await tinyConfig(await makeTinyDataset(), [
    "MODEL.partition=links",
    "MODEL.routed_groups=2",
    "MODEL.image_score=smoothed",
    "EVALUATION.alignment=z",
    "EVALUATION.refuse_alpha=null",
  ]);
  const own = await openStudy(config);
  const all = {
    ...own.all,
    results: own.all.results.map((result) => {
      const groups = { ...result.memory.groups, warning: "9 of 10 are near-copies" };
      return { ...result, memory: { ...result.memory, groups } };
    }),
  };
  const report = await scenariosReport({ ...own, all }, { deno: "2" });
  await own.close();
  assert.equal(own.file.unknown_products, undefined);
  assert.equal(
    report.sections[0]!.tables![0]!.caption,
    "Run with partition=links, min_group=1, routed_groups=2, image_score=smoothed, alignment=z.",
  );
  assert.equal(report.notice!.split("9 of 10 are near-copies").length, 2);
  const { partition, alignment, refusal, ...facts2 } = report.facts!;
  assert.deepEqual([partition, alignment, refusal], ["links (ours)", "z of log scores", "none"]);
  assert.equal(facts2["groups that score an image"], "2 (ours)");
  assert.equal(facts2["image score"], "largest value of the smoothed map");
  assert.ok(report.sections.every(({ heading }) => heading !== "Products never trained"));
});

Deno.test("studyFolder() lies below the given folder, or beside the runs of the dataset", () => {
  const { config } = study.workbench;
  const label = datasetLabel(config);
  assert.match(studyFolder({ config }).slice(savedir.length), /^.[^/\\]+.scenarios.greedy0\.1-/);
  assert.ok(studyFolder({ config }).startsWith(join(savedir, label, "scenarios")));
  const DEFAULT = { ...config.DEFAULT, savedir: "mine" };
  assert.equal(studyFolder({ config: { ...config, DEFAULT } }), join("mine", "scenarios"));
  const sample = { ...defaultConfig, DEFAULT: { ...DEFAULT, savedir: "results" } };
  const withRatio = (sampler_ratio: number): string =>
    studyFolder({ config: { ...sample, MODEL: { ...sample.MODEL, sampler_ratio } } });
  assert.equal(withRatio(0.1), join("results", "sample", "scenarios"));
  assert.equal(withRatio(0.02), join("results", "sample", "scenarios", "greedy0.02-stride32"));
  // The method and what is known are what a study goes through.
  const MODEL = { ...config.MODEL, name: "PatchCore", known_class: true } as const;
  assert.equal(studyFolder({ config: { ...config, MODEL } }), studyFolder({ config }));
  assert.deepEqual(studyMark({ config: { ...config, MODEL } }), studyMark({ config }));
});

Deno.test("writeStudy() removes no trained model, whichever of both comes first", async () => {
  const { config } = study.workbench;
  for (const savedir of [join(makeFolder(), "results"), join(makeFolder(), "run")]) {
    const own = { ...config, DEFAULT: { ...config.DEFAULT, savedir } };
    const workbench = { ...study.workbench, config: own };
    const { folder } = await runExperiment(own);
    const files = async (): Promise<string[]> =>
      (await Array.fromAsync(Deno.readDir(join(folder, "model")))).map(({ name }) => name).sort();
    const before = await files();
    assert.ok(before.length > 1);
    const written = await writeStudy({ ...study, workbench });
    assert.deepEqual(await files(), before);
    await runExperiment(own);
    assert.deepEqual(await files(), before);
    assert.ok((await Deno.stat(join(written, "scenarios.json"))).isFile);
  }
});

Deno.test("writeStudy() asks before it replaces another study, and keeps what others put there", async () => {
  const folder = await writeStudy(study);
  const notes = join(folder, "PatchCore/scenario-1/notes.txt");
  await Deno.writeTextFile(notes, "mine");
  await writeStudy(study);
  assert.equal(await Deno.readTextFile(notes), "mine");
  const DEFAULT = { ...study.workbench.config.DEFAULT, savedir: makeFolder() };
  const studyWith = (alpha: number) => {
    const config = { ...study.workbench.config, DEFAULT };
    const EVALUATION = { ...config.EVALUATION, alpha };
    return { ...study, workbench: { ...study.workbench, config: { ...config, EVALUATION } } };
  };
  await writeStudy(studyWith(0.1));
  await assert.rejects(writeStudy(studyWith(0.2)), /of the same study, got a study of other data/);
  await writeStudy(studyWith(0.2), { overwrite: true });
});

Deno.test("writeStudy() leaves an earlier study alone when it fails", async () => {
  const folder = await writeStudy(study);
  const before = await Deno.readTextFile(join(folder, "report.html"));
  // No JSON holds this number.
  const broken = { ...study, seconds: 1n as unknown as number };
  await assert.rejects(writeStudy(broken), /BigInt/);
  assert.equal(await Deno.readTextFile(join(folder, "report.html")), before);
  const left = [...Deno.readDirSync(join(folder, ".."))].map(({ name }) => name).sort();
  assert.deepEqual(left, [basename(folder)]);
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

Deno.test("scenariosReport() says at its head that thresholds are infinite, and judges no R2", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const rule = "EVALUATION.threshold_rule=conformal";
  const study = await openStudy(await tinyConfig(dataset, [rule, "MODEL.sampler=random"]));
  const { notice, sections } = await scenariosReport(study, { deno: "2" });
  await study.close();
  assert.match(notice!, /\n\n3 of 3 thresholds are infinite, .* blobs has 4, rings 4, stripes 4\./);
  assert.match(
    notice!,
    /\n\n1 of 1 threshold is infinite, .* all together have 12\. 7 more or EVALU/,
  );
  for (const record of sections[0]!.tables![0]!.records.slice(1)) {
    assert.deepEqual([record.recall, record.FPR, record.F1], [null, null, null]);
    assert.match(
      String(record.requirement),
      /^R1 |^no R2: \d of \d .*thresholds? (?:is|are) infinite$/,
    );
  }
});
