import assert from "node:assert/strict";
import { join } from "node:path";
import { readOddImages } from "@/lab/finished/odd_images.ts";
import { makeFolder } from "../../helpers/folder.ts";

Deno.test("readOddImages() reads what a run lists, with a line about it", async () => {
  const run = makeFolder();
  const odd = [{ image: "nut/train/good/1.png", group: "nut", score: 4, limit: 2 }];
  const file = {
    dataset: "mine",
    classes: { nut: { n_train: 7 }, bolt: { n_train: 2 } },
    odd_training_images: odd,
  };
  await Deno.writeTextFile(join(run, "test_results.json"), JSON.stringify(file));
  const listed = await readOddImages(run, { dataset: "mine" });
  assert.deepEqual(listed.odd, odd);
  assert.match(
    listed.line,
    /^1 of 9 training images looks odd: nut\/train\/good\/1\.png \(2\.00 ×/,
  );
  await assert.rejects(readOddImages(run, { dataset: "other" }), {
    message: `Cannot list odd training images of "${run}": it must be a run on "other", got one ` +
      'on "mine"',
  });
});
