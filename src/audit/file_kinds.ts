/**
 * What a file is that holds no table of scores: told by its bytes, and by its name where they say
 * nothing, with the way to a table.
 *
 * Nothing in such a file is ever read: what Python saved may run anything, and whoever has it has
 * Python, which writes the table.
 *
 * @module
 */
import { readFully } from "@/files/read.ts";

/** The bytes that tell what a file is, one character each. */
export interface FileEnds {
  /** The first 512 bytes. */
  readonly start: string;
  /** The last 64 KiB of a zip file, where its directory is; default: nothing. */
  readonly end?: string;
}

/** One kind of file; all that is given must hold. */
interface FileKind {
  /** What the file begins with: one of these. */
  readonly begins?: readonly string[];
  /** The byte from which it does; default 0. */
  readonly at?: number;
  /** What the directory of a zip file names. */
  readonly holds?: string;
  /** What follows the last point of its name, in lower case. */
  readonly extension?: RegExp;
  /** What it is. */
  readonly kind: string;
  /** What to do with it. */
  readonly wayOut: string;
}

const byPython = "docs/from_python.md shows how Python writes the table";
const noTable = "name the file with the scores";
const zip = "PK\x03\x04";

/** The first that fits decides. */
const fileKinds: readonly FileKind[] = [
  { begins: [zip], holds: "xl/workbook", kind: "an Excel workbook", wayOut: "save it as CSV" },
  { begins: [zip], holds: "content.xml", kind: "a spreadsheet", wayOut: "save it as CSV" },
  { begins: [zip], holds: ".iwa", kind: "a Numbers document", wayOut: "export it as CSV" },
  { begins: [zip], holds: "word/document", kind: "a Word document", wayOut: noTable },
  { begins: [zip], holds: "data.pkl", kind: "what PyTorch saved", wayOut: byPython },
  { begins: [zip], holds: ".npy", kind: "NumPy arrays (.npz)", wayOut: byPython },
  { begins: ["\x93NUMPY"], kind: "a NumPy array (.npy)", wayOut: byPython },
  {
    begins: ["\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"],
    kind: "what PyTorch saved",
    wayOut: byPython,
  },
  { begins: ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"], kind: "a pickle", wayOut: byPython },
  { begins: ["\x89HDF\r\n\x1a\n"], kind: "an HDF5 file", wayOut: byPython },
  { begins: ["MATLAB 5.0 MAT", "MATLAB 7.3 MAT"], kind: "a MATLAB file", wayOut: byPython },
  {
    begins: ["ARROW1\0", "\xff\xff\xff\xff"],
    kind: "an Arrow or Feather file",
    wayOut: byPython,
  },
  { begins: ["SQLite format 3\0"], kind: "an SQLite database", wayOut: "export the table as CSV" },
  { begins: ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"], kind: "a spreadsheet", wayOut: "save it as CSV" },
  { begins: ["\x1f\x8b"], kind: "a file compressed by gzip", wayOut: "unpack it" },
  { begins: ["\xfd7zXZ\0"], kind: "a file compressed by xz", wayOut: "unpack it" },
  { begins: ["(\xb5/\xfd"], kind: "a file compressed by zstd", wayOut: "unpack it" },
  { begins: ["1AY&SY"], at: 4, kind: "a file compressed by bzip2", wayOut: "unpack it" },
  { begins: ["7z\xbc\xaf'\x1c", "Rar!\x1a"], kind: "an archive", wayOut: "unpack it" },
  { begins: ["ustar\0", "ustar "], at: 257, kind: "an archive (tar)", wayOut: "unpack it" },
  { begins: ["%PDF-"], kind: "a PDF document", wayOut: noTable },
  {
    begins: ["<!doctype", "<html", "<table", "<?xml", "<svg"],
    kind: "HTML or XML",
    wayOut: "save the table as CSV",
  },
  {
    begins: ["\x89PNG", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\0", "MM\0*", "RIFF"],
    kind: "an image",
    wayOut: noTable,
  },
  {
    begins: ["version https://git-lfs"],
    kind: "a pointer of Git LFS in place of the file",
    wayOut: '"git lfs pull" fetches it',
  },
  { begins: ["\xff\xfe", "\xfe\xff"], kind: "text in UTF-16", wayOut: "save it as UTF-8" },
  { extension: /^(?:bmp|heic|heif|avif)$/, kind: "an image", wayOut: noTable },
  { extension: /^(?:xls[bmx]?|ods|numbers)$/, kind: "a spreadsheet", wayOut: "save it as CSV" },
  { extension: /^(?:pkl|pickle|joblib|pt|pth|ckpt)$/, kind: "what Python saved", wayOut: byPython },
  { begins: [zip, "PK\x05\x06"], kind: "a zip file", wayOut: "unpack it" },
];

/** Characters below the space that text may have: tab, line ends, form feed, escape, DOS's end. */
const inText = "\t\n\v\f\r\x1a\x1b";

/** Says what a file is that can be no table, and what to do with it; `null` if it may be one. */
export function describeOtherKind(
  { start, end = "" }: FileEnds,
  options: {
    /** What follows the last point of the file's name, in lower case; "": that says nothing. */
    readonly extension: string;
  },
): string | null {
  const text = start.replace(/^\xef\xbb\xbf/, "").trimStart().toLowerCase();
  const match = fileKinds.find(({ begins, at = 0, holds, extension }) =>
    (begins?.some((mark) => (mark[0] === "<" ? text : start).startsWith(mark, at)) ?? true) &&
    (holds === undefined || end.includes(holds)) &&
    (extension?.test(options.extension) ?? true)
  );
  if (match !== undefined) return `${match.kind}; ${match.wayOut}`;
  return isBinary(start) ? `binary data; ${byPython}` : null;
}

/** Says whether there are characters that no text has. */
export function isBinary(start: string): boolean {
  return [...start].some((character) => character < " " && !inText.includes(character));
}

/** Reads the bytes that tell what a file is. */
export async function readEnds(path: string): Promise<FileEnds> {
  using file = await Deno.open(path);
  const start = await readText(file, 512);
  if (!start.startsWith("PK")) return { start };
  const { size } = await file.stat();
  await file.seek(Math.max(0, size - 2 ** 16), Deno.SeekMode.Start);
  return { start, end: await readText(file, 2 ** 16) };
}

async function readText(file: Deno.FsFile, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  const filled = await readFully(file, bytes);
  return Array.from(bytes.subarray(0, filled), (byte) => String.fromCharCode(byte)).join("");
}
