import { TextReader, Uint8ArrayWriter, ZipReader, ZipWriter } from "@zip.js/zip.js";
import assert from "node:assert/strict";
import { join } from "node:path";
import { zipSource } from "@/files/archive_formats.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("zipSource() gives every piece of a file, says how much, and leaves it open", async () => {
  const writer = new ZipWriter(new Uint8ArrayWriter());
  await writer.add("a.txt", new TextReader("one"), { level: 0 });
  await writer.add("b.txt", new TextReader("two"), { level: 0 });
  const bytes = await writer.close();
  const path = join(makeFolder(), "two.zip");
  await Deno.writeFile(path, bytes);
  using file = await Deno.open(path);
  let read = 0;
  const zip = new ZipReader(zipSource(file, (count) => read += count), { useWebWorkers: false });
  const entries = await zip.getEntries();
  const texts = await Promise.all(entries.map(async (entry) => {
    assert.ok(!entry.directory);
    return new TextDecoder().decode(await entry.getData(new Uint8ArrayWriter()));
  }));
  await zip.close();
  assert.deepEqual(texts, ["one", "two"]);
  assert.ok(read >= bytes.length / 2, `${read} of ${bytes.length}`);
  assert.equal(file.seekSync(0, Deno.SeekMode.End), bytes.length);
});
