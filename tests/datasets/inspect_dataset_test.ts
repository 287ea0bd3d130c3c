import assert from "node:assert/strict";
import { join } from "node:path";
import { inspectDataset } from "@/datasets/inspect.ts";
import { noProgress } from "@/files/progress.ts";
import { makeMpddTree } from "../helpers/layouts.ts";

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
