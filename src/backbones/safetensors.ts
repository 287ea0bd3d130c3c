/**
 * Tensors from safetensors files, one at a time.
 *
 * The format: eight bytes that say how long the header is, as a little-endian integer; the
 * header, JSON of the form `{name: {dtype, shape, data_offsets: [begin, end]}}`, where
 * `__metadata__` may map strings to strings; then the data, which the tensors fill without gap
 * or overlap. Values are little-endian, as is every machine that Deno runs on.
 *
 * Opening reads and checks the header alone; of the data only the tensors that are asked for are
 * read. Damaged and cut-off files are recognised from the header and the size of the file,
 * before any data is read.
 *
 * @module
 */
import { openFile, readFully } from "@/files/read.ts";
import { isRecord } from "@/files/text_records.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "@/math/number_formats.ts";
import { closestName } from "@/messages.ts";

/** Type of a tensor's values; those that are not read are known by their size alone. */
export type TensorDtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL";

/** One tensor of a file. */
export interface TensorEntry {
  /** Type of its values. */
  readonly dtype: TensorDtype;
  /** Extent of every axis; none for a single value. */
  readonly shape: readonly number[];
  /** Its first byte, counted from the beginning of the data. */
  readonly begin: number;
  /** The byte after its last. */
  readonly end: number;
}

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
   * Reads a tensor of type F32, F16 or BF16 into a new array; refuses any other. Holds no more than
   * that array, and for 16-bit floats their bytes; calls at once are served one after the other.
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
 * Reads and checks the header alone, in O(n log n) time for n tensors.
 *
 * @param path The file.
 * @returns The open file, which the caller closes.
 * @throws {SyntaxError} If it is not in the safetensors format, or is cut off.
 * @throws {Error} If there is no such file, or it cannot be read.
 *
 * @example Two half floats
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSafetensors } from "@/backbones/mod.ts";
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

/** What the header says. */
interface Layout {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** First byte of the data. */
  readonly dataBegin: number;
}

async function readLayout(file: Deno.FsFile, path: string): Promise<Layout> {
  const { size } = await file.stat();
  const start = new Uint8Array(8);
  const found = await readFully(file, start);
  refuseOtherFormats(start, path);
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

/** Formats that weights come in besides this one, by what they begin with, and what to do. */
const otherFormats:
  readonly (readonly [begins: readonly string[], name: string, wayOut: string])[] = [
    [
      ["PK\x03\x04", "\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"],
      "a PyTorch file (.pth, .pt or .bin, by torch.save)",
      "in Python, safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW) converts a " +
      "file of tensors alone",
    ],
    [
      ["\x89HDF"],
      "an HDF5 file (.h5, by Keras)",
      "save its tensors with safetensors.numpy.save_file",
    ],
    [["\x93NUMPY"], "a NumPy array", "save it with safetensors.numpy.save_file"],
    [["GGUF"], "a GGUF file", "save its tensors with safetensors.torch.save_file"],
    [["version "], "a pointer of Git LFS in place of the file", '"git lfs pull" fetches the file'],
    [["<"], "a web page or XML", "download the file itself"],
  ];

/** Names a file of another format for what it is: its header would be nonsense. */
function refuseOtherFormats(start: Uint8Array, path: string): void {
  const text = String.fromCharCode(...start);
  const other = otherFormats.find(([begins]) => begins.some((each) => text.startsWith(each)));
  if (other === undefined) return;
  const [, name, wayOut] = other;
  throw layoutRefusal(path, `it must be in the safetensors format, got ${name}; ${wayOut}`);
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

/** What is known of a file before its header is. */
export interface HeaderLengthOptions {
  /** The file's name, for errors. */
  readonly source: string;
  /** Size of the file in bytes. */
  readonly fileSize: number;
}

/** The format's own limit, so that nobody has to parse gigabytes of JSON. */
const longestHeader = 100_000_000;

/** Reads how long the header of a safetensors file is. */
export function readHeaderLength(start: Uint8Array, options: HeaderLengthOptions): number {
  const { source, fileSize } = options;
  if (start.length < 8) {
    throw layoutRefusal(
      source,
      `it must begin with 8 bytes that say how long its header is, got ${start.length}`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(fileSize - 8)) {
    throw layoutRefusal(
      source,
      `its header must end within the file's ${fileSize} bytes, got a length of ${length}; ` +
        "is it a complete safetensors file?",
    );
  }
  if (length > BigInt(longestHeader)) {
    throw layoutRefusal(
      source,
      `its header must have at most ${longestHeader} bytes, got ${length}`,
    );
  }
  return Number(length);
}

/** What is known of a file besides its header. */
export interface SafetensorsLayoutOptions {
  /** The file's name, for errors. */
  readonly source: string;
  /** Number of bytes that follow the header. */
  readonly dataLength: number;
}

/** Bytes per value. */
const sizes: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/**
 * Reads the header of a safetensors file, in O(n log n) time for n tensors. Of two tensors with
 * one name `JSON.parse` keeps the later: the bytes of the earlier then belong to nobody, which
 * is refused like any other gap.
 */
export function readSafetensorsLayout(
  header: Uint8Array | string,
  options: SafetensorsLayoutOptions,
): ReadonlyMap<string, TensorEntry> {
  const { source } = options;
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(header, source);
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw layoutRefusal(
      source,
      `its "__metadata__" must map strings to strings, got ${show(metadata)}`,
    );
  }
  const entries = Object.entries(tensors)
    .map(([name, stored]) => [name, readEntry(stored, { name, source })] as const)
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, options);
  return new Map(entries);
}

function parseHeader(header: Uint8Array | string, source: string): Record<string, unknown> {
  const text = typeof header === "string" ? header : decode(header, source);
  if (!text.startsWith("{")) {
    throw layoutRefusal(source, `its header must be a JSON object, got ${show(text.slice(0, 80))}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw layoutRefusal(source, `its header must be a JSON object, got ${error.message}`, error);
  }
}

function decode(header: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw layoutRefusal(source, "its header must be UTF-8 text, got other bytes", error);
  }
}

function readEntry(
  stored: unknown,
  { name, source }: { name: string; source: string },
): TensorEntry {
  const refuse = (what: string): SyntaxError =>
    layoutRefusal(source, `${tensor(name)} must ${what}`);
  const keys = isRecord(stored) ? Object.keys(stored) : [];
  const fields = ["dtype", "shape", "data_offsets"];
  if (!isRecord(stored) || keys.length !== 3 || !fields.every((field) => keys.includes(field))) {
    throw refuse(
      `have the fields ${fields.join(", ")}, got ${isRecord(stored) ? show(keys) : show(stored)}`,
    );
  }
  const { dtype, shape, data_offsets: offsets } = stored;
  if (!isDtype(dtype)) {
    throw refuse(`be one of ${Object.keys(sizes).join(", ")}, got ${show(dtype)}`);
  }
  if (!isCounts(shape)) {
    throw refuse(`have a shape of integers that are not negative, got ${show(shape)}`);
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!Number.isSafeInteger(count)) {
    throw refuse(`have fewer than 2^53 values, got shape ${show(shape)}`);
  }
  const [begin = 0, end = 0] = isCounts(offsets) ? offsets : [];
  if (!isCounts(offsets) || offsets.length !== 2 || begin > end) {
    throw refuse(`have data_offsets of two integers, 0 ≤ begin ≤ end, got ${show(offsets)}`);
  }
  const length = count * sizes[dtype];
  if (end - begin !== length) {
    throw refuse(`take ${length} bytes as ${dtype} of shape ${show(shape)}, got ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

/** Checks that every byte of the data belongs to exactly one tensor. */
function checkCoverage(
  entries: readonly (readonly [string, TensorEntry])[],
  { source, dataLength }: SafetensorsLayoutOptions,
): void {
  let position = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== position) {
      throw layoutRefusal(
        source,
        `${tensor(name)} must begin at byte ${position} of the data, ` +
          `for no byte is left out or used twice, got ${begin}`,
      );
    }
    if (end > dataLength) {
      throw layoutRefusal(
        source,
        `${tensor(name)} must end within the ${dataLength} bytes of data, got ${end}; ` +
          "is the file complete?",
      );
    }
    position = end;
  }
  if (position !== dataLength) {
    throw layoutRefusal(
      source,
      `its tensors must fill the ${dataLength} bytes of data, got ${position} bytes of tensors`,
    );
  }
}

function isDtype(value: unknown): value is TensorDtype {
  return typeof value === "string" && Object.hasOwn(sizes, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function tensor(name: string): string {
  return `tensor ${show(name)}`;
}

/** JSON of a value from a file, at most one level deep and not too long to be read. */
function show(value: unknown): string {
  const text = JSON.stringify(
    value,
    (key, part) => key !== "" && typeof part === "object" && part !== null ? "…" : part,
  );
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function layoutRefusal(source: string, what: string, cause?: Error): SyntaxError {
  return new SyntaxError(`Cannot read "${source}": ${what}`, { cause });
}
