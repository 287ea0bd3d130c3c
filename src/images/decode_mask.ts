/**
 * Decodes a mask to what it marks.
 *
 * A pixel is anomalous where any colour channel is not 0, whatever numbers the file has: bits,
 * integers with or without sign, floats. Compression that changes values leaves grey rims around
 * every mark, so that a mask of a lossy format is anomalous from the middle on.
 *
 * @module
 */
import {
  decodeAlpha,
  decodeImage,
  decodeNumbers,
  explain,
  layoutOfFile,
  type Orientation,
  readImageFile,
  UnreadableImage,
} from "@/images/decode.ts";
import type { ImageLayout } from "@/images/headers.ts";
import { lossyMiddle } from "@/images/masks.ts";

/** What a mask marks. */
export interface DecodedMask {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** 1 where anomalous, else 0, row by row. */
  readonly data: Uint8Array;
  /** Anomalous pixels. */
  readonly marked: number;
  /** Number of different values of anomalous pixels. */
  readonly values: number;
  /** Whether the format changes values: what is anomalous begins at `lossyMiddle`. */
  readonly isLossy: boolean;
}

/** A lossy mask whose largest value is between this and the middle marks something faintly. */
const faintest = 32;

/** Decodes a mask. */
export async function decodeMask(
  path: string,
  options: { readonly orientation?: Orientation; readonly bytes?: Uint8Array } = {},
): Promise<DecodedMask> {
  const what = "mask";
  const { orientation = "file" } = options;
  const bytes = options.bytes ?? await readImageFile(path, { what });
  const layout = layoutOfFile(path, { what, bytes });
  const decoded = layout.oddNumbers === null
    ? await decodeImage(path, { what, depth: 16, orientation, bytes })
    : await decodeOddMask(path, { bytes, layout, orientation });
  const { height, width } = decoded;
  const found = {
    height,
    width,
    isLossy: layout.isLossy,
    ...markValues(valuesOf(decoded), layout),
  };
  const refuse = (reason: string): UnreadableImage =>
    new UnreadableImage(path, { what, reason, cause: null });
  if (found.marked === 0 && found.largest > faintest) {
    throw refuse(
      `a mask of a lossy format must mark by values of at least ${lossyMiddle}, ` +
        `got at most ${found.largest}`,
    );
  }
  const isUniform = found.marked === 0 || found.marked === found.data.length;
  if (isUniform && !layout.isCmyk && await hasDrawnAlpha(bytes, layout)) {
    throw refuse("its colours must mark what is anomalous, got marks in the alpha channel alone");
  }
  return found;
}

/** Values of a mask, three per pixel. */
type MaskValues = Uint16Array | Uint32Array;

function valuesOf({ data }: { readonly data: Uint8Array | Uint32Array }): MaskValues {
  if (data instanceof Uint32Array) return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

/** Decodes a TIFF of signed integers, floats or 32 bits as if it had unsigned integers. */
async function decodeOddMask(
  path: string,
  options: { bytes: Uint8Array; layout: ImageLayout; orientation: Orientation },
): Promise<{ height: number; width: number; data: Uint8Array | Uint32Array }> {
  const { layout, orientation } = options;
  const numbers = layout.oddNumbers ?? "";
  const bytes = options.bytes.slice();
  for (const place of layout.kindsAt) bytes[place] = 1;
  const isFloat = numbers.endsWith("floats");
  if (!numbers.startsWith("32")) {
    const decoded = await decodeImage(path, { what: "mask", depth: 16, orientation, bytes });
    const values = valuesOf(decoded);
    // The sign of −0 is no mark.
    if (isFloat) values.forEach((value, i) => values[i] = value & 0x7fff);
    return decoded;
  }
  try {
    const decoded = await decodeNumbers(bytes, { orientation });
    const values = decoded.data;
    if (isFloat) values.forEach((value, i) => values[i] = value & 0x7fffffff);
    return decoded;
  } catch (cause) {
    throw new UnreadableImage(path, { what: "mask", reason: explain(cause), cause });
  }
}

/** Marks pixels, and counts their values. */
function markValues(
  values: MaskValues,
  { isLossy }: Pick<ImageLayout, "isLossy">,
): Pick<DecodedMask, "data" | "marked" | "values"> & { readonly largest: number } {
  // Eight bits were widened to sixteen: the middle is in the higher byte.
  const least = isLossy ? 256 * lossyMiddle : 1;
  const data = new Uint8Array(values.length / 3);
  const different = new Set<number>();
  let marked = 0, last = 0, largest = 0;
  for (let i = 0, pixel = 0; pixel < data.length; pixel++, i += 3) {
    const red = values[i]!, green = values[i + 1]!, blue = values[i + 2]!;
    const most = Math.max(red, green, blue);
    if (most > largest) largest = most;
    if (most < least) continue;
    data[pixel] = 1;
    marked++;
    const value = red === green && red === blue ? red : (red * 65536 + green) * 65536 + blue;
    if (value === last) continue;
    different.add(value);
    last = value;
  }
  return {
    data,
    marked,
    values: isLossy ? Math.min(1, marked) : different.size,
    largest: isLossy ? largest >> 8 : 0,
  };
}

/** Tells whether there is an alpha channel of several values. */
async function hasDrawnAlpha(bytes: Uint8Array, layout: ImageLayout): Promise<boolean> {
  if (layout.format === "bmp" || layout.format === "jpeg" || layout.oddNumbers !== null) {
    return false;
  }
  const data = await decodeAlpha(bytes);
  return data?.some((value) => value !== data[0]) ?? false;
}
