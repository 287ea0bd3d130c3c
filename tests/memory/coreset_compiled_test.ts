import assert from "node:assert/strict";
import { CORESET_KERNEL } from "@/kernels/coreset.ts";
import { type Matrix, matrixOf, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import {
  findSketchDirections,
  fitsKernel,
  kernelBytes,
  selectCompiled,
  SKETCH_COORDINATES,
} from "@/memory/coreset_compiled.ts";
import { selectPruned } from "@/memory/coreset_pruned.ts";
import { selectPlain, toCoresetRows } from "@/memory/coreset_rows.ts";
import { buildCoresetKernel } from "../../tools/build_coreset_kernel.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("CORESET_KERNEL is what its source compiles to", async () => {
  assert.equal((await buildCoresetKernel()).toBase64(), CORESET_KERNEL);
});

Deno.test("selectCompiled() chooses as selectPruned() does among many rows on curved surfaces", () => {
  // Enough rows for lists to wait, and for the sketches to rule rows out.
  for (let seed = 1; seed <= 3; seed++) {
    const rows = toCoresetRows(curvedRows({ rows: 4000, columns: 37 + 8 * seed, seed }));
    const opening = new Float32Array(rows.rows).fill(3e38);
    const request = { size: 3000, opening };
    const { distances: _, ...pruned } = selectPruned(rows, request);
    assert.deepEqual(selectCompiled(rows, request), pruned, `seed ${seed}`);
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

Deno.test("selectCompiled() chooses as selectPlain() does where few rows lie far outside", () => {
  // Sketches of the far rows are drawn in, and those of the others keep their resolution.
  for (let seed = 1; seed <= 5; seed++) {
    const features = curvedRows({ rows: 300, columns: 140, seed });
    for (let i = 0; i < 140; i++) features.data[i]! *= 10 ** (2 * seed);
    const rows = toCoresetRows(features);
    const request = { size: 150, opening: new Float32Array(300).fill(3e38) };
    assert.deepEqual(selectCompiled(rows, request), selectPlain(rows, request), `seed ${seed}`);
  }
});

Deno.test("selectCompiled() chooses as selectPlain() does under openings of every kind", () => {
  // Openings below the distances decide the choice while lists wait; zeros and equal ones make ties.
  const random = createRandom(1, "openings");
  const kinds: readonly (() => number)[] = [
    () => 0,
    () => 7,
    () => random.integer(3),
    () => 40 * random.next(),
    () => 10 ** random.integer(6),
  ];
  for (const [kind, draw] of kinds.entries()) {
    const rows = toCoresetRows(curvedRows({ rows: 400, columns: 20, seed: kind }));
    const request = { size: 250, opening: Float32Array.from({ length: 400 }, draw) };
    assert.deepEqual(selectCompiled(rows, request), selectPlain(rows, request), `kind ${kind}`);
  }
});

Deno.test("selectCompiled() chooses as selectPlain() does among whole numbers, which tie", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const features = randomMatrix({ rows: 700, columns: 3, seed });
    features.data.forEach((value, i) => features.data[i] = Math.round(2 * value));
    const rows = toCoresetRows(features);
    const request = { size: 600, opening: new Float32Array(700).fill(3e38) };
    assert.deepEqual(selectCompiled(rows, request), selectPlain(rows, request), `seed ${seed}`);
  }
});

Deno.test("selectCompiled() reports progress and stops where the callback throws", () => {
  const rows = toCoresetRows(curvedRows({ rows: 2000, columns: 16, seed: 6 }));
  const opening = new Float32Array(2000).fill(3e38);
  const shares: number[] = [];
  const onProgress = (share: number) => {
    shares.push(share);
    if (share > 0.5) throw new Error("stopped");
  };
  assert.throws(
    () => selectCompiled(rows, { size: 2000, opening, onProgress }),
    /^Error: stopped$/,
  );
  assert.equal(shares[0], 0);
  assert.ok(shares.length > 4 && shares.at(-2)! <= 0.5 && shares.at(-1)! < 1, `${shares}`);
});

Deno.test("fitsKernel() refuses what four gibibytes cannot hold", () => {
  // Rows, sketches and entries take 4 × 128 + 268 = 780 bytes per row, so 5.506 million rows fit.
  assert.ok(fitsKernel({ rows: 5_500_000, stride: 128 }, 10));
  assert.ok(!fitsKernel({ rows: 5_510_000, stride: 128 }, 10));
});

Deno.test("kernelBytes() covers what the kernel asks for, and little more", async () => {
  const kernel = new WebAssembly.Module((await buildCoresetKernel()).slice());
  const arrange = new WebAssembly.Instance(kernel).exports.arrange as (
    ...sizes: number[]
  ) => number;
  for (const [rows, stride, size] of [[1, 8, 1], [63, 8, 63], [5000, 128, 500], [1e6, 64, 1e5]]) {
    const asked = arrange(rows!, stride!, size!, 4) >>> 0;
    const counted = kernelBytes({ rows: rows!, stride: stride! }, size!);
    assert.ok(asked <= counted && counted - asked < 105_000, `${asked} of ${counted}`);
  }
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

Deno.test("findSketchDirections() never lengthens a distance, and keeps whole ones where it can", () => {
  for (const columns of [3, 40, 128, 300]) {
    const rows = toCoresetRows(randomMatrix({ rows: 60, columns, seed: columns }));
    const { directions } = findSketchDirections(rows);
    for (let a = 0; a < 30; a++) {
      const [whole, sketched] = squaredDistances(rows, { directions, a, b: a + 30 });
      assert.ok(sketched! <= whole! * (1 + 1e-6));
      // Up to 128 columns the directions span everything; more rows than that cannot be told apart.
      if (columns <= 128) assertClose(sketched! / whole!, 1, 1e-4);
    }
  }
});

Deno.test("findSketchDirections() puts the strongest directions first", () => {
  // Column c varies by 0.9^c: the first 32 coordinates then hold all but 0.9^64 of the variance.
  const features = randomMatrix({ rows: 2000, columns: 120, seed: 1 });
  features.data.forEach((value, i) => features.data[i] = value * 0.9 ** (i % 120));
  const rows = toCoresetRows(features);
  const { directions } = findSketchDirections(rows);
  let whole = 0, head = 0;
  for (let a = 0; a < 1000; a++) {
    const [all, , first] = squaredDistances(rows, { directions, a, b: a + 1000 });
    whole += all!;
    head += first!;
  }
  assert.ok(head / whole > 0.99 && head < whole, `${head / whole}`);
});

Deno.test("findSketchDirections() samples all places of a regular grid", () => {
  // Every 32nd row lies elsewhere; a sample at equal intervals might hold only those, or none.
  const features = randomMatrix({ rows: 32_000, columns: 8, seed: 2 });
  for (let row = 0; row < 32_000; row += 32) features.data[row * 8] = 320;
  const { means } = findSketchDirections(toCoresetRows(features));
  assert.ok(means[0]! > 3 && means[0]! < 20, `${means[0]}`);
});

Deno.test("findSketchDirections() finds none among equal rows", () => {
  const { means, directions } = findSketchDirections(toCoresetRows(matrixOf([[2, 5], [2, 5]])));
  assert.deepEqual([...means], [2, 5, 0, 0, 0, 0, 0, 0]);
  assert.ok(directions.every((value) => value === 0));
  assert.equal(directions.length, 8 * SKETCH_COORDINATES);
});

/** Of two rows: in all columns, between sketches, and between the first 32 coordinates of sketches. */
function squaredDistances(
  { data, stride }: { data: Float32Array; stride: number },
  { directions, a, b }: { directions: Float32Array; a: number; b: number },
): number[] {
  const difference = Float64Array.from(
    { length: stride },
    (_, column) => data[a * stride + column]! - data[b * stride + column]!,
  );
  let sketched = 0, head = 0;
  for (let i = 0; i < SKETCH_COORDINATES; i++) {
    let sum = 0;
    difference.forEach((value, column) =>
      sum += value * directions[column * SKETCH_COORDINATES + i]!
    );
    sketched += sum * sum;
    if (i < 32) head += sum * sum;
  }
  return [difference.reduce((sum, value) => sum + value * value, 0), sketched, head];
}
