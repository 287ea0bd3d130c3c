import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { Sample } from "@/datasets/dataset.ts";
import { describeRemarks } from "@/datasets/faults.ts";
import { checkDataset, glanceAtDataset, inspectDataset, inspectFiles } from "@/datasets/inspect.ts";
import { scanDataset } from "@/datasets/registry.ts";
import { noProgress } from "@/files/progress.ts";
import { hashFile } from "@/files/read.ts";
import { makeTinyDataset } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";
import { bentOf, datasetOf, sampleOf } from "../helpers/inspected.ts";
import { encodeBmp, makeMpddTree, treeMakers } from "../helpers/layouts.ts";

const options = { resize: 16, startProgress: noProgress };

Deno.test("checkDataset() finds nothing wrong with trees of the benchmarks but their numbers", async () => {
  // BTAD's are BMP files in part, VisA's masks hold defect numbers, MVTec's grids are grey.
  for (const [name, makeTree] of Object.entries(treeMakers)) {
    const datadir = await makeTree();
    const { images, classes, faults, ...rest } = await checkDataset({ name, datadir }, options);
    assert.equal(rest.name, name);
    assert.equal(images, 5 * classes);
    assert.deepEqual([...new Set(faults.map(({ kind }) => kind))], ["counts"], name);
    assert.equal(faults.length, 3 * classes, name);
  }
});

Deno.test("checkDataset() compares numbers for no folder of one's own, and looks at chosen classes", async () => {
  const datadir = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  const request = { name: "Folder", datadir };
  assert.deepEqual(await checkDataset(request, options), {
    name: "Folder",
    folder: datadir,
    classes: 3,
    images: 9,
    faults: [],
  });
  await Deno.remove(join(datadir, "rings/test/hole/0.png"));
  const { faults } = await checkDataset(request, options);
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["mask without image", "rings/ground_truth/hole/0_mask.png"],
    ["empty folder", "rings/test/hole"],
  ]);
  const others = { ...request, classname: ["blobs", "stripes"] };
  assert.deepEqual((await checkDataset(others, options)).faults, []);
});

Deno.test("checkDataset() says once that a listed file of VisA does not exist", async () => {
  const datadir = await treeMakers.VisA!({ classes: ["candle"] });
  await Deno.remove(join(datadir, "candle/Data/Images/Anomaly/000.JPG"));
  await Deno.remove(join(datadir, "candle/Data/Masks/Anomaly/001.png"));
  const request = { name: "VisA", datadir, classname: ["candle"] };
  const { faults } = await checkDataset(request, options);
  assert.deepEqual(
    faults.filter(({ kind }) => kind !== "counts").map(({ kind, path }) => [kind, path]),
    [
      ["missing file", "candle/Data/Images/Anomaly/000.JPG"],
      ["missing file", "candle/Data/Masks/Anomaly/001.png"],
    ],
  );
});

Deno.test("inspectDataset() tells layout and files apart, and both in the check", async () => {
  const datadir = await makeMpddTree({ classes: ["tubes"] });
  await Deno.remove(join(datadir, "tubes/ground_truth/scratch/000_mask.png"));
  await Deno.writeTextFile(join(datadir, "tubes/train/good/000.png"), "not an image");
  const { scan, files, check } = await inspectDataset(
    { name: "Folder", datadir },
    { resize: 16, startProgress: noProgress },
  );
  assert.deepEqual(scan.faults.map(({ kind }) => kind), ["missing mask"]);
  assert.deepEqual(check.faults.map(({ kind }) => kind), ["missing mask", "unreadable image"]);
  assert.deepEqual([check.name, check.classes, check.images], ["Folder", 1, 5]);
  assert.equal(files.size, 5 + 1, "five images and the mask that is left");
});

const folder = makeFolder();
const startProgress = noProgress;

async function inspect(
  samples: Sample[],
  options: Partial<Parameters<typeof inspectFiles>[1]> = {},
) {
  return await inspectFiles({ ...datasetOf(samples), folder }, { startProgress, ...options });
}

async function writeGrey(name: string, { width, values }: { width: number; values: number[] }) {
  const raw = { width, height: values.length / width, channels: 1 } as const;
  await sharp(Uint8Array.from(values), { raw }).toColourspace("b-w").png().toFile(
    join(folder, name),
  );
}

Deno.test("inspectFiles() measures what a mask marks, whatever the values and the format", async () => {
  await writeGrey("a.png", { width: 4, values: [0, 0, 0, 0, 0, 0, 0, 0] });
  // Two of eight pixels are anomalous and have the values 1 and 255.
  await writeGrey("a.mask", { width: 4, values: [0, 1, 0, 0, 0, 255, 0, 0] });
  const data = Uint8Array.of(0, 9, 9, 0);
  const bitmap = encodeBmp({ data, width: 2, height: 2, channels: 1 });
  await Deno.writeFile(join(folder, "b.mask"), bitmap);
  const samples = [bentOf("a.png", { mask: "a.mask" }), bentOf("a.png", { mask: "b.mask" })];
  const files = await inspect(samples);
  assert.deepEqual([...files.keys()], ["a.png", "a.mask", "b.mask"]);
  assert.deepEqual(files.get("a.mask")?.mask, { area: 2 / 8, values: 2 });
  assert.deepEqual(files.get("b.mask")?.mask, { area: 2 / 4, values: 1 });
  assert.deepEqual(files.get("a.png"), {
    header: { format: "png", width: 4, height: 2, channels: 1, bits: 8, isRotated: false },
    decoded: { width: 4, height: 2 },
    fault: null,
    sha256: await hashFile(join(folder, "a.png")),
    mask: null,
  });
});

Deno.test("inspectFiles() tells colors apart that have the same grey level", async () => {
  const raw = { width: 3, height: 1, channels: 3 } as const;
  const colors = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 0);
  await sharp(colors, { raw }).png().toFile(join(folder, "colors.mask"));
  const files = await inspect([bentOf("a.png", { mask: "colors.mask" })]);
  assert.deepEqual(files.get("colors.mask")?.mask, { area: 2 / 3, values: 2 });
});

Deno.test("inspectFiles() finds a cut file only when it decodes the pixels", async () => {
  const noise = Array.from({ length: 64 * 64 }, (_, i) => (i * i * 7919) % 251);
  await writeGrey("whole.png", { width: 64, values: noise });
  const bytes = await Deno.readFile(join(folder, "whole.png"));
  await Deno.writeFile(join(folder, "cut.png"), bytes.subarray(0, bytes.length / 2));
  const complete = (await inspect([sampleOf("cut.png")])).get("cut.png");
  assert.match(complete?.fault ?? "", /^the file is damaged \(/);
  assert.deepEqual([complete?.header?.width, complete?.decoded, complete?.sha256], [
    64,
    null,
    null,
  ]);
  const header = (await inspect([sampleOf("cut.png")], { images: "header" })).get("cut.png");
  assert.deepEqual([header?.header?.width, header?.decoded, header?.fault], [64, null, null]);
});

Deno.test("inspectFiles() decodes masks even where of images only the headers are read", async () => {
  await writeGrey("d.png", { width: 2, values: [1, 2] });
  await writeGrey("d.mask", { width: 2, values: [0, 2] });
  const files = await inspect([bentOf("d.png", { mask: "d.mask" })], { images: "header" });
  assert.equal(files.get("d.png")?.sha256, null);
  assert.equal(files.get("d.mask")?.mask?.area, 0.5);
});

Deno.test("inspectFiles() gives the size after turning where that is asked for", async () => {
  const create = { width: 6, height: 4, channels: 3, background: "red" } as const;
  await sharp({ create }).withMetadata({ orientation: 6 }).jpeg().toFile(
    join(folder, "turned.jpg"),
  );
  for (
    const [orientation, decoded] of [
      ["file", { width: 6, height: 4 }],
      ["exif", { width: 4, height: 6 }],
    ] as const
  ) {
    const file = (await inspect([sampleOf("turned.jpg")], { orientation })).get("turned.jpg");
    assert.deepEqual(file?.decoded, decoded);
    assert.deepEqual([file?.header?.width, file?.header?.isRotated], [6, true]);
  }
});

Deno.test("inspectFiles() says of what cannot be read why, and goes on", async () => {
  await Deno.writeTextFile(join(folder, "text.png"), "not an image");
  const files = await inspect([sampleOf("lost.png"), sampleOf("text.png"), sampleOf("a.png")]);
  assert.deepEqual([...files.values()].map(({ fault }) => fault), [
    "no such file",
    "it must be a PNG, JPEG, WebP, TIFF or BMP image",
    null,
  ]);
});

Deno.test("inspectFiles() says the same of damaged files however many are read at once", async () => {
  const values = Uint8Array.from({ length: 3 * 40 * 36 }, (_, i) => (i * i * 7919) % 251);
  const whole = sharp(values, { raw: { width: 40, height: 36, channels: 3 } });
  const names: string[] = [];
  for (
    const [kind, bytes] of [["png", await whole.png().toBuffer()], [
      "jpg",
      await whole.jpeg().toBuffer(),
    ]] as const
  ) {
    for (let i = 0; i < 8; i++) {
      names.push(`damaged${i}.${kind}`);
      await Deno.writeFile(join(folder, names.at(-1)!), bytes.subarray(0, 300 + i));
    }
  }
  const samples = names.map((name) => sampleOf(name));
  const alone = await inspect(samples, { concurrency: 1 });
  assert.ok([...alone.values()].every(({ fault }) => fault !== null));
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await inspect(samples, { concurrency: 8 }), alone);
  }
});

Deno.test("inspectFiles() looks at each path once and reports every one", async () => {
  const shares: number[] = [], labels: string[] = [];
  let finished = 0;
  const samples = [sampleOf("a.png"), sampleOf("a.png"), sampleOf("lost.png")];
  await inspect(samples, {
    concurrency: 1,
    startProgress: (label) => {
      labels.push(label);
      return { report: (share) => shares.push(share), finish: () => finished++ };
    },
  });
  assert.deepEqual([labels, shares, finished], [["read images and masks"], [0.5, 1], 1]);
});

Deno.test("glanceAtDataset() says in one line what a run sees otherwise than a person", async () => {
  const datadir = await makeTinyDataset({ train: 2, normal: 1, anomalous: 3 });
  const scan = async () => await scanDataset({ name: "Folder", datadir });
  assert.equal(describeRemarks(await glanceAtDataset(await scan())), null);
  for (const name of ["1", "2"]) {
    const mask = join(datadir, `rings/ground_truth/hole/${name}_mask`);
    await sharp(`${mask}.png`).jpeg().toFile(`${mask}.jpg`);
    await Deno.remove(`${mask}.png`);
  }
  const deep = Uint16Array.from({ length: 96 * 96 }, (_, i) => i % 4096);
  await sharp(deep, { raw: { width: 96, height: 96, channels: 1 } }).toColourspace("grey16")
    .png().toFile(join(datadir, "blobs/train/good/0.png"));
  await Deno.writeTextFile(join(datadir, "blobs/train/good/9.heic"), "");
  const found = await glanceAtDataset(await scan());
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [
    ["passed over", "blobs/train/good"],
    ["narrow range", "blobs/train/good/0.png"],
    ["lossy mask", "rings/ground_truth/hole/1_mask.jpg"],
    ["lossy mask", "rings/ground_truth/hole/2_mask.jpg"],
  ]);
  assert.match(
    describeRemarks(found) ?? "",
    /^note: 1 file in .* \(\.heic 1\).* 6 % of its range.*_mask\.jpg.* \(and 1 more like it\)$/,
  );
});

Deno.test("checkDataset() names what a run would read otherwise than a person", async () => {
  const datadir = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  await Deno.writeTextFile(join(datadir, "rings/train/good/9.heic"), "");
  await Deno.rename(
    join(datadir, "blobs/train/good/0.png"),
    join(datadir, "blobs/train/good/0.jfif"),
  );
  const mask = join(datadir, "rings/ground_truth/hole/0_mask");
  await sharp(`${mask}.png`).webp({ quality: 80 }).toFile(`${mask}.webp`);
  await Deno.remove(`${mask}.png`);
  const { images, faults } = await checkDataset({ name: "Folder", datadir }, options);
  assert.equal(images, 9);
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["passed over", "rings/train/good"],
    ["lossy mask", "rings/ground_truth/hole/0_mask.webp"],
  ]);
});
