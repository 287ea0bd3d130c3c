import assert from "node:assert/strict";
import { join } from "node:path";
import { readSample } from "@/io/datasets/sample.ts";
import { makeFolder } from "./helpers_folder.ts";

Deno.test("readSample() draws the data, reads them, and does not draw them again", async () => {
  const folder = join(makeFolder(), "sample");
  let drawn = 0;
  const options = {
    folder,
    counts: { train: 1, normal: 1, defective: 1 },
    classNames: ["gear"],
    onProgress: () => void drawn++,
  };
  const { name, classes, samples } = await readSample(options);
  assert.equal(name, "Sample");
  assert.deepEqual(classes, ["gear"]);
  assert.deepEqual(samples.slice(0, 2).map(({ image }) => image), [
    "gear/train/good/000.png",
    "gear/test/good/000.png",
  ]);
  assert.ok(samples.filter(({ isAnomalous }) => isAnomalous).every(({ mask }) => mask !== null));
  assert.ok(drawn > 0);
  const before = drawn;
  assert.deepEqual((await readSample(options)).samples, samples);
  assert.equal(drawn, before);
});

Deno.test("readSample() names a class that is not drawn", async () => {
  const folder = join(makeFolder(), "sample");
  const counts = { train: 1, normal: 1, defective: 1 };
  const options = { folder, counts, classNames: ["gear"], classes: ["geer"] };
  await assert.rejects(readSample(options), /unknown class "geer", did you mean "gear"\?/);
});
