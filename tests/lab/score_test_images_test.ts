import assert from "node:assert/strict";
import { createStopwatch } from "@/files/stopwatch.ts";
import { fitMemory } from "@/lab/fit_memory.ts";
import { scoreTestImages } from "@/lab/score_test_images.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const workbench = await openWorkbench(
  await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 1 }), [
    "MODEL.sampler=random",
  ]),
);
const training = await workbench.embedTraining();
const memory = await fitMemory(workbench, { training, grouping: "class" });
addEventListener("unload", () => void workbench.close());

Deno.test("scoreTestImages() sends images to their class or to the nearest key", async () => {
  const { results, semantics, grid } = await scoreTestImages(workbench, {
    assignments: [{ memory, routing: "class" }, { memory, routing: "key" }],
  });
  const [byClass, byKey] = results;
  assert.deepEqual([...byClass!.groups], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual(byKey!.groups, memory.detector.route(semantics));
  assert.deepEqual(grid, { rows: 12, columns: 12 });
  assert.deepEqual([byClass!.patchScores.rows, byClass!.patchScores.columns], [9, 144]);
  for (const [image, score] of byClass!.scores.entries()) {
    const patches = byClass!.patchScores.data.subarray(144 * image, 144 * (image + 1));
    assert.equal(score, Math.max(...patches));
  }
});

Deno.test("scoreTestImages() times every stage for every image", async () => {
  const stopwatch = createStopwatch();
  const assignments = [{ memory, routing: "key" }] as const;
  await scoreTestImages(workbench, { assignments, stopwatch });
  const summary = stopwatch.summary();
  assert.deepEqual(Object.keys(summary), ["decode", "embed", "route", "search"]);
  assert.ok(Object.values(summary).every(({ count }) => count === 9));
});

Deno.test("scoreTestImages() names a class that no group knows", async () => {
  const test = workbench.test.map((sample) => ({ ...sample, className: "cube" }));
  const assignments = [{ memory, routing: "class" }] as const;
  await assert.rejects(scoreTestImages({ ...workbench, test }, { assignments }), {
    name: "RangeError",
    message:
      'Cannot score test images: class "cube" must be among the groups "blobs", "rings", "stripes"',
  });
});
