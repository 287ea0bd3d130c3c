import assert from "node:assert/strict";
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { runName } from "@/lab/settings.ts";
import { withoutExcluded } from "@/lab/thresholds/exclude_images.ts";
import { describeOdd, oddSections, oddTraining } from "@/lab/thresholds/odd_training.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";

const dataset = await makeTinyDataset({ train: 5, normal: 2, anomalous: 2 });
// A training image of one class that is none of it.
await Deno.copyFile(
  join(dataset, "rings/train/good/1.png"),
  join(dataset, "blobs/train/good/1.png"),
);
const config = await tinyConfig(dataset, [
  `DEFAULT.savedir=${makeFolder()}`,
  "MODEL.sampler=random",
  "MODEL.known_class=true",
]);
const { folder, result, odd: line } = await runExperiment(config);
// deno-lint-ignore no-explicit-any
const readJson = async (...parts: string[]): Promise<any> =>
  JSON.parse(await Deno.readTextFile(join(...parts)));

Deno.test("a run lists odd training images, and its report shows them", async () => {
  const { odd_training_images: odd } = await readJson(folder, "test_results.json");
  assert.deepEqual(
    odd.map(({ image, group }: { image: string; group: string }) => [image, group]),
    [["blobs/train/good/1.png", "blobs"]],
  );
  assert.ok(odd[0].score > odd[0].limit);
  assert.match(
    line!,
    /^1 of 15 training images looks odd: blobs\/train\/good\/1\.png \([\d.]+ × its limit\); DATASET\.exclude leaves out/,
  );
  const report = await Deno.readTextFile(join(folder, "report.html"));
  assert.match(report, /<h2 id="odd-training-images">/);
  assert.match(report, /<h2 id="what-the-thresholds-promise">/);
  const workbench = await openWorkbench(config);
  const [section] = await oddSections(workbench, oddTraining(workbench, result));
  assert.match(section!.pictures!.pictures[0]!.caption!, /^1\.png, blobs\n[\d.]+ × its limit$/);
  assert.deepEqual(await oddSections(workbench, []), []);
  await workbench.close();
});

Deno.test("describeOdd() names five at most, and says nothing of none", () => {
  assert.equal(describeOdd([], { images: 9 }), null);
  const one = { image: "a.png", group: "nut", score: 3, limit: 2 };
  const many = Array.from({ length: 6 }, () => one);
  assert.match(
    describeOdd(many, { images: 9 })!,
    /^6 of 9 training images look odd: .* and 1 more;/,
  );
  assert.match(describeOdd([{ ...one, limit: 0 }], { images: 9 })!, /a\.png \(others score 0\);/);
});

Deno.test("DATASET.exclude leaves images out of training, by its own name", async () => {
  const own = await tinyConfig(dataset, [
    `DEFAULT.savedir=${makeFolder()}`,
    "MODEL.sampler=random",
    "MODEL.known_class=true",
    "DATASET.exclude=[blobs/train/good/1.png]",
  ]);
  const without = await runExperiment(own);
  const results = await readJson(without.folder, "test_results.json");
  assert.equal(results.classes.blobs.n_train, 4);
  const odd: { image: string }[] = results.odd_training_images;
  assert.ok(odd.every(({ image }) => image !== "blobs/train/good/1.png"));
  assert.match(
    await Deno.readTextFile(join(without.folder, "report.html")),
    /left out of training.*blobs\/train\/good\/1\.png/s,
  );
  assert.notEqual(runName(own), runName(config));
  const alone = { ...own, DATASET: { ...own.DATASET, exclude: "blobs/train/good/1.png" } };
  assert.equal(runName(alone), runName(own));
});

Deno.test("withoutExcluded() refuses what is no training image, and to empty a class", () => {
  const sample = (image: string, split: "train" | "test") =>
    ({ image, split, className: image.split("/")[0]! }) as Sample;
  const given = {
    name: "mine",
    samples: [
      sample("nut/a.png", "train"),
      sample("nut/b.png", "train"),
      sample("nut/c.png", "test"),
    ],
  };
  assert.deepEqual(withoutExcluded(given, "nut/a.png").map(({ image }) => image), ["nut/b.png"]);
  assert.deepEqual(withoutExcluded(given, []).length, 2);
  const begin = 'Cannot run on dataset "mine": "DATASET.exclude" must ';
  assert.throws(() => withoutExcluded(given, ["nut/d.png"]), {
    message: `${begin}name training images by their path in the dataset, got "nut/d.png", ` +
      'did you mean "nut/a.png"?',
  });
  assert.throws(() => withoutExcluded(given, ["nut/c.png"]), /must name training images/);
  assert.throws(() => withoutExcluded(given, ["nut/a.png", "nut/b.png"]), {
    message: `${begin}leave training images of class "nut", got all of them`,
  });
});
