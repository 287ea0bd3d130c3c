/**
 * Greedy selection as one plain loop in WebAssembly with SIMD, one thread, to compare with.
 *
 * @module
 */
import type { Matrix } from "@/math/mod.ts";
import { buildCoresetKernel } from "../tools/build_coreset_kernel.ts";

/** The loop, compiled. */
export interface PlainLoop {
  /** Makes the first `count` choices; the rows are copied before the clock starts. */
  choose(features: Matrix, count: number): { seconds: number; chosen: number[] };
}

/**
 * Compiles the loop.
 *
 * @returns The loop, whose memory is freed after each call.
 */
export async function openPlainLoop(): Promise<PlainLoop> {
  const compiled = new WebAssembly.Module((await buildCoresetKernel("plain_loop")).slice());
  return {
    choose: ({ data, rows, columns }, count) => {
      // The exports are known only from the loop's source.
      const loop = new WebAssembly.Instance(compiled).exports as unknown as {
        readonly memory: WebAssembly.Memory;
        readonly arrange: (rows: number, columns: number) => number;
        readonly featuresAt: () => number;
        readonly choose: () => number;
      };
      const missing = (loop.arrange(rows, columns) >>> 0) - loop.memory.buffer.byteLength;
      if (missing > 0) loop.memory.grow(Math.ceil(missing / 65536));
      const values = new Float32Array(loop.memory.buffer, loop.featuresAt(), data.length + rows);
      values.set(data);
      values.fill(Infinity, data.length);
      const chosen = [0], begin = performance.now();
      while (chosen.length < count) chosen.push(loop.choose());
      return { seconds: (performance.now() - begin) / 1000, chosen };
    },
  };
}
