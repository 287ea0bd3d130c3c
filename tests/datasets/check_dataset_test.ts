import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDataset } from "@/datasets/inspect.ts";
import { noProgress } from "@/files/progress.ts";
import { makeTinyDataset } from "../helpers/dataset.ts";
import { treeMakers } from "../helpers/layouts.ts";

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
