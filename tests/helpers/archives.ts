/** Archives built byte by byte, also such as no program would write. */
import { deflateRawSync } from "node:zlib";

/** An entry of a tar file. */
export interface TarEntry {
  readonly name: string;
  /** Default: none. */
  readonly content?: Uint8Array | string;
  /** One character; default: "0", a file. */
  readonly type?: string;
  readonly linkName?: string;
  /** The size it says; default: that of the content. Above 8 GB, it is written in base 256. */
  readonly bytes?: number;
  /** How a name above 100 bytes is written; default: "gnu". */
  readonly long?: "gnu" | "pax";
  /** Records of pax that go before; default: none. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** An entry of a zip file. */
export interface ZipEntry {
  readonly name: string;
  /** Default: none. */
  readonly content?: Uint8Array | string;
  /** Default: it is stored as it is. */
  readonly isDeflated?: boolean;
  /** The size it says; default: that of the content. */
  readonly bytes?: number;
  /** Mode of Unix with the type of the file; default: none, as on Windows. */
  readonly mode?: number;
  /** Attributes of MS-DOS; default: none. */
  readonly attributes?: number;
  /** How it says that it is compressed; default: as it is. */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** Default: the right one. */
  readonly crc32?: number;
  /** Bytes of the entry with this index are taken for its own; default: it has its own. */
  readonly sharesWith?: number;
}

/** Builds a tar file; `ending`: blocks of zeros at the end, default: two. */
export function buildTar(
  entries: readonly TarEntry[],
  { ending = 2 }: { ending?: number } = {},
): Uint8Array<ArrayBuffer> {
  return join([...entries.flatMap(tarEntry), new Uint8Array(512 * ending)]);
}

function tarEntry(entry: TarEntry): Uint8Array[] {
  const { name, type = "0", linkName = "", long = "gnu" } = entry;
  const content = bytesOf(entry.content ?? "");
  const records = { ...entry.pax };
  const before: Uint8Array[] = [];
  if (bytesOf(name).length > 100) {
    if (long === "pax") records.path = name;
    else before.push(...tarEntry({ name: "././@LongLink", type: "L", content: `${name}\0` }));
  }
  if (Object.keys(records).length > 0) {
    const text = Object.entries(records).map(paxRecord).join("");
    before.push(...tarEntry({ name: "PaxHeaders/x", type: "x", content: text }));
  }
  const header = new Uint8Array(512);
  const write = (value: Uint8Array | string, offset: number): void =>
    header.set(bytesOf(value), offset);
  const octal = (value: number, digits: number): string =>
    `${value.toString(8).padStart(digits, "0")}\0`;
  const bytes = entry.bytes ?? content.length;
  write(bytesOf(name).subarray(0, 100), 0);
  write(octal(0o777, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  if (bytes < 8 ** 11) write(octal(bytes, 11), 124);
  else {
    header[124] = 0x80;
    new DataView(header.buffer).setBigUint64(128, BigInt(bytes));
  }
  write(octal(0, 11), 136);
  write("        ", 148);
  write(type, 156);
  write(linkName, 157);
  write("ustar\x0000", 257);
  write(octal(header.reduce((sum, byte) => sum + byte, 0), 6), 148);
  const padding = new Uint8Array((512 - content.length % 512) % 512);
  return [...before, header, content, padding];
}

/** A record says its own length, the digits of that included. */
function paxRecord([key, value]: [string, string]): string {
  const rest = bytesOf(` ${key}=${value}\n`).length;
  let length = rest;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** Builds a zip file; `isZip64`: sizes and places have eight bytes, as above 4 GB. */
export function buildZip(
  entries: readonly ZipEntry[],
  { isZip64 = false }: { isZip64?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [], offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = bytesOf(entry.name), content = bytesOf(entry.content ?? "");
    const packed = entry.isDeflated ? new Uint8Array(deflateRawSync(content)) : content;
    // What is encrypted begins with twelve bytes more.
    const data = entry.isEncrypted ? join([new Uint8Array(12), packed]) : packed;
    const bytes = entry.bytes ?? content.length;
    const place = entry.sharesWith === undefined ? offset : offsets[entry.sharesWith]!;
    const fields = (extra: Uint8Array): Uint8Array => {
      const view = new DataView(new ArrayBuffer(26));
      view.setUint16(0, 20, true);
      view.setUint16(2, 0x800 | (entry.isEncrypted ? 1 : 0), true);
      view.setUint16(4, entry.method ?? (entry.isDeflated ? 8 : 0), true);
      view.setUint16(8, 0x21, true);
      view.setUint32(10, entry.crc32 ?? crc32(content), true);
      view.setUint32(14, isZip64 ? 0xffffffff : data.length, true);
      view.setUint32(18, isZip64 ? 0xffffffff : bytes, true);
      view.setUint16(22, name.length, true);
      view.setUint16(24, extra.length, true);
      return new Uint8Array(view.buffer);
    };
    const extra = isZip64 ? zip64Extra([bytes, data.length, place]) : new Uint8Array();
    const tail = new DataView(new ArrayBuffer(14));
    tail.setUint32(6, ((entry.mode ?? 0) << 16 | (entry.attributes ?? 0)) >>> 0, true);
    tail.setUint32(10, isZip64 ? 0xffffffff : place, true);
    offsets.push(offset);
    const host = Uint8Array.of(20, entry.mode === undefined ? 0 : 3);
    const about = [host, fields(extra), new Uint8Array(tail.buffer), name, extra];
    directory.push(bytesOf("PK\x01\x02"), ...about);
    if (entry.sharesWith !== undefined) continue;
    const size = isZip64 ? zip64Extra([bytes, data.length]) : extra;
    const local = join([bytesOf("PK\x03\x04"), fields(size), name, size, data]);
    parts.push(local);
    offset += local.length;
  }
  const listing = join(directory);
  if (isZip64) {
    parts.push(listing, zip64End({ count: entries.length, length: listing.length, offset }));
    const rest = [0, -1, -1, -1, -1, -1, -1, 0].flatMap((each) => [each & 255, each >> 8 & 255]);
    return join([...parts, bytesOf("PK\x05\x06"), Uint8Array.from([0, 0, ...rest])]);
  }
  const end = new DataView(new ArrayBuffer(18));
  end.setUint16(4, entries.length, true);
  end.setUint16(6, entries.length, true);
  end.setUint32(8, listing.length, true);
  end.setUint32(12, offset, true);
  return join([...parts, listing, bytesOf("PK\x05\x06"), new Uint8Array(end.buffer)]);
}

/** The field of an entry with its numbers in eight bytes (APPNOTE 6.3, 4.5.3). */
function zip64Extra(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 8 * values.length));
  view.setUint16(0, 1, true);
  view.setUint16(2, 8 * values.length, true);
  values.forEach((value, i) => view.setBigUint64(4 + 8 * i, BigInt(value), true));
  return new Uint8Array(view.buffer);
}

/** The end of the directory in eight bytes a number, and the place of that (4.3.14, 4.3.15). */
function zip64End(listing: { count: number; length: number; offset: number }): Uint8Array {
  const { count, length, offset } = listing;
  const end = new DataView(new ArrayBuffer(52)), locator = new DataView(new ArrayBuffer(16));
  end.setBigUint64(0, 44n, true);
  end.setBigUint64(20, BigInt(count), true);
  end.setBigUint64(28, BigInt(count), true);
  end.setBigUint64(36, BigInt(length), true);
  end.setBigUint64(44, BigInt(offset), true);
  locator.setBigUint64(4, BigInt(offset + length), true);
  locator.setUint32(12, 1, true);
  const marks = [bytesOf("PK\x06\x06"), bytesOf("PK\x06\x07")] as const;
  return join([
    ...[marks[0], new Uint8Array(end.buffer), marks[1], new Uint8Array(locator.buffer)],
  ]);
}

/**
 * Packs bytes as .xz without compressing them (The .xz File Format 1.2.1): one block of LZMA2 whose
 * chunks are all stored, with a CRC-32 of the content, and an index of that one block.
 */
export function packXz(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const flags = Uint8Array.of(0, 1);
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < content.length; start += 65536) {
    const part = content.subarray(start, start + 65536);
    const length = part.length - 1;
    chunks.push(Uint8Array.of(start === 0 ? 1 : 2, length >> 8, length & 255), part);
  }
  const data = join([...chunks, Uint8Array.of(0)]);
  // Header of 12 bytes (2 + 1 words), one filter: LZMA2, one byte of properties, 64 kB dictionary.
  const block = withCrc(Uint8Array.of(2, 0, 0x21, 1, 8, 0, 0, 0));
  const size = block.length + data.length + 4;
  const index = join([Uint8Array.of(0, 1), varint(size), varint(content.length)]);
  const padded = withCrc(join([index, new Uint8Array((4 - index.length % 4) % 4)]));
  const back = join([word(padded.length / 4 - 1), flags]);
  return join([
    ...[Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), withCrc(flags)],
    ...[block, data, new Uint8Array((4 - data.length % 4) % 4), word(crc32(content)), padded],
    ...[word(crc32(back)), back, bytesOf("YZ")],
  ]);
}

/** A number in groups of seven bits, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.of(...bytes, value);
}

function withCrc(bytes: Uint8Array): Uint8Array {
  return join([bytes, word(crc32(bytes))]);
}

function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ISO 3309. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = crc >>> 8 ^ crcTable[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

/** Joins pieces. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function bytesOf(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

/** Every file below a folder with its text or bytes as text, and every folder with a slash. */
export function listTree(folder: string, inside = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${inside}`)) {
    const path = `${inside}${name}`;
    if (!isDirectory) found[path] = Deno.readTextFileSync(`${folder}/${path}`);
    else Object.assign(found, { [`${path}/`]: "" }, listTree(folder, `${path}/`));
  }
  return found;
}
