import assert from "node:assert/strict";
import { join } from "node:path";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { scanDataset } from "@/datasets/registry.ts";
import { makeMvtecTree } from "../helpers/layouts.ts";

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
