import assert from "node:assert/strict";
import { createKeyCounter } from "@/key_counter.ts";
import { createRandom } from "@/random.ts";

Deno.test("createKeyCounter() counts as looking at every pair does", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed, "keys");
    const keys = Uint32Array.from({ length: 200 }, () => random.integer(50));
    const marks = Uint32Array.of(40, 31, 30, 12, 0);
    const counter = createKeyCounter(marks);
    counter.add(keys.subarray(0, 70));
    counter.add(keys.subarray(70));
    const { total, above, tied } = counter.counts();
    assert.equal(total, 200);
    for (const [i, mark] of marks.entries()) {
      assert.equal(above[i], keys.filter((key) => key > mark).length);
      assert.equal(tied[i], keys.filter((key) => key === mark).length);
    }
  }
});

Deno.test("createKeyCounter() counts more keys than it keeps at once", () => {
  const counter = createKeyCounter(Uint32Array.of(5));
  // Three times more than 2^20 keys: a third above the mark, a third at it.
  const keys = Uint32Array.from({ length: 3 * 2 ** 20 + 3 }, (_, i) => 4 + i % 3);
  counter.add(keys);
  const { total, above, tied } = counter.counts();
  assert.deepEqual([total, above[0], tied[0]], [keys.length, keys.length / 3, keys.length / 3]);
});

Deno.test("createKeyCounter() without marks counts all the same", () => {
  const counter = createKeyCounter(new Uint32Array(0));
  counter.add(Uint32Array.of(1, 2));
  assert.equal(counter.counts().total, 2);
});
