import assert from "node:assert/strict";
import { join } from "node:path";
import { describeDataset } from "@/datasets/inspect.ts";
import { noProgress } from "@/files/progress.ts";
import { makeBtadTree, makeMvtecTree } from "../helpers/layouts.ts";

const options = { startProgress: noProgress };

Deno.test("describeDataset() tells formats, channels and sizes of what is in the folders", async () => {
  const datadir = await makeBtadTree();
  const { summary, faults } = await describeDataset({ name: "BTAD", datadir }, options);
  assert.deepEqual(faults, []);
  assert.equal(summary.folder, join(datadir, "BTech_Dataset_transformed"));
  assert.deepEqual(summary.classes.map(({ name, formats }) => [name, formats]), [
    ["01", [{ name: "BMP", images: 5 }]],
    ["02", [{ name: "PNG", images: 5 }]],
    ["03", [{ name: "BMP", images: 5 }]],
  ]);
  assert.deepEqual(summary.total.sizes, [{ width: 24, height: 20, images: 15 }]);
  for (const { defects } of summary.classes) {
    assert.deepEqual(defects.map(({ name, images, masks }) => ({ name, images, masks })), [
      { name: "ko", images: 2, masks: 2 },
    ]);
    // The defect is a block of a quarter of the width and of the height: 6 × 5 of 24 × 20 pixels.
    assert.equal(defects[0]?.medianArea, 1 / 16);
  }
});

Deno.test("describeDataset() describes what there is of a faulty dataset, and names the faults", async () => {
  const datadir = await makeMvtecTree({ classes: ["bottle", "grid"] });
  await Deno.remove(join(datadir, "grid/ground_truth/scratch/000_mask.png"));
  const { summary, faults } = await describeDataset({ name: "Folder", datadir }, options);
  assert.deepEqual(faults.map(({ kind }) => kind), ["missing mask"]);
  assert.deepEqual(
    summary.classes.map(({ name, masks, pixels }) => [name, masks, pixels[0]?.name]),
    [
      ["bottle", 2, "RGB"],
      ["grid", 1, "grey"],
    ],
  );
});
