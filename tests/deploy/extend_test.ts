import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { runCommandLine } from "@/cli.ts";
import { extendModel } from "@/deploy/extend_model.ts";
import { routingRecord } from "@/deploy/extension_folder.ts";
import { findProduct } from "@/deploy/new_product.ts";
import {
  doubtfulImages,
  movedImages,
  type OldImage,
  separationOf,
} from "@/deploy/routing_change.ts";
import { noProgress } from "@/files/progress.ts";
import { hashFile, statIfExists } from "@/files/read.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { loadModel } from "@/lab/model_store.ts";
import { matrixOf } from "@/math/matrix.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const dataset = await makeTinyDataset();
const stripes = join(dataset, "stripes");

async function train(...overrides: string[]): Promise<string> {
  const savedir = join(makeFolder(), "run");
  const config = await tinyConfig(dataset, [
    `DEFAULT.savedir=${savedir}`,
    "DATASET.classname=[blobs,rings]",
    ...overrides,
  ]);
  return (await runExperiment(config)).folder;
}

async function call(
  ...args: string[]
): Promise<{ code: number; printed: string; complained: string }> {
  const printed: string[] = [], complained: string[] = [];
  const code = await runCommandLine({
    args,
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
    startProgress: noProgress,
  });
  return { code, printed: printed.join("\n"), complained: complained.join("\n") };
}

type Row = Record<string, string>;
async function predict(run: string, ...photographs: string[]): Promise<Row[]> {
  const { code, printed } = await call("predict", run, ...photographs, "--quiet");
  assert.equal(code, 0);
  return parse(printed, { columns: true });
}

const run = await train("EVALUATION.threshold_rule=gumbel", "EVALUATION.alpha=0.2");
const before = await loadModel(join(run, "model"));
const count = before.groups.length;
const extended = `${run}+stripes`;

Deno.test("extend leaves what is there, byte for byte, and numbers of old images, bit for bit", async () => {
  const hashes = async (folder: string, names: readonly string[]): Promise<string[]> =>
    await Promise.all(names.map((name) => hashFile(join(folder, "model", name))));
  const files = [...before.groups.map((_, i) => `group-${i}.faiss`), "backbone-0.onnx"];
  const untouched = [...files, "model.json", "thresholds.json"];
  const old = await hashes(run, untouched);
  const { code, printed, complained } = await call("extend", run, stripes);
  assert.equal(complained, "");
  assert.equal(code, 0);
  assert.match(printed, /^8 photographs of ".*stripes" joined: those in train\/good; what lies /);
  assert.match(printed, /: none goes to a new group\.\n/);
  assert.deepEqual(await hashes(run, untouched), old);
  assert.deepEqual(await hashes(extended, files), old.slice(0, files.length));
  const after = await loadModel(join(extended, "model"));
  assert.deepEqual(after.groups.slice(0, count), before.groups);
  assert.equal(after.groups[count]!.name, `cluster ${count}`);
  assert.equal(after.groups[count]!.calibration[0]!.image, "stripes/train/good/0.png");
  for (const folder of ["", "model"]) {
    const [was, is] = await Promise.all(
      [run, extended].map(async (each) =>
        JSON.parse(await Deno.readTextFile(join(each, folder, "thresholds.json")))
      ),
    );
    for (const [name, line] of Object.entries(was.thresholds)) {
      assert.deepEqual(is.thresholds[name], line);
      assert.deepEqual(is.refusal?.limits[name], was.refusal?.limits[name]);
    }
    const added = is.thresholds[`cluster ${count}`];
    assert.match(added.promise, /false alarms/);
    assert.equal(added.count > 0 && added.value > 0, true);
    assert.notEqual(is.model.hash, was.model.hash);
  }
  const olds = ["blobs", "rings"].map((name) => join(dataset, name, "test"));
  assert.deepEqual(await predict(extended, ...olds), await predict(run, ...olds));
});

Deno.test("extend makes groups that find defects, and can be extended again and moved", async () => {
  const rows = await predict(extended, join(stripes, "test"));
  assert.equal(rows.every(({ group }) => Number(group!.split(" ")[1]) >= count), true);
  const scores = (part: string) =>
    rows.filter(({ image }) => image!.includes(part)).map(({ score }) => Number(score));
  assert.ok(Math.min(...scores("/hole/")) > Math.max(...scores("/good/")));
  const folder = makeFolder();
  for (const i of [0, 1]) {
    await Deno.copyFile(join(stripes, `test/hole/${i}.png`), join(folder, `${i}.png`));
  }
  await Deno.writeTextFile(join(folder, "2.png"), "no image");
  const out = join(makeFolder(), "again");
  const { code, printed, complained } = await call(
    ...["extend", extended, folder, "--name", "few", "--out", out],
  );
  assert.equal(code, 1);
  assert.match(complained, /^Cannot read ".*\/2\.png": [^\n]*$/);
  assert.match(printed, /joined: every image in it and below, all taken as normal\./);
  assert.match(printed, /note: Group "few" has 2 images: from fewer than 3 no limits of refusal, /);
  assert.match(printed, /note: Group "few" never alarms: /);
  const moved = join(makeFolder(), "moved");
  await Deno.rename(out, moved);
  await Deno.remove(extended, { recursive: true });
  const [verdict] = await predict(join(moved, "model"), join(folder, "0.png"));
  assert.deepEqual([verdict!.group, verdict!.threshold, verdict!.decision, verdict!.refused], [
    ...["few", "Infinity", "0", ""],
  ]);
});

Deno.test("extend refuses in one line and writes nothing", async () => {
  const empty = makeFolder(), there = makeFolder(), place = join(makeFolder(), "new");
  const broken = makeFolder(), single = makeFolder();
  await Deno.copyFile(join(stripes, "train/good/0.png"), join(single, "0.png"));
  await Deno.writeTextFile(join(broken, "1.png"), "no image");
  const cases: [string[], string | RegExp][] = [
    [
      [join(empty, "x")],
      `Cannot extend "${run}": "${empty}/x" must be a folder with normal ` +
      "photographs, got nothing there",
    ],
    [
      [empty],
      `Cannot extend "${run}": "${empty}" must be a folder with normal photographs, ` +
      "got no image in it",
    ],
    [
      [stripes, "--out", there],
      `Cannot extend "${run}": the result must go to a new folder, ` +
      `got "${there}", which is there; --overwrite replaces it, --out names another`,
    ],
    [
      [stripes, "--out", run, "--overwrite"],
      `Cannot extend "${run}": the result must go to ` +
      `another folder, got the run's own, "${run}"`,
    ],
    [
      [stripes, "--name", "a/b"],
      `Cannot extend "${run}": --name must be a name without slashes ` +
      'and line breaks, got "a/b"',
    ],
    [
      [single, "--name", "cluster 0"],
      `Cannot extend "${run}": group names must differ, got ` +
      '"cluster 0", which is there; --name gives another',
    ],
    [[broken], /^Cannot extend ".*": a photograph that can be read is needed in ".*", got none; /],
    [[stripes, "--provider", "x"], /^Cannot extend: provider must be .*, got x$/],
  ];
  for (const [args, message] of cases) {
    const out = args.includes("--out") ? [] : ["--out", place];
    const { code, printed, complained } = await call("extend", run, ...args, ...out);
    if (typeof message === "string") assert.equal(complained, message);
    else assert.match(complained, message);
    assert.deepEqual([code, printed, await statIfExists(place)], [2, "", null]);
  }
});

Deno.test("extend names groups by classes, one for all, or as it is told; JSON says the same", async () => {
  const known = await train("MODEL.known_class=true", "MODEL.routed_groups=2");
  const out = () => join(makeFolder(), "new");
  const first = await call("extend", known, stripes, "--json", "--out", out());
  assert.deepEqual(JSON.parse(first.printed).groups.map(({ name }: Row) => name), ["stripes"]);
  assert.equal(JSON.parse(first.printed).old_routing.moved.length, 0);
  const clash = await call("extend", known, join(dataset, "blobs"), "--out", out());
  assert.match(clash.complained, /group names must differ, got "blobs", which is there/);
  const all = await call("extend", known, dataset, "--name", "new", "--json", "--out", out());
  const document = JSON.parse(all.printed);
  assert.deepEqual(document.groups.map(({ name }: Row) => name), [
    ...["new blobs", "new rings", "new stripes"],
  ]);
  const one = await train("MODEL.name=PatchCore", "EVALUATION.threshold_rule=oracle_f1");
  const last = await call("extend", one, stripes, "--json", "--out", out());
  const { groups, notices } = JSON.parse(last.printed);
  assert.deepEqual(groups.map(({ name }: Row) => name), ["stripes"]);
  assert.match(notices.join("\n"), /^The one threshold for all together stays as it is, /m);
});

const before2 = [{ name: "a", key: Float32Array.of(1, 0) }];
const added2 = [{ name: "b", key: Float32Array.of(0, 1) }];
const oldImage = (degrees: number): OldImage => ({
  image: `${degrees}`,
  split: "test",
  group: "a",
  label: "nut",
  angle: degrees * Math.PI / 180,
});

Deno.test("doubtfulImages() passes whoever is nearer than half of the way to the new key", () => {
  const images = [0, 30, 44, 46, 80].map(oldImage);
  const doubtful = doubtfulImages(images, { before: before2, added: added2 });
  assert.deepEqual(doubtful.map(({ image }) => image), ["46", "80"]);
  const semantics = matrixOf(images.map(({ angle }) => [Math.cos(angle), Math.sin(angle)]));
  const moved = movedImages(images, { semantics, before: before2, added: added2 });
  assert.deepEqual(moved.map(({ image: { image }, to }) => [image, to]), [["46", "b"], [
    "80",
    "b",
  ]]);
  assert.deepEqual(routingRecord({ proven: 3, seen: 2, unknown: 0, hasTest: true, moved }), {
    ...{ proven: 3, seen: 2, unknown: 0, test_images_known: true },
    moved: ["46", "80"].map((image) => ({ image, split: "test", class: "nut", to: "b" })),
  });
});

Deno.test("separationOf() measures images by the key of the others, not by their own", () => {
  const semantics = matrixOf([[0, 1], [0, 1], [1, 0.1]]);
  const partition = { labels: Int32Array.of(0, 0, 0), clusters: 1 };
  const groups = [...before2, ...added2];
  const [only] = separationOf(semantics, { partition, groups });
  assert.deepEqual(only, { nearest: "a", cosine: 0, home: 2 });
});

Deno.test("findProduct() takes normal photographs alone where the folder says which they are", async () => {
  const counts = async (folder: string) => {
    const { images } = await findProduct(folder, "run");
    return [images.length, new Set(images.map(({ className }) => className)).size, images[0]!.name];
  };
  assert.deepEqual(await counts(stripes), [8, 1, "stripes/train/good/0.png"]);
  assert.deepEqual(await counts(join(stripes, "test")), [4, 1, "test/good/0.png"]);
  assert.deepEqual((await counts(dataset)).slice(0, 2), [24, 3]);
  assert.deepEqual(await counts(join(stripes, "train/good")), [8, 1, "good/0.png"]);
});

Deno.test("extendModel() asks again for photographs that stored numbers do not settle", async () => {
  const out = join(makeFolder(), "new"), photographs = join(dataset, "blobs");
  const options = { photographs, out, name: "twin", startProgress: noProgress };
  const { routing } = await extendModel(run, options);
  // The same product once more: its keys are those of the old groups, or between them.
  assert.ok(routing.seen > 0);
  assert.equal(routing.unknown, 0);
  assert.equal(routing.hasTest, true);
  assert.ok(routing.moved.every(({ image: { label } }) => label === "blobs"));
});
