import assert from "node:assert/strict";
import { scanDataset } from "@/datasets/registry.ts";
import { makeMpddTree } from "../helpers/layouts.ts";

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
