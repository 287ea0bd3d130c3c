import assert from "node:assert/strict";
import { join } from "node:path";
import { scanSample } from "@/datasets/sample_data.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("scanSample() draws the data, reads them, and does not draw them again", async () => {
  const folder = join(makeFolder(), "sample");
  let drawn = 0;
  const options = {
    folder,
    counts: { train: 1, normal: 1, defective: 1 },
    classNames: ["gear"],
    onProgress: () => void drawn++,
  };
  const { dataset: { name, classes, samples }, faults } = await scanSample(options);
  assert.deepEqual(faults, []);
  assert.equal(name, "Sample");
  assert.deepEqual(classes, ["gear"]);
  assert.deepEqual(samples.slice(0, 2).map(({ image }) => image), [
    "gear/train/good/000.png",
    "gear/test/good/000.png",
  ]);
  assert.ok(samples.filter(({ isAnomalous }) => isAnomalous).every(({ mask }) => mask !== null));
  assert.ok(drawn > 0);
  const before = drawn;
  assert.deepEqual((await scanSample(options)).dataset.samples, samples);
  assert.equal(drawn, before);
});

Deno.test("scanSample() names a class that is not drawn", async () => {
  const folder = join(makeFolder(), "sample");
  const counts = { train: 1, normal: 1, defective: 1 };
  const options = { folder, counts, classNames: ["gear"], classes: ["geer"] };
  await assert.rejects(scanSample(options), /unknown class "geer", did you mean "gear"\?/);
});
