import assert from "node:assert/strict";
import { mapConcurrently } from "@/math/map_concurrently.ts";

Deno.test("mapConcurrently() never exceeds its limit and keeps the order", async () => {
  let running = 0, most = 0;
  const results = await mapConcurrently([5, 1, 4, 2, 3], {
    limit: 2,
    apply: async (item) => {
      most = Math.max(most, ++running);
      for (let i = 0; i < item; i++) await Promise.resolve();
      running--;
      return item * 10;
    },
  });
  assert.deepEqual(results, [50, 10, 40, 20, 30]);
  assert.equal(most, 2);
});

Deno.test("mapConcurrently() starts nothing after a failure and throws it", async () => {
  const started: number[] = [];
  await assert.rejects(
    mapConcurrently([0, 1, 2, 3], {
      limit: 1,
      apply: (item) => {
        started.push(item);
        return item === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
      },
    }),
    { message: "no" },
  );
  assert.deepEqual(started, [0, 1]);
});

Deno.test("mapConcurrently() accepts no items and refuses a limit of zero", async () => {
  assert.deepEqual(await mapConcurrently([], { limit: 3, apply: () => Promise.resolve(1) }), []);
  await assert.rejects(mapConcurrently([1], { limit: 0, apply: () => Promise.resolve(1) }), {
    message: "Cannot run jobs concurrently: limit must be a positive integer, got 0",
  });
});

Deno.test("mapConcurrently() throws only once the calls under way have ended", async () => {
  // Callers then remove the folder that these calls write to, and close what they read from.
  const ended: number[] = [];
  await assert.rejects(
    mapConcurrently([3, 1, 2, 1], {
      limit: 3,
      apply: async (item, index) => {
        for (let i = 0; i < 10 * item; i++) await Promise.resolve();
        ended.push(index);
        if (index === 1) throw new Error("no");
      },
    }),
    { message: "no" },
  );
  assert.deepEqual(ended, [1, 2, 0]);
});
