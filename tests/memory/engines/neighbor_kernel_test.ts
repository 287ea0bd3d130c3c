import assert from "node:assert/strict";
import { NEIGHBOR_KERNEL } from "@/kernels/neighbor.ts";
import { type Matrix, matrixOf, selectRows, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import {
  codeWidth,
  findCopies,
  mostKernelRows,
  type NeighborKernel,
  openNeighborKernel,
} from "@/memory/engines/neighbor_kernel.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { buildNeighborKernel } from "../../../tools/build_neighbor_kernel.ts";
import { randomMatrix } from "../../helpers/mod.ts";

Deno.test("NEIGHBOR_KERNEL is what its source compiles to", async () => {
  assert.equal((await buildNeighborKernel()).toBase64(), NEIGHBOR_KERNEL);
});

/** Products of full codes by plain loops, rounded as the kernel expects them. */
function multiplyPlainly(
  kernel: NeighborKernel,
  tile: { first: number; count: number; unit: number },
) {
  const rows = kernel.rowCodes(false, tile.first, tile.count), queries = kernel.queryCodes(false);
  const products = kernel.products(tile.count);
  for (let row = 0; row < tile.count; row++) {
    for (let query = 0; query < 256; query++) {
      let sum = 0;
      for (let i = 0; i < kernel.width; i++) {
        sum += (rows[row * kernel.width + i]! - 64) * queries[i * 256 + query]!;
      }
      products[row * 256 + query] = Math.min(255, Math.max(0, Math.round(sum / tile.unit)));
    }
  }
}

function searchKernel(kernel: NeighborKernel, queries: Matrix, k: number) {
  const { rows: count, data } = queries;
  kernel.startSearch(data, { count, k, turn: true });
  const unit = kernel.begin(false, count);
  for (let first = 0; first < kernel.rows; first += kernel.tileRows) {
    const rows = Math.min(kernel.tileRows, kernel.rows - first);
    multiplyPlainly(kernel, { first, count: rows, unit });
    kernel.screen(false, { first, count: rows, queries: count });
  }
  kernel.finish(false, count);
  return {
    k,
    indices: kernel.indices(count).slice(),
    squaredDistances: kernel.distances(count).slice(),
  };
}

Deno.test("openNeighborKernel() finds what the plain search finds and looks at few rows for it", async () => {
  // Eight dimensions: the nearest of 500 rows is far nearer than the codes' rounding.
  const bank = randomMatrix({ rows: 500, columns: 8, seed: 1 });
  const queries = randomMatrix({ rows: 50, columns: 8, seed: 2 });
  const plain = await plainSearch.build(bank);
  const kernel = openNeighborKernel(bank, { leadWidth: 0, tileRows: 64 });
  for (const k of [1, 3, 500]) {
    const before = kernel.counts.verified;
    assert.deepEqual(searchKernel(kernel, queries, k), await plain.search(queries, k));
    const looked = (kernel.counts.verified - before) / queries.rows;
    if (k === 1) assert.ok(looked < 25, `${looked} rows per query`);
    if (k === 500) assert.equal(looked, 500);
  }
});

Deno.test("openNeighborKernel() keeps codes within seven bits and their rounding within half a step", () => {
  const bank = randomMatrix({ rows: 40, columns: 100, seed: 3 });
  const kernel = openNeighborKernel(bank, { leadWidth: 0, tileRows: 64 });
  const codes = kernel.rowCodes(false, 0, 40);
  assert.equal(kernel.width, 128);
  for (let row = 0; row < 40; row++) {
    const own = codes.subarray(row * 128, (row + 1) * 128);
    // The largest coordinate sets the scale.
    assert.equal(Math.max(...own.map((code) => Math.abs(code - 64))), 63);
    assert.ok(own.every((code) => code >= 1 && code <= 127));
  }
});

Deno.test("openNeighborKernel() notices rows that are not finite", () => {
  const options = { leadWidth: 0, tileRows: 4 };
  const matrixWith = (value: number) =>
    toMatrix(Float32Array.of(1, 2, value, 4), { rows: 2, columns: 2 });
  assert.equal(openNeighborKernel(matrixWith(3), options).isFinite, true);
  assert.equal(openNeighborKernel(matrixWith(3e38), options).isFinite, true);
  assert.equal(openNeighborKernel(matrixWith(NaN), options).isFinite, false);
  assert.equal(openNeighborKernel(matrixWith(-Infinity), options).isFinite, false);
});

Deno.test("codeWidth() and mostKernelRows() count as said", () => {
  assert.deepEqual([1, 16, 17, 1025].map(codeWidth), [16, 16, 32, 2048]);
  // 4 bytes and twice one per column, 300 more per row; a quarter of a gibibyte is kept free.
  assert.equal(mostKernelRows(1024), Math.floor((65535 * 65536 - 2 ** 28) / (6 * 1024 + 300)));
});

Deno.test("findCopies() lists higher equal rows in order, and zero equals minus zero", () => {
  const rows = matrixOf([[0, 1], [2, 2], [-0, 1], [2, 2], [0, 1], [1, 0]]);
  const keys = Float64Array.of(1, 8, 1, 8, 1, 1);
  assert.deepEqual([...findCopies(rows, keys)], [[0, [2, 4]], [1, [3]]]);
});

Deno.test("findCopies() agrees with comparing every pair", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = createRandom(seed, "picks");
    const few = randomMatrix({ rows: 7, columns: 3, seed });
    const rows = selectRows(few, Array.from({ length: 60 }, () => random.integer(7)));
    // A coarse key that different rows share.
    const keys = Float64Array.from({ length: 60 }, (_, row) => Math.sign(rows.data[3 * row]!));
    const expected = new Map<number, number[]>();
    for (let row = 0; row < 60; row++) {
      const text = (at: number) => rows.data.subarray(3 * at, 3 * at + 3).join();
      const original = Array.from({ length: row }, (_, i) => i).find((i) => text(i) === text(row));
      if (original === undefined) continue;
      expected.set(original, [...expected.get(original) ?? [], row]);
    }
    const sorted = (map: ReadonlyMap<number, number[]>) => [...map].sort(([a], [b]) => a - b);
    assert.deepEqual(sorted(findCopies(rows, keys)), sorted(expected), `seed ${seed}`);
  }
});

Deno.test("findCopies() takes no row with the key NaN for a copy", () => {
  assert.equal(findCopies(matrixOf([[1], [1]]), Float64Array.of(NaN, NaN)).size, 0);
});

Deno.test("findCopies() wants one key per row", () => {
  const rows = toMatrix(new Float32Array(4), { rows: 2, columns: 2 });
  assert.throws(() => findCopies(rows, Float64Array.of(1)), {
    message: "Cannot find copies of rows: one key per row is needed, got 1 for 2 rows",
  });
});
