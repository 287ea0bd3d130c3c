/**
 * Anomaly maps from NumPy's `.npy` files.
 *
 * @module
 */
import { parseNpy } from "@/audit/npy_layout.ts";
import type { Matrix } from "@/math/matrix.ts";

/**
 * Reads an anomaly map from a `.npy` file.
 *
 * @param path The file.
 * @returns The map; see `parseNpy`.
 * @throws {Error} If the file cannot be read or holds no map; the message names it.
 *
 * @example A map of one pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import { readNpy } from "@/audit/npy.ts";
 *
 * const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }\n";
 * const path = await Deno.makeTempFile({ suffix: ".npy" });
 * await Deno.writeFile(path, Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0));
 * await Deno.writeTextFile(path, header, { append: true });
 * await Deno.writeFile(path, Uint8Array.of(7), { append: true });
 *
 * assert.deepEqual(await readNpy(path), { rows: 1, columns: 1, data: Float32Array.of(7) });
 * await Deno.remove(path);
 * ```
 */
export async function readNpy(path: string): Promise<Matrix> {
  return parseNpy(await Deno.readFile(path), { source: path });
}
