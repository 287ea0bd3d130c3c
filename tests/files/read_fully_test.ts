import assert from "node:assert/strict";
import { type ByteSource, readFully, readFullySync } from "@/files/read.ts";

/** Hands the numbers 1, 2, 3 … out, as many at once as `pieces` says, and then ends. */
function sourceOf(pieces: readonly number[]): ByteSource & { readonly asked: readonly number[] } {
  const left = [...pieces];
  const asked: number[] = [];
  let next = 1;
  return {
    asked,
    read: (target) => {
      asked.push(target.length);
      const count = left.shift();
      if (count === undefined) return Promise.resolve(null);
      for (let i = 0; i < count; i++) target[i] = next++;
      return Promise.resolve(count);
    },
  };
}

Deno.test("readFully() goes on where a read gave less than was asked for", async () => {
  const source = sourceOf([1, 3, 2, 9]);
  const target = new Uint8Array(6);
  assert.equal(await readFully(source, target), 6);
  assert.deepEqual([...target], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(source.asked, [6, 5, 2]); // never more than is missing
});

Deno.test("readFully() says how far the file went when it ends", async () => {
  const target = new Uint8Array(6);
  assert.equal(await readFully(sourceOf([2, 1]), target), 3);
  assert.deepEqual([...target], [1, 2, 3, 0, 0, 0]);
  assert.equal(await readFully(sourceOf([]), target), 0);
});

Deno.test("readFully() asks for nothing when there is nothing to fill", async () => {
  const source = sourceOf([1]);
  assert.equal(await readFully(source, new Uint8Array(0)), 0);
  assert.deepEqual(source.asked, []);
});

Deno.test("readFully() asks for no more than 64 MiB at once", async () => {
  const asked: number[] = [];
  const read = (target: Uint8Array) => Promise.resolve(asked.push(target.length) && target.length);
  assert.equal(await readFully({ read }, new Uint8Array(2 ** 26 + 1)), 2 ** 26 + 1);
  assert.deepEqual(asked, [2 ** 26, 1]);
});

Deno.test("readFullySync() fills a buffer piece by piece, as far as the file goes", () => {
  const pieces = [[1], [2, 3, 4], [5]];
  const readSync = (target: Uint8Array): number | null => {
    const piece = pieces.shift();
    if (piece === undefined) return null;
    target.set(piece);
    return piece.length;
  };
  const target = new Uint8Array(4);
  assert.equal(readFullySync({ readSync }, target), 4);
  assert.deepEqual([...target], [1, 2, 3, 4]);
  assert.equal(readFullySync({ readSync }, target), 1);
  assert.deepEqual([...target], [5, 2, 3, 4]);
});
