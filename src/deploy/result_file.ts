/**
 * A file of result lines that is its own journal: what stands in it is done, whatever happened
 * since, and a line that a dying process left unfinished is cut off.
 *
 * @module
 */
import { parse } from "csv-parse/sync";
import { dirname } from "node:path";
import { headLine, type LineFormat, UNREADABLE } from "@/deploy/result_lines.ts";
import { readFully } from "@/files/read.ts";

/** An open file of results, which no other process can open until it is closed. */
export interface ResultFile {
  /** Images that have a verdict in it. */
  readonly scored: Set<string>;
  /** Images of which it says that they cannot be read. */
  readonly unreadable: Set<string>;
  /** Whether an unfinished line was cut off. */
  readonly wasCut: boolean;
  /** Adds lines; when this resolves, they are on the disk. */
  append(text: string): Promise<void>;
  /** Closes the file. */
  close(): void;
}

/** Bytes that are read at once. */
const chunkLength = 2 ** 20;

/** Opens a file of results to go on with it; it is made where missing. */
export async function openResultFile(path: string, format: LineFormat): Promise<ResultFile> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    if (!await file.tryLock(true)) {
      throw new Error(`Cannot go on with "${path}": no other process must write to it, one does`);
    }
    const scored = new Set<string>(), unreadable = new Set<string>();
    let end = 0, isFirst = true;
    for await (const { text, length } of completeLines(file, format)) {
      end += length;
      let lines = text;
      if (isFirst && headLine(format) !== "") {
        if (!text.startsWith(headLine(format))) throw refuse(path, format);
        lines = text.slice(headLine(format).length);
      }
      isFirst = false;
      for (const { image, isScored } of readLines(lines, { path, format })) {
        if (isScored) scored.add(image);
        else unreadable.add(image);
      }
    }
    for (const image of scored) unreadable.delete(image);
    const { size } = await file.stat();
    await file.truncate(end);
    await file.seek(end, Deno.SeekMode.Start);
    const append = async (text: string): Promise<void> => {
      const bytes = new TextEncoder().encode(text);
      for (let begin = 0; begin < bytes.length;) begin += await file.write(bytes.subarray(begin));
      await file.syncData();
    };
    if (end === 0) await append(headLine(format));
    return { scored, unreadable, wasCut: size > end, append, close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

function refuse(path: string, format: LineFormat): Error {
  return new Error(
    `Cannot go on with "${path}": it must hold lines of "predict" as ${format}, got others`,
  );
}

/** Complete lines, many at a time; a line break within quotes of CSV ends none. */
async function* completeLines(
  file: Deno.FsFile,
  format: LineFormat,
): AsyncGenerator<{ text: string; length: number }> {
  let rest = new Uint8Array(0);
  for (;;) {
    const chunk = new Uint8Array(rest.length + chunkLength);
    chunk.set(rest);
    const read = await readFully(file, chunk.subarray(rest.length));
    const bytes = chunk.subarray(0, rest.length + read);
    let end = 0, isQuoted = false;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === 0x22 && format === "csv") isQuoted = !isQuoted;
      else if (bytes[i] === 0x0a && !isQuoted) end = i + 1;
    }
    if (end > 0) yield { text: new TextDecoder().decode(bytes.subarray(0, end)), length: end };
    if (read < chunkLength) return;
    rest = bytes.slice(end);
  }
}

function readLines(
  text: string,
  { path, format }: { path: string; format: LineFormat },
): { image: string; isScored: boolean }[] {
  try {
    if (format === "csv") {
      const rows = parse(text, { relax_column_count: false }) as string[][];
      return rows.map((row) => {
        if (row.length !== headLine(format).split(",").length) throw refuse(path, format);
        return { image: row[0]!, isScored: !row.at(-1)!.startsWith(UNREADABLE) };
      });
    }
    return text.split("\n").filter((line) => line !== "").map((line) => {
      const { image, error } = JSON.parse(line);
      if (typeof image !== "string") throw refuse(path, format);
      return { image, isScored: error === undefined };
    });
  } catch {
    throw refuse(path, format);
  }
}
