/**
 * What anomalib's `Engine.predict` returns, saved with `torch.save` or `pickle.dump`.
 *
 * A list of batches (`ImageBatch`, or `NumpyImageBatch` after `to_numpy`), or of such lists when
 * there were several data loaders; iterating a batch gives items (`ImageItem`). Each is a record of
 * fields such as `image_path`, `gt_label`, `pred_score` and `anomaly_map`. Dictionaries with the same
 * keys are taken for records, too.
 *
 * @module
 */
import {
  entriesOf,
  isPickleObject,
  itemsOf,
  kindOfPickle,
  type PickleValue,
  textOf,
} from "@/pickle_data.ts";

/** One batch or item. */
export interface AnomalibBatch {
  /** Paths of its images. */
  readonly images: readonly string[];
  /** Every field by its name. */
  readonly fields: ReadonlyMap<PickleValue, PickleValue>;
}

/**
 * Finds the batches in a pickled value.
 *
 * @param value The value.
 * @param options The file's name, for errors.
 * @returns The batches, in their order; an item is a batch of one image.
 * @throws {SyntaxError} If it is not made of batches, or one has no paths of images.
 *
 * @example A batch as a dictionary
 * ```ts
 * import assert from "node:assert/strict";
 * import { anomalibBatches } from "@/anomalib_batches.ts";
 *
 * const value = new Map([["image_path", ["a.png", "b.png"]]]);
 * const [batch] = anomalibBatches(value, { source: "a.pt" });
 * assert.deepEqual(batch?.images, ["a.png", "b.png"]);
 * ```
 */
export function anomalibBatches(
  value: PickleValue,
  options: { source: string },
): readonly AnomalibBatch[] {
  const list = fieldsOf(value) === null ? itemsOf(value) ?? [] : [value];
  const flat = list.flatMap((entry) => itemsOf(entry) ?? [entry]);
  if (flat.length === 0) {
    throw refusal(
      options.source,
      `it must hold anomalib's predictions, got ${kindOfPickle(value)}`,
    );
  }
  return flat.map((entry, index) => {
    const fields = fieldsOf(entry);
    if (fields === null) {
      throw refusal(
        options.source,
        `every entry must be a batch or an item of anomalib, got ${kindOfPickle(entry)}`,
      );
    }
    const images = textsOf(fields.get("image_path"));
    if (images === null || images.length === 0) {
      throw refusal(
        options.source,
        `batch ${index + 1} must have paths of images in "image_path", ` +
          `got ${kindOfPickle(fields.get("image_path"))}`,
      );
    }
    return { images, fields };
  });
}

/**
 * Reads one text or a list of texts; paths are texts.
 *
 * @param value Any value.
 * @returns The texts; `null` if it is anything else.
 *
 * @example One text
 * ```ts
 * import assert from "node:assert/strict";
 * import { textsOf } from "@/anomalib_batches.ts";
 *
 * assert.deepEqual(textsOf("a.png"), ["a.png"]);
 * assert.equal(textsOf([1]), null);
 * ```
 */
export function textsOf(value: PickleValue | undefined): readonly string[] | null {
  const texts = (itemsOf(value) ?? [value]).map((each) => textOf(each));
  return texts.every((text) => text !== null) ? texts : null;
}

function fieldsOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | null {
  if (!isPickleObject(value)) return entriesOf(value);
  // Protocols 0 and 1 go through a function that is given the class.
  const [first] = value.args;
  const className = value.name === "copyreg._reconstructor" && typeof first === "object" &&
      first !== null && "kind" in first
    ? first.name
    : value.name;
  return className.startsWith("anomalib.data.dataclasses.")
    ? entriesOf(value.state)
    : entriesOf(value);
}

function refusal(source: string, what: string): SyntaxError {
  return new SyntaxError(`Cannot read "${source}": ${what}`);
}
