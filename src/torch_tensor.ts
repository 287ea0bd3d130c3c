/**
 * PyTorch's tensors in a pickle.
 *
 * How `torch.save` stores them: a tensor as `_rebuild_tensor_v2` of storage, offset, size and stride,
 * counted in values; the storage as a reference to a file of the archive: the word "storage", a type,
 * a key, a device and a number of values. A subclass, such as torchvision's masks, has a layer around
 * it (`_rebuild_from_type_v2`).
 *
 * @module
 */
import { type NumericArray, readNumbers, sizeOfNumber, toRowMajor } from "@/numeric_array.ts";
import { outsideName } from "@/pickle_machine.ts";
import { isPickleObject, itemsOf, kindOfPickle, type PickleValue } from "@/pickle_data.ts";

/** Where a tensor's values are. */
export interface TorchTensor {
  /** Key of the storage: the file `data/<key>` of the archive. */
  readonly key: string;
  /** Type of the values, as NumPy writes types. */
  readonly dtype: string;
  /** Extent of every axis. */
  readonly shape: readonly number[];
  /** Steps in values from one index of an axis to the next. */
  readonly strides: readonly number[];
  /** Position of the first value in the storage. */
  readonly offset: number;
}

const dtypes: Readonly<Record<string, string>> = {
  "torch.FloatStorage": "<f4",
  "torch.DoubleStorage": "<f8",
  "torch.HalfStorage": "<f2",
  "torch.BFloat16Storage": "<V2",
  "torch.LongStorage": "<i8",
  "torch.IntStorage": "<i4",
  "torch.ShortStorage": "<i2",
  "torch.CharStorage": "|i1",
  "torch.ByteStorage": "|u1",
  "torch.BoolStorage": "|b1",
};

/**
 * Reads where a tensor's values are.
 *
 * @param value Any value of a pickle.
 * @param options What to call it in errors.
 * @returns Where they are; `null` if the value is no tensor.
 * @throws {SyntaxError} If the tensor is not stored as PyTorch stores tensors, or says to have more
 *   values than its storage.
 *
 * @example Anything else is no tensor
 * ```ts
 * import assert from "node:assert/strict";
 * import { torchTensorOf } from "@/torch_tensor.ts";
 *
 * assert.equal(torchTensorOf([1, 2], { source: "scores" }), null);
 * ```
 */
export function torchTensorOf(
  value: PickleValue | undefined,
  options: { source: string },
): TorchTensor | null {
  const args = argumentsOf(value);
  if (args === null) return null;
  const [storage, offset, size, stride] = args;
  const [word, type, key, , count] = isPickleObject(storage, [outsideName])
    ? itemsOf(storage.args[0]) ?? []
    : [];
  const dtype = typeof type === "object" && type !== null && "kind" in type
    ? dtypes[type.name]
    : undefined;
  const [shape, strides] = [extentsOf(size), extentsOf(stride)];
  const isStored = word === "storage" && typeof key === "string" && dtype !== undefined &&
    isCount(count) && isCount(offset) && shape !== null && strides?.length === shape.length;
  if (!isStored) {
    throw refusal(
      options.source,
      `it must be a dense tensor of numbers, got ${kindOfPickle(type)}`,
    );
  }
  const values = shape.reduce((product, extent) => product * extent, 1);
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, offset);
  if (values > count || (values > 0 && last >= count)) {
    throw refusal(
      options.source,
      `shape [${shape.join(", ")}] must fit its storage, got ${count} values there`,
    );
  }
  return { key, dtype, shape, strides, offset };
}

/**
 * Reads a tensor's values.
 *
 * @param tensor Where they are.
 * @param options The storage's bytes, and what to call the tensor in errors.
 * @returns The values in row-major order.
 * @throws {SyntaxError} If the storage is shorter than the tensor needs.
 * @throws {RangeError} If an integer needs more than 53 bits.
 *
 * @example The second row of three
 * ```ts
 * import assert from "node:assert/strict";
 * import { readTorchTensor } from "@/torch_tensor.ts";
 *
 * const tensor = { key: "0", dtype: "|u1", shape: [2], strides: [1], offset: 2 };
 * const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
 * const { data } = readTorchTensor(tensor, { bytes, source: "scores" });
 * assert.deepEqual([...data], [3, 4]);
 * ```
 */
export function readTorchTensor(
  tensor: TorchTensor,
  options: { bytes: Uint8Array; source: string },
): NumericArray {
  const { shape, strides, offset } = tensor;
  const { bytes, source } = options;
  const values = shape.reduce((product, extent) => product * extent, 1);
  const unit = sizeOfNumber(tensor.dtype)!;
  const span = values === 0
    ? 0
    : 1 + shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 0);
  if (bytes.length < (offset + span) * unit) {
    throw refusal(
      source,
      `its storage must have at least ${(offset + span) * unit} bytes, got ${bytes.length}; ` +
        "is the file complete?",
    );
  }
  const part = bytes.subarray(offset * unit, (offset + span) * unit);
  const data = readNumbers(part, { dtype: tensor.dtype, source });
  return toRowMajor(data, { shape, strides, offset: 0 });
}

/** The arguments of `_rebuild_tensor_v2`, wherever they are; `null` if there are none. */
function argumentsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  if (isPickleObject(value, ["torch._utils._rebuild_tensor_v2"])) return value.args;
  if (!isPickleObject(value, ["torch._tensor._rebuild_from_type_v2"])) return null;
  const [made, , args] = value.args;
  const isTensor = typeof made === "object" && made !== null && "kind" in made &&
    made.name === "torch._utils._rebuild_tensor_v2";
  return isTensor ? itemsOf(args) : null;
}

function extentsOf(value: PickleValue | undefined): readonly number[] | null {
  const items = itemsOf(isPickleObject(value, ["torch.Size"]) ? value.args[0] : value);
  return items?.every(isCount) ? items : null;
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function refusal(source: string, what: string): SyntaxError {
  return new SyntaxError(`Cannot read "${source}": ${what}`);
}
