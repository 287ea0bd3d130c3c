import assert from "node:assert/strict";
import { readNpy } from "@/audit/maps.ts";
import { writeFile } from "../helpers/folder.ts";

/** A file of version 1 that holds unsigned bytes in two rows. */
const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n";
const file = Uint8Array.of(
  ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0],
  ...new TextEncoder().encode(header),
  ...[1, 2, 3, 4],
);

Deno.test("readNpy() reads a map from a file", async () => {
  const map = await readNpy(writeFile("1.npy", file));
  assert.deepEqual(map, { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3, 4) });
});

Deno.test("readNpy() names the file that is cut off or missing", async () => {
  const path = writeFile("1.npy", file.subarray(0, -1));
  await assert.rejects(readNpy(path), {
    name: "SyntaxError",
    message: `Cannot read "${path}": it must have 4 bytes of values for shape [2, 2] and type ` +
      '"|u1", got 3; is the file complete?',
  });
  await assert.rejects(readNpy("no-such.npy"), /no-such\.npy/);
});
