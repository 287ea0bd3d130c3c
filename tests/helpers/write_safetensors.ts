/**
 * Writes safetensors files of 32-bit floats.
 *
 * @module
 */
import { fillFile } from "@/files/write.ts";

/** A tensor to write. */
export interface TensorSource {
  /** Extent of every axis; none for a single value. */
  readonly shape: readonly number[];
  /** Its values in row-major order, or a function that makes them when their turn comes. */
  readonly data: Float32Array | (() => Float32Array);
}

/** Tensors by name. */
export type TensorSources =
  | ReadonlyMap<string, TensorSource>
  | Readonly<Record<string, TensorSource>>;

/** What else a file may say. */
export interface WriteSafetensorsOptions {
  /** Notes on the file; default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes per system call, which some systems limit to 2 GiB. */
const chunkLength = 2 ** 26;

/**
 * Writes tensors as a safetensors file.
 *
 * The file appears when it is complete; one that lay there before stays if anything fails. Tensors
 * are written in the order given, and those made by functions are held one at a time. The header is
 * padded with spaces, so that the data begins at a multiple of eight bytes.
 *
 * @param path The file to write; its parents are made when missing.
 * @param tensors The tensors.
 * @param options Notes on the file.
 * @throws {RangeError} If an extent is no integer from 0 up, or a tensor is named `__metadata__`.
 * @throws {TypeError} If a tensor has more or fewer values than its shape says.
 *
 * @example Written and read again
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSafetensors } from "@/backbones/safetensors.ts";
 * import { writeSafetensors } from "./write_safetensors.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const path = `${folder}/small.safetensors`;
 * await writeSafetensors(path, {
 *   weight: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
 *   bias: { shape: [2], data: () => new Float32Array(2) },
 * });
 * using file = await openSafetensors(path);
 * assert.deepEqual(file.shape("weight"), [2, 2]);
 * assert.deepEqual(await file.read("bias"), Float32Array.of(0, 0));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorSources,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const sources = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const header = encodeHeader(sources, { path, metadata: options.metadata });
  await fillFile(path, (temporary) => writeParts(temporary, { path, header, sources }));
}

type NamedSources = readonly (readonly [string, TensorSource])[];

/** The length of the header and the header. */
function encodeHeader(
  sources: NamedSources,
  { path, metadata }: { path: string; metadata: WriteSafetensorsOptions["metadata"] },
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = sources.map(([name, { shape, data }]) => {
    if (name === "__metadata__") {
      throw new RangeError(
        `Cannot write "${path}": no tensor must be named "__metadata__", got one`,
      );
    }
    if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
      throw new RangeError(
        `Cannot write "${path}": tensor "${name}" must have a shape of integers that are not ` +
          `negative, got [${shape.join()}]`,
      );
    }
    if (typeof data !== "function") checkLength(data, { path, name, shape });
    const begin = end;
    end += 4 * countValues(shape);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const notes = metadata === undefined ? [] : [["__metadata__", metadata] as const];
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...notes, ...entries])));
  const bytes = new Uint8Array(8 + 8 * Math.ceil(text.length / 8)).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(text, 8);
  return bytes;
}

async function writeParts(
  temporary: string,
  { path, header, sources }: { path: string; header: Uint8Array; sources: NamedSources },
): Promise<void> {
  using file = await Deno.open(temporary, { write: true, createNew: true });
  await writeFully(file, header);
  for (const [name, { shape, data }] of sources) {
    const values = typeof data === "function" ? data() : data;
    checkLength(values, { path, name, shape });
    await writeFully(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}

function checkLength(
  values: Float32Array,
  { path, name, shape }: { path: string; name: string; shape: readonly number[] },
): void {
  if (values.length === countValues(shape)) return;
  throw new TypeError(
    `Cannot write "${path}": tensor "${name}" of shape [${shape.join()}] must have ` +
      `${countValues(shape)} values, got ${values.length}`,
  );
}

function countValues(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

async function writeFully(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let begin = 0; begin < bytes.length;) {
    begin += await file.write(bytes.subarray(begin, begin + chunkLength));
  }
}
