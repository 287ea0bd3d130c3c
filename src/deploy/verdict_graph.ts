/**
 * From patch embeddings and a semantic vector to the verdict, as operations of a graph: routing,
 * search, score, map, decision and refusal, as `memory/detector.ts` and `thresholds/refusal.ts` do
 * them.
 *
 * The banks of all groups lie in one matrix. An image takes the rows of its group out of it, so
 * that other groups cost nothing. Nearest rows are found by 32-bit products, and their distances
 * computed anew from differences, which leaves 32-bit rounding alone. Operators are those of
 * operator set 11.
 *
 * @module
 */
import type { OnnxGraph, OnnxValue } from "@/backbones/onnx_graph.ts";
import { castTo } from "@/deploy/prepare_graph.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import type { Matrix } from "@/math/matrix.ts";
import { mapWeights } from "@/memory/anomaly_map.ts";

/** A group as the graph needs it; limits may be infinite. */
export interface JudgedGroup {
  /** Semantic key, of length 1. */
  readonly key: Float32Array;
  /** The kept patch embeddings. */
  readonly embeddings: Matrix;
  /** Scores at or above it are anomalous. */
  readonly threshold: number;
  /** Mean patch score from which on, together with the next, an image is refused. */
  readonly patchMean: number;
  /** 1 − cosine to the key. */
  readonly keyDistance: number;
}

/** A detector as the graph needs it. */
export interface VerdictOptions {
  /** The groups, in their order. */
  readonly groups: readonly JudgedGroup[];
  /** Patch positions. */
  readonly grid: PatchGrid;
  /** Side of the anomaly map. */
  readonly imagesize: number;
  /** Neighbours over which a patch score is averaged. */
  readonly numNeighbors: number;
  /** Groups whose banks score an image. */
  readonly routedGroups: 1 | 2;
  /** What the anomaly score is. */
  readonly imageScore: "max" | "smoothed";
  /** Whether embeddings are rounded to 16-bit floats first. */
  readonly isHalf: boolean;
}

/** Most bytes of a matrix of products; more queries are dealt with in parts. */
const mostProducts = 20e6;

/** Appends the verdict and names the outputs. */
export function appendVerdict(
  graph: OnnxGraph,
  features: { readonly embeddings: OnnxValue; readonly semantics: OnnxValue },
  options: VerdictOptions,
): void {
  const { groups, grid, imagesize, routedGroups, imageScore } = options;
  const perGroup = (of: (group: JudgedGroup) => number): OnnxValue =>
    graph.tensor(Float64Array.from(groups, of));
  const route = appendRouting(graph, { ...options, semantics: features.semantics });
  const search = createSearch(graph, { ...options, embeddings: features.embeddings });
  const nearest = search(route.group);
  const patches = routedGroups === 2 && groups.length > 1
    ? graph.node("Min", [nearest, search(route.second())])
    : nearest;
  const map = appendMap(graph, { patches, grid, side: imagesize });
  const score = graph.node("ReduceMax", [imageScore === "smoothed" ? map : patches], {
    keepdims: 0,
  });
  const threshold = graph.node("Gather", [perGroup((each) => each.threshold), route.group]);
  const mean = graph.node("ReduceMean", [toDouble(graph, patches)], { keepdims: 0 });
  const similarity = graph.node("Gather", [route.similarities, route.group]);
  const one = graph.tensor(Float64Array.of(1), { dims: [] });
  const distance = graph.node("Sub", [one, toDouble(graph, similarity)]);
  const reaches = (value: OnnxValue, limit: OnnxValue): OnnxValue =>
    graph.node("Not", [graph.node("Less", [value, limit])]);
  const limitOf = (of: (group: JudgedGroup) => number): OnnxValue =>
    graph.node("Gather", [perGroup(of), route.group]);
  const refused = graph.node("And", [
    reaches(mean, limitOf(({ patchMean }) => patchMean)),
    reaches(distance, limitOf(({ keyDistance }) => keyDistance)),
  ]);
  graph.output("score", score, { type: "float32", shape: [] });
  graph.output("threshold", threshold, { type: "float64", shape: [] });
  const anomalous = reaches(toDouble(graph, score), threshold);
  graph.output("anomalous", anomalous, { type: "bool", shape: [] });
  graph.output("refused", refused, { type: "bool", shape: [] });
  graph.output("group", route.group, { type: "int64", shape: [] });
  graph.output("similarity", similarity, { type: "float32", shape: [] });
  graph.output("similarities", route.similarities, { type: "float32", shape: [groups.length] });
  graph.output("patch_mean", mean, { type: "float64", shape: [] });
  graph.output("key_distance", distance, { type: "float64", shape: [] });
  graph.output("patch_scores", patches, { type: "float32", shape: [grid.rows, grid.columns] });
  graph.output("anomaly_map", map, { type: "float32", shape: [imagesize, imagesize] });
}

function toDouble(graph: OnnxGraph, value: OnnxValue): OnnxValue {
  return graph.node("Cast", [value], { to: castTo.float64 });
}

/** Routes in 64 bits; a tie goes to the lower group. */
function appendRouting(
  graph: OnnxGraph,
  { groups, semantics }: Pick<VerdictOptions, "groups"> & { readonly semantics: OnnxValue },
): { group: OnnxValue; second: () => OnnxValue; similarities: OnnxValue } {
  const length = groups[0]!.key.length, count = groups.length;
  const keys = Float64Array.from(
    { length: length * count },
    (_, i) => groups[i % count]!.key[Math.floor(i / count)]!,
  );
  const row = graph.node("Reshape", [semantics, graph.int64([1, length])]);
  const vector = toDouble(graph, row);
  const products = graph.node("MatMul", [vector, graph.tensor(keys, { dims: [length, count] })]);
  const column = graph.node("Reshape", [vector, graph.int64([length, 1])]);
  const norm = graph.node("Sqrt", [graph.node("MatMul", [vector, column])]);
  // A vector of zeros resembles nothing.
  const least = graph.tensor(Float64Array.of(Number.MIN_VALUE), { dims: [] });
  const cosines = graph.node("Div", [products, graph.node("Max", [norm, least])]);
  const best = (of: OnnxValue): OnnxValue =>
    graph.node("Reshape", [
      graph.node("ArgMax", [of], { axis: 1, keepdims: 0 }),
      graph.int64([]),
    ]);
  const group = best(products);
  const single = graph.node("Cast", [cosines], { to: castTo.float32 });
  return {
    group,
    similarities: graph.node("Reshape", [single, graph.int64([count])]),
    second: () => {
      const numbers = graph.int64([...groups.keys()]);
      const never = graph.tensor(Float64Array.of(-Infinity), { dims: [] });
      const isFirst = graph.node("Equal", [numbers, group]);
      return best(graph.node("Where", [isFirst, never, products]));
    },
  };
}

/** Prepares the search; what it returns appends that in one group, whose number is a scalar. */
function createSearch(
  graph: OnnxGraph,
  { groups, grid, numNeighbors, isHalf, embeddings }: VerdictOptions & {
    readonly embeddings: OnnxValue;
  },
): (group: OnnxValue) => OnnxValue {
  const dimension = groups[0]!.embeddings.columns;
  const { data, norms, ends } = joinBanks(groups.map((group) => group.embeddings));
  const total = ends.at(-1)!, queries = grid.rows * grid.columns;
  const bank = graph.tensor(data, { dims: [total, dimension] });
  const squares = graph.tensor(norms, { dims: [1, total] });
  const starts = graph.int64([0, ...ends.slice(0, -1)]), stops = graph.int64(ends);
  const flat = graph.node("Reshape", [embeddings, graph.int64([queries, dimension])]);
  const rounded = isHalf
    ? graph.node("Cast", [graph.node("Cast", [flat], { to: castTo.float16 })], {
      to: castTo.float32,
    })
    : flat;
  const ones = graph.tensor(new Float32Array(dimension).fill(1), { dims: [dimension, 1] });
  const most = Math.max(...groups.map((group) => group.embeddings.rows));
  const step = Math.max(1, Math.min(queries, Math.floor(mostProducts / (4 * most))));
  const parts: { readonly rows: OnnxValue; readonly count: number }[] = [];
  for (let first = 0; first < queries; first += step) {
    const count = Math.min(step, queries - first);
    const rows = count === queries ? rounded : graph.node("Slice", [
      rounded,
      graph.int64([first]),
      graph.int64([first + count]),
      graph.int64([0]),
    ]);
    parts.push({ rows, count });
  }
  return (group) => {
    const listed = graph.node("Reshape", [group, graph.int64([1])]);
    const start = graph.node("Gather", [starts, listed]);
    const stop = graph.node("Gather", [stops, listed]);
    const take = (from: OnnxValue, axis: number): OnnxValue =>
      graph.node("Slice", [from, start, stop, graph.int64([axis])]);
    const own = take(bank, 0), ownSquares = take(squares, 1);
    const k = numNeighbors === 1
      ? null
      : leastOf(graph, { size: graph.node("Sub", [stop, start]), most: numNeighbors });
    const found = parts.map(({ rows, count }) => {
      const order = graph.node("Gemm", [rows, own, ownSquares], {
        alpha: { float: -2 },
        transB: 1,
      });
      const nearest = k === null
        ? graph.node("ArgMin", [order], { axis: 1, keepdims: 1 })
        : graph.nodes("TopK", [order, k], { outputs: 2, attributes: { axis: 1, largest: 0 } })[1]!;
      const rowsApart = graph.node("Reshape", [rows, graph.int64([count, 1, dimension])]);
      const apart = graph.node("Sub", [
        rowsApart,
        graph.node("Gather", [own, nearest], { axis: 0 }),
      ]);
      const distances = graph.node("MatMul", [graph.node("Mul", [apart, apart]), ones]);
      return graph.node("Reshape", [distances, graph.int64([count, -1])]);
    });
    const distances = found.length === 1 ? found[0]! : graph.node("Concat", found, { axis: 0 });
    const scores = k === null ? distances : meanOf(graph, { distances, k });
    return graph.node("Reshape", [scores, graph.int64([grid.rows, grid.columns])]);
  };
}

/** The smaller of a size and a number. */
function leastOf(
  graph: OnnxGraph,
  { size, most }: { readonly size: OnnxValue; readonly most: number },
): OnnxValue {
  const number = graph.int64([most]);
  return graph.node("Where", [graph.node("Less", [size, number]), size, number]);
}

/** The mean of every row, of which each has `k` values. */
function meanOf(
  graph: OnnxGraph,
  { distances, k }: { readonly distances: OnnxValue; readonly k: OnnxValue },
): OnnxValue {
  const count = graph.node("Cast", [k], { to: castTo.float32 });
  const share = graph.node("Div", [graph.tensor(Float32Array.of(1)), count]);
  const shape = graph.node("Concat", [k, graph.int64([1])], { axis: 0 });
  return graph.node("MatMul", [distances, graph.node("Expand", [share, shape])]);
}

/** All banks in one matrix, the squared length of each row, and the row after each bank's last. */
function joinBanks(
  banks: readonly Matrix[],
): { data: Float32Array; norms: Float32Array; ends: number[] } {
  const { columns } = banks[0]!;
  const total = banks.reduce((sum, { rows }) => sum + rows, 0);
  const data = new Float32Array(total * columns), norms = new Float32Array(total);
  const ends: number[] = [];
  let first = 0;
  for (const bank of banks) {
    data.set(bank.data, first * columns);
    first += bank.rows;
    ends.push(first);
  }
  for (let row = 0; row < total; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += data[i]! ** 2;
    norms[row] = sum;
  }
  return { data, norms, ends };
}

/** A · S · Bᵀ in 64 bits. */
function appendMap(
  graph: OnnxGraph,
  { patches, grid, side }: {
    readonly patches: OnnxValue;
    readonly grid: PatchGrid;
    readonly side: number;
  },
): OnnxValue {
  const down = graph.tensor(mapWeights({ from: grid.rows, to: side }), { dims: [side, grid.rows] });
  const weights = mapWeights({ from: grid.columns, to: side });
  const turned = weights.map((_, i) => weights[(i % side) * grid.columns + Math.floor(i / side)]!);
  const across = graph.tensor(turned, { dims: [grid.columns, side] });
  const widened = graph.node("MatMul", [toDouble(graph, patches), across]);
  const map = graph.node("MatMul", [down, widened]);
  return graph.node("Cast", [map], { to: castTo.float32 });
}
