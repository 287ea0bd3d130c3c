/**
 * Tables from Parquet files, by hyparquet, which is loaded for them alone.
 *
 * hyparquet-compressors unpacks snappy, gzip, zstd, brotli and LZ4. A file that was cut is always
 * refused; a changed byte is not always noticed, since the usual programs write no checksums.
 *
 * @module
 */
import { readStart } from "@/files/read.ts";
import type { TextRecord } from "@/files/text_records.ts";
import { describeFaults } from "@/messages.ts";

/** The first four bytes of a Parquet file, and the last. */
export const PARQUET_MARK = "PAR1";

/** A table of which some columns were read. */
export interface ParquetTable {
  /** Names of all columns. */
  readonly columns: readonly string[];
  /** One record per row, of the columns that were chosen. */
  readonly records: readonly TextRecord[];
}

/**
 * Reads columns of a Parquet file, whatever its types; integers of 64 bits become numbers, or text
 * where a number would change them.
 */
export async function readParquet(
  path: string,
  options: {
    /** Of the names of all columns, those to read. */
    readonly choose: (columns: readonly string[]) => readonly string[];
  },
): Promise<ParquetTable> {
  const task = `Cannot read "${path}"`;
  const mark = new TextDecoder("latin1").decode(await readStart(path, PARQUET_MARK.length));
  if (mark !== PARQUET_MARK) {
    throw new SyntaxError(
      `${task}: it must begin with "${PARQUET_MARK}", got ${JSON.stringify(mark)}`,
    );
  }
  const { columns, chosen, rows } = await decode(path, options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : error;
    throw new SyntaxError(
      `${task}: it must be a whole and undamaged Parquet file, got "${reason}"`,
      { cause: error },
    );
  });
  const faults = columns.filter((name, index) => columns.indexOf(name) !== index)
    .map((name) => `every column must have a name of its own, got "${name}" twice`);
  if (faults.length === 0) {
    for (const [name, { count }] of chosen) {
      if (count !== rows) faults.push(`column "${name}" must have ${rows} values, got ${count}`);
    }
  }
  if (faults.length > 0) throw new SyntaxError(describeFaults(task, faults));
  const records = Array.from({ length: rows }, (_, row) => {
    const record: Record<string, unknown> = {};
    for (const [name, { values }] of chosen) record[name] = values[row];
    return record;
  });
  return { columns, records };
}

/** Values of a column by row, and how many there were. */
interface Column {
  readonly values: unknown[];
  count: number;
}

async function decode(
  path: string,
  options: { readonly choose: (columns: readonly string[]) => readonly string[] },
): Promise<{ columns: string[]; chosen: ReadonlyMap<string, Column>; rows: number }> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetRead, parquetSchema } = await import(
    "hyparquet"
  );
  const { compressors } = await import("hyparquet-compressors");
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const names = [...options.choose(columns)];
  const chosen = new Map(names.map((name): [string, Column] => [name, { values: [], count: 0 }]));
  await parquetRead({
    file,
    metadata,
    columns: names,
    compressors,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = chosen.get(columnName)!;
      column.count += columnData.length;
      for (let i = 0; i < columnData.length; i++) {
        column.values[rowStart + i] = toCell(columnData[i]);
      }
    },
  });
  return { columns, chosen, rows: Number(metadata.num_rows) };
}

function toCell(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
