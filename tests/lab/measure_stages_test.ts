import assert from "node:assert/strict";
import { measureStages } from "@/lab/measure_inference.ts";

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
