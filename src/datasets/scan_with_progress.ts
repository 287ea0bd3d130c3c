/**
 * Scans a dataset and shows progress where it is drawn first.
 *
 * @module
 */
import type { DatasetScan } from "@/datasets/faults.ts";
import { type DatasetRequest, scanDataset } from "@/datasets/registry.ts";
import type { Progress, StartProgress } from "@/files/progress.ts";

/**
 * Scans a dataset; see `scanDataset`.
 *
 * @param request Name, folder and classes.
 * @param startProgress Shows progress while sample data are drawn.
 * @returns What can be read, and every fault of its layout.
 * @throws {Error} If the name or a class is unknown, or a folder is needed and missing.
 *
 * @example A folder that is not there is a fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanWithProgress } from "@/datasets/scan_with_progress.ts";
 * import { noProgress } from "@/files/progress.ts";
 *
 * const request = { name: "Folder", datadir: "/no/such/folder" };
 * const { faults } = await scanWithProgress(request, noProgress);
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
 */
export async function scanWithProgress(
  request: DatasetRequest,
  startProgress: StartProgress,
): Promise<DatasetScan> {
  let progress: Progress | undefined;
  const scan = await scanDataset({
    ...request,
    onProgress: (done, total) => {
      progress ??= startProgress("draw sample data");
      progress.report(done / total);
      request.onProgress?.(done, total);
    },
  });
  progress?.finish();
  return scan;
}
