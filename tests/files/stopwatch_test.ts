import assert from "node:assert/strict";
import { createStopwatch } from "@/files/stopwatch.ts";

Deno.test("createStopwatch() shares the time of a batch among its images", async () => {
  const ticks = [0, 8, 100, 101].values();
  const stopwatch = createStopwatch(() => ticks.next().value ?? 0);
  assert.equal(await stopwatch.time("search", { images: 4, work: () => "done" }), "done");
  await stopwatch.time("search", { images: 1, work: () => Promise.resolve() });
  // Times per image: 2, 2, 2, 2, 1.
  assert.deepEqual(stopwatch.summary(), {
    search: { count: 5, mean: 1.8, p50: 2, p95: 2 },
  });
});

Deno.test("createStopwatch() keeps stages apart, in the order of their first run", async () => {
  let clock = 0;
  const stopwatch = createStopwatch(() => clock++);
  for (const stage of ["embed", "decode", "embed"]) {
    await stopwatch.time(stage, { images: 1, work: () => undefined });
  }
  assert.deepEqual(Object.keys(stopwatch.summary()), ["embed", "decode"]);
  assert.equal(stopwatch.summary().embed?.count, 2);
});

Deno.test("createStopwatch() lets a failure through and does not count it", async () => {
  const stopwatch = createStopwatch();
  await assert.rejects(
    stopwatch.time("embed", { images: 1, work: () => Promise.reject(new Error("no")) }),
    { message: "no" },
  );
  assert.deepEqual(stopwatch.summary(), {});
});
