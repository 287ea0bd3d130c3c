/**
 * Embeddings in faiss's own file format (`IndexFlatL2`), so that any faiss can search them.
 *
 * Written from memory without faiss: 45 bytes of header, then the rows as little-endian 32-bit
 * floats.
 *
 * | byte | type | content |
 * |---|---|---|
 * | 0 | 4 characters | `IxF2` |
 * | 4 | int32 | columns |
 * | 8 | int64 | rows |
 * | 16, 24 | int64 | 2²⁰, unused |
 * | 32 | uint8 | 1: trained |
 * | 33 | int32 | 1: squared Euclidean distance |
 * | 37 | uint64 | rows × columns |
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFully } from "@/files/read.ts";
import { type Matrix, toMatrix } from "@/math/matrix.ts";
import { bytesOf } from "@/math/number_formats.ts";

const headerLength = 45;
/** Bytes per system call, which some systems limit to 2 GiB. */
const chunkLength = 2 ** 26;

/** Writes embeddings as a faiss index; gives the file's SHA-256 in hex. */
export async function writeFaissFile(path: string, matrix: Matrix): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const part of [encodeHeader(matrix), bytesOf(matrix.data)]) {
    for (let begin = 0; begin < part.length;) {
      const written = await file.write(part.subarray(begin, begin + chunkLength));
      hash.update(part.subarray(begin, begin + written));
      begin += written;
    }
  }
  return hash.digest("hex");
}

/** Reads the rows of a faiss `IndexFlatL2` file, whoever wrote it. */
export async function readFaissFile(path: string): Promise<{ rows: Matrix; sha256: string }> {
  using file = await open(path);
  const header = new Uint8Array(headerLength);
  const headerRead = await readFully(file, header);
  const { rows, columns } = decodeHeader(header.subarray(0, headerRead), path);
  const { size } = await file.stat();
  const expected = headerLength + 4 * rows * columns;
  if (size !== expected) {
    throw new Error(
      `Cannot load "${path}": ${rows} rows of ${columns} values must take ${expected} bytes, got ${size}`,
    );
  }
  const data = new Float32Array(rows * columns);
  const body = bytesOf(data);
  if (await readFully(file, body) !== body.length) {
    throw new Error(`Cannot load "${path}": it became shorter while it was read`);
  }
  const hash = createHash("sha256").update(header);
  for (let begin = 0; begin < body.length; begin += chunkLength) {
    hash.update(body.subarray(begin, begin + chunkLength));
  }
  return { rows: toMatrix(data, { rows, columns }), sha256: hash.digest("hex") };
}

function encodeHeader({ rows, columns }: Matrix): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerLength);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("IxF2"));
  view.setInt32(4, columns, true);
  view.setBigInt64(8, BigInt(rows), true);
  view.setBigInt64(16, 1n << 20n, true);
  view.setBigInt64(24, 1n << 20n, true);
  view.setUint8(32, 1);
  view.setInt32(33, 1, true);
  view.setBigUint64(37, BigInt(rows * columns), true);
  return bytes;
}

function decodeHeader(bytes: Uint8Array, path: string): { rows: number; columns: number } {
  const kind = new TextDecoder("latin1").decode(bytes.subarray(0, 4));
  if (kind !== "IxF2") {
    throw new Error(
      `Cannot load "${path}": a faiss IndexFlatL2 must begin with "IxF2", got ${
        JSON.stringify(kind)
      }`,
    );
  }
  if (bytes.length < headerLength) {
    throw new Error(
      `Cannot load "${path}": its header must have ${headerLength} bytes, got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const columns = view.getInt32(4, true);
  const rows = Number(view.getBigInt64(8, true));
  const metric = view.getInt32(33, true);
  if (metric !== 1) {
    throw new Error(
      `Cannot load "${path}": its metric must be 1 (squared Euclidean), got ${metric}`,
    );
  }
  const values = Number(view.getBigUint64(37, true));
  if (rows < 0 || columns < 1 || values !== rows * columns) {
    throw new Error(
      `Cannot load "${path}": rows × columns must equal the number of values, ` +
        `got ${rows} × ${columns} for ${values} values`,
    );
  }
  return { rows, columns };
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot load "${path}": no such file`);
  }
}
