/** Baseline TIFF files of any numbers, which no encoder here writes. */

/** What stands in the directory of a TIFF. */
export interface TiffOptions {
  readonly width: number;
  readonly height: number;
  /** Values per pixel; default 1. */
  readonly samples?: number;
  /** Bits per value; default 8. */
  readonly bits?: number;
  /** 1 unsigned, 2 signed, 3 floats, 6 complex; default: not said. */
  readonly kind?: number;
  /** Colour model; default 1: 0 is black. */
  readonly model?: number;
  /** Compression; default 1: none. */
  readonly compression?: number;
  /** How many directories there are, each of the same image; default 1. */
  readonly pages?: number;
  /** What the further ones are; default 0: images. */
  readonly subfile?: number;
}

/** Encodes little-endian values, packed as the options say, as one strip. */
export function encodeTiff(data: Uint8Array, options: TiffOptions): Uint8Array {
  const { width, height, samples = 1, bits = 8, kind, model = 1, compression = 1 } = options;
  const { pages = 1, subfile = 0 } = options;
  const [short, long] = [3, 4];
  const fields = (page: number, begin: number): number[][] => [
    [254, long, page === 0 ? 0 : subfile],
    [256, long, width],
    [257, long, height],
    [258, short, bits],
    [259, short, compression],
    [262, short, model],
    [273, long, begin],
    [277, short, samples],
    [279, long, data.length],
    ...(samples === 2 || samples > 4 ? [[338, short, 2]] : []),
    ...(kind === undefined ? [] : [[339, short, kind]]),
  ];
  const count = fields(0, 0).length, length = 2 + 12 * count + 4;
  // All values of a tag of several samples, and where they stand when they are more than two.
  const lists = 8 + pages * length, begin = lists + 4 * samples;
  const bytes = new Uint8Array(begin + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  for (let i = 0; i < samples; i++) {
    view.setUint16(lists + 2 * i, bits, true);
    view.setUint16(lists + 2 * samples + 2 * i, kind ?? 1, true);
  }
  for (let page = 0; page < pages; page++) {
    const at = 8 + page * length;
    view.setUint16(at, count, true);
    fields(page, begin).forEach(([tag, type, value], i) => {
      const entry = at + 2 + 12 * i;
      const isList = (tag === 258 || tag === 339) && samples > 1;
      view.setUint16(entry, tag!, true);
      view.setUint16(entry + 2, type!, true);
      view.setUint32(entry + 4, isList ? samples : 1, true);
      if (isList && samples === 2) {
        view.setUint16(entry + 8, value!, true);
        view.setUint16(entry + 10, value!, true);
      } else if (isList) view.setUint32(entry + 8, tag === 258 ? lists : lists + 2 * samples, true);
      else if (type === short) view.setUint16(entry + 8, value!, true);
      else view.setUint32(entry + 8, value!, true);
    });
    view.setUint32(at + length - 4, page + 1 < pages ? at + length : 0, true);
  }
  bytes.set(data, begin);
  return bytes;
}

/** Bytes of a typed array, little-endian. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
