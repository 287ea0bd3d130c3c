/**
 * What the first bytes of an image file say about its values: container, size, bits, numbers and
 * colour model; what a decoder would silently turn into other values is refused here.
 *
 * Pure: bytes in. Formats: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), WebP (RFC 9649), TIFF 6.0 and
 * BigTIFF, BMP.
 *
 * @module
 */
import { plural } from "@/messages.ts";

/** The containers that are read, as messages list them. */
const imageFormats = "PNG, JPEG, WebP, TIFF or BMP";

/** Most pixels of an image: where Pillow as well takes a file for a decompression bomb. */
export const mostPixels = 178_956_970;

/** What a file says about its values. */
export interface ImageLayout {
  /** The container. */
  readonly format: "png" | "jpeg" | "webp" | "tiff" | "bmp";
  /** Columns of pixels; `null` where the decoder has to find out. */
  readonly width: number | null;
  /** Rows of pixels; `null` where the decoder has to find out. */
  readonly height: number | null;
  /** Whether compression changes values. */
  readonly isLossy: boolean;
  /** Whether a pixel is cyan, magenta, yellow and black. */
  readonly isCmyk: boolean;
  /** What is no unsigned number of up to 16 bits, such as `32-bit floats`; `null`: nothing. */
  readonly oddNumbers: string | null;
  /** Where the bytes are that call values signed or floats; at each, 1 for unsigned fits in. */
  readonly kindsAt: readonly number[];
}

type Facts = Pick<ImageLayout, "format"> & Partial<ImageLayout>;

function layoutOf(facts: Facts): ImageLayout {
  return {
    width: null,
    height: null,
    isLossy: false,
    isCmyk: false,
    oddNumbers: null,
    kindsAt: [],
    ...facts,
  };
}

/** Containers that are not read, by what they begin with. */
const otherFormats: readonly (readonly [name: string, begin: RegExp | readonly string[]])[] = [
  ["GIF", /^GIF8/],
  ["AVIF", /^....ftypavi/s],
  ["HEIC", /^....ftyp(hei|hev|mif|msf)/s],
  ["JPEG 2000", ["\0\0\0\x0cjP", "\xff\x4f\xff\x51"]],
  ["JPEG XL", ["\xff\x0a", "\0\0\0\x0cJXL"]],
  ["SVG", /^(\xef\xbb\xbf)?\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)/i],
  ["a web page", /^\s*<(!DOCTYPE html|html)/i],
  ["PDF", /^%PDF/],
  ["a Photoshop file", /^8BPS/],
  ["OpenEXR", ["v/1\x01"]],
  ["a NumPy array", /^\x93NUMPY/],
  ["a ZIP archive", ["PK\x03\x04"]],
  ["a gzip archive", ["\x1f\x8b"]],
];

/**
 * Reads the layout of an image from its bytes, of which the first thousands are enough except for
 * TIFF; refuses, without a file name, what cannot be read right.
 */
export function readLayout(bytes: Uint8Array): ImageLayout {
  const layout = readContainer(bytes);
  const { width, height } = layout;
  if (width !== null && height !== null && width * height > mostPixels) {
    throw new Error(
      `it must have at most ${mostPixels.toLocaleString("en-US")} pixels, got ` +
        `${(width * height).toLocaleString("en-US")} (${width}×${height})`,
    );
  }
  return layout;
}

function readContainer(bytes: Uint8Array): ImageLayout {
  if (bytes.length === 0) throw new Error("the file is empty");
  const start = latin(bytes, 0, 512);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return readPng(bytes);
  if (start.startsWith("\xff\xd8\xff")) return readJpeg(bytes);
  if (/^RIFF....WEBP/s.test(start)) return readWebp(bytes);
  if (/^(II[\x2a\x2b]\0|MM\0[\x2a\x2b])/.test(start)) return readTiff(bytes);
  if (start.startsWith("BM")) return readBmp(bytes);
  const other = otherFormats.find(([, begin]) =>
    begin instanceof RegExp ? begin.test(start) : begin.some((each) => start.startsWith(each))
  )?.[0];
  throw new Error(
    `it must be a ${imageFormats} image${other === undefined ? "" : `, got ${other}`}`,
  );
}

function latin(bytes: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(begin, end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Refuses a file that holds several images, of which a decoder would take the first. */
function refuseSeveral(count: number | string): never {
  throw new Error(`it must hold one image, got ${count}`);
}

function readPng(bytes: Uint8Array): ImageLayout {
  if (bytes.length < 33) return layoutOf({ format: "png" });
  const view = viewOf(bytes);
  for (let at = 8; at + 8 <= bytes.length;) {
    const name = latin(bytes, at + 4, at + 8);
    if (name === "acTL") refuseSeveral("an animation");
    if (name === "IDAT") break;
    at += 12 + view.getUint32(at);
  }
  return layoutOf({ format: "png", width: view.getUint32(16), height: view.getUint32(20) });
}

/** Finds the frame header of a JPEG; one that is damaged is left to the decoder to name. */
function readJpeg(bytes: Uint8Array): ImageLayout {
  const view = viewOf(bytes);
  const lossy = { format: "jpeg", isLossy: true } as const;
  for (let at = 2; at + 10 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const bits = bytes[at + 4]!, components = bytes[at + 9]!;
      if (bits !== 8) throw new Error(`JPEG must have 8 bits per value, got ${bits}`);
      if (![1, 3, 4].includes(components)) {
        throw new Error(`JPEG must have 1, 3 or 4 values per pixel, got ${components}`);
      }
      return layoutOf({
        ...lossy,
        isLossy: marker !== 0xc3,
        width: view.getUint16(at + 7),
        height: view.getUint16(at + 5),
        isCmyk: components === 4,
      });
    }
    if (marker === 0xda) break;
    at += 2 + view.getUint16(at + 2);
  }
  return layoutOf(lossy);
}

function readWebp(bytes: Uint8Array): ImageLayout {
  const view = viewOf(bytes);
  let at = 12, size: { width: number; height: number } | null = null;
  while (at + 18 <= bytes.length) {
    const name = latin(bytes, at, at + 4);
    if (name === "VP8X") {
      if ((bytes[at + 8]! & 2) !== 0) refuseSeveral("an animation");
      const extent = (from: number): number =>
        1 + bytes[from]! + 256 * bytes[from + 1]! + 65536 * bytes[from + 2]!;
      size = { width: extent(at + 12), height: extent(at + 15) };
    } else if (name === "VP8 ") {
      const width = view.getUint16(at + 14, true) & 0x3fff;
      const height = view.getUint16(at + 16, true) & 0x3fff;
      return layoutOf({ format: "webp", isLossy: true, ...(size ?? { width, height }) });
    } else if (name === "VP8L") {
      const packed = view.getUint32(at + 9, true);
      const width = 1 + (packed & 0x3fff), height = 1 + ((packed >>> 14) & 0x3fff);
      return layoutOf({ format: "webp", ...(size ?? { width, height }) });
    }
    const length = view.getUint32(at + 4, true);
    at += 8 + length + length % 2;
  }
  return layoutOf({ format: "webp", isLossy: true, ...size });
}

function readBmp(bytes: Uint8Array): ImageLayout {
  if (bytes.length < 26) return layoutOf({ format: "bmp" });
  const view = viewOf(bytes);
  const isOld = view.getUint32(14, true) === 12;
  const width = isOld ? view.getUint16(18, true) : Math.abs(view.getInt32(18, true));
  const height = isOld ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  return layoutOf({ format: "bmp", width, height });
}

/** The tags of TIFF that matter here. */
const tag = {
  subfile: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  predictor: 317,
  kind: 339,
} as const;

/** One directory of a TIFF: values by tag, and where those of a tag stand. */
interface TiffDirectory {
  readonly values: ReadonlyMap<number, readonly number[]>;
  readonly places: ReadonlyMap<number, readonly number[]>;
  readonly next: number;
}

/** Bytes of a value by TIFF's number of its type; those of other types are not read. */
const sizeOfType: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

/** Most directories that are followed: a chain may lead back to itself. */
const mostDirectories = 64;

function readTiff(bytes: Uint8Array): ImageLayout {
  const view = viewOf(bytes);
  const isLittle = bytes[0] === 0x49;
  const isBig = bytes.length > 4 && view.getUint16(2, isLittle) === 43;
  const read = (at: number): TiffDirectory | null =>
    withinFile(() => readDirectory(view, { at, isLittle, isBig }));
  const begin = withinFile(() =>
    readInteger(view, { place: isBig ? 8 : 4, size: isBig ? 8 : 4, isLittle })
  );
  const first = begin === null ? null : read(begin);
  if (first === null) throw new Error("the file is damaged (its directory breaks off)");
  let images = 1, next = first.next;
  for (let count = 1; next !== 0 && count < mostDirectories; count++) {
    const directory = read(next);
    if (directory === null) break; // a decoder does not look there
    // Bit 0: a smaller version of another image; bit 2: a transparency mask.
    if (((directory.values.get(tag.subfile)?.[0] ?? 0) & 5) === 0) images++;
    next = directory.next;
  }
  if (images > 1) refuseSeveral(`${images} pages`);
  return judgeTiff(first, isLittle);
}

/** Reads something; `null` if it lies beyond the end of the file. */
function withinFile<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readDirectory(
  view: DataView,
  { at, isLittle, isBig }: { at: number; isLittle: boolean; isBig: boolean },
): TiffDirectory {
  const long = (place: number): number =>
    isBig ? Number(view.getBigUint64(place, isLittle)) : view.getUint32(place, isLittle);
  const count = isBig ? long(at) : view.getUint16(at, isLittle);
  const begin = at + (isBig ? 8 : 2), length = isBig ? 20 : 12, inline = isBig ? 8 : 4;
  const values = new Map<number, number[]>(), places = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const entry = begin + length * i;
    const name = view.getUint16(entry, isLittle);
    const type = view.getUint16(entry + 2, isLittle);
    const size = sizeOfType[type];
    const number = Math.min(8, long(entry + 4));
    if (size === undefined || !Object.values<number>(tag).includes(name)) continue;
    const field = entry + (isBig ? 12 : 8);
    const from = size * long(entry + 4) <= inline ? field : long(field);
    const at = Array.from({ length: number }, (_, k) => from + size * k);
    places.set(name, at);
    values.set(name, at.map((place) => readInteger(view, { place, size, isLittle })));
  }
  return { values, places, next: long(begin + length * count) };
}

function readInteger(
  view: DataView,
  { place, size, isLittle }: { place: number; size: number; isLittle: boolean },
): number {
  if (size === 1) return view.getUint8(place);
  if (size === 2) return view.getUint16(place, isLittle);
  return size === 4 ? view.getUint32(place, isLittle) : Number(view.getBigUint64(place, isLittle));
}

/** Colour models of TIFF that are read, with the values that a pixel has besides alpha. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 };

/** Names of those that are not. */
const modelNames: Readonly<Record<number, string>> = {
  4: "a transparency mask",
  8: "Lab",
  9: "Lab",
  10: "Lab",
  32803: "a raw colour filter array",
  32844: "LogL",
  32845: "LogLuv",
  34892: "linear raw",
};

/** Compressions of TIFF that are read; 7 (JPEG) and 50001 (WebP) may lose values. */
const compressions: ReadonlySet<number> = new Set(
  [1, 2, 3, 4, 5, 7, 8, 32773, 32946, 50001],
);

/** Names of those that are not. */
const compressionNames: Readonly<Record<number, string>> = {
  6: "old JPEG",
  34712: "JPEG 2000",
  34887: "LERC",
  34892: "lossy JPEG",
  34925: "LZMA",
  50000: "Zstandard",
  50002: "JPEG XL",
};

function judgeTiff(directory: TiffDirectory, isLittle: boolean): ImageLayout {
  const { values, places } = directory;
  const one = (name: number, fallback: number): number => values.get(name)?.[0] ?? fallback;
  const compression = one(tag.compression, 1), model = one(tag.photometric, 1);
  if (!compressions.has(compression)) {
    const name = compressionNames[compression] ?? `number ${compression}`;
    throw new Error(`TIFF must be uncompressed or packed by LZW, Deflate or JPEG, got ${name}`);
  }
  const samples = one(tag.samples, 1), plain = samplesOf[model];
  if (plain === undefined || (model === 6 && compression !== 7)) {
    const name = model === 6 ? "YCbCr without JPEG" : modelNames[model] ?? `number ${model}`;
    throw new Error(`TIFF must be grey, RGB, CMYK or of a palette, got ${name}`);
  }
  if (samples !== plain && samples !== plain + 1) {
    throw new Error(
      `TIFF must have ${plural(plain, "value")} per pixel and at most alpha, got ${samples}`,
    );
  }
  const bits = values.get(tag.bits) ?? [1], kinds = values.get(tag.kind) ?? [1];
  if (new Set(bits).size > 1 || new Set(kinds).size > 1) {
    throw new Error(`TIFF must have equal bits in all channels, got ${bits.join(", ")}`);
  }
  const numbers = nameNumbers(bits[0] ?? 1, kinds[0] ?? 1);
  if (model === 5 && numbers !== "8-bit integers") {
    throw new Error(`CMYK must have 8-bit integers, got ${numbers}`);
  }
  const isPlain = /^(1|2|4|8|16)-bit integers$/.test(numbers);
  const isKnown = isPlain || /^(8|16)-bit signed|^32-bit (integers|signed|floats)|^16-bit floats/
    .test(numbers);
  if (!isKnown || one(tag.predictor, 1) === 3) {
    const what = isKnown ? `${numbers} with a predictor of their own` : numbers;
    throw new Error(`TIFF must have integers of 1, 2, 4, 8 or 16 bits, got ${what}`);
  }
  const kindsAt = (places.get(tag.kind) ?? []).map((place) => isLittle ? place : place + 1);
  return layoutOf({
    format: "tiff",
    width: values.get(tag.width)?.[0] ?? null,
    height: values.get(tag.height)?.[0] ?? null,
    isLossy: compression === 7 || compression === 50001,
    isCmyk: model === 5,
    oddNumbers: isPlain ? null : numbers,
    kindsAt,
  });
}

/** Names the numbers of a TIFF; an undefined kind counts as unsigned, as everywhere. */
function nameNumbers(bits: number, kind: number): string {
  const names = [
    "integers",
    "integers",
    "signed integers",
    "floats",
    "integers",
    "complex",
    "complex",
  ];
  return `${bits}-bit ${names[kind] ?? `numbers of kind ${kind}`}`;
}
