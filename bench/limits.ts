/**
 * What this machine can do at most, measured: products of matrices, and copying in memory.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { createGraph } from "@/backbones/mod.ts";
import { openSearchGraphs } from "@/memory/mod.ts";
import type { Figure, FigureBook } from "./figures.ts";

/** Rows, inner extent and columns of the products: large enough to hide everything around them. */
const SHAPE = { rows: 1024, inner: 4096, columns: 512 };
/** Bytes of the copy, far more than any cache holds. */
const COPIED = 2 ** 28;
/** How often a run does the same. */
const TURNS = 5;
/** Milliseconds between two ways, in which threads of the former that wait by spinning fall asleep. */
const PAUSE = 200;

/** The limits, measured now and then. */
export interface Limits {
  /** One more run of each. */
  measure(): Promise<void>;
  /** Adds all runs as series "limits"; the best run of each is the limit. */
  add(figures: FigureBook): Figure[];
}

/**
 * Opens the measurement of limits: products of 32-bit floats and of bytes (two operations per pair of
 * factors) on all threads of ONNX Runtime, and a copy by one thread, whose bytes are counted as read
 * and as written. Other programs lower them, so they are measured between other things, many times.
 *
 * @returns The limits, after one run that is not counted.
 */
export async function openLimits(): Promise<Limits> {
  const { rows, inner, columns } = SHAPE;
  const operations = 2 * rows * inner * columns / 1e9;
  const source = new Uint8Array(COPIED).fill(1), target = new Uint8Array(COPIED);
  const copy = (): Promise<void> => Promise.resolve(target.set(source));
  const bytes = 2 * COPIED / 1e9;
  const works = [
    {
      way: "product of 32-bit floats",
      unit: "GFLOP/s",
      amount: operations,
      work: await floatProduct(),
    },
    { way: "product of bytes", unit: "GOP/s", amount: operations, work: await byteProduct() },
    { way: "copy in memory", unit: "GB/s", amount: bytes, work: copy },
  ];
  const values = works.map(() => [] as number[]);
  for (const { work } of works) await work();
  return {
    measure: async () => {
      for (const [i, { amount, work }] of works.entries()) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        const begin = performance.now();
        for (let turn = 0; turn < TURNS; turn++) await work();
        values[i]!.push(TURNS * amount / (performance.now() - begin) * 1000);
      }
    },
    add: (figures) =>
      works.map(({ way, unit }, i) =>
        figures.add({
          series: "limits",
          way,
          sizes: way === "copy in memory" ? { bytes: COPIED } : SHAPE,
          unit,
          values: values[i]!,
        })
      ),
  };
}

async function floatProduct(): Promise<() => Promise<void>> {
  const { rows, inner, columns } = SHAPE;
  const graph = createGraph({ name: "product" });
  const left = graph.input("left", { type: "float32", shape: ["r", "i"] });
  const right = graph.input("right", { type: "float32", shape: ["c", "i"] });
  const product = graph.node("Gemm", [left, right], { transB: 1 });
  graph.output("product", product, { type: "float32", shape: ["r", "c"] });
  const session = await ort.InferenceSession.create(graph.encode());
  const tensor = (...dims: [number, number]): ort.Tensor =>
    new ort.Tensor("float32", new Float32Array(dims[0] * dims[1]).fill(0.5), dims);
  const feeds = { left: tensor(rows, inner), right: tensor(columns, inner) };
  const results = { product: tensor(rows, columns) };
  return async () => void await session.run(feeds, results);
}

async function byteProduct(): Promise<() => Promise<void>> {
  const { rows, inner, columns } = SHAPE;
  const { multiply } = await openSearchGraphs(0);
  const codes = {
    rows: new Uint8Array(rows * inner).fill(65),
    queries: new Int8Array(inner * columns).fill(1),
    width: inner,
    unit: 64,
    products: new Uint8Array(rows * columns),
  };
  return () => multiply(codes);
}
