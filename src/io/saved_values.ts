/**
 * Values that Python saved, with the arrays of NumPy and PyTorch in them.
 *
 * @module
 */
import { readStart } from "@/io/read_start.ts";
import { openTorchArchive } from "@/io/torch_archive.ts";
import type { NumericArray } from "@/numeric_array.ts";
import { numpyArrayOf } from "@/numpy_pickle.ts";
import type { PickleValue } from "@/pickle_data.ts";
import { readPickle } from "@/pickle_values.ts";
import { isZip } from "@/score_format.ts";
import { readTorchTensor, torchTensorOf } from "@/torch_tensor.ts";

/** A file of saved values that is open for reading; `await using` closes it. */
export interface SavedValues extends AsyncDisposable {
  /** What was saved. */
  readonly value: PickleValue;
  /** Reads an array, a tensor or a number of either; resolves to `null` for anything else. */
  readArray(value: PickleValue | undefined, source: string): Promise<NumericArray | null>;
}

/** What PyTorch before 1.6 began its files with: a pickle of this number, then more pickles. */
const oldTorch = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Opens what `pickle.dump` or `torch.save` wrote. Nothing of it is run.
 *
 * @param path The file, told by its content.
 * @returns The open file, which the caller closes.
 * @throws {SyntaxError} If it is neither, is damaged, or asks for what is not data.
 * @throws {Error} If the file cannot be read.
 *
 * @example The pickle of a number
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSavedValues } from "@/io/saved_values.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pkl" });
 * await Deno.writeFile(path, new TextEncoder().encode("I7\n."));
 * await using saved = await openSavedValues(path);
 * assert.equal(saved.value, 7);
 * await Deno.remove(path);
 * ```
 */
export async function openSavedValues(path: string): Promise<SavedValues> {
  if (isZip(await readStart(path, 4))) {
    const archive = await openTorchArchive(path);
    return {
      value: archive.value,
      readArray: async (value, source) => {
        const tensor = torchTensorOf(value, { source });
        if (tensor === null) return numpyArrayOf(value, { source });
        return readTorchTensor(tensor, { bytes: await archive.readStorage(tensor.key), source });
      },
      [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
    };
  }
  const bytes = await Deno.readFile(path);
  if (oldTorch.every((byte, index) => bytes[index] === byte)) {
    throw new SyntaxError(
      `Cannot read "${path}": it must be saved by PyTorch 1.6 or later, got the format before; ` +
        "load it in Python and save it again",
    );
  }
  return {
    value: readPickle(bytes, { source: path }),
    readArray: (value, source) => Promise.resolve(numpyArrayOf(value, { source })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
