import assert from "node:assert/strict";
import { join } from "node:path";
import { scanDataset } from "@/datasets/registry.ts";
import { prepareSampleDataset } from "@/datasets/sample_data.ts";
import { makeTinyDataset } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

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
