import assert from "node:assert/strict";
import { readStart } from "@/files/read.ts";
import { writeFile } from "../helpers/folder.ts";

Deno.test("readStart() reads as much as is wanted and there", async () => {
  const path = writeFile("a", Uint8Array.of(1, 2, 3));
  assert.deepEqual([...await readStart(path, 2)], [1, 2]);
  assert.deepEqual([...await readStart(path, 3)], [1, 2, 3]);
  assert.deepEqual([...await readStart(path, 9)], [1, 2, 3]);
  assert.deepEqual([...await readStart(writeFile("b", ""), 9)], []);
});

Deno.test("readStart() passes on that there is no such file", async () => {
  await assert.rejects(readStart("no-such-file", 1), Deno.errors.NotFound);
});
