/**
 * Anomaly maps from files.
 *
 * @module
 */
import { readFloatTiff } from "@/audit/float_tiff.ts";
import { readNpy } from "@/audit/npy.ts";
import type { Matrix } from "@/math/matrix.ts";

/**
 * Reads an anomaly map from a file whose extension says how.
 *
 * @param path A `.npy` file, or a `.tiff` or `.tif` file of 32-bit floats.
 * @returns The map.
 * @throws {Error} If the extension is another, or the file cannot be read or holds no map.
 *
 * @example An extension that says nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnomalyMap } from "@/audit/maps.ts";
 *
 * await assert.rejects(readAnomalyMap("1.png"), {
 *   message: 'Cannot read map "1.png": it must be a .npy, .tiff or .tif file, got .png',
 * });
 * ```
 */
export async function readAnomalyMap(path: string): Promise<Matrix> {
  const extension = path.match(/\.[^./\\]*$/)?.[0].toLowerCase() ?? "no extension";
  if (extension === ".npy") return await readNpy(path);
  if (extension === ".tiff" || extension === ".tif") return await readFloatTiff(path);
  throw new RangeError(
    `Cannot read map "${path}": it must be a .npy, .tiff or .tif file, got ${extension}`,
  );
}
