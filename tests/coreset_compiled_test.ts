import assert from "node:assert/strict";
import { fitsKernel, selectCompiled } from "@/coreset_compiled.ts";
import { CORESET_KERNEL } from "@/coreset_kernel_bytes.ts";
import { selectPlain } from "@/coreset_plain.ts";
import { selectPruned } from "@/coreset_pruned.ts";
import { toCoresetRows } from "@/coreset_rows.ts";
import { createRandom } from "@/random.ts";
import { type Matrix, toMatrix } from "@/matrix.ts";
import { buildCoresetKernel } from "../tools/build_coreset_kernel.ts";
import { randomMatrix } from "./helpers.ts";

Deno.test("CORESET_KERNEL is what its source compiles to", async () => {
  assert.equal((await buildCoresetKernel()).toBase64(), CORESET_KERNEL);
});

Deno.test("selectCompiled() chooses as selectPruned() does among many rows on curved surfaces", () => {
  // Enough rows for the pool to be compacted several times and for the sketches to rule rows out.
  for (let seed = 1; seed <= 3; seed++) {
    const rows = toCoresetRows(curvedRows({ rows: 4000, columns: 37 + 8 * seed, seed }));
    const opening = new Float32Array(rows.rows).fill(3e38);
    const request = { size: 3000, opening };
    assert.deepEqual(selectCompiled(rows, request), selectPruned(rows, request), `seed ${seed}`);
  }
});

Deno.test("selectCompiled() chooses as selectPlain() does among rows that nearly coincide", () => {
  // Far from the origin and close together: the sketches' rounding matters most here.
  for (let seed = 1; seed <= 5; seed++) {
    const features = randomMatrix({ rows: 200, columns: 100, seed });
    features.data.forEach((value, i) => features.data[i] = 1000 * (i % 2) + 1e-3 * value);
    const rows = toCoresetRows(features);
    const request = { size: 200, opening: new Float32Array(200).fill(3e38) };
    assert.deepEqual(selectCompiled(rows, request), selectPlain(rows, request), `seed ${seed}`);
  }
});

Deno.test("selectCompiled() keeps its selections apart", () => {
  const small = toCoresetRows(curvedRows({ rows: 50, columns: 8, seed: 4 }));
  const large = toCoresetRows(curvedRows({ rows: 900, columns: 24, seed: 5 }));
  const choose = (rows: typeof small) =>
    selectCompiled(rows, { size: 40, opening: new Float32Array(rows.rows).fill(3e38) });
  const first = choose(small);
  choose(large);
  assert.deepEqual(choose(small), first);
});

Deno.test("fitsKernel() refuses what four gibibytes cannot hold", () => {
  // Rows, sketches and entries take 4 × 128 + 120 bytes per row, so 6.795 million rows fit.
  assert.ok(fitsKernel({ rows: 6_790_000, stride: 128 }, 10));
  assert.ok(!fitsKernel({ rows: 6_800_000, stride: 128 }, 10));
});

/** Five curved surfaces of few dimensions in a space of many, with a little noise, and some copies. */
function curvedRows(options: { rows: number; columns: number; seed: number }): Matrix {
  const { rows, columns, seed } = options;
  const random = createRandom(seed, "surfaces");
  const weights = Float64Array.from({ length: 5 * 8 * columns }, () => random.gaussian());
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    if (row > 10 && row % 10 === 0) {
      data.copyWithin(row * columns, (row - 7) * columns, (row - 6) * columns);
      continue;
    }
    const surface = random.integer(5);
    const place = Float64Array.from({ length: 8 }, () => random.gaussian());
    for (let column = 0; column < columns; column++) {
      let value = 0.1 * random.gaussian() + 3 * surface * (column % 3);
      for (let i = 0; i < 8; i++) {
        value += Math.sin(weights[(surface * columns + column) * 8 + i]! * place[i]!);
      }
      data[row * columns + column] = value;
    }
  }
  return toMatrix(data, { rows, columns });
}
