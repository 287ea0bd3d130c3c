/**
 * Runs a graph over a batch of images, as many at once as it takes.
 *
 * @module
 */
import type { GraphSession, GraphTensor } from "@/backbones/session.ts";
import type { ImageBatch } from "@/images/read.ts";

/** A graph over `images` that is open, and how many images it takes at once. */
export interface OpenGraph {
  /** The graph. */
  readonly session: GraphSession;
  /** Most images per run; `Infinity`: any number. */
  readonly limit: number;
}

/** Outputs by name, the first axis of each going over the images. */
export type GraphResults = Readonly<Record<string, GraphTensor>>;

/**
 * Runs a graph on all images of a batch, in parts where it takes no more, and joins the results.
 *
 * @param graph The open graph, whose input is called `images`.
 * @param images The images; left unchanged.
 * @returns Every output of all images, in their order.
 *
 * @example A graph that takes one image at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { runGraph } from "@/backbones/run_graph.ts";
 * import type { GraphSession } from "@/backbones/session.ts";
 *
 * const session: GraphSession = {
 *   extentsOf: () => [1, 3, 1, 1],
 *   run: ({ images }) => {
 *     const mean = images!.data.reduce((sum, value) => sum + value, 0) / 3;
 *     return Promise.resolve({ mean: { dims: [1, 1], data: Float32Array.of(mean) } });
 *   },
 *   close: () => Promise.resolve(),
 * };
 * const images = { count: 2, height: 1, width: 1, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
 * const { mean } = await runGraph({ session, limit: 1 }, images);
 * assert.deepEqual(mean, { dims: [2, 1], data: Float32Array.of(2, 5) });
 * ```
 */
export async function runGraph(graph: OpenGraph, images: ImageBatch): Promise<GraphResults> {
  const { session, limit } = graph;
  const { count, height, width, data } = images;
  const values = 3 * height * width;
  const joined: Record<string, GraphTensor> = {};
  for (let first = 0; first < count; first += limit) {
    const part = Math.min(limit, count - first);
    const results = await session.run({
      images: {
        dims: [part, 3, height, width],
        data: data.subarray(first * values, (first + part) * values),
      },
    });
    if (part === count) return results;
    for (const [name, { dims, data: made }] of Object.entries(results)) {
      const perImage = made.length / part;
      const whole = joined[name] ??= {
        dims: [count, ...dims.slice(1)],
        data: new Float32Array(count * perImage),
      };
      whole.data.set(made, first * perImage);
    }
  }
  return joined;
}
