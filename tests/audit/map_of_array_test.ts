import assert from "node:assert/strict";
import { toMap } from "@/audit/maps.ts";

const source = "1.npy";

Deno.test("toMap() leaves axes of extent one out and shares 32-bit floats", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  for (const shape of [[2, 3], [1, 2, 3], [2, 3, 1], [1, 1, 2, 3], [1, 2, 3, 1]]) {
    const map = toMap({ shape, data }, { source });
    assert.deepEqual([map.rows, map.columns], [2, 3]);
    assert.equal(map.data, data);
  }
});

Deno.test("toMap() keeps two axes even where they are of extent one", () => {
  const map = (shape: number[], length: number) => {
    const { rows, columns } = toMap({ shape, data: new Float32Array(length) }, { source });
    return [rows, columns];
  };
  assert.deepEqual(map([1, 1], 1), [1, 1]);
  assert.deepEqual(map([1, 4], 4), [1, 4]);
  assert.deepEqual(map([4, 1], 4), [4, 1]);
  assert.deepEqual(map([1, 4, 1], 4), [4, 1]);
});

Deno.test("toMap() rounds 64-bit floats", () => {
  const map = toMap({ shape: [1, 2], data: Float64Array.of(0.1, -2) }, { source });
  assert.deepEqual(map.data, Float32Array.of(0.1, -2));
});

Deno.test("toMap() refuses arrays without height and width", () => {
  for (const shape of [[], [6], [2, 3, 2], [2, 3, 4, 5], [0, 3], [3, 0], [1, 0, 3]]) {
    const length = shape.reduce((product, extent) => product * extent, 1);
    assert.throws(() => toMap({ shape, data: new Float32Array(length) }, { source }), {
      name: "TypeError",
      message: 'Cannot use "1.npy" as an anomaly map: it must be height × width, ' +
        `got shape [${shape.join(", ")}]`,
    });
  }
});

Deno.test("toMap() names the pixel of a value that is not finite", () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(6);
    data[4] = wrong;
    assert.throws(() => toMap({ shape: [2, 3], data }, { source }), {
      name: "RangeError",
      message: 'Cannot use "1.npy" as an anomaly map: every value must be a finite 32-bit float, ' +
        `got ${wrong} in row 1, column 1`,
    });
  }
  assert.throws(() => toMap({ shape: [1, 2], data: Float64Array.of(0, 1e300) }, { source }), {
    message: 'Cannot use "1.npy" as an anomaly map: every value must be a finite 32-bit float, ' +
      "got 1e+300 in row 0, column 1",
  });
});
