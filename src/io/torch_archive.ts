/**
 * PyTorch's archives: what `torch.save` writes since PyTorch 1.6.
 *
 * A zip file with a folder of any name in it: `data.pkl`, a pickle; `data/<key>`, the bytes of every
 * storage; and `byteorder`, all of them uncompressed. Only what is asked for is read.
 *
 * @module
 */
import { type FileEntry, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { zipSource } from "@/io/zip_source.ts";
import type { PickleValue } from "@/pickle_data.ts";
import { readPickle } from "@/pickle_values.ts";

/** An archive that is open for reading; `await using` closes it. */
export interface TorchArchive extends AsyncDisposable {
  /** What was saved; its tensors refer to storages. */
  readonly value: PickleValue;
  /** Reads a storage; the last few are kept, for several tensors may share one. */
  readStorage(key: string): Promise<Uint8Array>;
}

/** Storages that are kept: one for each field of a batch, and some. */
const kept = 8;

/**
 * Opens an archive and reads the pickle in it, without running anything of it.
 *
 * @param path The file.
 * @returns The open archive, which the caller closes.
 * @throws {SyntaxError} If it is no such archive, is damaged, or its pickle asks for what is not data.
 * @throws {Error} If the file cannot be opened.
 *
 * @example A table of scores is no archive
 * ```ts
 * import assert from "node:assert/strict";
 * import { openTorchArchive } from "@/io/torch_archive.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pt" });
 * await Deno.writeTextFile(path, "image,class,label,score\n");
 * await assert.rejects(openTorchArchive(path), SyntaxError);
 * await Deno.remove(path);
 * ```
 */
export async function openTorchArchive(path: string): Promise<TorchArchive> {
  const file = await Deno.open(path);
  const zip = new ZipReader(zipSource(file), { useWebWorkers: false, checkSignature: true });
  const close = async (): Promise<void> => {
    await zip.close();
    file.close();
  };
  try {
    const entries = await listEntries(zip, path);
    const value = readPickle(await readEntry(entries, { name: "data.pkl", path }), {
      source: path,
    });
    const byteOrder = entries.has("byteorder")
      ? new TextDecoder().decode(await readEntry(entries, { name: "byteorder", path }))
      : "little";
    if (byteOrder !== "little") {
      throw refusal(path, `its numbers must be little-endian, got byte order "${byteOrder}"`);
    }
    return {
      value,
      readStorage: createStorageReader((key) => readEntry(entries, { name: `data/${key}`, path })),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Files of the archive by their name without its folder. */
async function listEntries(
  zip: ZipReader<unknown>,
  path: string,
): Promise<ReadonlyMap<string, FileEntry>> {
  const entries = await zip.getEntries().catch((error: unknown) => {
    throw damage(path, error);
  });
  const files = entries.filter((entry): entry is FileEntry => !entry.directory);
  const pickle = files.find(({ filename }) => /^[^/]+\/data\.pkl$/.test(filename));
  if (pickle === undefined) {
    throw refusal(path, 'it must be written by "torch.save", got a zip file without "data.pkl"');
  }
  const folder = pickle.filename.slice(0, -"data.pkl".length);
  return new Map(
    files.filter(({ filename }) => filename.startsWith(folder))
      .map((entry) => [entry.filename.slice(folder.length), entry]),
  );
}

async function readEntry(
  entries: ReadonlyMap<string, FileEntry>,
  { name, path }: { name: string; path: string },
): Promise<Uint8Array> {
  const entry = entries.get(name);
  if (entry === undefined) throw refusal(path, `it must have a file "${name}", got none`);
  if (entry.compressionMethod !== 0) {
    throw refusal(path, `"${name}" must be stored as it is, got it compressed`);
  }
  try {
    return await entry.getData(new Uint8ArrayWriter());
  } catch (error) {
    throw damage(path, error);
  }
}

function createStorageReader(
  read: (key: string) => Promise<Uint8Array>,
): (key: string) => Promise<Uint8Array> {
  const recent = new Map<string, Promise<Uint8Array>>();
  return (key) => {
    const storage = recent.get(key) ?? read(key);
    recent.delete(key);
    recent.set(key, storage);
    if (recent.size > kept) recent.delete(recent.keys().next().value!);
    return storage;
  };
}

function damage(path: string, error: unknown): SyntaxError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SyntaxError(`Cannot read "${path}": it must be a complete zip file, got "${reason}"`, {
    cause: error,
  });
}

function refusal(path: string, what: string): SyntaxError {
  return new SyntaxError(`Cannot read "${path}": ${what}`);
}
