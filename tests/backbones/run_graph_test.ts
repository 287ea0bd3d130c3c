import assert from "node:assert/strict";
import { type GraphSession, runGraph } from "@/backbones/session.ts";

/** A graph that gives the first value of every image, and counts its runs. */
function firstValues(): { session: GraphSession; sizes: number[] } {
  const sizes: number[] = [];
  const session: GraphSession = {
    extentsOf: () => [null, 3, 1, 2],
    run: ({ images }) => {
      const count = images!.dims[0]!;
      assert.deepEqual(images!.dims, [count, 3, 1, 2]);
      assert.equal(images!.data.length, 6 * count);
      sizes.push(count);
      const data = Float32Array.from({ length: count }, (_, i) => images!.data[6 * i]!);
      return Promise.resolve({ first: { dims: [count, 1], data } });
    },
    close: () => Promise.resolve(),
  };
  return { session, sizes };
}

Deno.test("runGraph() runs no more images at once than the graph takes, and joins in order", async () => {
  const data = Float32Array.from({ length: 30 }, (_, i) => i);
  const images = { count: 5, height: 1, width: 2, data };
  const expected = { first: { dims: [5, 1], data: Float32Array.of(0, 6, 12, 18, 24) } };
  for (
    const [limit, runs] of [[1, [1, 1, 1, 1, 1]], [2, [2, 2, 1]], [5, [5]], [Infinity, [
      5,
    ]]] as const
  ) {
    const { session, sizes } = firstValues();
    assert.deepEqual(await runGraph({ session, limit }, images), expected);
    assert.deepEqual(sizes, runs);
  }
});
