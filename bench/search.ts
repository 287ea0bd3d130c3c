/**
 * How long exact nearest-neighbour search takes, against other ways and against the bare product.
 *
 *     deno task bench:search [rows=27545] [columns=1024] [queries=1024] [runs=7] [approximate=0]
 *         [bank=FILE] [images=FILE] [write=FILE]
 *
 * Every run searches with each way in turn, so that all see the same load; the median and the range
 * of the wall time are printed, with the ratio to this program's search. `bank` and `images` name
 * files of 32-bit floats, row after row, to be used instead of drawn rows; a run then takes its
 * queries from another part of `images`. The flat index of faiss and brute force of scikit-learn run
 * in Python where python3 is there; their times are taken there. `approximate=1` adds faiss-node's inverted file and graph
 * with their recall. The last table splits the bank into groups, of which an image searches one.
 *
 * @module
 */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { median } from "simple-statistics";
import { createGraph } from "@/backbones/mod.ts";
import { createRandom, type Matrix, toMatrix } from "@/math/mod.ts";
import {
  faissSearch,
  hnswSearch,
  ivfSearch,
  type NeighborIndex,
  type NeighborSearch,
  onnxSearch,
  plainSearch,
} from "@/memory/mod.ts";
import { readArguments } from "./arguments.ts";
import { type Figure, figureLine, openFigures, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";
import { findPython } from "./python.ts";
import { openPythonSearch } from "./python_search.ts";

/** Milliseconds between two ways, in which threads of the former that wait by spinning fall asleep. */
const PAUSE = 200;

const settings = readArguments(Deno.args, {
  rows: 27545,
  columns: 1024,
  queries: 1024,
  runs: 7,
  approximate: 0,
  bank: "",
  images: "",
  write: "",
});
const { columns, queries: count, runs } = settings;
const figures = openFigures(settings.write);
const bank = settings.bank ? readRows(settings.bank) : drawRows(settings.rows, 1);
const images = settings.images ? readRows(settings.images) : drawRows(count * Math.min(runs, 8), 2);

/** One way to find the nearest row of every query. */
interface Way {
  readonly search: (queries: Matrix) => Promise<ArrayLike<number>>;
  /** Milliseconds of every run. */
  readonly times: number[];
  /** What the last search took where it took place elsewhere. */
  readonly elsewhere?: () => number;
  found: number;
}

print(`${count} queries, ${bank.rows} rows × ${columns} columns, ${runs} runs in turn`);
print(`${machineLine(await describeMachine())}; ${loadLine()}`);

const ways = new Map<string, Way>();
const own = await addSearch("onnx", onnxSearch({ leadAfter: Infinity }));
await addSearch("onnx, leading codes", onnxSearch({ leadAfter: 0 }));
addWay("brute-force graph", await openBruteForce());
await addSearch("faiss flat", faissSearch);
if (settings.approximate > 0) {
  await addSearch("faiss ivf", ivfSearch);
  await addSearch("faiss hnsw", hnswSearch);
}
addWay("product alone", await openProduct());
const python = await openPython();

const few = part(images, 0, Math.min(16, count));
const plainIndex = await plainSearch.build(bank);
const expected = await plainIndex.search(few, 1);
for (const name of ["onnx", "onnx, leading codes"]) {
  assert.deepEqual(await ways.get(name)!.search(few), expected.indices);
}
assert.deepEqual(await own.search(few, 1), expected);
const plainTimes: number[] = [];
for (let run = 0; run < runs; run++) {
  const begin = performance.now();
  await plainIndex.search(few, 1);
  plainTimes.push((performance.now() - begin) * count / few.rows);
}

let compared = 0;
for (let run = -1; run < runs; run++) {
  const begin = Math.max(run, 0) * count % Math.max(1, images.rows - count + 1);
  const queries = part(images, begin, count);
  let nearest: ArrayLike<number> | undefined;
  for (const way of ways.values()) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const start = performance.now();
    const found = await way.search(queries);
    const took = way.elsewhere?.() ?? performance.now() - start;
    if (run < 0) continue; // the first searches make leading codes and warm everything up
    way.times.push(took);
    nearest ??= found;
    for (let i = 0; i < found.length; i++) if (found[i] === nearest[i]) way.found++;
  }
  if (run >= 0) compared += count;
}
await python?.close();
const sizes = { rows: bank.rows, columns, queries: count };
const reference = add("onnx", { times: ways.get("onnx")!.times });
for (const [name, { times, found }] of ways) {
  const recall = name === "product alone"
    ? ""
    : `, same row ${(100 * found / compared).toFixed(2)} %`;
  const figure = name === "onnx" ? reference : add(name, { times, against: reference });
  print(figureLine(figure, recall));
}
const plainFigure = add("plain TypeScript", { times: plainTimes, against: reference });
print(figureLine(plainFigure, `, from ${few.rows} queries`));
const rate = count * bank.rows * columns / median(ways.get("product alone")!.times) / 1e6;
print(`the product alone: ${(2 * rate).toFixed(0)} GFLOP/s`);

print(`groups: one of them searched by ${count} queries`);
let whole: Figure | undefined;
for (const groups of [1, 2, 5, 10, 25, 50]) {
  const size = Math.floor(bank.rows / groups);
  if (size < 1) break;
  const indexes: NeighborIndex[] = [];
  for (let group = 0; group < groups; group++) {
    indexes.push(await onnxSearch().build(part(bank, group * size, size)));
  }
  const times: number[] = [];
  for (let run = -1; run < runs; run++) {
    const begin = Math.max(run, 0) * count % Math.max(1, images.rows - count + 1);
    const start = performance.now();
    await indexes[(run + groups) % groups]!.search(part(images, begin, count), 1);
    if (run >= 0) times.push(performance.now() - start);
  }
  const figure = add(`${groups} × ${size} rows`, { times, groups, against: whole });
  whole ??= figure;
  print(figureLine(figure));
  for (const index of indexes) await index.close();
}
await figures.save();

function add(
  way: string,
  { times, against, groups }: {
    times: readonly number[];
    against?: Figure | undefined;
    groups?: number;
  },
): Figure {
  const series = groups === undefined ? "search" : "search, one group of several";
  return figures.add({
    series,
    way,
    sizes: groups === undefined ? sizes : { ...sizes, groups },
    unit: "ms",
    values: times,
    against,
  });
}

async function addSearch(name: string, search: NeighborSearch): Promise<NeighborIndex> {
  const start = performance.now();
  const index = await search.build(bank);
  print(`${name}: built in ${(performance.now() - start).toFixed(0)} ms`);
  addWay(name, async (queries) => (await index.search(queries, 1)).indices);
  return index;
}

function addWay(name: string, search: Way["search"]): void {
  ways.set(name, { search, times: [], found: 0 });
}

/** Adds what Python has; `null` after saying why there is nothing. */
async function openPython(): Promise<{ close(): Promise<void> } | null> {
  const { program, missing } = await findPython();
  if (program === undefined) {
    print(`faiss-cpu and scikit-learn are left out: ${missing}`);
    return null;
  }
  const searches = await openPythonSearch(program, { bank, images });
  for (const { name, search, elsewhere } of searches.ways) {
    ways.set(name, { search, elsewhere, times: [], found: 0 });
  }
  return searches;
}

/** All distances from one product and the lowest of each query, in tiles of 2^24 distances. */
async function openBruteForce(): Promise<Way["search"]> {
  const graph = createGraph({ name: "nearest row" });
  const queries = graph.input("queries", { type: "float32", shape: ["q", "d"] });
  const rows = graph.input("rows", { type: "float32", shape: ["b", "d"] });
  const norms = graph.input("norms", { type: "float32", shape: [1, "b"] });
  const distances = graph.node("Gemm", [queries, rows, norms], {
    alpha: { float: -2 },
    transB: 1,
  });
  const nearest = graph.node("ArgMin", [distances], { axis: 1, keepdims: 0 });
  graph.output("nearest", nearest, { type: "int64", shape: ["q"] });
  graph.output("least", graph.node("ReduceMin", [distances, graph.int64([1])], { keepdims: 0 }), {
    type: "float32",
    shape: ["q"],
  });
  const session = await ort.InferenceSession.create(graph.encode());
  const squares = Float32Array.from({ length: bank.rows }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += bank.data[i]! * bank.data[i]!;
    return sum;
  });
  return async (some) => {
    const best = new Int32Array(some.rows), least = new Float32Array(some.rows).fill(Infinity);
    const size = Math.max(1, Math.floor(2 ** 24 / some.rows));
    for (let first = 0; first < bank.rows; first += size) {
      const tile = part(bank, first, Math.min(size, bank.rows - first));
      const found = await session.run({
        queries: tensorOf(some),
        rows: tensorOf(tile),
        norms: new ort.Tensor("float32", squares.subarray(first, first + tile.rows), [
          1,
          tile.rows,
        ]),
      });
      const lowest = found.least!.data as Float32Array;
      const places = found.nearest!.data as BigInt64Array;
      for (let query = 0; query < some.rows; query++) {
        if (lowest[query]! >= least[query]!) continue;
        least[query] = lowest[query]!;
        best[query] = first + Number(places[query]);
      }
    }
    return best;
  };
}

/** The same products without anything else, in tiles that fit the cache. */
async function openProduct(): Promise<Way["search"]> {
  const graph = createGraph({ name: "product" });
  const queries = graph.input("queries", { type: "float32", shape: ["q", "d"] });
  const rows = graph.input("rows", { type: "float32", shape: ["b", "d"] });
  const product = graph.node("Gemm", [queries, rows], { transB: 1 });
  graph.output("product", product, { type: "float32", shape: ["q", "b"] });
  const session = await ort.InferenceSession.create(graph.encode());
  return async (some) => {
    for (let first = 0; first < bank.rows; first += 512) {
      const tile = part(bank, first, Math.min(512, bank.rows - first));
      await session.run({ queries: tensorOf(some), rows: tensorOf(tile) });
    }
    return [];
  };
}

function tensorOf({ rows, data }: Matrix): ort.Tensor {
  return new ort.Tensor("float32", data, [rows, columns]);
}

function part({ data }: Matrix, first: number, rows: number): Matrix {
  return toMatrix(data.subarray(first * columns, (first + rows) * columns), { rows, columns });
}

function readRows(path: string): Matrix {
  const { buffer } = Deno.readFileSync(path);
  const data = new Float32Array(buffer);
  return toMatrix(data, { rows: data.length / columns, columns });
}

/** Rows around five middles, with 64 directions of falling variance and noise in all others. */
function drawRows(rows: number, seed: number): Matrix {
  const shared = createRandom(0, "directions"), random = createRandom(seed, "rows");
  const middles = Float32Array.from({ length: 5 * columns }, () => 0.1 * shared.gaussian());
  const directions = Float32Array.from({ length: 64 * columns }, () => shared.gaussian());
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    const middle = columns * random.integer(5);
    for (let column = 0; column < columns; column++) {
      values[column] = middles[middle + column]! + 0.06 * random.gaussian();
    }
    for (let direction = 0; direction < 64; direction++) {
      const along = 0.12 / Math.sqrt(1 + direction) * random.gaussian();
      const at = direction * columns;
      for (let column = 0; column < columns; column++) {
        values[column]! += along * directions[at + column]!;
      }
    }
  }
  return { rows, columns, data };
}
