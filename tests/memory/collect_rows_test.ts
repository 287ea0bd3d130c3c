import assert from "node:assert/strict";
import { selectRows } from "@/math/matrix.ts";
import { randomProjection } from "@/math/projection.ts";
import { createRowCollector } from "@/memory/samplers.ts";
import { randomMatrix } from "../helpers/mod.ts";

const features = randomMatrix({ rows: 10, columns: 30, seed: 1 });
const parts = [[0, 1, 2], [3], [4, 5, 6, 7, 8, 9]].map((rows) => selectRows(features, rows));

Deno.test("createRowCollector() projects parts as the whole is projected", () => {
  const options = { rows: 10, columns: 30, seed: 4 };
  const projected = createRowCollector({ ...options, projectionDimension: 8 });
  const copied = createRowCollector({ ...options, projectionDimension: 30 });
  for (const part of parts) {
    projected.add(part);
    copied.add(part);
  }
  assert.deepEqual(projected.finish(), randomProjection(features, { dimension: 8, seed: 4 }));
  assert.deepEqual(copied.finish(), features);
});

Deno.test("createRowCollector() refuses rows that do not fit, too many and too few", () => {
  const options = { rows: 4, columns: 30, projectionDimension: Infinity, seed: 0 };
  const collector = createRowCollector(options);
  collector.add(parts[0]!);
  assert.throws(() => collector.add(parts[2]!), {
    name: "TypeError",
    message: "Cannot collect rows: 1 more of 30 columns must follow, got 6 of 30",
  });
  assert.throws(() => collector.add(randomMatrix({ rows: 1, columns: 29, seed: 1 })), {
    message: "Cannot collect rows: 1 more of 30 columns must follow, got 1 of 29",
  });
  assert.throws(() => collector.finish(), {
    message: "Cannot collect rows: 4 are needed, got 3",
  });
  collector.add(parts[1]!);
  assert.equal(collector.finish().rows, 4);
});
