import assert from "node:assert/strict";
import { matrixOf, selectRows } from "@/math/matrix.ts";
import { randomProjection } from "@/math/projection.ts";
import { greedyCoreset } from "@/memory/coreset.ts";
import {
  createRowCollector,
  greedySampler,
  identitySampler,
  randomSampler,
} from "@/memory/samplers.ts";
import { assertClose, inParts, randomMatrix } from "../helpers/mod.ts";

Deno.test("identitySampler keeps every row whatever the size", async () => {
  const { indices, radius } = await identitySampler.select(matrixOf([[1], [2], [3]]), {
    size: 1,
    seed: 0,
  });
  assert.deepEqual([...indices], [0, 1, 2]);
  assert.equal(radius, 0);
});

Deno.test("randomSampler draws every row equally often", async () => {
  const features = randomMatrix({ rows: 10, columns: 2, seed: 1 });
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 2000; seed++) {
    const { indices, radius } = await randomSampler.select(features, { size: 3, seed });
    assert.equal(new Set(indices).size, 3);
    assert.equal(radius, null);
    for (const row of indices) counts[row]! += 1;
  }
  // Expected 600 each with a standard deviation of 20.5: five of those are allowed.
  for (const count of counts) assert.ok(Math.abs(count - 600) < 103, `${counts}`);
});

Deno.test("samplers repeat themselves for a seed and differ between seeds", async () => {
  const features = randomMatrix({ rows: 200, columns: 5, seed: 2 });
  for (const sampler of [randomSampler, greedySampler()]) {
    const rows = async (seed: number) =>
      (await sampler.select(features, { size: 20, seed })).indices;
    assert.deepEqual(await rows(1), await rows(1), sampler.name);
    assert.notDeepEqual(await rows(1), await rows(2), sampler.name);
  }
});

Deno.test("greedySampler() measures in the rows' own space where they are narrow", async () => {
  const features = randomMatrix({ rows: 100, columns: 20, seed: 3 });
  const { indices, radius } = await greedySampler().select(features, { size: 100, seed: 1 });
  assert.equal(new Set(indices).size, 100);
  assert.equal(radius, 0);
  const few = await greedySampler().select(features, { size: 9, seed: 1 });
  assert.deepEqual(few.indices, indices.slice(0, 9));
});

Deno.test("greedySampler() projects rows that are too wide", async () => {
  const features = randomMatrix({ rows: 300, columns: 40, seed: 4 });
  const request = { size: 30, seed: 5 };
  const wide = await greedySampler({ projectionDimension: 40 }).select(features, request);
  const narrow = await greedySampler({ projectionDimension: 39 }).select(features, request);
  const never = await greedySampler({ projectionDimension: Infinity }).select(features, request);
  assert.deepEqual(wide, never);
  assert.notDeepEqual(narrow.indices, wide.indices);
  const projected = randomProjection(features, { dimension: 39, seed: 5 });
  const direct = await greedySampler().select(projected, request);
  assert.deepEqual(narrow, direct);
});

Deno.test("greedySampler() opens with the start points that the seed draws", async () => {
  // With as many start points as rows the opening is the mean over all rows, whatever the seed.
  const features = randomMatrix({ rows: 30, columns: 4, seed: 6 });
  const all = greedyCoreset(features, {
    size: 8,
    startPoints: Array.from({ length: 30 }, (_, i) => i),
  });
  const sampled = await greedySampler({ startPoints: 50 }).select(features, { size: 8, seed: 7 });
  assert.deepEqual(sampled.indices, all.indices);
  assertClose(sampled.radius!, all.radius, 1e-6);
  const other = await greedySampler({ startPoints: 1 }).select(features, { size: 8, seed: 7 });
  assert.notDeepEqual(other.indices, all.indices);
});

Deno.test("greedySampler() chooses the same rows by every method", async () => {
  const features = randomMatrix({ rows: 500, columns: 130, seed: 8 });
  const select = (method: "plain" | "pruned" | "compiled") =>
    greedySampler({ method }).select(features, { size: 50, seed: 1 });
  assert.deepEqual(await select("pruned"), await select("plain"));
  assert.deepEqual(await select("compiled"), await select("plain"));
});

Deno.test("samplers reject a size that the rows cannot fill", async () => {
  for (const sampler of [randomSampler, greedySampler()]) {
    await assert.rejects(sampler.select(matrixOf([[1], [2]]), { size: 3, seed: 0 }), {
      name: "RangeError",
      message: "Cannot select a coreset: size must be an integer from 1 to 2, got 3",
    });
  }
});

Deno.test("greedySampler() says which option it refuses", () => {
  const refuses = (options: Parameters<typeof greedySampler>[0], message: string) =>
    assert.throws(() => greedySampler(options), { name: "RangeError", message });
  const failed = "Cannot make a greedy sampler:";
  refuses({ startPoints: 0 }, `${failed} startPoints must be a positive integer, got 0`);
  refuses(
    { projectionDimension: 1.5 },
    `${failed} projectionDimension must be a positive integer, got 1.5`,
  );
});

Deno.test("samplers report that they are done", async () => {
  for (const sampler of [identitySampler, randomSampler, greedySampler()]) {
    const shares: number[] = [];
    const request = { size: 1, seed: 0, onProgress: (share: number) => shares.push(share) };
    await sampler.select(matrixOf([[1], [2]]), request);
    assert.equal(shares.at(-1), 1, sampler.name);
  }
});

Deno.test("samplers choose the same rows whether they are at hand or come in parts", async () => {
  for (const columns of [5, 200]) {
    const features = randomMatrix({ rows: 60, columns, seed: 3 });
    for (const sampler of [greedySampler(), randomSampler, identitySampler]) {
      const whole = await sampler.select(features, { size: 12, seed: 2 });
      const source = inParts(features, [7, 0, 50, 3]);
      assert.deepEqual(await sampler.select(source, { size: 12, seed: 2 }), whole, sampler.name);
    }
  }
});

Deno.test("greedySampler() refuses parts that do not add up", async () => {
  const features = randomMatrix({ rows: 9, columns: 2, seed: 3 });
  const select = (sizes: readonly number[]) =>
    greedySampler().select(inParts(features, sizes), { size: 1, seed: 0 });
  await assert.rejects(select([4]), { message: "Cannot collect rows: 9 are needed, got 4" });
  await assert.rejects(select([8, 2]), /^TypeError: Cannot collect rows: 1 more/);
});

const features = randomMatrix({ rows: 10, columns: 30, seed: 1 });
const parts = [[0, 1, 2], [3], [4, 5, 6, 7, 8, 9]].map((rows) => selectRows(features, rows));

Deno.test("createRowCollector() projects parts as the whole is projected", () => {
  const options = { rows: 10, columns: 30, seed: 4 };
  const projected = createRowCollector({ ...options, projectionDimension: 8 });
  const copied = createRowCollector({ ...options, projectionDimension: 30 });
  for (const part of parts) {
    projected.add(part);
    copied.add(part);
  }
  assert.deepEqual(projected.finish(), randomProjection(features, { dimension: 8, seed: 4 }));
  assert.deepEqual(copied.finish(), features);
});

Deno.test("createRowCollector() refuses rows that do not fit, too many and too few", () => {
  const options = { rows: 4, columns: 30, projectionDimension: Infinity, seed: 0 };
  const collector = createRowCollector(options);
  collector.add(parts[0]!);
  assert.throws(() => collector.add(parts[2]!), {
    name: "TypeError",
    message: "Cannot collect rows: 1 more of 30 columns must follow, got 6 of 30",
  });
  assert.throws(() => collector.add(randomMatrix({ rows: 1, columns: 29, seed: 1 })), {
    message: "Cannot collect rows: 1 more of 30 columns must follow, got 1 of 29",
  });
  assert.throws(() => collector.finish(), {
    message: "Cannot collect rows: 4 are needed, got 3",
  });
  collector.add(parts[1]!);
  assert.equal(collector.finish().rows, 4);
});
