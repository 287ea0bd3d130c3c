/**
 * How often test images find their class by the pooled features of each layer.
 *
 * @module
 */
import { recognitionRate } from "@/lab/class_recognition.ts";
import { poolLayers, type PoolLayersOptions } from "@/lab/pool_layers.ts";
import type { Workbench } from "@/lab/workbench.ts";
import type { Matrix } from "@/math/matrix.ts";

/** By what, and from what, classes are recognised. */
export interface RecognizeOptions extends Omit<PoolLayersOptions, "samples"> {
  /** Pooled features of the training images by layer, as `poolLayers` gives them. */
  readonly known: ReadonlyMap<string, Matrix>;
}

/**
 * Routes the test images by the semantic keys that every layer makes of the training images' classes.
 *
 * With altered test images it shows what a layer goes by: one that goes by colours fails where they
 * are exchanged.
 *
 * @param workbench Training and test images.
 * @param options The opened backbone, what it made of the training images, and what is done to test images.
 * @returns By layer, the share of test images that arrive at their own class.
 * @throws {RangeError} If a layer is missing among the known features, or a class among the training images.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example How the share of one layer comes about
 * ```ts
 * import assert from "node:assert/strict";
 * import { recognitionRate } from "@/lab/class_recognition.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const known = { vectors: matrixOf([[1, 0], [0, 1]]), classNames: ["nut", "cup"] };
 * const others = { vectors: matrixOf([[5, 1]]), classNames: ["nut"] };
 * assert.equal(recognitionRate(known, others), 1);
 * ```
 */
export async function recognizeByLayer(
  workbench: Pick<Workbench, "config" | "dataset" | "train" | "test">,
  options: RecognizeOptions,
): Promise<Record<string, number>> {
  const { known, ...pooling } = options;
  const { train, test } = workbench;
  const missing = pooling.maps.layers.find((layer) => !known.has(layer));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot recognise classes by layer: training images must be pooled for "${missing}", too`,
    );
  }
  const asked = await poolLayers(workbench, { ...pooling, samples: test });
  const namesOf = (samples: Workbench["train"]): string[] =>
    samples.map(({ className }) => className);
  return Object.fromEntries(
    [...asked].map(([layer, vectors]) => [
      layer,
      recognitionRate(
        { vectors: known.get(layer)!, classNames: namesOf(train) },
        { vectors, classNames: namesOf(test) },
      ),
    ]),
  );
}
