import assert from "node:assert/strict";
import { join } from "node:path";
import { listClasses, noClasses, scanClass } from "@/datasets/class_folders.ts";
import { makeMvtecTree } from "../helpers/layouts.ts";

Deno.test("scanClass() reports everything that is wrong at once, and reads the rest", async () => {
  const folder = await makeMvtecTree({ classes: ["bottle"] });
  const own = join(folder, "bottle");
  const touch = async (path: string): Promise<void> => {
    await Deno.mkdir(join(own, path, ".."), { recursive: true });
    await Deno.writeFile(join(own, path), new Uint8Array());
  };
  for (
    const path of [
      "train/9.png",
      "train/bent/1.png",
      "test/8.png",
      "test/good/deep/1.png",
      "test/broken_large/000.jpg",
      "test/contamination/1.png",
      "ground_truth/broken_large/7_mask.png",
      "ground_truth/other/1_mask.png",
    ]
  ) await touch(path);
  const { samples, faults } = await scanClass(folder, { className: "bottle", normal: "good" });
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["misplaced file", "bottle/train/9.png"],
    ["misplaced file", "bottle/test/8.png"],
    ["unexpected folder", "bottle/train/bent"],
    ["unexpected folder", "bottle/ground_truth/other"],
    ["unexpected folder", "bottle/test/good/deep"],
    ["mask without image", "bottle/ground_truth/broken_large/7_mask.png"],
    ["same name", "bottle/test/broken_large/000.png"],
    ["missing mask", "bottle/test/broken_large/000.png"],
    ["missing mask", "bottle/test/contamination/1.png"],
  ]);
  assert.equal(samples.length, 7);
});

Deno.test("listClasses() takes folders with train inside, noClasses() says what is there instead", async () => {
  const folder = await makeMvtecTree({ classes: ["grid", "wood"] });
  await Deno.mkdir(join(folder, "notes"));
  assert.deepEqual(await listClasses(folder), ["grid", "wood"]);
  const { reason } = await noClasses(join(folder, "grid"), { normal: "ok" });
  assert.equal(reason, `it must hold classes, got one class; its dataset is "${folder}"`);
  assert.deepEqual(await noClasses(join(folder, "notes"), { normal: "ok" }), {
    kind: "no dataset",
    path: null,
    reason: 'it must hold classes, folders with "train/ok" inside, got 0 files',
  });
});
