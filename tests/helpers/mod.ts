/** What several tests share: tolerance checks, seeded inputs, and golden results where they exist. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Matrix, type RowSource, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";

/** Asserts that `actual` lies within `tolerance` of `expected`, relative to the larger of 1 and |expected|. */
export function assertClose(actual: number, expected: number, tolerance: number, what = ""): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(error <= tolerance, `${what} expected ${expected}, got ${actual} (error ${error})`);
}

/** Largest difference of two arrays, relative to the largest magnitude in `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length, "lengths");
  let difference = 0, magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return difference / (magnitude || 1);
}

/** Values drawn from the standard normal distribution. */
export function randomMatrix(options: { rows: number; columns: number; seed: number }): Matrix {
  const random = createRandom(options.seed);
  const data = Float32Array.from(
    { length: options.rows * options.columns },
    () => random.gaussian(),
  );
  return toMatrix(data, options);
}

/** The rows of a matrix in parts of the given sizes; the sizes need not add up. */
export function inParts(features: Matrix, sizes: readonly number[]): RowSource {
  const { rows, columns, data } = features;
  return {
    rows,
    columns,
    parts: async function* () {
      let first = 0;
      for (const size of sizes) {
        const end = first + size;
        const part = new Float32Array(size * columns);
        part.set(data.subarray(first * columns, end * columns));
        yield await Promise.resolve(toMatrix(part, { rows: size, columns }));
        first = end;
      }
    },
  };
}

/** Where reference results made with other people's programs lie, beside a development checkout. */
export const sharedFolder = join(import.meta.dirname!, "../../../shared");

/** Small golden cases that are committed; the larger ones lie in `sharedFolder`. */
const fixtureFolder = join(import.meta.dirname!, "../fixtures/golden");

type GoldenArray = Float32Array | Float64Array | Int32Array | Uint8Array;
const views = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array } as const;

/** One golden case: its parameters and its arrays with their shapes. */
export interface Golden {
  // deno-lint-ignore no-explicit-any -- the parameters differ from case to case
  readonly meta: any;
  f32(name: string): { data: Float32Array; shape: number[] };
  f64(name: string): { data: Float64Array; shape: number[] };
  i32(name: string): { data: Int32Array; shape: number[] };
  u8(name: string): { data: Uint8Array; shape: number[] };
  matrix(name: string): Matrix;
}

/** Loads a golden case from the fixtures, or from `../shared/golden` where that exists. */
export function loadGolden(name: string): Golden {
  const folder = isFile(join(fixtureFolder, `${name}.json`))
    ? fixtureFolder
    : join(sharedFolder, "golden");
  const meta = JSON.parse(
    Deno.readTextFileSync(join(folder, `${name}.json`)).replaceAll(/\bNaN\b/g, "null"),
  );
  const bytes = Deno.readFileSync(join(folder, `${name}.bin`));
  const find = <T extends GoldenArray>(dtype: keyof typeof views, array: string) => {
    // deno-lint-ignore no-explicit-any -- the parameters differ from case to case
    const entry = meta.arrays.find((each: any) => each.name === array && each.dtype === dtype);
    assert.ok(entry, `golden case ${name} has no ${dtype} array "${array}"`);
    const length = entry.shape.reduce((a: number, b: number) => a * b, 1);
    const view = new views[dtype](bytes.buffer, bytes.byteOffset + entry.byteOffset, length);
    return { data: view.slice() as T, shape: entry.shape as number[] };
  };
  return {
    meta,
    f32: (array) => find<Float32Array>("f32", array),
    f64: (array) => find<Float64Array>("f64", array),
    i32: (array) => find<Int32Array>("i32", array),
    u8: (array) => find<Uint8Array>("u8", array),
    matrix: (array) => {
      const { data, shape } = find<Float32Array>("f32", array);
      return toMatrix(data, {
        rows: shape[0]!,
        columns: shape.slice(1).reduce((a, b) => a * b, 1),
      });
    },
  };
}

/**
 * Registers a test that needs material beside a development checkout. Where that is missing, a
 * test of the same name passes and says on standard error that it was skipped.
 */
export function testWithShared(
  name: string,
  needed: string,
  body: (path: string) => void | Promise<void>,
): void {
  const path = join(sharedFolder, needed);
  Deno.test(name, async () => {
    if (!exists(path)) {
      await Deno.stderr.write(
        new TextEncoder().encode(`SKIPPED ${name}: no ../shared/${needed}\n`),
      );
      return;
    }
    await body(path);
  });
}

function isFile(path: string): boolean {
  return exists(path) && Deno.statSync(path).isFile;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
