import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Compression, readUnpackedBytes } from "@/files/archive_formats.ts";
import { join as joinBytes, packXz } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

const folder = makeFolder();
const content = Uint8Array.from({ length: 300_000 }, (_, i) => i * i >> 5);

async function read(bytes: Uint8Array, compression: Compression, signal?: AbortSignal) {
  const path = join(folder, "file");
  await Deno.writeFile(path, bytes);
  using file = await Deno.open(path);
  const parts: Uint8Array[] = [], seen: number[] = [];
  const onRead = (count: number) => seen.push(count);
  for await (
    const part of readUnpackedBytes(file, { compression, onRead, ...(signal && { signal }) })
  ) {
    parts.push(part.slice());
  }
  return { bytes: joinBytes(parts), seen };
}

/** Packs with the program `xz`; null where there is none. */
async function runXz(...args: string[]): Promise<Uint8Array | null> {
  try {
    const path = join(folder, "plain");
    await Deno.writeFile(path, content);
    const { success, stdout } = await new Deno.Command("xz", { args: [...args, "-kc", path] })
      .output();
    return success ? stdout : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

Deno.test("readUnpackedBytes() takes xz and gzip off, and tells how far it is", async () => {
  const packed = { xz: packXz(content), gzip: gzipSync(content), none: content } as const;
  for (const compression of ["xz", "gzip", "none"] as const) {
    const { bytes, seen } = await read(packed[compression], compression);
    assert.deepEqual(bytes, content, compression);
    assert.equal(seen.at(-1), packed[compression].length);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  }
});

Deno.test("readUnpackedBytes() reads several streams in a row, as xz and gzip do", async () => {
  const [a, b] = [content.subarray(0, 100_000), content.subarray(100_000)];
  const xz = joinBytes([packXz(a), new Uint8Array(8), packXz(b), new Uint8Array(4)]);
  assert.deepEqual((await read(xz, "xz")).bytes, content);
  assert.deepEqual((await read(joinBytes([gzipSync(a), gzipSync(b)]), "gzip")).bytes, content);
});

Deno.test("readUnpackedBytes() reads what the program xz writes, and checks every check", async () => {
  for (const check of ["crc32", "crc64", "sha256"]) {
    const xz = await runXz(`--check=${check}`);
    if (xz === null) return;
    assert.deepEqual((await read(xz, "xz")).bytes, content);
    // The check of the block lies right before the index, whose size the footer tells in words.
    const words = new DataView(xz.buffer, xz.byteOffset).getUint32(xz.length - 8, true) + 1;
    const damaged = xz.slice();
    damaged[xz.length - 12 - 4 * words - 1]! ^= 1;
    await assert.rejects(read(damaged, "xz"), /checksum/, check);
  }
  const blocks = await runXz("--block-size=50000", "-T2");
  assert.deepEqual((await read(blocks!, "xz")).bytes, content);
});

Deno.test("readUnpackedBytes() notices every flipped byte and every place where a file is cut", async () => {
  const short = content.subarray(0, 1000);
  const packed: [Compression, Uint8Array][] = [["xz", packXz(short)], ["gzip", gzipSync(short)]];
  for (const [compression, bytes] of packed) {
    for (let i = 0; i < bytes.length; i += 23) {
      await assert.rejects(read(bytes.subarray(0, i), compression), `cut at ${i}`);
      // Bytes 3 to 9 of gzip are flags and notes that nothing checks.
      if (compression === "gzip" && i < 10) continue;
      const damaged = bytes.slice();
      damaged[i]! ^= 0x10;
      await assert.rejects(read(damaged, compression), `flipped at ${i}`);
    }
    await assert.rejects(read(bytes.subarray(0, -1), compression));
    await assert.rejects(read(joinBytes([bytes, Uint8Array.of(1, 2, 3)]), compression));
  }
});

Deno.test("readUnpackedBytes() stops for a signal with its reason", async () => {
  for (const compression of ["xz", "gzip", "none"] as const) {
    const packed = { xz: packXz(content), gzip: gzipSync(content), none: content }[compression];
    const reason = new Error("enough");
    await assert.rejects(read(packed, compression, AbortSignal.abort(reason)), (error) => {
      assert.equal(error, reason);
      return true;
    });
  }
});

Deno.test("readUnpackedBytes() reads only a little ahead", async () => {
  const large = new Uint8Array(10_000_000);
  const path = join(folder, "large");
  for (const compression of ["xz", "gzip", "none"] as const) {
    const packed = { xz: packXz(large), gzip: gzipSync(large, { level: 0 }), none: large };
    await Deno.writeFile(path, packed[compression]);
    using file = await Deno.open(path);
    let ahead = 0;
    const onRead = (count: number) => ahead = count;
    const bytes = readUnpackedBytes(file, { compression, onRead });
    await bytes.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(ahead < 6_000_000, `${compression} read ${ahead}`);
    await bytes.return(undefined);
  }
});
