/**
 * Rows like patch embeddings of several classes, made from a seed, so that benches need no data.
 *
 * @module
 */
import { createRandom, type Matrix, toMatrix } from "@/math/mod.ts";

/** How many rows, and which. */
export interface CurvedRowsOptions {
  /** Number of rows; the first fifth lies on the first surface, and so on. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** Which places on the surfaces, from 0; the surfaces are the same for all. Default 0. */
  readonly sample?: number;
}

/**
 * Makes rows on five curved surfaces of eight dimensions, with a little noise in all columns.
 *
 * @param options Shape and sample.
 * @returns The rows, surface after surface.
 */
export function curvedRows(options: CurvedRowsOptions): Matrix {
  const { rows, columns, sample = 0 } = options;
  const shapes = createRandom(1, "surfaces");
  const surfaces = 5, dimensions = 8;
  const middles = drawFrom(shapes, surfaces * columns);
  const straight = drawFrom(shapes, surfaces * columns * dimensions);
  const bent = drawFrom(shapes, surfaces * columns * dimensions);
  const random = sample === 0 ? shapes : createRandom(sample, "places");
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const surface = Math.floor(row * surfaces / rows);
    const place = drawFrom(random, dimensions).map((value, i) => 1.6 * 0.8 ** i * value);
    const curve = place.map((value) => Math.tanh(2 * value));
    for (let column = 0; column < columns; column++) {
      const at = surface * columns + column;
      let value = 2 * middles[at]! + 0.15 * random.gaussian();
      for (let i = 0; i < dimensions; i++) {
        value += (straight[at * dimensions + i]! * place[i]! +
          bent[at * dimensions + i]! * curve[i]!) / Math.sqrt(dimensions);
      }
      data[row * columns + column] = value;
    }
  }
  return toMatrix(data, { rows, columns });
}

function drawFrom(random: { gaussian(): number }, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.gaussian());
}
