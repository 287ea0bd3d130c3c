import assert from "node:assert/strict";
import { type Matrix, matrixOf, toMatrix } from "@/math/matrix.ts";
import { parallelSampler } from "@/memory/engines/parallel_sampler.ts";
import { greedySampler } from "@/memory/samplers.ts";
import { inParts, randomMatrix } from "../../helpers/mod.ts";

Deno.test("parallelSampler() chooses as greedySampler() does, more selections than threads", async () => {
  const sampler = parallelSampler({ workers: 2, startPoints: 3 });
  const inputs = [1, 2, 3, 4, 5].map((seed) => randomMatrix({ rows: 300, columns: 9, seed }));
  const before = inputs.map((each) => each.data.slice());
  const chosen = await Promise.all(
    inputs.map((features, seed) => sampler.select(features, { size: 40, seed })),
  );
  sampler.close();
  const alone = greedySampler({ startPoints: 3 });
  for (const [seed, features] of inputs.entries()) {
    assert.deepEqual(chosen[seed], await alone.select(features, { size: 40, seed }));
    assert.deepEqual(features.data, before[seed]);
  }
  assert.equal(sampler.name, alone.name);
});

Deno.test("parallelSampler() reads shared memory", async () => {
  const features = randomMatrix({ rows: 100, columns: 8, seed: 6 });
  const data = new Float32Array(new SharedArrayBuffer(features.data.byteLength));
  data.set(features.data);
  const sampler = parallelSampler();
  const shared: Matrix = toMatrix(data, features);
  const chosen = await sampler.select(shared, { size: 10, seed: 1 });
  sampler.close();
  assert.deepEqual(chosen, await greedySampler().select(features, { size: 10, seed: 1 }));
});

Deno.test("parallelSampler() relays progress and failures and goes on", async () => {
  const sampler = parallelSampler({ workers: 1 });
  const features = randomMatrix({ rows: 300, columns: 4, seed: 7 });
  const shares: number[] = [];
  const failing = sampler.select(features, { size: 301, seed: 1 });
  const working = sampler.select(features, {
    size: 200,
    seed: 1,
    onProgress: (share) => shares.push(share),
  });
  await assert.rejects(failing, {
    name: "RangeError",
    message: "Cannot select a coreset: size must be an integer from 1 to 300, got 301",
  });
  assert.equal((await working).indices.length, 200);
  sampler.close();
  assert.ok(shares.length > 2);
  assert.equal(shares.at(-1), 1);
});

Deno.test("parallelSampler() stops a selection whose progress callback throws", async () => {
  const sampler = parallelSampler({ workers: 1 });
  const features = randomMatrix({ rows: 300, columns: 4, seed: 8 });
  const stop = () => {
    throw new RangeError("stopped");
  };
  await assert.rejects(
    sampler.select(features, { size: 9, seed: 1, onProgress: stop }),
    /^RangeError: stopped$/,
  );
  assert.equal((await sampler.select(features, { size: 9, seed: 1 })).indices.length, 9);
  sampler.close();
});

Deno.test("parallelSampler() fails what is unfinished when it is closed", async () => {
  const sampler = parallelSampler({ workers: 1 });
  const features = matrixOf([[1], [2]]);
  const running = sampler.select(features, { size: 1, seed: 1 });
  const waiting = sampler.select(features, { size: 1, seed: 1 });
  sampler.close();
  const closed = {
    name: "Error",
    message: "Cannot select a coreset: the sampler must be open, got a closed one",
  };
  await assert.rejects(running, closed);
  await assert.rejects(waiting, closed);
  await assert.rejects(sampler.select(features, { size: 1, seed: 1 }), closed);
});

Deno.test("parallelSampler() says which option it refuses", () => {
  assert.throws(() => parallelSampler({ workers: 0 }), {
    name: "RangeError",
    message: "Cannot make a parallel sampler: workers must be a positive integer, got 0",
  });
  assert.throws(() => parallelSampler({ startPoints: 0 }), {
    name: "RangeError",
    message: "Cannot make a greedy sampler: startPoints must be a positive integer, got 0",
  });
});

Deno.test("parallelSampler() takes rows part by part, several selections at a time", async () => {
  const sampler = parallelSampler({ workers: 2 });
  const chosen = await Promise.all([5, 200].map(async (columns) => {
    const features = randomMatrix({ rows: 90, columns, seed: 5 });
    const request = { size: 20, seed: columns };
    const [parted, whole] = await Promise.all([
      sampler.select(inParts(features, [40, 1, 49]), request),
      greedySampler().select(features, request),
    ]);
    return [parted, whole];
  }));
  sampler.close();
  for (const [parted, whole] of chosen) assert.deepEqual(parted, whole);
});

Deno.test("parallelSampler() passes on what goes wrong while rows are read, and goes on", async () => {
  const sampler = parallelSampler({ workers: 1 });
  const features = randomMatrix({ rows: 9, columns: 3, seed: 5 });
  const failing = {
    ...inParts(features, []),
    // deno-lint-ignore require-yield
    parts: async function* () {
      await Promise.resolve();
      throw new RangeError("Cannot read rows");
    },
  };
  const request = { size: 2, seed: 1 };
  await assert.rejects(sampler.select(failing, request), { message: "Cannot read rows" });
  await assert.rejects(sampler.select(inParts(features, [4]), request), {
    message: "Cannot select a coreset: the parts must hold all rows, got fewer",
  });
  const whole = await greedySampler().select(features, request);
  assert.deepEqual(await sampler.select(inParts(features, [4, 5]), request), whole);
  sampler.close();
});
