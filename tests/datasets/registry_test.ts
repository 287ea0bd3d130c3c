import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { openDataset, scanDataset } from "@/datasets/registry.ts";
import { prepareSampleDataset, scanSample } from "@/datasets/sample_data.ts";
import { makeTinyDataset } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";
import { makeBtadTree, makeMpddTree, makeMvtecTree, treeMakers } from "../helpers/layouts.ts";

const mvtecClasses = Object.keys(benchmarks.MVTec!.classes);

/** A folder with one empty training image for each class. */
async function withClasses(
  classes: readonly string[],
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of classes) {
      await Deno.mkdir(join(folder, name, "train/good"), { recursive: true });
      await Deno.writeFile(join(folder, name, "train/good/000.png"), new Uint8Array());
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openDataset() reads any folder under the name Folder", async () => {
  await withClasses(["nut", "bolt"], async (datadir) => {
    const all = await openDataset({ name: "Folder", datadir });
    assert.deepEqual([all.name, all.classes], [basename(datadir), ["bolt", "nut"]]);
    const one = await openDataset({ name: "Folder", datadir, classname: ["nut"] });
    assert.deepEqual(one.classes, ["nut"]);
  });
});

Deno.test("openDataset() takes all of MVTec AD or the classes that are named", async () => {
  await withClasses(mvtecClasses, async (datadir) => {
    const all = await openDataset({ name: "MVTec", datadir, classname: "all" });
    assert.deepEqual([all.name, all.classes], ["MVTec", mvtecClasses]);
    const two = await openDataset({ name: "MVTec", datadir, classname: ["wood", "cable"] });
    assert.deepEqual(two.classes, ["cable", "wood"]);
    assert.deepEqual(two.samples.map(({ className }) => className), ["cable", "wood"]);
  });
});

Deno.test("openDataset() does not let a part of MVTec AD, or another dataset, pass for it", async () => {
  await withClasses(["bottle", "cable", "cookie"], async (datadir) => {
    await assert.rejects(openDataset({ name: "MVTec", datadir }), {
      message: `Cannot read dataset "${datadir}": it must hold all 15 classes of MVTec AD, got 2 ` +
        'without "capsule", "carpet", "grid", "hazelnut", "leather", "metal_nut", "pill", ' +
        '"screw", "tile", "toothbrush", 3 more',
    });
    await assert.rejects(openDataset({ name: "MVTec", datadir, classname: ["wood"] }), {
      message: `Cannot read dataset "${datadir}": it must hold the class "wood", ` +
        'got 2 without "wood"',
    });
    await assert.rejects(openDataset({ name: "MVTec", datadir, classname: ["cookie"] }), {
      message: 'Cannot read MVTec AD: unknown class "cookie", it has "bottle", "cable", ' +
        '"capsule", "carpet", "grid", "hazelnut", "leather", "metal_nut", "pill", "screw", 5 more',
    });
    await assert.rejects(openDataset({ name: "MVTec", datadir, classname: ["bottel"] }), {
      message: 'Cannot read MVTec AD: unknown class "bottel", did you mean "bottle"?',
    });
  });
});

Deno.test("openDataset() passes the folder on to the sample data", async () => {
  await withClasses(["nut"], async (datadir) => {
    await assert.rejects(openDataset({ name: "Sample", datadir }), new RegExp(datadir));
  });
});

Deno.test("scanSample() draws what is missing, and pairs every defect with its mask", async () => {
  const parent = await Deno.makeTempDir();
  const counts = { train: 1, normal: 1, defective: 1 };
  let drawn = 0;
  const options = { folder: join(parent, "sample"), counts, onProgress: () => drawn++ };
  const { dataset } = await scanSample(options);
  assert.equal(dataset.name, "Sample");
  assert.equal(drawn, dataset.samples.length);
  assert.ok(dataset.samples.every(({ isAnomalous, mask }) => isAnomalous === (mask !== null)));
  const { dataset: part } = await scanSample({ ...options, classes: ["gear"] });
  assert.equal(drawn, dataset.samples.length, "drawn once");
  assert.deepEqual(part.samples, dataset.samples.filter(({ className }) => className === "gear"));
  await Deno.remove(parent, { recursive: true });
});

Deno.test("openDataset() refuses unknown names and asks for a folder where one is needed", async () => {
  await assert.rejects(openDataset({ name: "toString" }), {
    message: 'Cannot open dataset: unknown name "toString", known are ' +
      "Sample, Folder, MVTec, VisA, BTAD, MPDD",
  });
  await assert.rejects(openDataset({ name: "Folder", datadir: null }), {
    message: 'Cannot open dataset "Folder": DATASET.datadir must name its folder, got none',
  });
});

Deno.test("scanDataset() says of a file that it is no dataset, whatever the reader", async () => {
  const datadir = join(makeFolder(), "photo.png");
  await Deno.writeTextFile(datadir, "");
  for (const name of ["Folder", "MVTec", "VisA", "BTAD", "MPDD"]) {
    const reason = "there must be such a folder, got a file";
    const { remarks = [], ...scan } = await scanDataset({ name, datadir });
    assert.deepEqual(remarks, []);
    assert.deepEqual(scan, {
      dataset: {
        name: name === "Folder" ? "photo.png" : name,
        folder: datadir,
        classes: [],
        samples: [],
      },
      faults: [{ kind: "no dataset", path: null, reason }],
    });
    await assert.rejects(openDataset({ name, datadir }), {
      message: `Cannot read dataset "${datadir}": ${reason}`,
    });
    const { faults } = await scanDataset({ name, datadir: join(datadir, "below") });
    assert.deepEqual(faults.map((each) => each.reason), [
      "there must be such a folder, got none",
    ]);
  }
});

Deno.test("openDataset() does not draw sample data over a file", async () => {
  const datadir = join(makeFolder(), "photo.png");
  await Deno.writeTextFile(datadir, "");
  await assert.rejects(openDataset({ name: "Sample", datadir }), {
    message: `Cannot write the sample data to "${datadir}": ` +
      "the folder must be empty or hold older sample data, got a file",
  });
  assert.ok((await Deno.stat(datadir)).isFile);
});

Deno.test("openDataset() reads every benchmark under its name", async () => {
  for (const [name, make] of Object.entries(treeMakers)) {
    const { classes } = benchmarks[name]!;
    const dataset = await openDataset({ name, datadir: await make() });
    assert.deepEqual([dataset.name, dataset.classes], [name, Object.keys(classes)]);
    assert.equal(dataset.samples.length, 5 * dataset.classes.length);
  }
});

Deno.test("scanDataset() of BTAD reads ok and ko, BMP and PNG, through its wrapper", async () => {
  const folder = await makeBtadTree({ counts: { train: 1, normal: 1, anomalous: 1 } });
  const { dataset, faults } = await scanDataset({ name: "BTAD", datadir: folder });
  assert.deepEqual(faults, []);
  assert.deepEqual([dataset.name, dataset.classes], ["BTAD", ["01", "02", "03"]]);
  assert.equal(dataset.folder, join(folder, "BTech_Dataset_transformed"));
  assert.deepEqual(dataset.samples.map(({ image, defect, mask }) => [image, defect, mask]), [
    ["01/train/ok/000.bmp", null, null],
    ["01/test/ok/000.bmp", null, null],
    ["01/test/ko/000.bmp", "ko", "01/ground_truth/ko/000.png"],
    ["02/train/ok/000.png", null, null],
    ["02/test/ok/000.png", null, null],
    ["02/test/ko/000.png", "ko", "02/ground_truth/ko/000.png"],
    ["03/train/ok/000.bmp", null, null],
    ["03/test/ok/000.bmp", null, null],
    ["03/test/ko/000.bmp", "ko", "03/ground_truth/ko/000.bmp"],
  ]);
});

Deno.test("scanDataset() of BTAD reads the inner folder as well", async () => {
  const folder = await makeBtadTree({ wrapped: false, classes: ["02"] });
  const { dataset, faults } = await scanDataset({
    name: "BTAD",
    datadir: folder,
    classname: ["02"],
  });
  assert.deepEqual([dataset.folder, faults], [folder, []]);
});

Deno.test("scanDataset() of MPDD reads all six classes, wrapped or not", async () => {
  for (const wrapped of [false, true]) {
    const { dataset, faults } = await scanDataset({
      name: "MPDD",
      datadir: await makeMpddTree({ wrapped }),
    });
    assert.deepEqual(faults, []);
    assert.equal(dataset.name, "MPDD");
    assert.deepEqual([dataset.classes.length, dataset.samples.length], [6, 30]);
    assert.ok(dataset.samples.every(({ isAnomalous, mask }) => isAnomalous === (mask !== null)));
  }
});

Deno.test("scanDataset() of MPDD names the classes that were asked for and are not there", async () => {
  const folder = await makeMpddTree({ classes: ["tubes"] });
  const { faults } = await scanDataset({
    name: "MPDD",
    datadir: folder,
    classname: ["tubes", "connector"],
  });
  assert.deepEqual(faults.map(({ reason }) => reason), [
    'it must hold the class "connector", got 1 without "connector"',
  ]);
});

const classes = Object.keys(benchmarks.MVTec!.classes);

Deno.test("scanDataset() of MVTec reads all fifteen classes, whatever else lies beside them", async () => {
  const folder = await makeMvtecTree();
  await Deno.mkdir(join(folder, "cookie", "train", "good"), { recursive: true });
  const { dataset, faults } = await scanDataset({ name: "MVTec", datadir: folder });
  assert.deepEqual(faults, []);
  assert.deepEqual([dataset.name, dataset.classes], ["MVTec", classes]);
  assert.equal(dataset.samples.length, 15 * 5);
  assert.deepEqual(dataset.samples.slice(3, 5).map(({ image, mask }) => [image, mask]), [
    ["bottle/test/broken_large/000.png", "bottle/ground_truth/broken_large/000_mask.png"],
    ["bottle/test/contamination/000.png", "bottle/ground_truth/contamination/000_mask.png"],
  ]);
});

Deno.test("scanDataset() of MVTec does not let some classes pass for all", async () => {
  const folder = await makeMvtecTree({ classes: classes.slice(0, 13) });
  const { dataset, faults } = await scanDataset({ name: "MVTec", datadir: folder });
  assert.equal(dataset.classes.length, 13);
  assert.deepEqual(faults, [{
    kind: "missing class",
    path: null,
    reason: 'it must hold all 15 classes of MVTec AD, got 13 without "wood", "zipper"',
  }]);
  assert.deepEqual(
    (await scanDataset({ name: "MVTec", datadir: folder, classname: ["grid"] })).faults,
    [],
  );
});

Deno.test("scanDataset() of MVTec looks through the folder that a mirror puts around the classes", async () => {
  const folder = await makeMvtecTree({ wrapped: true, classes: ["grid"] });
  const { dataset } = await scanDataset({
    name: "MVTec",
    datadir: join(folder, ".."),
    classname: ["grid"],
  });
  assert.equal(dataset.folder, folder);
  assert.equal(dataset.samples[0]?.image, "grid/train/good/000.png");
});

Deno.test("scanDataset() of MVTec suggests the class that was meant", async () => {
  await assert.rejects(scanDataset({ name: "MVTec", datadir: "mvtec", classname: ["hazlenut"] }), {
    message: 'Cannot read MVTec AD: unknown class "hazlenut", did you mean "hazelnut"?',
  });
});

Deno.test("scanSample() draws the data, reads them, and does not draw them again", async () => {
  const folder = join(makeFolder(), "sample");
  let drawn = 0;
  const options = {
    folder,
    counts: { train: 1, normal: 1, defective: 1 },
    classNames: ["gear"],
    onProgress: () => void drawn++,
  };
  const { dataset: { name, classes, samples }, faults } = await scanSample(options);
  assert.deepEqual(faults, []);
  assert.equal(name, "Sample");
  assert.deepEqual(classes, ["gear"]);
  assert.deepEqual(samples.slice(0, 2).map(({ image }) => image), [
    "gear/train/good/000.png",
    "gear/test/good/000.png",
  ]);
  assert.ok(samples.filter(({ isAnomalous }) => isAnomalous).every(({ mask }) => mask !== null));
  assert.ok(drawn > 0);
  const before = drawn;
  assert.deepEqual((await scanSample(options)).dataset.samples, samples);
  assert.equal(drawn, before);
});

Deno.test("scanSample() names a class that is not drawn", async () => {
  const folder = join(makeFolder(), "sample");
  const counts = { train: 1, normal: 1, defective: 1 };
  const options = { folder, counts, classNames: ["gear"], classes: ["geer"] };
  await assert.rejects(scanSample(options), /unknown class "geer", did you mean "gear"\?/);
});

Deno.test("scanDataset() shows nothing where nothing is drawn", async () => {
  const datadir = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  const { dataset, faults } = await scanDataset({
    name: "Folder",
    datadir,
    startProgress: () => {
      throw new Error("nothing to show");
    },
  });
  assert.deepEqual([dataset.samples.length, faults], [9, []]);
});

Deno.test("scanDataset() shows how the sample data are drawn", async () => {
  // Sample data of other counts are replaced; one drawing of the full ones would take too long here.
  const datadir = join(makeFolder(), "sample");
  const counts = { train: 1, normal: 1, defective: 1 };
  await prepareSampleDataset({ folder: datadir, counts, classNames: ["gear"] });
  const labels: string[] = [], shares: number[] = [];
  const stop = new Error("enough");
  const report = (share: number): never => {
    shares.push(share);
    throw stop;
  };
  const request = { name: "Sample", datadir };
  await assert.rejects(
    scanDataset({
      ...request,
      startProgress: (label) => {
        labels.push(label);
        return { report, finish: () => {} };
      },
    }),
    stop,
  );
  assert.deepEqual([labels, shares[0]], [["draw sample data"], 1 / 456]);
});
