import assert from "node:assert/strict";
import { join } from "node:path";
import { scanFolder } from "@/datasets/folder.ts";
import { hashFile } from "@/files/read.ts";
import { drawPhotos } from "../../tools/notebooks_photos.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("drawPhotos() draws two products, one of them without masks and with few images", async () => {
  const { dataset, faults } = await scanFolder(await drawPhotos(join(makeFolder(), "photos")));
  assert.deepEqual(faults, []);
  assert.deepEqual(dataset.classes, ["flat washer", "шестерня"]);
  const count = (className: string, what: (sample: typeof dataset.samples[number]) => boolean) =>
    dataset.samples.filter((sample) => sample.className === className && what(sample)).length;
  const counts = dataset.classes.map((name) => [
    count(name, ({ split }) => split === "train"),
    count(name, ({ split, isAnomalous }) => split === "test" && !isAnomalous),
    count(name, ({ isAnomalous }) => isAnomalous),
    count(name, ({ mask }) => mask !== null),
  ]);
  // With 17 images, α = 5 % has no finite conformal threshold: notebooks must bear that, too.
  assert.deepEqual(counts, [[20, 5, 5, 5], [17, 5, 5, 0]]);
});

Deno.test("drawPhotos() draws the same pictures each time, and no two alike", async () => {
  const hashes = async () => {
    const { dataset: { folder, samples } } = await scanFolder(
      await drawPhotos(join(makeFolder(), "photos")),
    );
    return await Promise.all(samples.map(({ image }) => hashFile(join(folder, image))));
  };
  const first = await hashes();
  assert.deepEqual(await hashes(), first);
  assert.equal(new Set(first).size, first.length);
});
