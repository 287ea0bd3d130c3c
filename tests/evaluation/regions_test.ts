import assert from "node:assert/strict";
import { findRegions } from "@/evaluation/regions.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("findRegions() joins corners and does not wrap around the edge", () => {
  // # . . #     1 0 0 2     The top right pixel touches the left one of the next row only in memory.
  // # . . .     1 0 0 0
  // . # . #     0 1 0 3
  const { labels, sizes } = findRegions([1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1], { columns: 4 });
  assert.deepEqual([...labels], [1, 0, 0, 2, 1, 0, 0, 0, 0, 1, 0, 3]);
  assert.deepEqual(sizes, [3, 1, 1]);
});

Deno.test("findRegions() agrees with passing the lowest label on until nothing changes", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = createRandom(seed);
    const columns = 6 + random.integer(4), rows = 5 + random.integer(4);
    const mask = Uint8Array.from({ length: rows * columns }, () => random.next() < 0.4 ? 1 : 0);
    const { labels, sizes } = findRegions(mask, { columns });
    const slow = slowRegions(mask, columns);
    assert.deepEqual([...labels], slow, `seed ${seed}`);
    assert.deepEqual(sizes, sizes.map((_, i) => slow.filter((label) => label === i + 1).length));
  }
});

Deno.test("findRegions() finds as many regions in a transposed mask", () => {
  const random = createRandom(7);
  const mask = Uint8Array.from({ length: 9 * 12 }, () => random.integer(2));
  const transposed = Uint8Array.from(mask, (_, i) => mask[(i % 9) * 12 + Math.floor(i / 9)]!);
  const sizes = [mask, transposed].map((each, i) =>
    findRegions(each, { columns: [12, 9][i]! }).sizes.toSorted()
  );
  assert.deepEqual(sizes[0], sizes[1]);
});

Deno.test("findRegions() floods a whole large mask", () => {
  assert.deepEqual(findRegions(new Uint8Array(1 << 20).fill(255), { columns: 1024 }).sizes, [
    1 << 20,
  ]);
});

Deno.test("findRegions() says what the mask must be", () => {
  assert.throws(() => findRegions([1, 0, 1], { columns: 2 }), {
    name: "TypeError",
    message: "Cannot find regions: the mask must have whole rows of 2 pixels, got 3 pixels",
  });
});

function slowRegions(mask: Uint8Array, columns: number): number[] {
  const labels = [...mask].map((value, i) => value ? i + 1 : 0);
  for (let changed = true; changed;) {
    changed = false;
    labels.forEach((label, i) =>
      labels.forEach((other, j) => {
        const isNear = Math.abs(Math.floor(i / columns) - Math.floor(j / columns)) <= 1 &&
          Math.abs(i % columns - j % columns) <= 1;
        if (!isNear || !label || !other || labels[j]! >= labels[i]!) return;
        labels[i] = labels[j]!;
        changed = true;
      })
    );
  }
  const distinct = [...new Set(labels.filter((label) => label > 0))];
  return labels.map((label) => distinct.indexOf(label) + 1);
}
