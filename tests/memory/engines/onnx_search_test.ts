import assert from "node:assert/strict";
import {
  type Matrix,
  matrixOf,
  meanRow,
  normalizeRows,
  rowOf,
  selectRows,
  toMatrix,
} from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";
import { createRandom } from "@/math/random.ts";
import { dotProduct } from "@/math/vectors.ts";
import {
  findLeadingDirections,
  mergeNeighbors,
  onnxSearch,
  type OnnxSearchOptions,
  splitRows,
} from "@/memory/engines/onnx_search.ts";
import { openSearchGraphs } from "@/memory/engines/search_graphs.ts";
import { type Neighbors, plainSearch } from "@/memory/neighbor_search.ts";
import { assertClose, randomMatrix } from "../../helpers/mod.ts";

/** Rows whose variance falls from column to column, turned so that no axis is special. */
function fallingRows(options: { rows: number; columns: number; seed: number }): Matrix {
  const { rows, columns } = options;
  const straight = randomMatrix(options);
  const turns = randomMatrix({ rows: columns, columns, seed: 77 });
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const value = straight.data[row * columns + i]! / (1 + i) ** 1.5;
      for (let j = 0; j < columns; j++) {
        data[row * columns + j]! += value * turns.data[i * columns + j]!;
      }
    }
  }
  return toMatrix(data, { rows, columns });
}

Deno.test("findLeadingDirections() holds nearly as much variance as the principal components", async () => {
  const graphs = await openSearchGraphs(1);
  for (let seed = 1; seed <= 3; seed++) {
    const rows = fallingRows({ rows: 400, columns: 24, seed });
    const center = meanRow(rows);
    const found = await findLeadingDirections(rows, { count: 6, center, graphs });
    const best = principalComponents(rows, { count: 6 }).explained.reduce((a, b) => a + b);
    let along = 0, total = 0;
    for (let row = 0; row < rows.rows; row++) {
      const vector = rowOf(rows, row).map((value, i) => value - center[i]!);
      total += dotProduct(vector, vector);
      for (let i = 0; i < 6; i++) along += dotProduct(vector, rowOf(found, i)) ** 2;
    }
    assert.ok(along / total > 0.97 * best, `seed ${seed}: ${along / total} of ${best}`);
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        assertClose(dotProduct(rowOf(found, a), rowOf(found, b)), a === b ? 1 : 0, 1e-5);
      }
    }
  }
});

Deno.test("findLeadingDirections() leaves its rows as they are and finds nothing where nothing varies", async () => {
  const graphs = await openSearchGraphs(1);
  const rows = toMatrix(new Float32Array(40).fill(3), { rows: 10, columns: 4 });
  const center = Float32Array.of(3, 3, 3, 3);
  const { data } = await findLeadingDirections(rows, { count: 2, center, graphs });
  assert.ok(data.every((value) => value === 0));
  assert.ok(rows.data.every((value) => value === 3));
});

function noNeighbors(queries: number, k: number): Neighbors {
  return {
    k,
    squaredDistances: new Float32Array(queries * k).fill(Infinity),
    indices: new Int32Array(queries * k).fill(-1),
  };
}

Deno.test("mergeNeighbors() gives a tie to the lower number, copies included", () => {
  const found = noNeighbors(1, 4);
  const near = { k: 1, squaredDistances: Float32Array.of(2), indices: Int32Array.of(0) };
  mergeNeighbors(found, {
    near,
    firstQuery: 0,
    numbers: [3, 8, 9],
    copies: new Map([[0, [1, 2]]]),
  });
  mergeNeighbors(found, { near, firstQuery: 0, numbers: [5], copies: new Map() });
  assert.deepEqual([...found.indices], [3, 5, 8, 9]);
  assert.deepEqual([...found.squaredDistances], [2, 2, 2, 2]);
});

Deno.test("mergeNeighbors() leaves out what was not found", () => {
  const found = noNeighbors(2, 1);
  const near = { k: 1, squaredDistances: Float32Array.of(Infinity), indices: Int32Array.of(-1) };
  mergeNeighbors(found, { near, firstQuery: 1, numbers: [0], copies: new Map() });
  assert.deepEqual([...found.indices], [-1, -1]);
});

Deno.test("mergeNeighbors() finds in parts what a search finds in the whole", async () => {
  const rows = randomMatrix({ rows: 60, columns: 2, seed: 1 });
  rows.data.forEach((value, i) => rows.data[i] = Math.round(value)); // many ties
  const queries = randomMatrix({ rows: 20, columns: 2, seed: 2 });
  for (const k of [1, 4, 15]) {
    const found = noNeighbors(20, k);
    for (const rest of [2, 0, 1]) {
      const numbers = Array.from({ length: 20 }, (_, i) => 3 * i + rest);
      const near = await (await plainSearch.build(selectRows(rows, numbers))).search(queries, k);
      mergeNeighbors(found, { near, firstQuery: 0, numbers, copies: new Map() });
    }
    assert.deepEqual(found, await (await plainSearch.build(rows)).search(queries, k));
  }
});

/** Rows far from the origin and close to each other, where rounded products lose most. */
function shiftedMatrix(options: { rows: number; columns: number; seed: number }) {
  const matrix = randomMatrix(options);
  return toMatrix(matrix.data.map((value) => 50 + value), matrix);
}

/** Rows along six directions, the same for every seed, and as much noise as wanted. */
function flatRows(options: { rows: number; columns: number; noise: number; seed: number }): Matrix {
  const { rows, columns, noise, seed } = options;
  const directions = randomMatrix({ rows: 6, columns, seed: 99 });
  const random = createRandom(seed, "flat rows");
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const along = Array.from({ length: 6 }, () => random.gaussian());
    for (let column = 0; column < columns; column++) {
      const value = along.reduce(
        (sum, x, i) => sum + x * directions.data[i * columns + column]!,
        0,
      );
      data[row * columns + column] = value + noise * random.gaussian();
    }
  }
  return toMatrix(data, { rows, columns });
}

/** Every way to search: full codes alone, leading codes from the start, and the rows in parts. */
const ways: readonly OnnxSearchOptions[] = [
  { leadAfter: Infinity },
  { leadAfter: 0 },
  { leadAfter: 0, part: 37, threads: 1 },
  { block: 1 },
];

async function assertSameAsPlain(
  bank: Matrix,
  request: { queries: Matrix; k: number; what: string },
): Promise<void> {
  const { queries, k, what } = request;
  const expected = await (await plainSearch.build(bank)).search(queries, k);
  for (const way of ways) {
    const index = await onnxSearch(way).build(bank);
    assert.deepEqual(
      await index.search(queries, k),
      expected,
      `${what}, k ${k}, ${JSON.stringify(way)}`,
    );
    await index.close();
  }
}

Deno.test("onnxSearch finds what the plain search finds, to the bit", async () => {
  for (const make of [randomMatrix, shiftedMatrix]) {
    for (
      const [rows, columns, k] of [
        [1, 1, 1],
        [7, 3, 7],
        [300, 33, 1],
        [300, 120, 5],
        [90, 200, 90],
        [500, 130, 1],
      ] as const
    ) {
      const bank = make({ rows, columns, seed: rows + columns });
      const queries = make({ rows: 40, columns, seed: 5 });
      await assertSameAsPlain(bank, { queries, k, what: `${rows} × ${columns}` });
    }
  }
});

Deno.test("onnxSearch finds what the plain search finds where rows lie along few directions", async () => {
  for (const noise of [0, 0.1, 1]) {
    const bank = flatRows({ rows: 700, columns: 150, noise, seed: 1 });
    const queries = flatRows({ rows: 300, columns: 150, noise, seed: 2 });
    for (const k of [1, 4]) await assertSameAsPlain(bank, { queries, k, what: `noise ${noise}` });
  }
});

Deno.test("onnxSearch finds what the plain search finds among equal and nearly equal rows", async () => {
  const few = randomMatrix({ rows: 12, columns: 70, seed: 3 });
  const repeated = selectRows(few, Array.from({ length: 200 }, (_, i) => (i * i) % 12));
  const nearly = toMatrix(
    repeated.data.map((value, i) => Math.fround(value * (1 + (i % 7) * 1.2e-7))),
    repeated,
  );
  const whole = toMatrix(repeated.data.map((value) => Math.round(2 * value)), repeated);
  const constant = toMatrix(new Float32Array(200 * 70).fill(0.7), repeated);
  for (const bank of [repeated, nearly, whole, constant]) {
    const queries = selectRows(bank, [0, 5, 11, 77, 199]);
    queries.data[3]! += 1;
    for (const k of [1, 3, 60, 200]) {
      await assertSameAsPlain(bank, { queries, k, what: "repeated" });
    }
  }
});

Deno.test("onnxSearch finds what the plain search finds whatever the magnitude", async () => {
  const rows = randomMatrix({ rows: 150, columns: 65, seed: 4 });
  for (const scale of [1e-42, 1e-30, 1e-20, 1e-10, 1e10, 1e14, 1e17]) {
    const bank = toMatrix(rows.data.map((value) => value * scale), rows);
    const queries = toMatrix(
      randomMatrix({ rows: 20, columns: 65, seed: 5 }).data.map((value) => value * scale),
      { rows: 20, columns: 65 },
    );
    for (const k of [1, 5]) await assertSameAsPlain(bank, { queries, k, what: `scale ${scale}` });
  }
});

Deno.test("onnxSearch finds what the plain search finds where magnitudes differ", async () => {
  const bank = randomMatrix({ rows: 150, columns: 65, seed: 6 });
  bank.data.forEach((value, i) => {
    bank.data[i] = value * [1e-40, 1e-12, 1, 1, 1e6, 1e16][Math.floor(i / 65) % 6]!;
  });
  const queries = selectRows(bank, [3, 2, 1, 0, 4, 5]);
  queries.data.forEach((value, i) => queries.data[i] = value * 1.01);
  for (const k of [1, 5, 150]) await assertSameAsPlain(bank, { queries, k, what: "mixed" });
});

Deno.test("onnxSearch finds what the plain search finds where many rows are almost equally near", async () => {
  // Around every query 60 rows whose distances differ by less than the codes' rounding.
  const middles = randomMatrix({ rows: 30, columns: 64, seed: 7 });
  const steps = normalizeRows(randomMatrix({ rows: 1800, columns: 64, seed: 8 }));
  const bank = toMatrix(
    steps.data.map((step, i) =>
      middles.data[Math.floor(i / 64 / 60) * 64 + i % 64]! +
      step * (1 + 1e-3 * Math.sin(Math.floor(i / 64)))
    ),
    steps,
  );
  for (const k of [1, 7]) await assertSameAsPlain(bank, { queries: middles, k, what: "spheres" });
});

Deno.test("onnxSearch splits rows that its codes cannot tell apart, and still finds the nearest", async () => {
  // Nine tenths in a cluster a thousand times tighter than the rest: every row of it is compared
  // until it has a center of its own, after which few are.
  const tighten = (matrix: Matrix) => {
    matrix.data.forEach((value, i) => {
      if (Math.floor(i / 64) % 10 !== 0) matrix.data[i] = 1 + 1e-3 * value;
    });
    return matrix;
  };
  const bank = tighten(randomMatrix({ rows: 3000, columns: 64, seed: 1 }));
  const queries = tighten(randomMatrix({ rows: 1100, columns: 64, seed: 2 }));
  const few = selectRows(queries, Array.from({ length: 60 }, (_, i) => 1040 + i));
  const plain = await plainSearch.build(bank);
  const index = await onnxSearch().build(bank);
  for (const k of [1, 3]) {
    const found = await index.search(queries, k);
    const expected = await plain.search(few, k);
    assert.deepEqual(found.indices.subarray(1040 * k), expected.indices);
    assert.deepEqual(found.squaredDistances.subarray(1040 * k), expected.squaredDistances);
  }
});

Deno.test("onnxSearch gives the same rows whatever the block size", async () => {
  const bank = randomMatrix({ rows: 100, columns: 80, seed: 1 });
  const queries = randomMatrix({ rows: 1500, columns: 80, seed: 2 });
  const whole = await (await onnxSearch().build(bank)).search(queries, 3);
  // 256 queries at once: a block of 8,192 products holds tiles of 32 rows, one of 1 a single row.
  for (const options of [{ block: 1 }, { block: 8192 }, { leadAfter: 0 }, { leadAfter: 1e6 }]) {
    const tiled = await (await onnxSearch(options).build(bank)).search(queries, 3);
    assert.deepEqual(tiled, whole);
  }
});

Deno.test("onnxSearch keeps searches that run at once apart", async () => {
  const bank = randomMatrix({ rows: 400, columns: 30, seed: 1 });
  const index = await onnxSearch({ block: 8192 }).build(bank);
  const requests = [1, 2, 3, 4].map((k) => ({
    queries: randomMatrix({ rows: 300, columns: 30, seed: 10 + k }),
    k,
  }));
  const found = await Promise.all(requests.map(({ queries, k }) => index.search(queries, k)));
  const plain = await plainSearch.build(bank);
  for (const [i, { queries, k }] of requests.entries()) {
    assert.deepEqual(found[i], await plain.search(queries, k));
  }
});

Deno.test("onnxSearch puts a kept row at distance zero from itself", async () => {
  const bank = shiftedMatrix({ rows: 200, columns: 64, seed: 3 });
  const index = await onnxSearch().build(bank);
  const { squaredDistances } = await index.search(bank, 1);
  assert.ok(squaredDistances.every((distance) => distance === 0));
});

Deno.test("onnxSearch puts a kept row at distance zero from itself among rows almost the same", async () => {
  // A flat background: rows apart by 1e-4 whose rounded distances to each other are all alike.
  const far = randomMatrix({ rows: 50, columns: 60, seed: 8 });
  const flat = randomMatrix({ rows: 50, columns: 60, seed: 9 }).data.map((value) =>
    2 + 1e-4 * value
  );
  const bank = toMatrix(Float32Array.of(...far.data, ...flat), { rows: 100, columns: 60 });
  const index = await onnxSearch().build(bank);
  for (const k of [1, 3]) {
    const { squaredDistances, indices } = await index.search(bank, k);
    for (let row = 0; row < bank.rows; row++) {
      assert.deepEqual([indices[row * k], squaredDistances[row * k]], [row, 0]);
    }
  }
});

Deno.test("onnxSearch gives exact ties to the lower row", async () => {
  const row = [...rowOf(randomMatrix({ rows: 1, columns: 9, seed: 4 }), 0)];
  const bank = matrixOf([row.map((value) => value + 9), row, row, row]);
  const index = await onnxSearch({ threads: 1 }).build(bank);
  assert.deepEqual([...(await index.search(matrixOf([row]), 1)).indices], [1]);
  assert.deepEqual([...(await index.search(matrixOf([row]), 4)).indices], [1, 2, 3, 0]);
});

Deno.test("onnxSearch leaves rows and queries as they are", async () => {
  const bank = randomMatrix({ rows: 9, columns: 4, seed: 6 });
  const queries = randomMatrix({ rows: 3, columns: 4, seed: 7 });
  const before = [selectRows(bank, [0, 1, 2, 3, 4, 5, 6, 7, 8]), selectRows(queries, [0, 1, 2])];
  await (await onnxSearch().build(bank)).search(queries, 2);
  assert.deepEqual([bank, queries], before);
});

Deno.test("onnxSearch says what cannot be searched", async () => {
  const empty = toMatrix(new Float32Array(0), { rows: 0, columns: 3 });
  await assert.rejects(onnxSearch().build(empty), {
    message: "Cannot build a neighbor index: at least one row and one column are needed, got 0 × 3",
  });
  await assert.rejects(onnxSearch().build(matrixOf([[1, 2], [3, NaN]])), {
    message: "Cannot build a neighbor index: values must be finite, got NaN in row 1",
  });
  const index = await onnxSearch().build(matrixOf([[1, 2]]));
  await assert.rejects(index.search(matrixOf([[1]]), 1), {
    message: "Cannot search neighbors: queries must have 2 columns, got 1",
  });
  await assert.rejects(index.search(matrixOf([[1, 2]]), 2), {
    message: "Cannot search neighbors: k must be an integer from 1 to 1, got 2",
  });
  await assert.rejects(index.search(matrixOf([[1, NaN]]), 1), {
    message: "Cannot search neighbors: queries must be finite, got query 0 at distance NaN",
  });
  await index.close();
  await assert.rejects(index.search(matrixOf([[1, 2]]), 1), {
    message: "Cannot search neighbors: the index is closed",
  });
  await assert.rejects(
    (await onnxSearch().build(matrixOf([[3e38, 0]]))).search(matrixOf([[-3e38, 0]]), 1),
    {
      message: "Cannot search neighbors: queries must be finite, got query 0 at distance Infinity",
    },
  );
  assert.throws(() => onnxSearch({ threads: -1 }), {
    message: "Cannot make a neighbor search: threads must be an integer from 0, got -1",
  });
  assert.throws(() => onnxSearch({ block: 0.5 }), {
    message: "Cannot make a neighbor search: block must be an integer from 1, got 0.5",
  });
  assert.throws(() => onnxSearch({ part: 0 }), {
    message: "Cannot make a neighbor search: part must be an integer from 1, got 0",
  });
  assert.throws(() => onnxSearch({ leadAfter: NaN }), {
    message: "Cannot make a neighbor search: leadAfter must be a number from 0, got NaN",
  });
});

Deno.test("splitRows() takes a tight cluster out of scattered rows", () => {
  const rows = randomMatrix({ rows: 900, columns: 40, seed: 1 });
  rows.data.forEach((value, i) => {
    if (Math.floor(i / 40) % 10 !== 0) rows.data[i] = 1 + 1e-3 * value;
  });
  const parts = splitRows(rows);
  assert.equal(parts.length, 2);
  for (const part of parts) {
    assert.deepEqual(part, part.toSorted());
    assert.equal(new Set(Array.from(part, (row) => row % 10 === 0)).size, 1);
  }
  assert.equal(parts[0]!.length + parts[1]!.length, 900);
});

Deno.test("splitRows() leaves equal rows and a single row together", () => {
  const equal = toMatrix(new Float32Array(30).fill(2), { rows: 10, columns: 3 });
  assert.deepEqual(splitRows(equal).map((part) => [...part]), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  assert.deepEqual(splitRows(matrixOf([[4, 4]])).map((part) => [...part]), [[0]]);
});
