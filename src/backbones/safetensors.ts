/**
 * Tensors from safetensors files, one at a time.
 *
 * Opening reads and checks the header alone; of the data only the tensors that are asked for are
 * read. The format is little-endian, as is every machine that Deno runs on.
 *
 * @module
 */
import {
  readHeaderLength,
  readSafetensorsLayout,
  type TensorDtype,
  type TensorEntry,
} from "@/backbones/safetensors_layout.ts";
import { readFully } from "@/files/read.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "@/math/number_formats.ts";
import { closestName } from "@/messages.ts";

/** A safetensors file that is open for reading; `using` closes it, too. */
export interface SafetensorsFile extends Disposable {
  /** The file's name as it was given. */
  readonly path: string;
  /** Every tensor by its name, in the order of their bytes. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Names of the tensors, in the same order. */
  readonly names: readonly string[];
  /** Says whether there is a tensor of that name. */
  has(name: string): boolean;
  /** Looks the extents of a tensor up; refuses an unknown name. */
  shape(name: string): readonly number[];
  /**
   * Reads a tensor of type F32, F16 or BF16 into a new array; refuses any other.
   *
   * Holds no more than that array, and for 16-bit floats their bytes. Several calls at once are
   * served one after the other.
   */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** Reads a tensor of type I64 into a new array; refuses any other. */
  readIntegers(name: string): Promise<BigInt64Array<ArrayBuffer>>;
  /** Closes the file; what is still being read is refused. Closing again does nothing. */
  close(): void;
}

/**
 * Opens a safetensors file.
 *
 * @param path The file.
 * @returns The open file, which the caller closes.
 * @throws {SyntaxError} If it is not in the safetensors format, or is cut off.
 * @throws {Error} If there is no such file, or it cannot be read.
 *
 * @example Two half floats
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSafetensors } from "@/backbones/safetensors.ts";
 *
 * const header = '{"half": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}';
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await Deno.writeFile(path, Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0));
 * await Deno.writeTextFile(path, header, { append: true });
 * await Deno.writeFile(path, Uint8Array.of(0x00, 0x3c, 0x00, 0xb8), { append: true });
 *
 * using file = await openSafetensors(path);
 * assert.deepEqual(file.names, ["half"]);
 * assert.deepEqual([...await file.read("half")], [1, -0.5]);
 * await Deno.remove(path);
 * ```
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openFile(path);
  try {
    const { entries, dataBegin } = await readLayout(file, path);
    return createReader(file, { path, entries, dataBegin });
  } catch (error) {
    file.close();
    throw error;
  }
}

interface Layout {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** First byte of the data. */
  readonly dataBegin: number;
}

async function readLayout(file: Deno.FsFile, path: string): Promise<Layout> {
  const { size } = await file.stat();
  const start = new Uint8Array(8);
  const found = await readFully(file, start);
  const length = readHeaderLength(start.subarray(0, found), { source: path, fileSize: size });
  const header = new Uint8Array(length);
  const count = await readFully(file, header);
  if (count !== length) {
    throw fileRefusal(path, `its header must have ${length} bytes, got ${count}`);
  }
  const dataBegin = 8 + length;
  const options = { source: path, dataLength: size - dataBegin };
  return { entries: readSafetensorsLayout(header, options), dataBegin };
}

function createReader(
  file: Deno.FsFile,
  { path, entries, dataBegin }: Layout & { readonly path: string },
): SafetensorsFile {
  const inTurn = createQueue();
  let isClosed = false;

  const find = (name: string): TensorEntry => {
    const entry = entries.get(name);
    if (entry !== undefined) return entry;
    const similar = closestName(name, [...entries.keys()]);
    const hint = similar === null ? "" : `; did you mean "${similar}"?`;
    throw new RangeError(`Cannot read "${path}": it must hold "${name}", got none${hint}`);
  };
  const findTyped = (name: string, dtypes: readonly TensorDtype[]): TensorEntry => {
    const entry = find(name);
    if (dtypes.includes(entry.dtype)) return entry;
    throw new TypeError(
      `Cannot read "${path}": tensor "${name}" must be ${dtypes.join(" or ")}, got ${entry.dtype}`,
    );
  };
  const readBytes = async (name: string, { begin, end }: TensorEntry): Promise<ArrayBuffer> => {
    const buffer = allocate(end - begin, { path, name });
    let count: number;
    try {
      await file.seek(dataBegin + begin, Deno.SeekMode.Start);
      count = await readFully(file, new Uint8Array(buffer));
    } catch (error) {
      const what = isClosed ? "it must be open, got closed" : `tensor "${name}" ${reason(error)}`;
      throw fileRefusal(path, what, error);
    }
    if (count === buffer.byteLength) return buffer;
    throw fileRefusal(
      path,
      `tensor "${name}" must have ${buffer.byteLength} bytes, got ${count}; ` +
        "the file became shorter after it was opened",
    );
  };
  const close = (): void => {
    if (!isClosed) file.close();
    isClosed = true;
  };

  return {
    path,
    entries,
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    shape: (name) => find(name).shape,
    read: async (name) => {
      const entry = findTyped(name, ["F32", "F16", "BF16"]);
      const buffer = await inTurn(() => readBytes(name, entry));
      if (entry.dtype === "F32") return new Float32Array(buffer);
      const bits = new Uint16Array(buffer);
      return entry.dtype === "F16" ? float16ToFloat32(bits) : bfloat16ToFloat32(bits);
    },
    readIntegers: async (name) => {
      const entry = findTyped(name, ["I64"]);
      return new BigInt64Array(await inTurn(() => readBytes(name, entry)));
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Runs jobs one after the other, for they share the file's position. */
function createQueue(): <Result>(job: () => Promise<Result>) => Promise<Result> {
  let last: Promise<void> = Promise.resolve();
  return (job) => {
    const turn = last.then(job);
    // Keeps no result: a tensor that was handed out must not stay in memory until the next.
    last = turn.then(() => undefined, () => undefined);
    return turn;
  };
}

async function openFile(path: string): Promise<Deno.FsFile> {
  const { isFile, isDirectory } = await attempt(Deno.stat(path), path);
  if (isFile) return await attempt(Deno.open(path), path);
  throw fileRefusal(path, `it must be a file, got a ${isDirectory ? "folder" : "device or pipe"}`);
}

async function attempt<Result>(work: Promise<Result>, path: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw fileRefusal(path, isMissing ? "the file must exist" : `it ${reason(error)}`, error);
  }
}

function allocate(
  length: number,
  { path, name }: { readonly path: string; readonly name: string },
): ArrayBuffer {
  try {
    return new ArrayBuffer(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fileRefusal(path, `tensor "${name}" must fit into memory, got ${length} bytes`, error);
  }
}

function reason(error: unknown): string {
  return `must be readable, got ${error instanceof Error ? error.message : error}`;
}

function fileRefusal(path: string, what: string, cause?: unknown): Error {
  return new Error(`Cannot read "${path}": ${what}`, { cause });
}
