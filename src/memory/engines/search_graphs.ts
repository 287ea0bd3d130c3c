/**
 * The matrix products of the nearest-neighbour search, in ONNX Runtime.
 *
 * Inputs and outputs are arrays of the caller, which are neither copied nor kept.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { createGraph, type OnnxGraph } from "@/backbones/onnx_graph.ts";
import "@/backbones/onnx_runtime.ts";
import type { Matrix } from "@/math/matrix.ts";

/** What the products of codes are made of. */
export interface CodeProducts {
  /** `rows × width` codes from -63 to 63, plus 64. */
  readonly rows: Uint8Array;
  /** `width × columns` codes from -127 to 127. */
  readonly queries: Int8Array;
  /** Coordinates per code. */
  readonly width: number;
  /** What the products are divided by. */
  readonly unit: number;
  /** Receives the `rows × columns` products, rounded and kept within 0 to 255. */
  readonly products: Uint8Array;
}

/** The products that a search needs. They hold native memory for as long as the program runs. */
export interface SearchGraphs {
  /** Multiplies codes of rows with codes of queries, exactly but for the last step. */
  multiply(codes: CodeProducts): Promise<void>;
  /** Subtracts a center from vectors and writes what a linear map, a row per result, gives. */
  project(
    vectors: Matrix,
    options: { center: Float32Array; map: Matrix; results: Float32Array },
  ): Promise<void>;
  /** Multiplies directions, one per row, with the sum of the vectors' outer products. */
  turn(vectors: Matrix, directions: Matrix): Promise<Matrix>;
}

const opened = new Map<number, Promise<SearchGraphs>>();

/**
 * Opens the products; once per number of threads.
 *
 * @param threads Threads of ONNX Runtime; 0: one per core.
 * @returns The products.
 * @throws {Error} If ONNX Runtime cannot open them.
 *
 * @example Two codes of one row and one query
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSearchGraphs } from "@/memory/mod.ts";
 *
 * const products = new Uint8Array(1);
 * const { multiply } = await openSearchGraphs(1);
 * const codes = { rows: Uint8Array.of(64 + 63, 64 - 2), queries: Int8Array.of(5, -127), width: 2 };
 * await multiply({ ...codes, unit: 10, products });
 * assert.equal(products[0], Math.round((63 * 5 + 2 * 127) / 10));
 * ```
 */
export function openSearchGraphs(threads: number): Promise<SearchGraphs> {
  const existing = opened.get(threads);
  if (existing !== undefined) return existing;
  const graphs = createGraphs(threads);
  opened.set(threads, graphs);
  graphs.catch(() => opened.delete(threads)); // the next search tries again
  return graphs;
}

async function createGraphs(threads: number): Promise<SearchGraphs> {
  const open = (graph: OnnxGraph): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(graph.encode(), {
      intraOpNumThreads: threads,
      // Between two products other code runs, here or in other programs; threads that wait for the
      // next one by spinning would take its processor.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  const zero = new ort.Tensor("int8", Int8Array.of(0), []);
  const multiplication = await open(multiplicationGraph());
  const projection = await open(projectionGraph());
  const turning = await open(turningGraph());
  return {
    multiply: async ({ rows, queries, width, unit, products }) => {
      const count = rows.length / width, columns = queries.length / width;
      await multiplication.run({
        rows: new ort.Tensor("uint8", rows, [count, width]),
        queries: new ort.Tensor("int8", queries, [width, columns]),
        zero,
        unit: new ort.Tensor("float32", Float32Array.of(unit), []),
      }, { products: new ort.Tensor("uint8", products, [count, columns]) });
    },
    project: async (vectors, { center, map, results }) => {
      await projection.run({
        vectors: tensorOf(vectors),
        center: new ort.Tensor("float32", center, [center.length]),
        map: tensorOf(map),
      }, { results: new ort.Tensor("float32", results, [vectors.rows, map.rows]) });
    },
    turn: async (vectors, directions) => {
      const turned = new Float32Array(directions.data.length);
      await turning.run({ vectors: tensorOf(vectors), directions: tensorOf(directions) }, {
        turned: new ort.Tensor("float32", turned, [directions.rows, directions.columns]),
      });
      return { ...directions, data: turned };
    },
  };
}

function multiplicationGraph(): OnnxGraph {
  const graph = createGraph({ name: "products of codes" });
  const rows = graph.input("rows", { type: "uint8", shape: ["r", "w"] });
  const queries = graph.input("queries", { type: "int8", shape: ["w", "q"] });
  const zero = graph.input("zero", { type: "int8", shape: [] });
  const unit = graph.input("unit", { type: "float32", shape: [] });
  const one = graph.tensor(Float32Array.of(1), { dims: [] });
  const middle = graph.tensor(Uint8Array.of(64), { dims: [] });
  const least = graph.tensor(Uint8Array.of(0), { dims: [] });
  const products = graph.node(
    "QLinearMatMul",
    [rows, one, middle, queries, one, zero, unit, least],
  );
  graph.output("products", products, { type: "uint8", shape: ["r", "q"] });
  return graph;
}

function projectionGraph(): OnnxGraph {
  const graph = createGraph({ name: "leading coordinates" });
  const vectors = graph.input("vectors", { type: "float32", shape: ["v", "d"] });
  const center = graph.input("center", { type: "float32", shape: ["d"] });
  const map = graph.input("map", { type: "float32", shape: ["m", "d"] });
  const centered = graph.node("Sub", [vectors, center]);
  const results = graph.node("Gemm", [centered, map], { transB: 1 });
  graph.output("results", results, { type: "float32", shape: ["v", "m"] });
  return graph;
}

function turningGraph(): OnnxGraph {
  const graph = createGraph({ name: "directions turned towards the largest variance" });
  const vectors = graph.input("vectors", { type: "float32", shape: ["v", "d"] });
  const directions = graph.input("directions", { type: "float32", shape: ["m", "d"] });
  const along = graph.node("Gemm", [vectors, directions], { transB: 1 });
  const turned = graph.node("Gemm", [along, vectors], { transA: 1 });
  graph.output("turned", turned, { type: "float32", shape: ["m", "d"] });
  return graph;
}

function tensorOf({ rows, columns, data }: Matrix): ort.Tensor {
  return new ort.Tensor("float32", data, [rows, columns]);
}
