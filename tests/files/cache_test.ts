import assert from "node:assert/strict";
import { join } from "node:path";
import { findCached, openBoundedFolder } from "@/files/cache.ts";
import { makeFolder } from "../helpers/folder.ts";

const ten = [new Uint8Array(4), new Uint8Array(6)];

/** Pretends that a file was last used so many hours ago. */
function age(folder: string, name: string, hours: number): void {
  const time = new Date(Date.now() - 3_600_000 * hours);
  Deno.utimeSync(join(folder, name), time, time);
}

/** Keeps what a cache says. */
function listen() {
  const lines: string[] = [];
  return { lines, onRemark: (line: string): void => void lines.push(line) };
}

function throwing(error: Error): () => never {
  return () => {
    throw error;
  };
}

/** Runs something while calls of the system fail, or do something else. */
async function failing(
  calls: Readonly<Record<string, unknown>>,
  body: () => Promise<void>,
): Promise<void> {
  const system = Deno as unknown as Record<string, unknown>;
  const real = Object.fromEntries(Object.keys(calls).map((name) => [name, system[name]]));
  Object.assign(system, calls);
  try {
    await body();
  } finally {
    Object.assign(system, real);
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("put() writes the parts one after the other, read() reads them", async () => {
  const files = openBoundedFolder({ folder: join(makeFolder(), "new"), limit: 100 });
  assert.equal(files.read("a/b"), null);
  assert.equal(await files.put("a/b", [Uint8Array.of(1, 2), Uint8Array.of(3)]), true);
  assert.deepEqual(files.read("a/b"), Uint8Array.of(1, 2, 3));
});

Deno.test("put() removes what was not used for longest, and no more than it must", async () => {
  const folder = makeFolder();
  const earlier = openBoundedFolder({ folder, limit: 1000 });
  for (const [i, name] of ["a", "b", "c"].entries()) {
    await earlier.put(name, ten);
    age(folder, name, 5 - i);
  }
  const files = openBoundedFolder({ folder, limit: 35 });
  assert.equal(files.has("a"), true); // used now: the oldest is b
  assert.equal(await files.put("d", ten), true);
  assert.deepEqual(namesIn(folder), ["a", "c", "d"]);
});

Deno.test("put() never removes what this process uses, and keeps within the limit", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25 });
  assert.equal(await files.put("a", ten), true);
  assert.equal(await files.put("b", ten), true);
  age(folder, "a", 9);
  assert.equal(await files.put("c", ten), false);
  assert.equal(await files.put("d", [new Uint8Array(26)]), false);
  assert.equal(await files.put("e", [new Uint8Array(5)]), true);
  assert.deepEqual(namesIn(folder), ["a", "b", "e"]);
});

Deno.test("put() counts what is being written at the same time", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 35 });
  const names = ["a", "b", "c", "d", "e"];
  const isKept = await Promise.all(names.map((name) => files.put(name, ten)));
  assert.deepEqual(isKept, [true, true, true, false, false]);
  assert.deepEqual(namesIn(folder), ["a", "b", "c"]);
});

Deno.test("put() replaces a file of the same name whole", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25 });
  await files.put("a", ten);
  await files.put("a", [Uint8Array.of(7)]);
  assert.deepEqual([...await Deno.readFile(join(folder, "a"))], [7]);
});

Deno.test("put() removes what a dead process left unfinished, and only that", async () => {
  const folder = makeFolder();
  for (const name of ["old.partial", "new.partial"]) {
    await Deno.writeFile(join(folder, name), new Uint8Array(3));
  }
  age(folder, "old.partial", 2);
  await openBoundedFolder({ folder, limit: 100 }).put("a", ten);
  assert.deepEqual(namesIn(folder), ["a", "new.partial"]);
});

Deno.test("read() misses a file that another process has removed, without a word", async () => {
  const folder = makeFolder();
  const { lines, onRemark } = listen();
  const one = openBoundedFolder({ folder, limit: 25, onRemark });
  await one.put("a", ten);
  age(folder, "a", 1);
  const other = openBoundedFolder({ folder, limit: 12, onRemark });
  assert.equal(await other.put("b", ten), true);
  assert.deepEqual([namesIn(folder), one.has("a"), one.read("a")], [["b"], false, null]);
  assert.deepEqual(lines, []);
});

Deno.test("drop() removes a file, there or not, and says which and why", async () => {
  const folder = makeFolder();
  const { lines, onRemark } = listen();
  const files = openBoundedFolder({ folder, limit: 25, onRemark });
  await files.put("a", ten);
  files.drop("a", "it must be 1, got 2");
  files.drop("a", "it must be 1, got 2");
  assert.equal(files.has("a"), false);
  const path = join(folder, "a");
  const line = `Cannot use cache entry "${path}": it must be 1, got 2; it is made anew`;
  assert.deepEqual(lines, [line, line]);
});

Deno.test("drop() hides a file that it may not remove, until there is another", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25, onRemark: () => {} });
  await files.put("a", ten);
  await failing({ removeSync: throwing(denied) }, async () => {
    files.drop("a", "damaged");
    assert.deepEqual([files.has("a"), files.read("a")], [false, null]);
    await files.put("a", [Uint8Array.of(7)]);
    assert.deepEqual(files.read("a"), Uint8Array.of(7));
  });
});

Deno.test("openBoundedFolder() refuses a limit that is none", () => {
  assert.throws(() => openBoundedFolder({ folder: "cache", limit: NaN }), {
    name: "RangeError",
    message: 'Cannot open cache "cache": its limit must be from 0, got NaN',
  });
});

/** What operating systems and Deno say when something may not be or cannot be done. */
const denied = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
const troubles: readonly Error[] = [
  denied,
  new Deno.errors.NotCapable("Requires write access"),
  ...[
    ["EROFS", "Read-only file system (os error 30)"],
    ["ENOSPC", "No space left on device (os error 28)"],
    ["EDQUOT", "Disk quota exceeded (os error 122)"],
    ["EPERM", "Operation not permitted (os error 1)"],
    ["EIO", "Input/output error (os error 5)\nand more"],
    ["ESTALE", "Stale file handle (os error 116)"],
  ].map(([code, message]) => Object.assign(new Error(message), { code })),
];

Deno.test("a folder that may not be written to is passed over and said once, whatever fails", async () => {
  for (const error of troubles) {
    const reject = () => Promise.reject(error);
    const full = () => Promise.resolve({ write: reject, [Symbol.dispose]: () => {} });
    for (const calls of [{ mkdir: reject }, { open: reject }, { open: full }, { rename: reject }]) {
      const folder = makeFolder();
      const { lines, onRemark } = listen();
      const files = openBoundedFolder({ folder, limit: 100, onRemark });
      await files.put("a", ten);
      await failing(calls, async () => {
        assert.deepEqual([await files.put("b", ten), await files.put("c", ten)], [false, false]);
        assert.deepEqual([files.has("a"), files.read("a")?.length, files.has("b")], [
          true,
          10,
          false,
        ]);
      });
      assert.deepEqual(lines, [
        `Cannot write all of cache "${folder}": that must be allowed and possible, ` +
        `got "${error.message.split("\n")[0]}"; what cannot be written is not kept`,
      ]);
      assert.deepEqual(namesIn(folder), ["a"], "nothing half-written stays");
      assert.equal(await files.put("b", ten), true, "a disk may have room again");
    }
  }
});

Deno.test("a file whose time may not be set is used without a word", async () => {
  for (const error of troubles) {
    const folder = makeFolder();
    const { lines, onRemark } = listen();
    await openBoundedFolder({ folder, limit: 100 }).put("a", ten);
    await failing({ utimeSync: throwing(error) }, () => {
      const files = openBoundedFolder({ folder, limit: 100, onRemark });
      assert.deepEqual([files.has("a"), files.read("a")?.length], [true, 10]);
      return Promise.resolve();
    });
    assert.deepEqual(lines, []);
  }
});

Deno.test("what cannot be read counts as missing and is said once", async () => {
  for (const error of troubles) {
    for (const calls of [{ statSync: throwing(error) }, { openSync: throwing(error) }]) {
      const folder = makeFolder();
      const { lines, onRemark } = listen();
      const files = openBoundedFolder({ folder, limit: 100, onRemark });
      await files.put("a", ten);
      await failing(calls, () => {
        assert.deepEqual([files.has("a"), files.read("a")], [false, null]);
        return Promise.resolve();
      });
      assert.deepEqual(lines, [
        `Cannot read all of cache "${folder}": that must be allowed and possible, ` +
        `got "${error.message.split("\n")[0]}"; what cannot be read counts as missing`,
      ]);
    }
  }
});

Deno.test("a folder or a pipe in place of a file, and a file in place of the cache, do no harm", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "a/b"), { recursive: true });
  await Deno.writeTextFile(join(folder, "file"), "");
  await new Deno.Command("mkfifo", { args: [join(folder, "pipe")] }).output().catch(() => null);
  const { lines, onRemark } = listen();
  const files = openBoundedFolder({ folder, limit: 100, onRemark });
  for (const name of ["a", "pipe"]) {
    assert.deepEqual([files.has(name), files.read(name)], [false, null]);
  }
  assert.equal(await files.put("a", ten), false);
  files.drop("a", "damaged");
  const blocked = openBoundedFolder({ folder: join(folder, "file"), limit: 100, onRemark });
  assert.deepEqual([await blocked.put("a", ten), blocked.read("a")], [false, null]);
  assert.ok(
    lines.every((line) => /^Cannot (?:read|write|use) [^\n]+$/.test(line)),
    lines.join("\n"),
  );
});

Deno.test("put() counts what it may not remove", async () => {
  const folder = makeFolder();
  await openBoundedFolder({ folder, limit: 100 }).put("a", ten);
  await failing({ removeSync: throwing(denied) }, async () => {
    const files = openBoundedFolder({ folder, limit: 15, onRemark: () => {} });
    assert.equal(await files.put("b", ten), false);
  });
  assert.deepEqual(namesIn(folder), ["a"]);
});

Deno.test("caches of another user are read, and nothing is kept in them", async () => {
  const folder = makeFolder();
  const cache = join(folder, "cache");
  await openBoundedFolder({ folder: cache, limit: 1e6 }).put("banks/a", ten);
  const make = (path: string) => Deno.writeFile(path, numbers);
  await findCached({ folder: cache, name: "warm", make });
  const script = join(folder, "script.ts");
  await Deno.writeTextFile(
    script,
    `
    import { findCached, openBoundedFolder } from "@/files/cache.ts";
    const folder = ${JSON.stringify(cache)};
    const files = openBoundedFolder({ folder, limit: 1e6 });
    const kept = await files.put("banks/b", [new Uint8Array(3)]);
    const make = (path) => Deno.writeFile(path, Uint8Array.of(1, 2, 3));
    const warm = await findCached({ folder, name: "warm", make });
    const cold = [
      await findCached({ folder, name: "cold", make }),
      await findCached({ folder, name: "cold", make }),
    ];
    console.log(JSON.stringify({
      read: files.read("banks/a").length,
      kept,
      warm: warm.path,
      isCold: cold.every(({ path }) => Deno.readFileSync(path).length === 3),
      cold: cold[0].path,
    }));
  `,
  );
  for (const [path, mode] of [[folder, 0o755], [cache, 0o555], [join(cache, "banks"), 0o555]]) {
    await Deno.chmod(path as string, mode as number);
  }
  await Deno.mkdir(join(folder, "deno"));
  await Deno.chmod(join(folder, "deno"), 0o777);
  // Whoever may do everything is not kept out by a mode, and becomes somebody else.
  const become = Deno.uid() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
  const config = join(import.meta.dirname!, "../../deno.json");
  const [program, ...args] = [
    ...become,
    ...[Deno.execPath(), "run", "-A", "-q", "--no-check", "--config", config, script],
  ];
  const { code, stdout, stderr } = await new Deno.Command(program!, {
    args,
    env: { DENO_DIR: join(folder, "deno"), HOME: folder },
  }).output().finally(() =>
    Promise.all([cache, join(cache, "banks")].map((path) => Deno.chmod(path, 0o755)))
  );
  const errors = new TextDecoder().decode(stderr);
  assert.equal(code, 0, errors);
  const { cold, ...found } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(found, { read: 10, kept: false, warm: join(cache, "warm"), isCold: true });
  assert.equal(errors.trim().split("\n").length, 2, errors);
  assert.match(errors, /^Cannot write all of cache ".*cache": .*Permission denied/);
  assert.match(errors, /Cannot keep ".*cold": its folder must be one that can be written to, got/);
  await assert.rejects(Deno.stat(cold), Deno.errors.NotFound, "the temporary folder is gone");
});

const numbers = Uint8Array.of(1, 2, 3);
// sha256sum of the bytes 01 02 03.
const numbersHash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";

/** A cache in a new folder that counts how often the content is made. */
function newCache() {
  const folder = join(makeFolder(), "deep/cache");
  let made = 0;
  const make = async (path: string): Promise<void> => {
    made++;
    await Deno.writeFile(path, numbers);
  };
  const { lines, onRemark } = listen();
  const read = (name = "numbers") => findCached({ folder, name, make, onRemark });
  return { folder, read, made: () => made, lines };
}

Deno.test("findCached() makes a file once and leaves nothing else behind", async () => {
  const cache = newCache();
  const first = await cache.read();
  const second = await cache.read();
  assert.equal(first.hash, numbersHash);
  assert.deepEqual(second, first);
  assert.deepEqual(await Deno.readFile(second.path), numbers);
  assert.equal(cache.made(), 1);
  assert.deepEqual(namesIn(cache.folder), ["numbers", "numbers.sha256"]);
  const checksum = await Deno.readTextFile(join(cache.folder, "numbers.sha256"));
  assert.equal(checksum, `${numbersHash}  numbers\n`, "as sha256sum writes it");
  assert.deepEqual(cache.lines, []);
});

Deno.test("findCached() makes a file anew when it or its checksum is damaged or missing", async () => {
  const cache = newCache();
  const { path } = await cache.read();
  const begin =
    `Cannot use cached file "${path}": its checksum must be that of its name and content, `;
  const zeros = "0".repeat(64);
  const damages: [() => Promise<void>, RegExp | null][] = [
    [() => Deno.writeFile(path, Uint8Array.of(1, 2, 4)), /got "039058c6.*"; it is made anew$/],
    [() => Deno.truncate(path, 1), /got "039058c6.*"; it is made anew$/],
    [() => Deno.writeTextFile(`${path}.sha256`, `${zeros}  numbers\n`), /got "000.*"; it is/],
    [() => Deno.writeTextFile(`${path}.sha256`, `${numbersHash}  others\n`), /of another name;/],
    [() => Deno.writeTextFile(`${path}.sha256`, "\n\n"), /got "\\n\\n"; it is made anew$/],
    [() => Deno.writeTextFile(`${path}.sha256`, `${numbersHash}\n`), null], // of an old version
    [() => Deno.remove(`${path}.sha256`), null],
    [() => Deno.remove(path), null],
  ];
  for (const [index, [damage, line]] of damages.entries()) {
    await damage();
    assert.equal((await cache.read()).hash, numbersHash);
    assert.equal(cache.made(), index + 2);
    assert.deepEqual(await Deno.readFile(path), numbers);
    const said = cache.lines.splice(0);
    assert.equal(said.length, line === null ? 0 : 1);
    if (line !== null) assert.ok(said[0]!.startsWith(begin) && line.test(said[0]!), said[0]!);
  }
});

Deno.test("findCached() notices files that were swapped together with their checksums", async () => {
  const cache = newCache();
  const [one, other] = [await cache.read("one"), await cache.read("other")];
  for (const end of ["", ".sha256"]) await Deno.rename(`${one.path}${end}`, `${other.path}${end}`);
  assert.equal((await cache.read("other")).path, other.path);
  assert.equal(cache.made(), 3);
  assert.match(cache.lines[0]!, /got that of another name; it is made anew$/);
});

Deno.test("findCached() writes nothing when the content cannot be made", async () => {
  const folder = makeFolder();
  for (const begun of [true, false]) {
    const make = async (path: string): Promise<void> => {
      if (begun) await Deno.writeFile(path, numbers);
      throw new Error("no weights");
    };
    await assert.rejects(findCached({ folder, name: "numbers", make }), { message: "no weights" });
    assert.deepEqual(namesIn(folder), []);
  }
});

Deno.test("findCached() goes to a temporary folder where the disk is full or may not be written", async () => {
  for (const error of troubles) {
    const cache = newCache();
    const writeFile = Deno.writeFile;
    const isHere = (path: string | URL): boolean => String(path).startsWith(cache.folder);
    const calls = {
      writeFile: (path: string, bytes: Uint8Array) =>
        isHere(path) ? Promise.reject(error) : writeFile(path, bytes),
    };
    await failing(calls, async () => {
      for (const name of ["numbers", "numbers", "others"]) {
        const { path, hash } = await cache.read(name);
        assert.deepEqual([isHere(path), hash], [false, numbersHash]);
        assert.deepEqual(await Deno.readFile(path), numbers);
      }
    });
    assert.equal(cache.made(), 2);
    assert.deepEqual(cache.lines, [
      `Cannot keep "${
        join(cache.folder, "numbers")
      }": its folder must be one that can be written ` +
      `to, got "${error.message.split("\n")[0]}"; a temporary folder takes its place`,
    ]);
  }
});

Deno.test("findCached() removes temporary folders that killed processes left a day ago", async () => {
  const [old, recent] = await Promise.all(
    [1, 2].map(() => Deno.makeTempDir({ prefix: "hiercore-cache-" })),
  );
  await Deno.writeFile(join(old!, "a.onnx"), numbers);
  age(old!, ".", 25);
  const cache = newCache();
  await Deno.mkdir(join(cache.folder, ".."), { recursive: true });
  await Deno.writeTextFile(cache.folder, "a file where a folder is meant");
  const { path } = await cache.read();
  assert.deepEqual(await Deno.readFile(path), numbers);
  await assert.rejects(Deno.stat(old!), Deno.errors.NotFound);
  await Deno.remove(recent!);
  assert.equal(cache.lines.length, 1);
});

Deno.test("findCached() takes a maker's own words for a full disk where it had begun to write", async () => {
  const folder = makeFolder();
  const { lines, onRemark } = listen();
  const make = async (path: string): Promise<void> => {
    await Deno.writeFile(path, numbers);
    if (path.startsWith(folder)) throw new Error("it must be a graph that can be run");
  };
  const { path, hash } = await findCached({ folder, name: "graph", make, onRemark });
  assert.deepEqual([path.startsWith(folder), hash, lines.length], [false, numbersHash, 1]);
});

Deno.test("findCached() makes elsewhere what the disk has no room for", async () => {
  const cache = newCache();
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  const make = (path: string) =>
    path.startsWith(cache.folder) ? Promise.reject(full) : Deno.writeFile(path, numbers);
  const { folder } = cache;
  const { path } = await findCached({ folder, name: "graph", make, onRemark: () => {} });
  assert.deepEqual(await Deno.readFile(path), numbers);
});

Deno.test("findCached() says in one line that there is no place at all", async () => {
  const cache = newCache();
  const reject = () => Promise.reject(denied);
  await failing({ mkdir: reject, makeTempDir: reject }, async () => {
    await assert.rejects(cache.read(), {
      message: "Cannot write to a cache: it or the system's temporary folder must allow that, " +
        `got "${denied.message}" and "${denied.message}"`,
    });
  });
});

Deno.test("findCached() survives several readers that make the same file at once", async () => {
  const cache = newCache();
  const files = await Promise.all([cache.read(), cache.read(), cache.read()]);
  for (const file of files) assert.equal(file.hash, numbersHash);
  assert.deepEqual(await Deno.readFile(files[0]!.path), numbers);
  assert.equal([...Deno.readDirSync(cache.folder)].length, 2);
});
