/**
 * Reads the images of samples as bytes, as an experiment crops them.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import { loadImage } from "@/images/read.ts";
import type { Workbench } from "@/lab/workbench.ts";

/** What of a workbench says where images are and how they are cropped. */
export type ImageSource = Pick<Workbench, "config" | "dataset">;

/**
 * Reads images in order, all at once: meant for a handful.
 *
 * @param source Where images are, and their geometry.
 * @param samples Which ones.
 * @returns RGB bytes, pixel by pixel: `imagesize` × `imagesize` × 3 for each.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example None
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { loadPixels } from "@/lab/load_pixels.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * assert.deepEqual(await loadPixels({ config: defaultConfig, dataset }, []), []);
 * ```
 */
export async function loadPixels(
  source: ImageSource,
  samples: readonly Sample[],
): Promise<Uint8Array[]> {
  const { dataset, config } = source;
  return await Promise.all(
    samples.map(({ image }) => loadImage(join(dataset.folder, image), config.DATASET)),
  );
}
