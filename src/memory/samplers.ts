/**
 * The samplers that a configuration can name: identity, random and greedy.
 *
 * All take rows at hand, or rows that come in parts. The greedy one compares all rows with each
 * other, so it gathers the parts first, projected to fewer columns where there are many.
 *
 * @module
 */
import { type Matrix, type RowSource, toMatrix } from "@/math/matrix.ts";
import { createRandomProjection } from "@/math/projection.ts";
import { createRandom, permutation } from "@/math/random.ts";
import {
  type Coreset,
  type CoresetMethod,
  greedyCoreset,
  type Sampler,
  type SampleRequest,
} from "@/memory/coreset.ts";
import { checkCount } from "@/messages.ts";

/**
 * Keeps every row in its order, whatever the requested size, as the reference's identity sampler
 * does; the covering radius is zero.
 *
 * @example Three of three, though one was asked for
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { identitySampler } from "@/memory/mod.ts";
 *
 * const rows = matrixOf([[5], [0], [7]]);
 * const { indices, radius } = await identitySampler.select(rows, { size: 1, seed: 0 });
 * assert.deepEqual([...indices], [0, 1, 2]);
 * assert.equal(radius, 0);
 * ```
 */
export const identitySampler: Sampler = {
  name: "identity",
  select: (features, { onProgress }) => {
    onProgress?.(1);
    return Promise.resolve({
      indices: Uint32Array.from({ length: features.rows }, (_, row) => row),
      radius: 0,
    });
  },
};

/**
 * Keeps rows drawn without replacement, each as likely as any other; the covering radius is not
 * measured.
 *
 * @example Two of three
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { randomSampler } from "@/memory/mod.ts";
 *
 * const rows = matrixOf([[5], [0], [7]]);
 * const { indices, radius } = await randomSampler.select(rows, { size: 2, seed: 0 });
 * assert.equal(new Set(indices).size, 2);
 * assert.equal(radius, null);
 * ```
 */
export const randomSampler: Sampler = {
  name: "random",
  select: (features, request) => Promise.resolve().then(() => selectRandom(features, request)),
};

function selectRandom(features: Matrix | RowSource, request: SampleRequest): Coreset {
  checkSize(features, request);
  const order = permutation(features.rows, createRandom(request.seed, "random sampler"));
  request.onProgress?.(1);
  return { indices: order.slice(0, request.size), radius: null };
}

function checkSize({ rows }: Matrix | RowSource, { size }: SampleRequest): void {
  checkCount(size, { task: "Cannot select a coreset", name: "size", most: rows });
}

/** How the greedy sampler opens its search and what it measures in. */
export interface GreedySamplerOptions {
  /** Random rows whose mean distance opens the search. Default 10, as patchcore-inspection. */
  readonly startPoints?: number;
  /**
   * Rows with more columns than this are projected to so many at random before they are compared.
   * Default 128, as patchcore-inspection; `Infinity` never projects.
   */
  readonly projectionDimension?: number;
  /** How distances are computed, which changes the time and not the rows. Default "compiled". */
  readonly method?: CoresetMethod;
}

/** Power of rows that the time follows, measured on 80,000 to 275,000 patch embeddings. */
const GROWTH = 1.7;

/** Share of the time that rows which come in parts take to be gathered and projected. */
const GATHERING = 0.3;

/**
 * Makes a sampler that keeps the rows farthest from each other, as PatchCore does.
 *
 * The start points and the projection follow from the request's seed. The covering radius is
 * measured in the space the rows are compared in: their own where nothing is projected, else the
 * projected one, where distances are off by a few per cent.
 *
 * @param options Start points, projection and method.
 * @returns The sampler; its selections keep no state.
 * @throws {RangeError} If a number is not a positive integer.
 *
 * @example One row of each group
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { greedySampler } from "@/memory/mod.ts";
 *
 * const features = matrixOf([[0], [1], [50], [51]]);
 * const { indices } = await greedySampler().select(features, { size: 2, seed: 1 });
 * assert.deepEqual([...indices].map((row) => row < 2).sort(), [false, true]);
 * ```
 */
export function greedySampler(options: GreedySamplerOptions = {}): Sampler {
  const { startPoints = 10, projectionDimension = 128, method = "compiled" } = options;
  const task = "Cannot make a greedy sampler";
  checkCount(startPoints, { task, name: "startPoints" });
  if (projectionDimension !== Infinity) {
    checkCount(projectionDimension, { task, name: "projectionDimension" });
  }
  const select = async (
    features: Matrix | RowSource,
    request: SampleRequest,
  ): Promise<Coreset> => {
    checkSize(features, request);
    const { size, seed, onProgress } = request;
    const gathering = "data" in features ? 0 : GATHERING;
    const compared = await compareRows(features, {
      projectionDimension,
      seed,
      onProgress: (share) => onProgress?.(gathering * share),
    });
    const order = permutation(features.rows, createRandom(seed, "greedy start points"));
    const { indices, radius } = greedyCoreset(compared, {
      size,
      startPoints: order.subarray(0, startPoints),
      method,
      ...(onProgress && {
        onProgress: (share) => onProgress(gathering + (1 - gathering) * share),
      }),
    });
    return { indices, radius };
  };
  return {
    name: "greedy",
    growth: GROWTH,
    select: async (features, request) => await select(features, request),
  };
}

/** The rows as they are compared with each other. */
async function compareRows(
  features: Matrix | RowSource,
  { onProgress, ...options }: {
    projectionDimension: number;
    seed: number;
    onProgress: (share: number) => void;
  },
): Promise<Matrix> {
  const { rows, columns } = features;
  if ("data" in features && columns <= options.projectionDimension) return features;
  const collector = createRowCollector({ rows, columns, ...options });
  if ("data" in features) {
    collector.add(features);
    return collector.finish();
  }
  let done = 0;
  for await (const part of features.parts()) {
    collector.add(part);
    done += part.rows;
    onProgress(done / rows);
  }
  return collector.finish();
}

/** What is to be gathered. */
export interface RowCollectorOptions {
  /** Rows of all parts together. */
  readonly rows: number;
  /** Columns of every part. */
  readonly columns: number;
  /** Rows with more columns than this are projected to so many at random; `Infinity`: never. */
  readonly projectionDimension: number;
  /** Seed of the projection. */
  readonly seed: number;
}

/** Gathers rows part by part. */
export interface RowCollector {
  /** Takes the next rows; they may be changed afterwards. */
  add(part: Matrix): void;
  /** The gathered rows, once all are there. */
  finish(): Matrix;
}

/** Makes a collector, which keeps `rows × min(columns, projectionDimension)` 32-bit floats. */
export function createRowCollector(options: RowCollectorOptions): RowCollector {
  const { rows, columns, projectionDimension, seed } = options;
  const width = Math.min(columns, projectionDimension);
  const project = columns > projectionDimension
    ? createRandomProjection(columns, { dimension: projectionDimension, seed })
    : null;
  const data = new Float32Array(rows * width);
  let done = 0;
  return {
    add: (part) => {
      if (part.columns !== columns || done + part.rows > rows) {
        throw new TypeError(
          `Cannot collect rows: ${rows - done} more of ${columns} columns must follow, ` +
            `got ${part.rows} of ${part.columns}`,
        );
      }
      const target = data.subarray(done * width, (done + part.rows) * width);
      if (project === null) target.set(part.data);
      else project(part, target);
      done += part.rows;
    },
    finish: () => {
      if (done === rows) return toMatrix(data, { rows, columns: width });
      throw new TypeError(`Cannot collect rows: ${rows} are needed, got ${done}`);
    },
  };
}
