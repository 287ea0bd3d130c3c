import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { extractArchive, formatBytes, readFreeSpace, tellArchiveFormat } from "@/files/archive.ts";
import {
  buildTar,
  buildZip,
  join as joinBytes,
  listTree,
  packXz,
  type TarEntry,
  type ZipEntry,
} from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("tellArchiveFormat() tells formats by content", () => {
  const tar = buildTar([{ name: "a" }]);
  const tell = (bytes: Uint8Array) => tellArchiveFormat(bytes.subarray(0, formatBytes));
  assert.equal(tell(tar), "tar");
  assert.equal(tell(packXz(tar)), "tar.xz");
  assert.equal(tell(gzipSync(tar)), "tar.gz");
  assert.equal(tell(buildZip([{ name: "a" }])), "zip");
  assert.equal(tell(buildZip([])), "zip");
});

Deno.test("tellArchiveFormat() knows nothing else, nor what is too short", () => {
  const tar = buildTar([{ name: "a" }]);
  assert.equal(tellArchiveFormat(new Uint8Array()), null);
  assert.equal(tellArchiveFormat(new Uint8Array(512)), null);
  assert.equal(tellArchiveFormat(tar.subarray(0, 261)), null);
  assert.equal(tellArchiveFormat(tar.subarray(0, 262)), "tar");
  assert.equal(tellArchiveFormat(packXz(tar).subarray(0, 5)), null);
  assert.equal(tellArchiveFormat(new TextEncoder().encode("7z\xbc\xaf\x27\x1c")), null);
});

const contents: Readonly<Record<string, string>> = {
  "bottle/train/good/000.png": "first",
  "bottle/test/hole/000.png": "x".repeat(70_000),
  "license.txt": "",
};
const tree = {
  ...contents,
  ...Object.fromEntries(
    ["", "train/", "train/good/", "test/", "test/hole/"].map((path) => [`bottle/${path}`, ""]),
  ),
};
const files = Object.entries(contents).map(([name, content]) => ({ name, content }));
const tar = buildTar(files);
const formats = {
  tar,
  "tar.xz": packXz(tar),
  "tar.gz": new Uint8Array(gzipSync(tar)),
  zip: buildZip(files.map((file) => ({ ...file, isDeflated: true }))),
} as const;

/** Unpacks from a folder of its own, and tells what is in that folder then but the archive. */
async function unpack(
  bytes: Uint8Array,
  options: { mostBytes?: number; signal?: AbortSignal; onProgress?: (share: number) => void } = {},
) {
  const parent = makeFolder();
  const archive = join(parent, "x");
  await Deno.writeFile(archive, bytes);
  const rest = () => {
    const { x: _, ...others } = listTree(parent);
    return others;
  };
  try {
    const { files, bytes, format } = await extractArchive({
      archive,
      folder: join(parent, "data"),
      ...options,
    });
    return { files, bytes, format, tree: listTree(join(parent, "data")) };
  } catch (error) {
    assert.deepEqual(rest(), {}, "nothing is left");
    throw error;
  }
}

Deno.test("extractArchive() tells the format by content and unpacks every one alike", async () => {
  for (const [format, bytes] of Object.entries(formats)) {
    const shares: number[] = [];
    const done = await unpack(bytes, { onProgress: (share) => shares.push(share) });
    assert.deepEqual(done, { files: 3, bytes: 70_005, format, tree });
    assert.equal(shares.at(-1), 1);
    assert.deepEqual(shares, shares.toSorted((a, b) => a - b));
  }
});

Deno.test("extractArchive() unpacks what the program tar packs", async () => {
  const parent = makeFolder();
  await extractArchive({
    archive: await (async () => {
      await Deno.writeFile(join(parent, "a.zip"), formats.zip);
      return join(parent, "a.zip");
    })(),
    folder: join(parent, "data"),
  });
  for (const option of ["-c", "-cJ", "-cz"]) {
    for (const format of ["gnu", "pax", "ustar"]) {
      const archive = join(parent, "archive");
      const args = [`--format=${format}`, option, "-f", archive, "-C", join(parent, "data"), "."];
      const packed = await new Deno.Command("tar", { args }).output().catch(() => null);
      // Neither every tar nor every system knows these options.
      if (packed === null || !packed.success) continue;
      const folder = join(parent, "again");
      const { files } = await extractArchive({ archive, folder });
      assert.deepEqual([files, listTree(folder)], [3, tree], `${format} ${option}`);
    }
  }
});

Deno.test("extractArchive() refuses tars that reach for more than their folder", async () => {
  const good: TarEntry = { name: "a/good.png", content: "good" };
  const cases: [TarEntry[], string][] = [
    [[{ name: "../evil" }], 'entry "../evil" must have no part ".."'],
    [[{ name: "a/../../evil" }], 'entry "a/../../evil" must have no part ".."'],
    [[{ name: "a\\..\\..\\evil" }], 'entry "a\\\\..\\\\..\\\\evil" must have no part ".."'],
    [[{ name: "/etc/evil" }], 'entry "/etc/evil" must have a relative name'],
    [[{ name: "x", pax: { path: "/evil" } }], 'entry "/evil" must have a relative name'],
    [[{ name: "C:\\evil" }], 'entry "C:\\\\evil" must have a relative name'],
    [
      [{ name: "b", type: "2", linkName: "/etc" }, { name: "b/evil" }],
      'entry "b" must be a file or a folder, got a symbolic link',
    ],
    [
      [{ name: "b", type: "1", linkName: "a/good.png" }],
      'entry "b" must be a file or a folder, got a hard link',
    ],
    [[{ name: "b", type: "3" }], 'entry "b" must be a file or a folder, got a device'],
    [[{ name: "b", type: "4" }], 'entry "b" must be a file or a folder, got a device'],
    [[{ name: "b", type: "6" }], 'entry "b" must be a file or a folder, got a FIFO'],
    [
      [{ name: "a//good.png", content: "evil" }],
      'entry "a//good.png" must have a path of its own, got that of a file before it',
    ],
    [[{ name: "a" }], 'entry "a" must have a path of its own, got that of a folder before it'],
    [
      [{ name: "a/good.png/evil" }],
      'entry "a/good.png/evil" must not lie in "a/good.png", which is a file',
    ],
  ];
  for (const [entries, what] of cases) {
    for (const pack of [(bytes: Uint8Array) => bytes, packXz, gzipSync]) {
      await assert.rejects(unpack(pack(buildTar([good, ...entries]))), {
        name: "RangeError",
        message: `Cannot extract "x": ${what}`,
      });
    }
  }
});

Deno.test("extractArchive() refuses zips that reach for more than their folder", async () => {
  const cases: [ZipEntry, string][] = [
    [{ name: "../evil" }, 'entry "../evil" must have no part ".."'],
    [{ name: "..\\evil" }, 'entry "..\\\\evil" must have no part ".."'],
    [{ name: "/evil" }, 'entry "/evil" must have a relative name'],
    [{ name: "\\\\host\\evil" }, 'entry "\\\\\\\\host\\\\evil" must have a relative name'],
    [
      { name: "b", content: "/etc", mode: 0o120777 },
      'entry "b" must be a file or a folder, got a symbolic link',
    ],
    [{ name: "b", mode: 0o020666 }, 'entry "b" must be a file or a folder, got a device'],
    [{ name: "b", content: "c", isEncrypted: true }, 'entry "b" must not be encrypted'],
    [
      { name: "a/good.png" },
      'entry "a/good.png" must have a path of its own, got that of a file before it',
    ],
  ];
  for (const [entry, what] of cases) {
    await assert.rejects(unpack(buildZip([{ name: "a/good.png", content: "good" }, entry])), {
      name: "RangeError",
      message: `Cannot extract "x": ${what}`,
    });
  }
});

Deno.test("extractArchive() refuses bombs, by what they say and by what they hold", async () => {
  for (const bytes of Object.values(formats)) {
    assert.equal((await unpack(bytes, { mostBytes: 70_005 })).bytes, 70_005);
    await assert.rejects(unpack(bytes, { mostBytes: 70_004 }), {
      name: "RangeError",
      message: /^Cannot extract "x": its files .*need 70,005 bytes, got 70,004 bytes allowed$/,
    });
  }
  const vast = 2 ** 60;
  await assert.rejects(unpack(packXz(buildTar([{ name: "vast", bytes: vast }]))), {
    name: "Error",
    message:
      /^Cannot extract "x": its files up to "vast" need 1,152,921,504,606,847,000 bytes, got [\d,]+ bytes free on the disk$/,
  });
  const bomb = { name: "b", content: new Uint8Array(100_000), bytes: 1000, isDeflated: true };
  await assert.rejects(unpack(buildZip([bomb]), { mostBytes: 1000 }), {
    name: "SyntaxError",
    message: /^Cannot extract "x": entry "b" must /,
  });
});

Deno.test("extractArchive() leaves nothing of an archive that was cut anywhere", async () => {
  const small = buildTar([{ name: "a/b.png", content: "b".repeat(600) }, { name: "c" }]);
  const zip = buildZip([{ name: "a/b.png", content: "b".repeat(600) }, { name: "c" }]);
  const packed = [small, packXz(small), new Uint8Array(gzipSync(small)), zip];
  for (const bytes of packed) {
    const step = bytes === small ? 512 : 89;
    for (let length = 0; length < bytes.length; length += step) {
      await assert.rejects(unpack(bytes.subarray(0, length)), {
        name: "SyntaxError",
        message: /^Cannot extract "x": /,
      }, `${length} of ${bytes.length}`);
    }
  }
});

Deno.test("extractArchive() leaves nothing of an archive with flipped bytes", async () => {
  const xz = packXz(buildTar([{ name: "a", content: "a".repeat(600) }, { name: "b" }]));
  for (let i = 6; i < xz.length; i += 41) {
    const damaged = xz.slice();
    damaged[i]! ^= 4;
    await assert.rejects(unpack(damaged), { name: "SyntaxError", message: /must be undamaged/ });
  }
  // The first content begins after 27 bytes of xz and 512 of tar; only the checksum tells.
  const damaged = formats["tar.xz"].slice();
  damaged[27 + 512]! ^= 1;
  await assert.rejects(unpack(damaged), {
    message: 'Cannot extract "x": what follows entry "license.txt" must be undamaged, ' +
      'got "invalid block checksum"',
  });
});

Deno.test("extractArchive() says what came instead of an archive", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  await assert.rejects(unpack(bytes("<html>")), {
    name: "SyntaxError",
    message: 'Cannot extract "x": it must be a tar, tar.xz, tar.gz or zip file, ' +
      'got one that begins with "<html>"',
  });
  await assert.rejects(unpack(new Uint8Array()), /got an empty one$/);
  await assert.rejects(unpack(gzipSync("no tar".repeat(200))), {
    message: 'Cannot extract "x": its first entry must be undamaged, ' +
      'got "Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?"',
  });
  for (const empty of [packXz(buildTar([])), buildZip([]), buildTar([{ name: "a/", type: "5" }])]) {
    await assert.rejects(unpack(empty), {
      message: 'Cannot extract "x": it must hold at least one file, got none',
    });
  }
  await assert.rejects(unpack(tar, { mostBytes: NaN }), {
    name: "RangeError",
    message: 'Cannot extract "x": mostBytes must be from 0, got NaN',
  });
  const folder = makeFolder();
  const archive = join(folder, "none");
  await assert.rejects(extractArchive({ archive, folder }), Deno.errors.NotFound);
});

Deno.test("extractArchive() stops in the middle for a signal, and nothing is left", async () => {
  const large = buildTar(Array.from({ length: 40 }, (_, i) => ({
    name: `${i}.png`,
    content: new Uint8Array(100_000),
  })));
  const zip = buildZip(Array.from({ length: 40 }, (_, i) => ({
    name: `${i}.png`,
    content: new Uint8Array(100_000),
  })));
  const packed = { tar: large, xz: packXz(large), gz: gzipSync(large, { level: 0 }), zip };
  for (const [name, bytes] of Object.entries(packed)) {
    const stop = new AbortController(), reason = new Error("enough");
    let last = 0;
    const onProgress = (share: number) => {
      last = share;
      if (share > 0.3) stop.abort(reason);
    };
    await assert.rejects(
      unpack(bytes, { onProgress, signal: stop.signal }),
      (error) => error === reason,
    );
    assert.ok(last > 0.3 && last < 1, `${name} ${last}`);
    await assert.rejects(
      unpack(bytes, { signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );
  }
});

Deno.test("extractArchive() replaces a folder only by all of an archive", async () => {
  const parent = makeFolder();
  const archive = join(parent, "x"), folder = join(parent, "data");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "old"), "old");
  await Deno.writeFile(archive, tar.subarray(0, 1024));
  await assert.rejects(extractArchive({ archive, folder }), /must be undamaged/);
  assert.deepEqual(listTree(folder), { old: "old" });
  await Deno.writeFile(archive, joinBytes([tar, new Uint8Array(512)]));
  await extractArchive({ archive, folder });
  assert.deepEqual(listTree(folder), tree);
});

Deno.test("readFreeSpace() tells the same of a folder and of one in it that is missing", async () => {
  const folder = makeFolder();
  const free = await readFreeSpace(folder);
  assert.ok(Number.isInteger(free) && free > 0);
  // Other processes write to the same disk, hence not the very same number.
  const inside = await readFreeSpace(join(folder, "no/such"));
  assert.ok(Math.abs(inside - free) < 2 ** 30);
});

Deno.test("readFreeSpace() agrees with df", async () => {
  const folder = makeFolder();
  const df = await new Deno.Command("df", { args: ["-Pk", folder] }).output().catch(() => null);
  if (df === null || !df.success) return;
  const row = new TextDecoder().decode(df.stdout).trim().split("\n").at(-1)!;
  const free = await readFreeSpace(folder);
  assert.ok(Math.abs(Number(row.split(/\s+/)[3]) * 1024 - free) < 2 ** 30);
});
