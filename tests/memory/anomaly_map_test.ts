import assert from "node:assert/strict";
import { anomalyMap, createAnomalyMapper, mapWeights } from "@/memory/anomaly_map.ts";
import {
  assertClose,
  loadGolden,
  randomMatrix,
  relativeError,
  testWithShared,
} from "../helpers/mod.ts";

testWithShared("anomalyMap() equals PatchCore's maps", "golden/anomaly_map.json", () => {
  const golden = loadGolden("anomaly_map");
  for (const [side, pixels] of [[32, 256], [28, 224]] as const) {
    const scores = golden.f32(`patchScores${side}`);
    const maps = golden.f32(`map${pixels}`).data;
    const toMap = createAnomalyMapper({
      grid: { rows: side, columns: side },
      size: { height: pixels, width: pixels },
    });
    for (let image = 0; image < scores.shape[0]!; image++) {
      const own = scores.data.subarray(image * side ** 2, (image + 1) * side ** 2);
      const expected = maps.subarray(image * pixels ** 2, (image + 1) * pixels ** 2);
      assert.ok(relativeError(toMap(own), expected) < 1e-6, `${side} image ${image}`);
    }
  }
});

Deno.test("anomalyMap() smooths as SciPy does, also where the map is narrower than the filter", () => {
  const golden = loadGolden("gaussian_filter");
  for (const [k, { sigma }] of golden.meta.cases.entries()) {
    const { data, shape: [rows, columns] } = golden.f32(`scores${k}`);
    const map = anomalyMap(data, {
      grid: { rows: rows!, columns: columns! },
      size: { height: rows!, width: columns! },
      sigma,
    });
    assert.ok(relativeError(map, golden.f64(`map${k}`).data) < 1e-7, `case ${k}`);
  }
});

Deno.test("anomalyMap() interpolates between the centres of patches", () => {
  // Two patches over six pixels: centres at pixel positions 1 and 4 (from 0), edges repeated
  // outwards: 0, 0, a third and two thirds of the way, 9, 9. Rows alike.
  const options = { grid: { rows: 1, columns: 2 }, size: { height: 2, width: 6 }, sigma: 0 };
  const map = anomalyMap(Float32Array.of(0, 9), options);
  [0, 0, 3, 6, 9, 9, 0, 0, 3, 6, 9, 9].forEach((value, i) => assertClose(map[i]!, value, 1e-6));
});

Deno.test("anomalyMap() equals upsampling followed by a plain Gaussian", () => {
  const grid = { rows: 3, columns: 5 };
  const size = { height: 17, width: 20 };
  const scores = randomMatrix({ ...grid, seed: 1 }).data;
  const sharp = anomalyMap(scores, { grid, size, sigma: 0 });
  const smooth = anomalyMap(scores, { grid, size, sigma: 1.3 });
  assert.ok(relativeError(smooth, plainGaussian(sharp, { ...size, sigma: 1.3 })) < 1e-6);
});

Deno.test("anomalyMap() is linear and turns with its scores", () => {
  const grid = { rows: 4, columns: 3 };
  const size = { height: 20, width: 15 };
  const a = randomMatrix({ ...grid, seed: 2 }).data;
  const b = randomMatrix({ ...grid, seed: 3 }).data;
  const options = { grid, size, sigma: 2 };
  const [mapA, mapB] = [anomalyMap(a, options), anomalyMap(b, options)];
  const sum = anomalyMap(a.map((value, i) => value + 2 * b[i]!), options);
  assert.ok(relativeError(sum, mapA.map((value, i) => value + 2 * mapB[i]!)) < 1e-6);
  const turned = anomalyMap(a.toReversed(), options);
  assert.ok(relativeError(turned, mapA.toReversed()) < 1e-6);
});

Deno.test("anomalyMap() keeps uniform scores uniform and stays within their range", () => {
  const grid = { rows: 4, columns: 4 };
  const size = { height: 16, width: 16 };
  for (const value of anomalyMap(new Float32Array(16).fill(0.7), { grid, size })) {
    assertClose(value, Math.fround(0.7), 1e-7);
  }
  const scores = randomMatrix({ ...grid, seed: 4 }).data;
  const map = anomalyMap(scores, { grid, size });
  assert.ok(Math.max(...map) <= Math.max(...scores));
  assert.ok(Math.min(...map) >= Math.min(...scores));
});

Deno.test("createAnomalyMapper() gives maps that do not share memory", () => {
  const grid = { rows: 2, columns: 2 };
  const toMap = createAnomalyMapper({ grid, size: { height: 4, width: 4 } });
  const first = toMap(Float32Array.of(1, 2, 3, 4));
  const copy = first.slice();
  toMap(Float32Array.of(9, 9, 9, 9));
  assert.deepEqual(first, copy);
});

Deno.test("anomalyMap() smooths by four pixels unless told otherwise", () => {
  const grid = { rows: 2, columns: 2 };
  const size = { height: 24, width: 24 };
  const scores = Float32Array.of(0, 1, 0, 0);
  const byDefault = anomalyMap(scores, { grid, size });
  assert.deepEqual(byDefault, anomalyMap(scores, { grid, size, sigma: 4 }));
  assert.notDeepEqual(byDefault, anomalyMap(scores, { grid, size, sigma: 3 }));
});

Deno.test("createAnomalyMapper() refuses impossible sizes and scores that do not fit", () => {
  const grid = { rows: 2, columns: 2 };
  const size = { height: 4, width: 4 };
  assert.throws(() => createAnomalyMapper({ grid: { rows: 0, columns: 2 }, size }), {
    name: "RangeError",
    message: "Cannot make an anomaly map: rows must be a positive integer, got 0",
  });
  assert.throws(() => createAnomalyMapper({ grid, size, sigma: -1 }), {
    name: "RangeError",
    message: "Cannot make an anomaly map: sigma must be a finite number from 0, got -1",
  });
  assert.throws(() => anomalyMap(new Float32Array(3), { grid, size }), {
    name: "TypeError",
    message: "Cannot make an anomaly map: 2 × 2 patches must have 4 scores, got 3",
  });
});

/** Weighs every pixel within four sigma, one by one; pixels beyond an edge are those mirrored in it. */
function plainGaussian(
  map: Float32Array,
  { height, width, sigma }: { height: number; width: number; sigma: number },
): number[] {
  const reach = Math.trunc(4 * sigma + 0.5);
  const inside = (position: number, length: number): number =>
    position < 0 ? -1 - position : position >= length ? 2 * length - 1 - position : position;
  return Array.from(map, (_, pixel) => {
    const y = Math.floor(pixel / width), x = pixel % width;
    let sum = 0, total = 0;
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
        sum += weight * map[inside(y + dy, height) * width + inside(x + dx, width)]!;
        total += weight;
      }
    }
    return sum / total;
  });
}

Deno.test("mapWeights() are the two matrices of which a map is made", () => {
  const grid = { rows: 3, columns: 4 }, size = { height: 24, width: 20 };
  const scores = Float32Array.from({ length: 12 }, (_, i) => (i * 7) % 11);
  const map = anomalyMap(scores, { grid, size });
  const down = mapWeights({ from: 3, to: 24 }), across = mapWeights({ from: 4, to: 20 });
  map.forEach((value, pixel) => {
    const y = Math.floor(pixel / 20), x = pixel % 20;
    let sum = 0;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        sum += down[y * 3 + row]! * scores[row * 4 + column]! * across[x * 4 + column]!;
      }
    }
    assertClose(value, sum, 1e-6);
  });
});
