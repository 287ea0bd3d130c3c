import assert from "node:assert/strict";
import { type Matrix, matrixOf, selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { type CoresetMethod, greedyCoreset } from "@/memory/coreset.ts";
import { assertClose, loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

const METHODS: readonly CoresetMethod[] = ["plain", "pruned", "compiled"];

for (const method of METHODS) {
  for (const name of ["small", "duplicates"]) {
    Deno.test(`greedyCoreset() chooses as patchcore-inspection does, ${name}, ${method}`, () => {
      checkGolden(name, method);
    });
  }

  testWithShared(
    `greedyCoreset() chooses as patchcore-inspection does, wide, ${method}`,
    "golden/greedy_coreset_wide.bin",
    () => checkGolden("wide", method),
  );

  Deno.test(`greedyCoreset() walks a line from its end when started there, ${method}`, () => {
    // Points 0, 1, 3, 7, 15. From 15: the farthest is 0 (15 away). Then 7 (7 from 0, 8 from 15)
    // beats 3 and 1; radius before it 7. Then 3 (3 from 0, 4 from 7), then 1.
    // Radii after each: 15, 7, 3, 1, 0.
    const features = matrixOf([[0], [1], [3], [7], [15]]);
    const { indices, radii } = greedyCoreset(features, { size: 5, start: 4, method });
    assert.deepEqual([...indices], [4, 0, 3, 2, 1]);
    assert.deepEqual([...radii], [15, 7, 3, 1, 0]);
  });

  Deno.test(`greedyCoreset() gives a tie to the lower index, ${method}`, () => {
    // All three other corners of the square are √2 or 2 from the first; after the opposite corner
    // the last two tie at √2.
    const features = matrixOf([[1, 0], [0, 1], [0, -1], [-1, 0]]);
    assert.deepEqual([...greedyCoreset(features, { size: 3, method }).indices], [0, 3, 1]);
  });

  Deno.test(`greedyCoreset() takes copies last and in order, ${method}`, () => {
    const features = matrixOf([[5], [5], [0], [5], [0]]);
    const { indices, radii } = greedyCoreset(features, { size: 5, start: 3, method });
    assert.deepEqual([...indices], [3, 2, 0, 1, 4]);
    assert.deepEqual([...radii], [5, 0, 0, 0, 0]);
  });

  Deno.test(`greedyCoreset() takes identical rows in order, ${method}`, () => {
    const features = matrixOf(Array.from({ length: 9 }, () => [1, 2, 3]));
    const whole = greedyCoreset(features, { size: 9, startPoints: [4, 5], method });
    assert.deepEqual([...whole.indices], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(whole.radius, 0);
  });

  Deno.test(`greedyCoreset() stops when its progress callback throws, ${method}`, () => {
    const stop = () => {
      throw new Error("stopped");
    };
    const features = matrixOf([[0], [1]]);
    assert.throws(
      () => greedyCoreset(features, { size: 1, method, onProgress: stop }),
      /^Error: stopped$/,
    );
  });

  Deno.test(`greedyCoreset() reports rising progress that ends at one, ${method}`, () => {
    const shares: number[] = [];
    const features = randomMatrix({ rows: 400, columns: 3, seed: 1 });
    greedyCoreset(features, { size: 300, method, onProgress: (share) => shares.push(share) });
    assert.ok(shares.length > 2);
    assert.deepEqual(shares, shares.toSorted((a, b) => a - b));
    assert.deepEqual([shares[0], shares.at(-1)], [0, 1]);
  });
}

Deno.test("greedyCoreset() measures the opening by the mean of Euclidean distances", () => {
  // Start points 0 and 8 give the points 0, 8, 3, -4 the means 4, 4, 4, 8: the last is first, with
  // distances 4, 12, 7. The smaller of both is 4 everywhere, so the lowest index follows, then
  // 8 (mean 4) beats 3 (distance 3). The covering radius after the first choice is still 12.
  const features = matrixOf([[0], [8], [3], [-4]]);
  const { indices, radii } = greedyCoreset(features, { size: 3, startPoints: [0, 1] });
  assert.deepEqual([...indices], [3, 0, 1]);
  assert.deepEqual([...radii], [12, 8, 3]);
});

Deno.test("greedyCoreset() chooses the same rows by every method", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const features = inputOf(seed);
    const random = createRandom(seed, "request");
    const size = 1 + random.integer(features.rows);
    const from = seed % 2 === 0
      ? { start: random.integer(features.rows) }
      : { startPoints: permutation(features.rows, random).subarray(0, 1 + random.integer(10)) };
    const plain = greedyCoreset(features, { size, ...from, method: "plain" });
    assert.equal(new Set(plain.indices).size, size, `seed ${seed}`);
    for (const method of METHODS) {
      const other = greedyCoreset(features, { size, ...from, method });
      assert.deepEqual({ ...other, method: "plain" }, plain, `seed ${seed} ${method}`);
    }
  }
});

Deno.test("greedyCoreset() stays within twice the best radius found by brute force", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const features = randomMatrix({ rows: 8, columns: 2, seed });
    const { radius } = greedyCoreset(features, { size: 3 });
    assert.ok(radius <= 2 * bestRadius(features, 3) + 1e-6, `seed ${seed}`);
  }
});

Deno.test("greedyCoreset() begins a larger coreset with the smaller one", () => {
  const features = randomMatrix({ rows: 90, columns: 5, seed: 3 });
  const whole = greedyCoreset(features, { size: 90, startPoints: [1, 2, 3] });
  for (let size = 1; size <= 90; size += 7) {
    const { indices, radii, radius } = greedyCoreset(features, { size, startPoints: [1, 2, 3] });
    assert.deepEqual(indices, whole.indices.slice(0, size));
    assert.deepEqual(radii, whole.radii.slice(0, size));
    assert.equal(radius, whole.radii[size - 1]);
  }
});

Deno.test("greedyCoreset() reports the radius that brute force measures", () => {
  const features = randomMatrix({ rows: 60, columns: 11, seed: 4 });
  const { indices, radii } = greedyCoreset(features, { size: 20, startPoints: [7] });
  for (let count = 1; count <= 20; count++) {
    assertClose(radii[count - 1]!, coveringRadius(features, [...indices.slice(0, count)]), 1e-5);
    if (count > 1) assert.ok(radii[count - 1]! <= radii[count - 2]!);
  }
});

Deno.test("greedyCoreset() leaves the features as they were", () => {
  const features = randomMatrix({ rows: 20, columns: 8, seed: 5 });
  const before = features.data.slice();
  greedyCoreset(features, { size: 10 });
  assert.deepEqual(features.data, before);
});

Deno.test("greedyCoreset() says what is wrong with its options", () => {
  const features = matrixOf([[0], [1], [2]]);
  const refuses = (options: Parameters<typeof greedyCoreset>[1], message: string) =>
    assert.throws(() => greedyCoreset(features, options), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(`${error.name}: ${error.message}`, message);
      return true;
    });
  const failed = "Cannot select a coreset:";
  refuses({ size: 0 }, `RangeError: ${failed} size must be an integer from 1 to 3, got 0`);
  refuses({ size: 4 }, `RangeError: ${failed} size must be an integer from 1 to 3, got 4`);
  refuses({ size: 1.5 }, `RangeError: ${failed} size must be an integer from 1 to 3, got 1.5`);
  refuses(
    { size: 1, start: 3 },
    `RangeError: ${failed} start must be an integer from 0 to 2, got 3`,
  );
  refuses(
    { size: 1, startPoints: [] },
    `RangeError: ${failed} startPoints must name at least one row, got none`,
  );
  refuses(
    { size: 1, startPoints: [0, -1] },
    `RangeError: ${failed} every start point must be an integer from 0 to 2, got -1`,
  );
  refuses(
    { size: 1, start: 0, startPoints: [1] },
    `TypeError: ${failed} start and startPoints exclude each other, got both`,
  );
});

function checkGolden(name: string, method: CoresetMethod): void {
  const golden = loadGolden(`greedy_coreset_${name}`);
  const picks = golden.i32("picks64").data;
  const { indices, radius } = greedyCoreset(golden.matrix("features"), {
    size: picks.length,
    startPoints: golden.i32("startPoints").data,
    method,
  });
  assert.deepEqual([...indices], [...picks]);
  assert.deepEqual([...indices], [...golden.i32("picks").data]);
  assertClose(radius, golden.f64("coveringRadius").data[0]!, 1e-6);
}

/** Gaussian rows, rows on a coarse grid (ties), repeated rows, clusters, and tiny or huge values, by turns. */
function inputOf(seed: number): Matrix {
  const random = createRandom(seed, "input");
  const shape = { rows: 2 + random.integer(150), columns: 1 + random.integer(70) };
  const gaussian = randomMatrix({ ...shape, seed });
  const kinds: readonly (() => Matrix)[] = [
    () => gaussian,
    () => map(gaussian, (value) => Math.round(value)),
    () => map(randomMatrix({ ...shape, columns: 3, seed }), Math.sign),
    () => stackRows([gaussian, selectRows(gaussian, permutation(shape.rows, random)), gaussian]),
    () => map(gaussian, (value, i) => 0.05 * value + 9 * (Math.floor(i / shape.columns) % 5)),
    () => map(gaussian, (value) => value * 1e-21),
    () => map(gaussian, (value) => value * 1e13),
    () => map(gaussian, (value) => value * 10 ** -random.integer(24)),
  ];
  return kinds[seed % kinds.length]!();
}

function map(matrix: Matrix, change: (value: number, i: number) => number): Matrix {
  return toMatrix(matrix.data.map(change), matrix);
}

function coveringRadius(features: Matrix, kept: readonly number[]): number {
  const row = (i: number) =>
    features.data.subarray(i * features.columns, (i + 1) * features.columns);
  let radius = 0;
  for (let i = 0; i < features.rows; i++) {
    radius = Math.max(radius, Math.min(...kept.map((k) => squaredDistance(row(i), row(k)))));
  }
  return Math.sqrt(radius);
}

function bestRadius(features: Matrix, size: number, kept: number[] = []): number {
  if (kept.length === size) return coveringRadius(features, kept);
  let best = Infinity;
  for (let row = (kept.at(-1) ?? -1) + 1; row < features.rows; row++) {
    best = Math.min(best, bestRadius(features, size, [...kept, row]));
  }
  return best;
}
