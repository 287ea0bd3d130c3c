import assert from "node:assert/strict";
import { join } from "node:path";
import { scanDataset } from "@/datasets/registry.ts";
import { makeBtadTree } from "../helpers/layouts.ts";

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
