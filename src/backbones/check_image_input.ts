/**
 * Checks that a foreign model takes images, and of which size.
 *
 * @module
 */
import { elementTypes, type ValueInfoProto } from "@/backbones/onnx_schema.ts";

/** Which file it is about, and how large the images are. */
export interface ImageInputOptions {
  /** Name of the file for messages. */
  readonly source: string;
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
}

/** The input that takes the images. */
export interface ImageInput {
  /** Name of the input. */
  readonly input: string;
  /** Number of images that it takes at once, where it takes no other; missing: any. */
  readonly batch?: 1;
}

/**
 * Finds the one input of a model, and checks it as far as the file declares its shape.
 *
 * @param inputs What the model declares of its inputs.
 * @param options File and size of the images.
 * @returns The input's name, and whether it takes one image at a time.
 * @throws {RangeError} If there is not one input, or it takes another size or number of images.
 * @throws {TypeError} If it does not take float32 numbers, n × 3 × height × width.
 *
 * @example Images of any size, one at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkImageInput } from "@/backbones/check_image_input.ts";
 *
 * const dim = [{ dimValue: 1 }, { dimValue: 3 }, { dimParam: "h" }, { dimParam: "w" }];
 * const inputs = [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim } } } }];
 * const found = checkImageInput(inputs, { source: "net.onnx", height: 64, width: 64 });
 * assert.deepEqual(found, { input: "x", batch: 1 });
 * ```
 */
export function checkImageInput(
  inputs: readonly ValueInfoProto[],
  options: ImageInputOptions,
): ImageInput {
  const { source, height, width } = options;
  const [first] = inputs;
  if (first === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    throw new RangeError(
      `Cannot open "${source}": its layers must need one input, got ${names || "none"}`,
    );
  }
  const { name: input = "", type } = first;
  const what = `Cannot open "${source}": its input "${input}" must`;
  const { elemType = elementTypes.float32, shape } = type?.tensorType ?? {};
  if (elemType !== elementTypes.float32) {
    const names = Object.entries(elementTypes);
    const found = names.find(([, number]) => number === elemType)?.[0] ?? `type ${elemType}`;
    throw new TypeError(`${what} be float32, got ${found}; export it again as float32`);
  }
  if (shape === undefined) return { input };
  // Older exporters write 0 or -1 for an extent that is free.
  const dims = (shape.dim ?? []).map(({ dimValue = 0 }) => dimValue < 1 ? undefined : dimValue);
  if (dims.length !== 4) {
    throw new TypeError(`${what} have 4 axes (n × 3 × height × width), got ${dims.length}`);
  }
  const [batch, channels, rows, columns] = dims;
  if ((channels ?? 3) !== 3) {
    throw new TypeError(
      columns === 3
        ? `${what} be n × 3 × height × width, got channels last; export it with channels first`
        : `${what} have 3 channels, got ${channels}`,
    );
  }
  if ((rows ?? height) !== height || (columns ?? width) !== width) {
    throw new RangeError(
      `${what} take ${height}×${width} images, ` +
        `got a file that takes ${rows ?? "any"}×${columns ?? "any"} alone`,
    );
  }
  if ((batch ?? 1) !== 1) {
    throw new RangeError(`${what} take one image at a time or any number, got ${batch} at a time`);
  }
  return { input, ...(batch === 1 && { batch }) };
}
