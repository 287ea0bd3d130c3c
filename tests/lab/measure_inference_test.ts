import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { fitMemory } from "@/lab/fit_memory.ts";
import { measureInference, measureStages, stepCosts } from "@/lab/measure_inference.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

Deno.test("measureInference() measures every stage from the file to the map", async () => {
  const folder = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
  const workbench = await openWorkbench(
    await tinyConfig(folder, ["MODEL.sampler=random", "MODEL.layers=[stride16, stride8]"]),
  );
  const training = await workbench.embedTraining();
  const { detector } = await fitMemory(workbench, { training, grouping: "all" });
  const options = { backbone: embeddedBackbone, detector, runs: 2, warmUp: 1 };
  const costs = await measureInference(workbench, options);
  assert.deepEqual(costs.map(({ stage }) => stage), [
    "decode and crop",
    "backbone to stride8",
    "backbone, on to stride16",
    "backbone, on to stride32",
    "patch embedding and pooling",
    "routing",
    "search",
    "anomaly map",
  ]);
  assert.ok(costs.every(({ milliseconds }) => milliseconds >= 0));
  await assert.rejects(measureInference(workbench, { ...options, runs: 0 }), {
    message: "Cannot measure stages: runs must be an integer from 1, got 0",
  });
  await detector.close();
  await workbench.close();
});

Deno.test("measureStages() takes turns, leaves warm-up out and takes the median", async () => {
  const order: string[] = [];
  let clock = 0;
  const durations = [100, 4, 10, 6].values();
  const stages = [
    {
      stage: "a",
      work: () => {
        order.push("a");
        clock += durations.next().value!;
      },
    },
    { stage: "b", work: () => void order.push("b") },
  ];
  const costs = await measureStages(stages, { runs: 3, warmUp: 1, images: 2, now: () => clock });
  assert.equal(order.join(""), "abababab");
  // 100 is warm-up; the median of 4, 10, 6 is 6, for two images.
  assert.deepEqual(costs, [{ stage: "a", milliseconds: 3 }, { stage: "b", milliseconds: 0 }]);
});

Deno.test("measureStages() waits for work that takes its time", async () => {
  let clock = 0;
  const work = async () => {
    await Promise.resolve();
    clock += 5;
  };
  const [cost] = await measureStages([{ stage: "a", work }], { now: () => clock });
  assert.equal(cost!.milliseconds, 5);
});

Deno.test("measureStages() refuses numbers that measure nothing", async () => {
  await assert.rejects(measureStages([], { runs: 0 }), {
    name: "RangeError",
    message: "Cannot measure stages: runs must be an integer from 1, got 0",
  });
  await assert.rejects(measureStages([], { warmUp: -1 }), {
    name: "RangeError",
    message: "Cannot measure stages: warmUp must be an integer from 0, got -1",
  });
});

const parts = [2, 5, 4.5, 9].map((milliseconds, i) => ({ stage: `part ${i}`, milliseconds }));

Deno.test("stepCosts() gives differences, and nothing where noise makes one negative", () => {
  assert.deepEqual(stepCosts(parts).map(({ milliseconds }) => milliseconds), [2, 3, 0, 4.5]);
});

Deno.test("stepCosts() adds up to the longest part where times rise", () => {
  const rising = parts.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const total = stepCosts(rising).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  assert.equal(total, 9);
  assert.deepEqual(stepCosts([]), []);
});
