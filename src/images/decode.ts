/**
 * Decodes image files to RGB, whatever their format.
 *
 * Like Pillow it keeps the values of the file: colour profiles are ignored, palettes are looked
 * up, grey gets three equal channels, alpha is dropped. An EXIF orientation is applied on
 * request only. BMP files, which sharp cannot read, are left to `@napi-rs/image`.
 *
 * @module
 */
import { Transformer } from "@napi-rs/image";
import sharp from "sharp";
import { readStart, statIfExists } from "@/files/read.ts";

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

/** How a file is decoded. */
export interface DecodeOptions {
  /** What the file is, for errors. */
  readonly what: "image" | "mask";
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

/** Decodes all pixels of a file. */
export async function decodeImage(path: string, options: DecodeOptions): Promise<DecodedImage> {
  const { what, depth, orientation = "file" } = options;
  const opened = sharp(path, { ignoreIcc: true });
  const image = (orientation === "exif" ? opened.autoOrient() : opened).removeAlpha();
  const raw = depth === 8 ? image.raw() : image.toColourspace("rgb16").raw({ depth: "ushort" });
  try {
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { ...info, data, channels: 3 };
    throw new Error(`it must decode to 3 channels, got ${info.channels}`);
  } catch (error) {
    const bitmap = await readBitmap(path).catch((cause: unknown) => {
      throw new UnreadableImage(path, { what, reason: reasonOf(cause), cause });
    });
    if (bitmap === null) {
      throw new UnreadableImage(path, { what, reason: await explain(path, error), cause: error });
    }
    return depth === 8 ? bitmap : widen(bitmap);
  }
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

/** Reads what the header of an image file says; pixels are not decoded. */
export async function readImageFacts(
  path: string,
  { what }: Pick<DecodeOptions, "what">,
): Promise<ImageFacts> {
  try {
    const { format, width, height, channels, depth, orientation = 1 } = await sharp(path)
      .metadata();
    return {
      format,
      width,
      height,
      channels,
      bits: bitsOf[depth] ?? 32,
      isRotated: orientation > 1,
    };
  } catch (error) {
    const bitmap = await readBitmap(path).catch((cause: unknown) => {
      throw new UnreadableImage(path, { what, reason: reasonOf(cause), cause });
    });
    if (bitmap === null) {
      throw new UnreadableImage(path, { what, reason: await explain(path, error), cause: error });
    }
    const { width, height, isGrey } = bitmap;
    return { format: "bmp", width, height, channels: isGrey ? 1 : 3, bits: 8, isRotated: false };
  }
}

/** Decodes a file if it is a BMP; `null` if it is anything else or cannot be opened. */
async function readBitmap(path: string) {
  const start = await readStart(path, 2).catch(() => new Uint8Array());
  return isBmp(start) ? await decodeBmp(await Deno.readFile(path)) : null;
}

function widen(image: DecodedImage): DecodedImage {
  const wide = Uint16Array.from(image.data, (value) => 257 * value);
  return { ...image, data: new Uint8Array(wide.buffer) };
}

/** The formats that can be read, as messages list them. */
const imageFormats = "PNG, JPEG, WebP, TIFF or BMP";

/** Says why a file cannot be decoded, in more words than the decoder has. */
async function explain(path: string, error: unknown): Promise<string> {
  try {
    const stat = await statIfExists(path);
    if (stat === null) return "no such file";
    if (!stat.isFile) return "it must be a file, got a folder";
    await readStart(path, 1);
  } catch (reason) {
    if (reason instanceof Deno.errors.PermissionDenied) return "no permission to read it";
    throw reason;
  }
  const message = reasonOf(error);
  if (message.includes("unsupported image format")) return `it must be a ${imageFormats} image`;
  return message.startsWith("it must") ? message : `the file is damaged (${message})`;
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

/** Tells by its first two bytes whether a file is a BMP. */
export function isBmp(start: Uint8Array): boolean {
  return start[0] === 0x42 && start[1] === 0x4d;
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
