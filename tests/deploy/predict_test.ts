import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import sharp from "sharp";
import { runCommandLine } from "@/cli.ts";
import { openPredictor } from "@/deploy/predictor.ts";
import { noProgress } from "@/files/progress.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const dataset = await makeTinyDataset();

async function train(...overrides: string[]): Promise<string> {
  const savedir = join(makeFolder(), "run");
  const config = await tinyConfig(dataset, [`DEFAULT.savedir=${savedir}`, ...overrides]);
  return (await runExperiment(config)).folder;
}

/** Runs the command line; gives its exit code and what it printed. */
async function predict(
  ...args: string[]
): Promise<{ code: number; printed: string; complained: string }> {
  const printed: string[] = [], complained: string[] = [];
  const code = await runCommandLine({
    args: ["predict", ...args],
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
    startProgress: noProgress,
  });
  return { code, printed: printed.join("\n"), complained: complained.join("\n") };
}

type Row = Record<string, string>;
const rowsOf = (text: string): Row[] => parse(text, { columns: true });

/** What a run says of its test images, by path, in the columns of `predict`. */
async function testRows(run: string): Promise<Row[]> {
  const rows = rowsOf(await Deno.readTextFile(join(run, "scores.csv")));
  return rows.filter(({ split }) => split === "test").map((row) => ({
    image: join(dataset, row.image!),
    group: row.group!,
    similarity: row.similarity!,
    score: row.score!,
    threshold: row.threshold!,
    ratio: String(Number(row.score) / Number(row.threshold)),
    decision: row.decision!,
    refused: row.refused!,
  }));
}

const settings = [
  [],
  ["MODEL.routed_groups=2", "MODEL.image_score=smoothed", "MODEL.neighbor_search=onnx"],
  // Classes are split, so that a second group often has what is nearest.
  ["MODEL.routed_groups=2", "MODEL.clustering_method=kmeans", "MODEL.n_clusters=7"],
  ["MODEL.name=PatchCore", "MODEL.semantic_batch_size=5", "MODEL.feature_precision=float16"],
  ["MODEL.known_class=true", "EVALUATION.known_class=false", "MODEL.num_neighbors=3"],
  ["MODEL.known_class=true", "MODEL.routed_groups=2", "DATASET.fit=square"],
];
for (const overrides of settings) {
  Deno.test(`predict gives what the run gave, to the bit: ${overrides.join(" ") || "as usual"}`, async () => {
    const run = await train(...overrides);
    const expected = await testRows(run);
    const { code, printed, complained } = await predict(
      run,
      ...expected.map(({ image }) => image!),
    );
    assert.equal(code, 0, complained);
    assert.deepEqual(rowsOf(printed), expected);
  });
}

const run = await train("EVALUATION.threshold_rule=gumbel", "EVALUATION.alpha=0.2");

Deno.test("predict opens a model by itself in another folder, and keeps to a changed file", async () => {
  const expected = await testRows(run);
  const moved = join(makeFolder(), "elsewhere");
  await Deno.mkdir(moved);
  for await (const { name } of Deno.readDir(join(run, "model"))) {
    await Deno.copyFile(join(run, "model", name), join(moved, name));
  }
  const paths = expected.map(({ image }) => image!);
  assert.deepEqual(rowsOf((await predict(moved, ...paths)).printed), expected);
  const text = await Deno.readTextFile(join(moved, "thresholds.json"));
  const file = JSON.parse(text);
  for (const name of Object.keys(file.thresholds)) file.thresholds[name].value = 1e-9;
  const edited = join(makeFolder(), "edited.json");
  await Deno.writeTextFile(edited, JSON.stringify(file));
  const { printed } = await predict(moved, paths[0]!, "--thresholds", edited);
  assert.deepEqual(
    rowsOf(printed).map(({ score, threshold, decision }) => [score, threshold, decision]),
    [[expected[0]!.score, "1e-9", "1"]],
  );
  await Deno.writeTextFile(join(moved, "thresholds.json"), text.replace(/\d/, "9"));
  const { code, complained } = await predict(moved, paths[0]!);
  assert.equal(code, 2);
  assert.match(complained, /^Cannot load ".*elsewhere\/thresholds\.json": its SHA-256 must be /);
  await Deno.writeTextFile(edited, JSON.stringify({ ...file, model: { name: "x", hash: "y" } }));
  const refused = await predict(run, paths[0]!, "--thresholds", edited);
  assert.match(refused.complained, /^Cannot use thresholds of ".*": they must be of the model "/);
});

Deno.test("predict walks folders, follows patterns, and goes on after what it cannot read", async () => {
  const folder = makeFolder();
  const good = join(dataset, "blobs/test/good/0.png"), bad = join(dataset, "blobs/test/hole/0.png");
  await Deno.mkdir(join(folder, "a/b"), { recursive: true });
  await Deno.copyFile(good, join(folder, "a/b/2.png"));
  await Deno.copyFile(bad, join(folder, "a/1.png"));
  await Deno.writeTextFile(join(folder, "a/notes.txt"), "no image");
  await Deno.writeFile(join(folder, "a/3.png"), (await Deno.readFile(good)).slice(0, 900));
  const { code, printed, complained } = await predict(
    run,
    join(folder, "a"),
    join(folder, "x.png"),
  );
  assert.equal(code, 1);
  const rows = rowsOf(printed);
  assert.deepEqual(rows.map(({ image }) => image!.slice(folder.length + 1)), [
    ...["a/1.png", "a/b/2.png", "a/3.png", "x.png"],
  ]);
  assert.deepEqual(rows.map(({ decision }) => decision), ["1", "0", "", ""]);
  assert.match(rows[2]!.refused!, /^cannot be read: /);
  assert.equal(rows[3]!.refused, "cannot be read: no such file");
  assert.match(complained, /Cannot read ".*x\.png": no such file/);
  assert.match(complained, /2 photographs scored in [\d.]+ s \([\d.]+ a second\): 1 anomalous/);

  const pattern = await predict(
    run,
    join(folder, "**/[12].png"),
    "--format",
    "jsonl",
    "--fail",
    "-q",
  );
  assert.equal(pattern.code, 3);
  assert.equal(pattern.complained, "");
  const records = pattern.printed.split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ decision }) => decision), [1, 0]);
  assert.equal(records[0].ratio, records[0].score / records[0].threshold);
  const none = await predict(run, join(folder, "*.tif"), "--format", "jsonl");
  assert.deepEqual([none.code, JSON.parse(none.printed)], [1, {
    image: join(folder, "*.tif"),
    error: "the pattern must match an image, got none",
  }]);
});

Deno.test("predict writes a file whole, and asks before it replaces one", async () => {
  const out = join(makeFolder(), "below/lines.csv");
  const paths = (await testRows(run)).map(({ image }) => image!);
  const { code, printed } = await predict(run, ...paths, "--out", out);
  assert.deepEqual([code, printed], [0, ""]);
  assert.deepEqual(rowsOf(await Deno.readTextFile(out)), await testRows(run));
  const again = await predict(run, paths[0]!, "--out", out);
  assert.equal(again.code, 2);
  assert.match(
    again.complained,
    /--out must name a new file, got ".*", which is there; --overwrite/,
  );
  await predict(run, paths[0]!, "--out", out, "--overwrite");
  assert.equal(rowsOf(await Deno.readTextFile(out)).length, 1);
});

Deno.test("predict draws maps and masks; no mask marks a pixel below its threshold", async () => {
  const folder = makeFolder(), photographs = join(folder, "in");
  await Deno.mkdir(photographs);
  await Deno.copyFile(join(dataset, "rings/test/hole/1.png"), join(photographs, "hole.png"));
  await Deno.copyFile(join(dataset, "rings/test/good/1.png"), join(photographs, "good.png"));
  const maps = join(folder, "maps"), masks = join(folder, "masks");
  const { complained } = await predict(run, photographs, "--maps", maps, "--masks", masks);
  assert.match(
    complained,
    /^note: Masks mark pixels by a threshold of their own, .* any marked pixel, this promises: /,
  );
  const below = photographs.slice(1);
  const { width, height } = await sharp(join(maps, below, "hole.png")).metadata();
  assert.deepEqual([width, height], [96 + 2 + 96, 96]);
  const predictor = await openPredictor(run);
  for (const name of ["hole.png", "good.png"]) {
    const mask = sharp(join(masks, below, name));
    assert.deepEqual((await mask.metadata()).channels, 1);
    const marks = await mask.extractChannel(0).raw().toBuffer();
    const [prediction] = await predictor.predict([await predictor.read(join(photographs, name))]);
    const { pixelThreshold } = prediction!;
    const expected = Array.from(prediction!.map(), (value) => value >= pixelThreshold ? 255 : 0);
    assert.deepEqual([...marks], expected);
    assert.equal(expected.includes(255), name === "hole.png");
  }
  await predictor.close();
});

Deno.test("predict refuses what is unlike anything trained, though the run had no test images", async () => {
  const normal = await makeTinyDataset({ train: 12, normal: 0, anomalous: 0 });
  const savedir = join(makeFolder(), "run");
  const classname = "DATASET.classname=[blobs, stripes]";
  const config = await tinyConfig(normal, [`DEFAULT.savedir=${savedir}`, classname]);
  const { folder } = await runExperiment(config);
  const file = JSON.parse(await Deno.readTextFile(join(folder, "thresholds.json")));
  assert.equal(file.refusal.alpha, 0.05);
  const images = ["rings/train/good/3.png", "blobs/train/good/3.png"].map((name) =>
    join(normal, name)
  );
  const { code, printed } = await predict(folder, ...images, "--fail");
  assert.equal(code, 3);
  assert.deepEqual(rowsOf(printed).map(({ refused }) => refused), ["defective or unknown", ""]);
});

Deno.test("predict says what it cannot do, in one line", async () => {
  const third = await train("MODEL.known_class=false", "EVALUATION.known_class=true");
  const image = join(dataset, "blobs/test/good/0.png"), seeds = makeFolder();
  await Deno.writeTextFile(join(seeds, "seed_summary.json"), "{}");
  const cases: [string[], RegExp][] = [
    [[third, image], /^Cannot predict with ".*": thresholds must be for groups or all together, /],
    [[run], /^Cannot predict with ".*": photographs must be named, as files, folders, patterns or/],
    [[run, image, "--format", "xml"], /: --format must be csv or jsonl, got "xml"$/],
    [[run, image, "--provider", "npu"], /^Cannot predict: provider must be one of .*, got npu$/],
    [[seeds, image], /^Cannot predict with ".*": one model must be named, got the runs of several/],
    [["/no/such", image], /^Cannot load "\/no\/such\/model\/model\.json": no such file$/],
  ];
  for (const [args, message] of cases) {
    const { code, complained } = await predict(...args);
    assert.deepEqual([code, complained.split("\n").length], [2, 1], complained);
    assert.match(complained, message);
  }
  const first = await train("MODEL.known_class=true");
  const { complained } = await predict(first, image);
  assert.match(
    complained,
    /^note: The run gave every image to the group of its class, which nobody/,
  );
});
