import assert from "node:assert/strict";
import { createKeyCounter } from "@/evaluation/pixel_ranking.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("createKeyCounter() counts keys above and at each mark", () => {
  // Above 8: 9. Above 5: 9, 8, 8. Above 2: those, 5 and 3; 1 lies below all.
  const counter = createKeyCounter(Uint32Array.of(8, 5, 2));
  counter.add(Uint32Array.of(3, 8, 1));
  counter.add(Uint32Array.of(9, 5, 8));
  const { total, above, tied } = counter.counts();
  assert.equal(total, 6);
  assert.deepEqual(above, Float64Array.of(1, 3, 5));
  assert.deepEqual(tied, Float64Array.of(2, 1, 0));
});

Deno.test("createKeyCounter() agrees with counting one by one over several chunks", () => {
  const random = createRandom(6);
  const marks = Uint32Array.of(0xffffffff, 3e9, 2 ** 31, 2 ** 31 - 1, 70_000, 900, 899, 40, 0);
  for (const spread of [2 ** 32, 1000]) {
    const counter = createKeyCounter(marks);
    const parts = [700_000, 0, 900_000, 1_200_000].map((length) =>
      Uint32Array.from({ length }, () => random.integer(spread))
    );
    for (const part of parts) counter.add(part);
    const { total, above, tied } = counter.counts();
    const count = (holds: (key: number) => boolean) =>
      parts.reduce((sum, part) => sum + part.filter(holds).length, 0);
    assert.equal(total, 2_800_000);
    for (const [step, mark] of marks.entries()) {
      assert.equal(above[step], count((key) => key > mark), `above ${mark}`);
      assert.equal(tied[step], count((key) => key === mark), `at ${mark}`);
    }
  }
});

Deno.test("createKeyCounter() goes on counting and leaves the keys as they were", () => {
  const counter = createKeyCounter(Uint32Array.of(5));
  const keys = Uint32Array.of(7, 5, 6);
  counter.add(keys);
  const first = counter.counts();
  counter.add(keys);
  assert.deepEqual(first, { total: 3, above: Float64Array.of(2), tied: Float64Array.of(1) });
  assert.deepEqual(counter.counts().above, Float64Array.of(4));
  assert.deepEqual([...keys], [7, 5, 6]);
});

Deno.test("createKeyCounter() counts the total without any mark", () => {
  const counter = createKeyCounter(new Uint32Array(0));
  counter.add(Uint32Array.of(1, 2));
  assert.equal(counter.counts().total, 2);
});
