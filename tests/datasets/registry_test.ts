import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { openDataset } from "@/datasets/registry.ts";
import { scanSample } from "@/datasets/sample_data.ts";
import { treeMakers } from "../helpers/layouts.ts";

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

Deno.test("openDataset() reads every benchmark under its name", async () => {
  for (const [name, make] of Object.entries(treeMakers)) {
    const { classes } = benchmarks[name]!;
    const dataset = await openDataset({ name, datadir: await make() });
    assert.deepEqual([dataset.name, dataset.classes], [name, Object.keys(classes)]);
    assert.equal(dataset.samples.length, 5 * dataset.classes.length);
  }
});
