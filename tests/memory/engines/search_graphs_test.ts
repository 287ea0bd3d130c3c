import assert from "node:assert/strict";
import { toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { openSearchGraphs } from "@/memory/engines/search_graphs.ts";
import { assertClose, randomMatrix } from "../../helpers/mod.ts";

Deno.test("multiply() divides exact products of codes by the unit, also at the ends of their range", async () => {
  const random = createRandom(1, "codes");
  for (const threads of [0, 1]) {
    const { multiply } = await openSearchGraphs(threads);
    for (const [count, width, columns] of [[1, 16, 1], [300, 64, 256], [70, 1024, 256]] as const) {
      const rows = Uint8Array.from({ length: count * width }, () => 1 + random.integer(127));
      const queries = Int8Array.from({ length: width * columns }, () => random.integer(255) - 127);
      // One row and one query of extreme codes: sums in fewer than 32 bits would overflow.
      rows.fill(127, 0, width);
      for (let i = 0; i < width; i++) queries[i * columns] = 127;
      const unit = 63 * 127 * width / 254.9;
      const products = new Uint8Array(count * columns);
      await multiply({ rows, queries, width, unit, products });
      for (let row = 0; row < count; row++) {
        for (let query = 0; query < columns; query += 7) {
          let exact = 0;
          for (let i = 0; i < width; i++) {
            exact += (rows[row * width + i]! - 64) * queries[i * columns + query]!;
          }
          const expected = Math.max(0, exact / unit);
          assert.ok(
            Math.abs(products[row * columns + query]! - expected) <= 0.501,
            `${threads} threads, row ${row}, query ${query}`,
          );
        }
      }
      assert.equal(products[0], 255);
    }
  }
});

Deno.test("project() subtracts the center and applies the map into the caller's array", async () => {
  const { project } = await openSearchGraphs(1);
  const results = new Float32Array(4).fill(9);
  await project(toMatrix(Float32Array.of(1, 2, 3, 5), { rows: 2, columns: 2 }), {
    center: Float32Array.of(1, 1),
    map: toMatrix(Float32Array.of(1, 0, 2, -1), { rows: 2, columns: 2 }),
    results,
  });
  // (1, 2) - (1, 1) = (0, 1), which gives 0 and -1; (3, 5) - (1, 1) = (2, 4), which gives 2 and 0.
  assert.deepEqual([...results], [0, -1, 2, 0]);
});

Deno.test("turn() multiplies directions with the sum of outer products", async () => {
  const { turn } = await openSearchGraphs(1);
  const vectors = randomMatrix({ rows: 9, columns: 5, seed: 1 });
  const directions = randomMatrix({ rows: 2, columns: 5, seed: 2 });
  const { data } = await turn(vectors, directions);
  for (let a = 0; a < 2; a++) {
    for (let j = 0; j < 5; j++) {
      let expected = 0;
      for (let row = 0; row < 9; row++) {
        for (let i = 0; i < 5; i++) {
          expected += directions.data[a * 5 + i]! * vectors.data[row * 5 + i]! *
            vectors.data[row * 5 + j]!;
        }
      }
      assertClose(data[a * 5 + j]!, expected, 1e-4);
    }
  }
});
