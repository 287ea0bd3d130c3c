import assert from "node:assert/strict";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { scanBenchmark } from "@/datasets/folder.ts";
import { makeFolder } from "../helpers/folder.ts";
import { treeMakers } from "../helpers/layouts.ts";

Deno.test("scanBenchmark() says that a folder is none, once", async () => {
  const benchmark = findBenchmark("BTAD");
  const { dataset, faults } = await scanBenchmark(makeFolder(), { benchmark, normal: "ok" });
  assert.deepEqual(dataset.samples, []);
  assert.deepEqual(faults.map(({ reason }) => reason), [
    'it must hold classes, folders with "train/ok" inside, got 0 files',
  ]);
});

Deno.test("scanBenchmark() keeps the faults of classes that are left out to itself", async () => {
  const folder = await treeMakers.MPDD!({ classes: ["tubes", "connector"] });
  await Deno.remove(`${folder}/tubes/ground_truth/scratch/000_mask.png`);
  const benchmark = findBenchmark("MPDD");
  const scan = async (classes: readonly string[]) =>
    (await scanBenchmark(folder, { benchmark, normal: "good", classes })).faults.map(({ path }) =>
      path
    );
  assert.deepEqual(await scan(["connector"]), []);
  assert.deepEqual(await scan(["tubes"]), ["tubes/test/scratch/000.png"]);
});
