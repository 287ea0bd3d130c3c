import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { runCommandLine } from "@/cli.ts";
import { noProgress } from "@/files/progress.ts";
import { type DataAction, dataCommand } from "@/lab/commands/data.ts";
import { buildZip, type ZipEntry } from "../../helpers/archives.ts";
import { makeTinyDataset } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { makeMpddTree } from "../../helpers/layouts.ts";
import { collectOutput } from "../../helpers/output.ts";

/** Runs the command with arguments as they stand on the command line. */
async function run(args: readonly string[], dataFolder?: string) {
  const [action, ...rest] = args;
  const optionOf = (name: string): string | null => {
    const at = rest.indexOf(name);
    return at < 0 ? null : rest.splice(at, 2)[1]!;
  };
  const flagOf = (name: string): boolean => {
    const at = rest.indexOf(name);
    return at >= 0 && rest.splice(at, 1).length > 0;
  };
  const { output, text } = collectOutput({ isJson: flagOf("--json") });
  const folder = optionOf("--folder"), from = optionOf("--from");
  const keepArchive = flagOf("--keep-archive");
  const code = await dataCommand({
    action: action as DataAction,
    name: rest.find((word) => !word.includes("=")) ?? null,
    overrides: rest.filter((word) => word.includes("=")),
    folder,
    from,
    keepArchive,
    output,
    ...dataFolder === undefined ? {} : { dataFolder },
  });
  return { code, text: text() };
}

/** Classes of MPDD with the published numbers of images. */
async function makeMpdd(): Promise<string> {
  const size = { width: 40, height: 36 };
  const counts = { train: 128, normal: 30, anomalous: 14 };
  return await makeMpddTree({ classes: ["connector"], counts, ...size });
}

const only = "DATASET.classname=connector", resize = "DATASET.resize=32";

Deno.test("dataCommand() finds seventeen kinds of damage in one run", async () => {
  const folder = await makeMpdd();
  const at = (path: string): string => join(folder, "connector", path);
  const put = async (path: string, bytes: string | Uint8Array): Promise<void> => {
    await Deno.mkdir(dirname(at(path)), { recursive: true });
    if (typeof bytes === "string") await Deno.writeTextFile(at(path), bytes);
    else await Deno.writeFile(at(path), bytes);
  };
  const draw = async (width: number, height: number, value: (i: number) => number) => {
    const values = Uint8Array.from({ length: width * height }, (_, i) => value(i));
    return await sharp(values, { raw: { width, height, channels: 1 } }).png().toBuffer();
  };
  const copy = (from: string, to: string) => Deno.copyFile(at(from), at(to));
  const image = (number: number) => `test/scratch/${String(number).padStart(3, "0")}.png`;
  const mask = (number: number) =>
    image(number).replace(".png", "_mask.png")
      .replace("test", "ground_truth");

  await put("test/stray.png", await draw(40, 36, (i) => i));
  await Deno.mkdir(at("train/scratch"));
  await copy(mask(3), mask(3).replace("png", "webp"));
  await Deno.remove(at(mask(0)));
  await copy(mask(3), mask(999));
  await put(image(1), (await Deno.readFile(at(image(1)))).subarray(0, 300));
  await put(mask(2), "not an image");
  await put(mask(4), await draw(36, 40, (i) => i % 2));
  await put(mask(5), await draw(40, 36, () => 0));
  await put(mask(6), await draw(40, 36, () => 255));
  await copy("train/good/000.png", "test/good/000.png");
  await copy("test/good/001.png", image(7));
  await Deno.remove(at("train/good/127.png"));
  await copy("train/good/001.png", "train/good/002.png");
  await put("train/good/003.png", await draw(40, 31, (i) => i));
  await put(mask(8), await draw(40, 36, (i) => i % 200));
  // A class with everything for training and nothing for testing.
  const white = await makeMpddTree({
    classes: ["bracket_white"],
    counts: { train: 110, normal: 0, anomalous: 0 },
    width: 40,
    height: 36,
  });
  await Deno.rename(join(white, "bracket_white"), join(folder, "bracket_white"));

  const classes = "DATASET.classname=[bracket_white, connector, tubes]";
  const args = ["check", "mpdd", "--folder", folder, resize, classes];
  const { code, text } = await run([...args, "--json"]);
  assert.equal(code, 1);
  const { faults, remarks, ...counted } = JSON.parse(text);
  type Fault = { kind: string; path: string | null; reason: string };
  const named = (list: Fault[]) =>
    list.map(({ kind, path }) => `${kind}: ${path?.replace("connector/", "") ?? null}`);
  assert.deepEqual(named(faults), [
    "missing class: null",
    "misplaced file: test/stray.png",
    "unexpected folder: train/scratch",
    "empty split: bracket_white",
    `same name: ${mask(3).replace("png", "webp")}`,
    `missing mask: ${image(0)}`,
    `mask without image: ${mask(999)}`,
    `unreadable image: ${image(1)}`,
    `unreadable mask: ${mask(2)}`,
    `mask size: ${mask(4)}`,
    `empty mask: ${mask(5)}`,
    `empty mask: ${mask(6)}`,
    "train in test: test/good/000.png",
    `contradiction: ${image(7)}`,
    "counts: bracket_white",
    "counts: bracket_white",
    "counts: connector",
  ]);
  assert.deepEqual(named(remarks), [
    "repeated image: train/good/002.png",
    "small image: train/good/003.png",
    `soft mask: ${mask(8)}`,
  ]);
  assert.deepEqual(counted, {
    schema: 1,
    dataset: "MPDD",
    folder,
    classes: 2,
    images: 127 + 30 + 14 + 110,
  });

  // The text says the same: a heading for each kind and a line for each fault and remark.
  const plain = await run(args);
  assert.equal(plain.code, 1);
  const lines = plain.text.split("\n");
  const said = lines.filter((line) => line.startsWith("  "));
  const all: Fault[] = [...faults, ...remarks];
  assert.equal(said.length, all.length);
  for (const [i, { path, reason }] of all.entries()) {
    assert.ok(said[i]!.includes(reason) && said[i]!.includes(path ?? ""), said[i]!);
  }
  const kinds = new Set(all.map(({ kind }) => kind));
  assert.equal(kinds.size, 17);
  for (const kind of kinds) assert.match(plain.text, new RegExp(`^${kind} \\(\\d\\): `, "m"));
  assert.equal(lines.at(-1), "17 faults, 3 remarks in 281 images of 2 classes");
});

Deno.test("dataCommand() has nothing to say against the published numbers of sound images", async () => {
  const folder = await makeMpdd();
  const { code, text } = await run(["check", "MPDD", "--folder", folder, resize, only]);
  assert.deepEqual([code, text], [0, `MPDD: ${folder}\n\nno faults: 172 images of 1 class`]);
  const strict = await run(["check", "MPDD", "--folder", folder, "DATASET.resize=37", only]);
  assert.equal(strict.code, 0);
  assert.match(strict.text, /^small image \(172\): /m);
  assert.match(strict.text, /^no faults, 172 remarks in 172 images of 1 class$/m);
});

Deno.test("dataCommand() turns masks and images as DATASET.orientation says", async () => {
  const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  // A photograph of 96 × 48 pixels that viewers show as 48 × 96, with a mask drawn on what they show.
  const create = { width: 96, height: 48, channels: 3, background: "red" } as const;
  await sharp({ create }).withMetadata({ orientation: 6 }).jpeg()
    .toFile(join(folder, "rings/test/hole/0.jpg"));
  await Deno.remove(join(folder, "rings/test/hole/0.png"));
  const size = { width: 48, height: 96 };
  const values = Uint8Array.from({ length: 48 * 96 }, (_, i) => i < 96 ? 255 : 0);
  await sharp(values, { raw: { ...size, channels: 1 } })
    .toFile(join(folder, "rings/ground_truth/hole/0_mask.png"));
  const args = ["check", "Folder", "--folder", folder, resize];
  const asStored = await run(args);
  assert.equal(asStored.code, 1);
  assert.match(asStored.text, /must be 96×48 like .*, got 48×96, .*: DATASET\.orientation=exif$/m);
  assert.equal((await run([...args, "DATASET.orientation=exif"])).code, 0);
});

Deno.test("dataCommand() says how to get a dataset that is not there", async () => {
  const data = makeFolder();
  const { code, text } = await run(["check", "visa"], data);
  assert.equal(code, 1);
  assert.equal(
    text,
    `VisA: ${join(data, "visa")}

no dataset (1): the folder is missing or not laid out as a dataset
  there must be such a folder, got none

1 fault

deno task data download VisA fetches it; --folder DIR looks elsewhere`,
  );
  const json = await run(["check", "visa", "--json"], data);
  assert.equal(JSON.parse(json.text).faults.length, 1);
});

Deno.test("dataCommand() describes a dataset as tables or as one JSON document", async () => {
  const folder = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
  const args = ["describe", "Folder", "--folder", folder];
  const { code, text } = await run(args);
  assert.equal(code, 0);
  assert.match(text, /^rings +2 +1 +1 +1 {2}96×96 +RGB +PNG$/m);
  assert.match(text, /^total +6 +3 +3 +3 {2}96×96 +RGB +PNG$/m);
  assert.match(text, /^rings +hole +1 +1 +\d\.\d\d %$/m);
  const record = JSON.parse((await run([...args, "--json", "DATASET.classname=rings"])).text);
  assert.deepEqual(record.classes.map(({ name }: { name: string }) => name), ["rings"]);
  assert.equal(record.total.test_anomalous, 1);
  await Deno.remove(join(folder, "rings/test/hole/0.png"));
  assert.match(
    (await run(args)).text,
    /\n\nIts layout has 1 fault, which "deno task data check Folder" names\.$/,
  );
});

Deno.test("dataCommand() reads folders of its own by name", async () => {
  const data = makeFolder();
  await Deno.mkdir(join(data, "mpdd"));
  await Deno.rename(join(await makeMpdd(), "connector"), join(data, "mpdd/connector"));
  const { text } = await run(["describe", "MPDD", "DATASET.classname=[connector]"], data);
  assert.match(text, /^MPDD: .*mpdd$/m);
  assert.match(text, /^connector +128 +30 +14 +14 {2}40×36 +RGB +PNG$/m);
});

Deno.test("dataCommand() takes an archive over and says what to do next", async () => {
  const tree = await makeMpdd(), data = makeFolder();
  const entries: ZipEntry[] = [];
  for await (const { name } of Deno.readDir(join(tree, "connector/train/good"))) {
    const path = `connector/train/good/${name}`;
    entries.push({ name: `MPDD/${path}`, content: await Deno.readFile(join(tree, path)) });
  }
  const archive = join(makeFolder(), "MPDD.zip");
  await Deno.writeFile(archive, buildZip(entries));
  const { code, text } = await run(["download", "mpdd", "--from", archive], data);
  assert.equal(code, 0);
  const folder = join(data, "mpdd");
  assert.ok(text.includes("licence  CC BY-NC-SA 4.0"), text);
  assert.ok(
    text.endsWith(
      "next  deno task data check MPDD\n" +
        `      deno task run config=configs/mpdd.yaml DATASET.datadir=${folder}`,
    ),
    text,
  );
  const checked = await run(["check", "MPDD", resize, only], data);
  assert.match(checked.text, /must have 30 normal test images, got 0$/m);
  assert.doesNotMatch(checked.text, /training images/);
  const there = join(makeFolder(), "my parts");
  const elsewhere = await run(["download", "mpdd", "--from", archive, "--folder", there], data);
  assert.ok(elsewhere.text.includes(`check MPDD --folder "${there}"\n`), elsewhere.text);
  assert.ok(elsewhere.text.endsWith(`DATASET.datadir="${there}"`), elsewhere.text);
});

Deno.test("dataCommand() refuses what it cannot do", async () => {
  const cases: [string[], string][] = [
    [
      ["check"],
      'Cannot run "data": "check" needs a dataset, one of Sample, Folder, MVTec, VisA, BTAD, MPDD',
    ],
    [["check", "MVTek"], 'Cannot run "data": unknown dataset "MVTek", did you mean "MVTec"?'],
    [
      ["check", "my_parts"],
      'Cannot run "data": unknown dataset "my_parts", known are Sample, Folder, MVTec, VisA, ' +
      "BTAD, MPDD; your own is Folder with --folder DIR",
    ],
    [
      ["check", "MVTec", "DATASET.name=VisA"],
      'Cannot run "data": "check" must have no keys but DATASET.classname, DATASET.split, ' +
      'DATASET.split_seed, DATASET.resize, DATASET.orientation, DEFAULT.seed, got "DATASET.name=VisA"',
    ],
    [
      ["download", "MVTec", "DATASET.resize=9"],
      'Cannot run "data": "download" must have no keys, got "DATASET.resize=9"',
    ],
    [["check", "Folder"], 'Cannot run "data": "check Folder" needs --folder DIR, got none'],
    [
      ["download", "sample"],
      'Cannot download "Sample": it must be one of MVTec, VisA, BTAD, MPDD; the sample data are ' +
      "drawn on first use",
    ],
    [
      ["download", "folder"],
      'Cannot download "Folder": it must be one of MVTec, VisA, BTAD, MPDD; images of your own ' +
      "are here already",
    ],
    [
      ["download", "MPDD", "--from", "MPDD.zip", "--keep-archive"],
      'Cannot download "MPDD": --keep-archive must not come with --from, whose file stays anyway',
    ],
    [
      ["check", "MPDD", "DATASET.classname=tube"],
      'Cannot read MPDD: unknown class "tube", did you mean "tubes"?',
    ],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(run(args, makeFolder()), { message }, args.join(" "));
  }
});

Deno.test("the command line ends with 1 after faults and with 2 after a wrong argument", async () => {
  const exitCode = (...args: string[]) =>
    runCommandLine({
      args: ["data", ...args],
      print: () => {},
      complain: () => {},
      startProgress: noProgress,
    });
  const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  const check = ["check", "Folder", "--folder", folder];
  assert.equal(await exitCode(), 0);
  assert.equal(await exitCode(...check), 0);
  assert.equal(await exitCode(...check, "DATASET.resize=9"), 2);
  await Deno.remove(join(folder, "rings/test/hole/0.png"));
  assert.equal(await exitCode(...check), 1);
  assert.equal(await exitCode("describe", "Folder", "--folder", folder), 0);
});

Deno.test("dataCommand() lists the odd training images of a run on the dataset", async () => {
  const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 }),
    finished = makeFolder();
  const odd = [{ image: "blobs/train/good/0.png", group: "blobs", score: 3, limit: 2 }];
  const write = (content: object): Promise<void> =>
    Deno.writeTextFile(join(finished, "test_results.json"), JSON.stringify(content));
  const check = async (name: string, isJson = false): Promise<string> => {
    const { output, text } = collectOutput({ isJson });
    await dataCommand({ action: "check", name: "Folder", folder, run: name, output });
    return text();
  };
  const results = {
    dataset: folder.split(/[\\/]/).at(-1),
    classes: { blobs: { n_train: 9 } },
    odd_training_images: odd,
  };
  await write(results);
  assert.match(
    await check(finished),
    /1 of 9 training images looks odd: blobs\/train\/good\/0\.png \(1\.50 × its limit\);/,
  );
  assert.deepEqual(JSON.parse(await check(finished, true)).odd_training_images, odd);
  await write({ ...results, odd_training_images: [] });
  assert.match(await check(finished), /None of 9 training images looks odd\./);
  const begin = `Cannot list odd training images of "${finished}": `;
  await write({ ...results, dataset: "other" });
  await assert.rejects(check(finished), {
    message: `${begin}it must be a run on "${results.dataset}", got one on "other"`,
  });
  await write({ dataset: results.dataset, classes: {} });
  await assert.rejects(check(finished), {
    message: `${begin}"odd_training_images" of test_results.json must be a list; ` +
      "runs of earlier versions must run again",
  });
  await assert.rejects(check("nowhere"), /it must be the folder of a run, got one without/);
});
