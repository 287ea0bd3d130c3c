import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { findSketchDirections, SKETCH_COORDINATES } from "@/memory/coreset_compiled.ts";
import { toCoresetRows } from "@/memory/coreset_rows.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

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
