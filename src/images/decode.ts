/**
 * Decodes image files to RGB, whatever their format.
 *
 * Like Pillow it keeps the values of the file: colour profiles are ignored, palettes are looked
 * up, grey gets three equal channels, alpha is dropped, CMYK becomes RGB by Pillow's formula. An
 * EXIF orientation is applied on request only. What would come out with other values, such as
 * floats, is refused by `headers.ts` before a decoder sees it. BMP files, which sharp cannot
 * read, are left to `@napi-rs/image`.
 *
 * @module
 */
import { Transformer } from "@napi-rs/image";
import sharp, { type Sharp } from "sharp";
import { readStart, statIfExists } from "@/files/read.ts";
import { type ImageLayout, mostPixels, readLayout } from "@/images/headers.ts";

/** A decoded file. */
export interface DecodedImage {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Always RGB. */
  readonly channels: 3;
  /** `data[(y · width + x) · 3 + channel]`: bytes at a depth of 8, two bytes each at 16. */
  readonly data: Uint8Array;
}

/** Which way is up: as the file stores its pixels, or as its EXIF orientation turns them. */
export type Orientation = "file" | "exif";

/** Which file it is. */
export interface FileOptions {
  /** What the file is, for errors. */
  readonly what: "image" | "mask";
  /** The bytes of the file, where they have been read already; default: they are read. */
  readonly bytes?: Uint8Array;
}

/** How a file is decoded. */
export interface DecodeOptions extends FileOptions {
  /**
   * Bits per value. At 8, a file of 16 bits gives the higher 8; at 16, a file of 8 bits gives its
   * values in the higher byte.
   */
  readonly depth: 8 | 16;
  /** Which way is up; default `file`. */
  readonly orientation?: Orientation;
}

/** A file cannot be read or decoded; whatever else is thrown is no fault of the file. */
export class UnreadableImage extends Error {
  /** Why, without the name of the file, which the message begins with. */
  readonly reason: string;

  /** Says what could not be loaded, and why. */
  constructor(
    path: string,
    { what, reason, cause }: { what: string; reason: string; cause: unknown },
  ) {
    super(`Cannot load ${what} "${path}": ${reason}`, { cause });
    this.reason = reason;
  }
}

/** Most bytes of a file: more would not fit into one array. */
const mostBytes = 2 ** 31 - 1;

/** Reads all bytes of an image file, or the first `length`; says why where that cannot be. */
export async function readImageFile(
  path: string,
  { what, length = mostBytes }: Pick<FileOptions, "what"> & { readonly length?: number },
): Promise<Uint8Array> {
  const refuse = (reason: string, cause?: unknown): UnreadableImage =>
    new UnreadableImage(path, { what, reason, cause });
  try {
    const stat = await statIfExists(path);
    if (stat === null) throw refuse("no such file");
    if (stat.isDirectory) throw refuse("it must be a file, got a folder");
    // A pipe is not opened: that would wait for whoever writes to it.
    if (!stat.isFile) throw refuse("it must be a file, got a device or pipe");
    if (stat.size > length && length < mostBytes) return await readStart(path, length);
    if (stat.size > mostBytes) throw refuse(`it must have less than 2 GiB, got ${stat.size} bytes`);
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof UnreadableImage) throw error;
    if (error instanceof Deno.errors.NotFound) throw refuse("no such file", error);
    if (error instanceof Deno.errors.PermissionDenied) {
      throw refuse("no permission to read it", error);
    }
    throw refuse(`it must be readable, got ${reasonOf(error)}`, error);
  }
}

/** Says of a file what its layout is, or why it cannot be read right. */
export function layoutOfFile(
  path: string,
  { what, bytes }: Required<FileOptions>,
): ImageLayout {
  try {
    return readLayout(bytes);
  } catch (cause) {
    throw new UnreadableImage(path, { what, reason: reasonOf(cause), cause });
  }
}

/** Decodes all pixels of a file. */
export async function decodeImage(path: string, options: DecodeOptions): Promise<DecodedImage> {
  const { what } = options;
  const bytes = options.bytes ?? await readImageFile(path, { what });
  const layout = layoutOfFile(path, { what, bytes });
  const { oddNumbers } = layout;
  if (oddNumbers !== null) {
    const reason = `TIFF must have integers of 1, 2, 4, 8 or 16 bits, got ${oddNumbers}`;
    throw new UnreadableImage(path, { what, reason, cause: null });
  }
  try {
    return await decodeBytes(bytes, { ...options, layout });
  } catch (cause) {
    throw new UnreadableImage(path, { what, reason: explain(cause), cause });
  }
}

/** Decodes the bytes of a file whose layout is known. */
async function decodeBytes(
  bytes: Uint8Array,
  options: Pick<DecodeOptions, "depth" | "orientation"> & { readonly layout: ImageLayout },
): Promise<DecodedImage> {
  const { layout, depth } = options;
  const { width, height } = layout;
  return await inTurn((width ?? 0) * (height ?? 0), async () => {
    if (layout.format === "bmp") {
      const bitmap = await decodeBmp(bytes);
      return depth === 8 ? bitmap : widen(bitmap);
    }
    const image = openDecoder(bytes, options);
    if (layout.isCmyk) {
      const cmyk = await toPixels(image.pipelineColourspace("cmyk").toColourspace("cmyk").raw(), 4);
      const rgb = { ...cmyk, channels: 3, data: cmykToRgb(cmyk.data) } as const;
      return depth === 8 ? rgb : widen(rgb);
    }
    const flat = image.removeAlpha();
    const raw = depth === 8 ? flat.raw() : flat.toColourspace("rgb16").raw({ depth: "ushort" });
    return { ...await toPixels(raw, 3), channels: 3 };
  });
}

/** Opens a decoder that leaves colour profiles alone. */
function openDecoder(
  bytes: Uint8Array,
  { orientation = "file" }: { readonly orientation?: Orientation },
): Sharp {
  const image = sharp(bytes, { ignoreIcc: true, limitInputPixels: mostPixels });
  return orientation === "exif" ? image.autoOrient() : image;
}

/** Lets a decoder make its pixels, which must have so many values each. */
async function toPixels(
  image: Sharp,
  channels: number,
): Promise<{ height: number; width: number; data: Uint8Array }> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) {
    throw new Error(`it must decode to ${channels} channels, got ${info.channels}`);
  }
  return { height: info.height, width: info.width, data };
}

/** Decodes numbers of up to 32 bits as they are, three per pixel; a TIFF must call them unsigned. */
export async function decodeNumbers(
  bytes: Uint8Array,
  options: { readonly orientation?: Orientation },
): Promise<{ height: number; width: number; data: Uint32Array }> {
  const image = openDecoder(bytes, options).removeAlpha()
    .pipelineColourspace("srgb").toColourspace("srgb").raw({ depth: "double" });
  const { height, width, data } = await toPixels(image, 3);
  // The bytes are copied, since they need not begin where eight-byte numbers may.
  return { height, width, data: Uint32Array.from(new Float64Array(new Uint8Array(data).buffer)) };
}

/** Decodes the alpha channel, one value per pixel as the file stores them; `null`: there is none. */
export async function decodeAlpha(bytes: Uint8Array): Promise<Uint8Array | null> {
  const image = openDecoder(bytes, {});
  if (!(await image.metadata()).hasAlpha) return null;
  const { data } = await toPixels(image.extractChannel("alpha").toColourspace("b-w").raw(), 1);
  return data;
}

/** Images with more pixels are decoded one at a time, so that a few do not fill the memory. */
const manyPixels = 2 ** 25;

/** The large image that is being decoded. */
let large: Promise<unknown> = Promise.resolve();

async function inTurn<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
  if (pixels <= manyPixels) return await decode();
  const own = large.then(decode);
  large = own.catch(() => undefined);
  return await own;
}

/** Pillow's conversion: what ink leaves of white, then black of what is left, rounded. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const white = 255 - cmyk[from + 3]!;
    for (let i = 0; i < 3; i++) {
      const product = cmyk[from + i]! * white + 128;
      rgb[to++] = white - ((product + (product >> 8)) >> 8);
    }
  }
  return rgb;
}

/** What the header of an image file says. */
export interface ImageFacts {
  /** Such as `png`. */
  readonly format: string;
  /** Columns of pixels as the file stores them. */
  readonly width: number;
  /** Rows of pixels as the file stores them. */
  readonly height: number;
  /** Values per pixel: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  readonly channels: number;
  /** Bits per value. */
  readonly bits: number;
  /** Whether an EXIF orientation turns or mirrors it. */
  readonly isRotated: boolean;
}

/** Bits per value by sharp's names. */
const bitsOf: Readonly<Record<string, number>> = { uchar: 8, char: 8, ushort: 16, short: 16 };

/** Bytes that hold the header of any file but a TIFF, whose directory may stand at the end. */
const headerLength = 2 ** 18;

/** Reads what the header of an image file says; pixels are not decoded. */
export async function readImageFacts(path: string, options: FileOptions): Promise<ImageFacts> {
  const { what } = options;
  const start = options.bytes ?? await readImageFile(path, { what, length: headerLength });
  const isWhole = options.bytes !== undefined || start.length < headerLength;
  const isTiff = /^(II|MM)/.test(String.fromCharCode(...start.subarray(0, 2)));
  const bytes = isWhole || !isTiff ? start : await readImageFile(path, { what });
  const layout = layoutOfFile(path, { what, bytes });
  try {
    if (layout.format === "bmp") {
      const whole = isWhole ? bytes : await readImageFile(path, { what });
      const { width, height, isGrey } = await decodeBmp(whole);
      return { format: "bmp", width, height, channels: isGrey ? 1 : 3, bits: 8, isRotated: false };
    }
    const { format, width, height, channels, depth, orientation = 1 } = await sharp(
      isWhole || isTiff ? bytes : path,
      { limitInputPixels: mostPixels },
    ).metadata();
    const bits = bitsOf[depth] ?? 32;
    return { format, width, height, channels, bits, isRotated: orientation > 1 };
  } catch (cause) {
    throw new UnreadableImage(path, { what, reason: explain(cause), cause });
  }
}

function widen(image: DecodedImage): DecodedImage {
  const wide = Uint16Array.from(image.data, (value) => 257 * value);
  return { ...image, data: new Uint8Array(wide.buffer) };
}

/** Says why a file cannot be decoded, in more words than the decoder has. */
export function explain(error: unknown): string {
  const message = reasonOf(error);
  if (message.startsWith("it must") || message.startsWith("the file is")) return message;
  if (message.includes("pixel limit")) {
    return `it must have at most ${mostPixels.toLocaleString("en-US")} pixels, got more`;
  }
  return `the file is damaged (${message})`;
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replaceAll(/\s+/g, " ");
}

/** A decoded BMP. */
export interface Bitmap {
  /** Rows of pixels, top first. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Always RGB. */
  readonly channels: 3;
  /** Whether red, green and blue are equal in every pixel. */
  readonly isGrey: boolean;
  /** `data[(y · width + x) · 3 + channel]`, from 0 to 255. */
  readonly data: Uint8Array;
}

/** Decodes a BMP of any depth, with or without a palette, stored from the top or the bottom. */
export async function decodeBmp(bytes: Uint8Array): Promise<Bitmap> {
  try {
    const image = new Transformer(bytes);
    const { width, height } = await image.metadata();
    const pixels = await image.rawPixels();
    const { data, isGrey } = toRgb(pixels, width * height);
    return { width, height, channels: 3, isGrey, data };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`the file is damaged (${message.trim()})`, { cause: error });
  }
}

/** Leaves red, green and blue of one, three or four values per pixel. */
function toRgb(pixels: Uint8Array, count: number): { data: Uint8Array; isGrey: boolean } {
  const channels = pixels.length / count;
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`a pixel must have 1, 3 or 4 values, got ${channels}`);
  }
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  const data = new Uint8Array(3 * count);
  let isGrey = true;
  for (let pixel = 0; pixel < count; pixel++) {
    const from = channels * pixel, to = 3 * pixel;
    data[to] = pixels[from]!;
    data[to + 1] = pixels[from + green]!;
    data[to + 2] = pixels[from + blue]!;
    if (data[to] !== data[to + 1] || data[to] !== data[to + 2]) isGrey = false;
  }
  return { data, isGrey };
}
