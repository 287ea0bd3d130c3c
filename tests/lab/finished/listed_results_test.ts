import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { runExperiment } from "@/lab/experiment.ts";
import { findResults, type ListedResult } from "@/lab/finished/listed_results.ts";
import { holdsResults } from "@/lab/finished/result_folders.ts";
import { openStudy, writeStudy } from "@/lab/study_scenarios.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { writeMadeUpRun } from "../../helpers/finished.ts";
import { makeFolder } from "../../helpers/folder.ts";

const images = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
/** A run of two seeds and a study of one, as the program writes them. */
const written = join(makeFolder(), "results");
const config = (...overrides: string[]) =>
  tinyConfig(images, [`DEFAULT.savedir=${written}`, "MODEL.sampler=random", ...overrides]);
const experiment = await runExperiment(await config("DEFAULT.seed=[3,4]"));
const study = await openStudy(await config());
const studyFolder = await writeStudy(study);
await study.close();

const foldersOf = (root: string, results: readonly ListedResult[]): string[] =>
  results.map(({ folder }) => relative(root, folder));

Deno.test("findResults() lists what run and scenarios write, parts below their whole", async () => {
  const { results, leftOut } = await findResults([written]);
  assert.deepEqual(leftOut, []);
  assert.deepEqual(results.map(({ kind }) => kind), [
    "study",
    ...Array(8).fill("run"),
    "seeds",
    "run",
    "run",
  ]);
  const [whole, ...runs] = results.slice(0, 9), [seeds, ...ofSeeds] = results.slice(9);
  assert.equal(whole!.folder, studyFolder);
  for (const run of runs) {
    assert.equal(run.parent, studyFolder);
    const { macro, binary, requirements: { R1, R2 } } = study.file
      .scenarios[run.scenario!]![run.model!]!;
    assert.deepEqual(
      [run.macro, run.f1, run.r1, run.r2],
      [macro.image_auroc, binary.pooled.f1, R1.holds, R2.holds],
    );
  }
  assert.equal(seeds!.folder, experiment.seedsFolder);
  assert.deepEqual(ofSeeds.map(({ folder }) => folder), experiment.runs.map((run) => run.folder));
  assert.deepEqual([seeds!.seeds, seeds!.scenario, seeds!.model], [
    [3, 4],
    4,
    "HierarchicalPatchCore",
  ]);
  const mean = ofSeeds.reduce((sum, { macro }) => sum + macro!, 0) / 2;
  assert.ok(Math.abs(seeds!.macro! - mean) < 1e-12);
  assert.ok(!seeds!.differs.some((each) => each.startsWith("seed=")));
  assert.ok(ofSeeds[0]!.differs.includes("seed=3"));
  assert.ok(whole!.differs.includes("sampler=random"));
  for (const { finished } of results) {
    assert.ok(Math.abs(Date.now() - Date.parse(finished)) < 600_000, finished);
  }
});

Deno.test("reports of a study and of seeds link to each other, and every link leads to a report", async () => {
  const linksOf = async (report: string): Promise<string[]> => {
    const html = await Deno.readTextFile(report);
    const links = [...html.matchAll(/<a href="([^"#]+)"/g)].map((match) => match[1]!);
    return links.map((link) => join(dirname(report), decodeURI(link)));
  };
  const { results } = await findResults([written]);
  const runs = results.filter(({ parent }) => parent === studyFolder);
  const whole = join(studyFolder, "report.html");
  assert.deepEqual((await linksOf(whole)).sort(), runs.map(({ report }) => report).sort());
  for (const { report } of runs) assert.deepEqual(await linksOf(report!), [whole]);
  const [first, second] = experiment.runs.map(({ folder }) => join(folder, "report.html"));
  assert.deepEqual([await linksOf(first!), await linksOf(second!)], [[second], [first]]);
});

Deno.test("findResults() reads a run: mean, worst class, F1, what differs, when, report", async () => {
  const root = makeFolder();
  await writeMadeUpRun(join(root, "a/deep/down"), {
    aurocs: { nut: 0.5, bolt: 0.75, gear: null },
    alpha: 0.1,
  });
  const { results } = await findResults([root]);
  assert.deepEqual(results, [{
    kind: "run",
    folder: join(root, "a/deep/down"),
    parent: null,
    finished: "2026-01-02T03:04:05.000Z",
    dataset: "sample",
    datadir: null,
    model: "PatchCore",
    scenario: 4,
    seeds: [0],
    differs: ["alpha=0.1"],
    macro: 0.625,
    worst: { className: "nut", auroc: 0.5 },
    f1: 0.5,
    r1: null,
    r2: null,
    report: join(root, "a/deep/down/report.html"),
  }]);
});

Deno.test("findResults() gives no F1 where no threshold is finite, and no worst class without AUROC", async () => {
  const root = makeFolder();
  await writeMadeUpRun(root, { thresholds: [null, null], f1: 0, aurocs: { nut: null } });
  await writeMadeUpRun(join(root, "half"), { thresholds: [null, 2], f1: 0.25 });
  const [half, none] = (await findResults([root])).results
    .toSorted((a, b) => b.folder.length - a.folder.length);
  assert.deepEqual([none!.f1, none!.worst, none!.macro, half!.f1], [null, null, null, 0.25]);
});

Deno.test("findResults() has the newest first, takes the time of the file where none is written", async () => {
  const root = makeFolder();
  await writeMadeUpRun(join(root, "old"), { finished: "2025-01-01T00:00:00.000Z" });
  await writeMadeUpRun(join(root, "new"), { finished: "2026-01-01T00:00:00.000Z" });
  await writeMadeUpRun(join(root, "undated"));
  await Deno.writeTextFile(join(root, "undated/environment.json"), "{}");
  const time = new Date("2025-06-01T00:00:00.000Z");
  await Deno.utime(join(root, "undated/test_results.json"), time, time);
  const { results } = await findResults([root]);
  assert.deepEqual(foldersOf(root, results), ["new", "undated", "old"]);
  assert.equal(results[1]!.finished, time.toISOString());
});

Deno.test("findResults() names what it cannot read, each with its reason, and lists the rest", async () => {
  const root = makeFolder();
  const at = (name: string): string => join(root, name);
  const damage = async (name: string, file: string, content: string | null) => {
    await writeMadeUpRun(at(name));
    if (content === null) await Deno.remove(join(root, name, file));
    else await Deno.writeTextFile(join(root, name, file), content);
  };
  await writeMadeUpRun(at("good"));
  await damage("a-cut", "test_results.json", '{"schema": 1,');
  await damage("b-newer", "test_results.json", '{"schema": 2}');
  await damage("c-hollow", "test_binary_results.json", '{"schema": 1, "thresholds": {}}');
  await damage("d-unfinished", "test_results.json", null);
  await damage("e-without", "config.yaml", null);
  await damage("f-yaml", "config.yaml", "DATASET: [");
  await damage("g-other", "config.yaml", "DATASET: {name: Moon}");
  await damage("h-list", "config.yaml", "- 1");
  await Deno.mkdir(at("i-folder/test_results.json"), { recursive: true });
  await Deno.mkdir(at(".run-abcdef-1-12345678.partial"));
  await Deno.mkdir(at("not-ours"));
  await Deno.writeTextFile(at("not-ours/config.yaml"), "mine: true");
  const { results, leftOut } = await findResults([root]);
  assert.deepEqual(foldersOf(root, results), ["good"]);
  const reasons = leftOut.map(({ folder, reason }) => `${relative(root, folder)}: ${reason}`);
  assert.match(reasons[1]!, /^a-cut: test_results\.json must be JSON, got /);
  assert.match(reasons[6]!, /^f-yaml: Cannot read "config\.yaml": it must be YAML, got /);
  assert.deepEqual(reasons.filter((_, i) => i !== 1 && i !== 6), [
    ".run-abcdef-1-12345678.partial: it must be complete, got one that is being written or was " +
    "not finished",
    "b-newer: test_results.json: schema must be one of 1, got 2",
    "c-hollow: test_binary_results.json: pooled must be an object, got nothing",
    "d-unfinished: it must hold one of test_results.json, seed_summary.json, scenarios.json, got none",
    "e-without: config.yaml must exist",
    "g-other: config.yaml must name one of the datasets Sample, Folder, MVTec, VisA, BTAD, MPDD, " +
    'got "Moon"',
    "h-list: config.yaml must have sections",
    "i-folder: test_results.json must be a file, got something else",
  ]);
});

Deno.test("findResults() follows links, lists nothing twice, and goes round no circle", async () => {
  const root = makeFolder(), elsewhere = makeFolder();
  await writeMadeUpRun(join(elsewhere, "run"));
  await writeMadeUpRun(join(root, "own"));
  await Deno.symlink(elsewhere, join(root, "linked"));
  await Deno.symlink(join(root, "own"), join(root, "latest"));
  await Deno.symlink(root, join(root, "circle"));
  await Deno.symlink("nowhere", join(root, "dangling"));
  const { results, leftOut } = await findResults([root, join(root, "own")]);
  assert.deepEqual([results.length, leftOut], [2, []]);
});

Deno.test("findResults() lists an audit as one row for each model and scenario", async () => {
  const root = makeFolder();
  const entry = {
    ...{ classes: { nut: { image_auroc: 0.9 } }, macro: { image_auroc: 0.9 } },
    binary: { pooled: { f1: 0.8 }, thresholds: { global: { value: 1 } } },
    requirements: { R1: { holds: true }, R2: { holds: null } },
  };
  const rule = { name: "mean_std", factor: 2 };
  const file = {
    schema: 1,
    dataset: "mine",
    rule,
    scenarios: { 3: { mine: entry, theirs: entry } },
  };
  await Deno.writeTextFile(join(root, "scenarios.json"), JSON.stringify(file));
  const { results } = await findResults([root]);
  assert.deepEqual(
    results.map(({ kind, model, scenario, macro, f1, r1, r2, differs }) => ({
      ...{ kind, model, scenario, macro, f1, r1, r2, differs },
    })),
    [
      ...["mine", "theirs"].map((model) => ({
        ...{ kind: "audit", model, scenario: 3, macro: 0.9, f1: 0.8, r1: true, r2: null },
        differs: ["threshold_rule=mean_std", "std_factor=2"],
      })),
    ],
  );
});

Deno.test("holdsResults() looks into the folder itself alone", async () => {
  const root = makeFolder();
  await writeMadeUpRun(join(root, "run"));
  assert.deepEqual([await holdsResults(root), await holdsResults(join(root, "run"))], [
    false,
    true,
  ]);
  assert.equal(await holdsResults(join(root, "nowhere")), false);
});
