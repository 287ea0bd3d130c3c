import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { download, type DownloadRequest } from "@/files/download.ts";
import { makeFolder } from "../helpers/folder.ts";
import {
  answerFile,
  cut,
  type SeenRequest,
  startServer,
  type TestServer,
} from "../helpers/server.ts";

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

/** 5,000 bytes no part of which looks like a shifted part of the same file. */
const bytes = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
const wrong = bytes.map((value) => value + 1);
const hashOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
const sha256 = hashOf(bytes);
const file = { bytes, etag: '"1"' };
const root = join(import.meta.dirname!, "../..");

/** A place for one file, and a request for it that is quick to give up. */
function prepare() {
  const folder = makeFolder();
  const path = join(folder, "file.bin");
  const names = () => [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  const request = (
    from: TestServer | readonly string[],
    options: Partial<DownloadRequest> = {},
  ): DownloadRequest => ({
    addresses: "address" in from ? [`${from.address}/file`] : from,
    path,
    sha256,
    pause: 1,
    ...options,
  });
  return { folder, path, names, request };
}

const ranges = ({ requests }: TestServer) => requests.map(({ headers }) => headers.get("range"));
const proper = (request: SeenRequest) => answerFile(request, file);
const partialNames = ["file.bin.partial", "file.bin.partial.json"];

/** Leaves the first bytes of a file behind, as an earlier visit would. */
async function leaveSome(
  place: ReturnType<typeof prepare>,
  options: { content?: Uint8Array; address: string; hash?: string | null },
): Promise<void> {
  const { content = bytes.subarray(0, 1000), address, hash = sha256 } = options;
  const note = { address, validator: '"1"', total: 5000, sha256: hash };
  await Deno.writeFile(`${place.path}.partial`, content);
  await Deno.writeTextFile(`${place.path}.partial.json`, JSON.stringify(note));
}

Deno.test("download() fetches a file, checks it and leaves nothing else behind", async () => {
  await using server = startServer(proper);
  const { folder, names, request } = prepare();
  const path = join(folder, "a/b/file.bin");
  assert.deepEqual(await download(request(server, { path, sha256: sha256.toUpperCase() })), {
    path,
    sha256,
    isVerified: true,
    bytes: 5000,
    resumedFrom: 0,
    fetched: 5000,
    address: `${server.address}/file`,
  });
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.deepEqual(names(), ["a"]);
  assert.deepEqual([...Deno.readDirSync(join(folder, "a/b"))].map(({ name }) => name), [
    "file.bin",
  ]);
  assert.equal(server.requests.length, 1);
});

Deno.test("download() fetches an empty file", async () => {
  await using server = startServer(() => ({}));
  const { path, names, request } = prepare();
  const result = await download(request(server, { sha256: hashOf(new Uint8Array()) }));
  assert.deepEqual([result.bytes, result.fetched], [0, 0]);
  assert.deepEqual(names(), ["file.bin"]);
  assert.equal((await Deno.stat(path)).size, 0);
});

Deno.test("download() fetches nothing when the file is there with the right hash", async () => {
  await using server = startServer(proper);
  const { path, request } = prepare();
  await Deno.writeFile(path, bytes);
  const calls: (number | null)[][] = [];
  const onProgress = (done: number, total: number | null) => calls.push([done, total]);
  assert.deepEqual(await download(request(server, { onProgress })), {
    path,
    sha256,
    isVerified: true,
    bytes: 5000,
    resumedFrom: 5000,
    fetched: 0,
    address: null,
  });
  assert.deepEqual(calls, [[5000, 5000]]);
  assert.equal(server.requests.length, 0);
});

Deno.test("download() without a hash takes a file that is there as it is, and says so", async () => {
  await using server = startServer(proper);
  const { path, request } = prepare();
  await Deno.writeFile(path, wrong);
  const result = await download(request(server, { sha256: null }));
  assert.deepEqual([result.sha256, result.isVerified, result.fetched], [hashOf(wrong), false, 0]);
  assert.equal(server.requests.length, 0);
});

Deno.test("download() without a hash fetches and says that nothing was verified", async () => {
  await using server = startServer(proper);
  const { path, request } = prepare();
  const result = await download(request(server, { sha256: null }));
  assert.deepEqual([result.sha256, result.isVerified, result.fetched], [sha256, false, 5000]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() replaces a file of another hash, but only by the right one", async () => {
  const { path, names, request } = prepare();
  await Deno.writeFile(path, wrong);
  await using failing = startServer(() => ({ body: wrong.subarray(1) }));
  await assert.rejects(download(request(failing)));
  assert.deepEqual(await Deno.readFile(path), wrong);
  assert.deepEqual(names(), ["file.bin"]);
  const during: Uint8Array[] = [];
  await using server = startServer((request) => {
    during.push(Deno.readFileSync(path));
    return proper(request);
  });
  await download(request(server));
  assert.deepEqual(during, [wrong]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() goes on where a connection ended, and does not count what brought bytes", async () => {
  await using server = startServer((request) => cut(proper(request), 1000));
  const { path, names, request } = prepare();
  const result = await download(request(server, { attempts: 1 }));
  assert.deepEqual([result.fetched, result.resumedFrom], [5000, 0]);
  assert.deepEqual(ranges(server), [
    null,
    "bytes=1000-",
    "bytes=2000-",
    "bytes=3000-",
    "bytes=4000-",
  ]);
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.deepEqual(names(), ["file.bin"]);
});

Deno.test("download() goes on after a silence", async () => {
  await using server = startServer((request, index) =>
    index === 0 ? cut(proper(request), 1000, "stall") : proper(request)
  );
  const { path, request } = prepare();
  await download(request(server, { patience: 150 }));
  assert.deepEqual(ranges(server), [null, "bytes=1000-"]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() goes on where an earlier call stopped", async () => {
  const place = prepare();
  let isBroken = true;
  await using server = startServer((request, index) =>
    isBroken ? (index === 0 ? cut(proper(request), 1000) : { status: 503 }) : proper(request)
  );
  await assert.rejects(download(place.request(server, { attempts: 2 })), {
    message: `Cannot download "file.bin": its address must give it, got ${server.address}/file: ` +
      "status 503",
  });
  assert.deepEqual(place.names(), partialNames);
  // The first connection brought bytes, so that two more were allowed.
  assert.deepEqual(ranges(server), [null, "bytes=1000-", "bytes=1000-"]);
  isBroken = false;
  const result = await download(place.request(server));
  assert.deepEqual([result.fetched, result.resumedFrom], [4000, 1000]);
  assert.equal(server.requests.at(-1)!.headers.get("if-range"), '"1"');
  assert.deepEqual(await Deno.readFile(place.path), bytes);
  assert.deepEqual(place.names(), ["file.bin"]);
});

Deno.test("download() takes what changed in between from the start", async () => {
  const place = prepare();
  await using server = startServer((request) => answerFile(request, { bytes, etag: '"2"' }));
  const address = `${server.address}/file`;
  await leaveSome(place, { address, content: wrong.subarray(0, 1000) });
  const result = await download(place.request(server));
  assert.deepEqual([result.fetched, result.resumedFrom], [5000, 0]);
  assert.deepEqual(ranges(server), ["bytes=1000-"]);
});

Deno.test("download() drops what was meant for another hash", async () => {
  const place = prepare();
  await using server = startServer(proper);
  await leaveSome(place, { address: `${server.address}/file`, hash: hashOf(wrong) });
  assert.equal((await download(place.request(server))).resumedFrom, 0);
  assert.deepEqual(ranges(server), [null]);
});

Deno.test("download() is content with what an earlier call had completed", async () => {
  const place = prepare();
  await using server = startServer(proper);
  await leaveSome(place, { address: `${server.address}/file`, content: bytes });
  const result = await download(place.request(server));
  assert.deepEqual([result.fetched, result.resumedFrom], [0, 5000]);
  assert.equal(server.requests.length, 0);
  await Deno.remove(place.path);
  // Without the note, only the server knows that nothing is missing.
  await Deno.writeFile(`${place.path}.partial`, bytes);
  assert.equal((await download(place.request(server))).fetched, 0);
  assert.deepEqual(ranges(server), ["bytes=5000-"]);
});

Deno.test("download() asks once more for all of a file that was pieced together wrongly", async () => {
  for (const length of [1000, 5000]) {
    const place = prepare();
    await using server = startServer(proper);
    await leaveSome(place, {
      address: `${server.address}/file`,
      content: wrong.subarray(0, length),
    });
    const result = await download(place.request(server));
    assert.deepEqual(ranges(server), length === 1000 ? ["bytes=1000-", null] : [null]);
    assert.deepEqual(await Deno.readFile(place.path), bytes);
    assert.equal(result.resumedFrom, 0);
    assert.equal(result.fetched, length === 1000 ? 9000 : 5000);
  }
});

Deno.test("download() keeps nothing of a wrong hash, and asks no more than once", async () => {
  await using server = startServer((request) => answerFile(request, { bytes: wrong, etag: '"1"' }));
  const { names, request } = prepare();
  await assert.rejects(download(request(server)), {
    name: "Error",
    message: `Cannot download "file.bin": its address must give it, got ${server.address}/file: ` +
      `SHA-256 ${hashOf(wrong)} instead of ${sha256}`,
  });
  assert.deepEqual(names(), []);
  assert.equal(server.requests.length, 1);
});

Deno.test("download() asks twice at most for a wrong file without a validator, however it comes", async () => {
  await using server = startServer((request) => cut(answerFile(request, { bytes: wrong }), 2500));
  const { names, request } = prepare();
  await assert.rejects(download(request(server)), /SHA-256 \w{64} instead of/);
  assert.deepEqual(ranges(server), [null, "bytes=2500-", null, "bytes=2500-"]);
  assert.deepEqual(names(), []);
});

Deno.test("download() goes to the next address after a wrong hash or a status that will not pass", async () => {
  const answers: Record<string, (request: SeenRequest) => ReturnType<typeof proper>> = {
    "/wrong": () => ({ body: wrong }),
    "/missing": () => ({ status: 404 }),
    "/forbidden": () => ({ status: 403 }),
    "/gone": () => ({ status: 410 }),
    "/right": proper,
  };
  await using server = startServer((request) => answers[request.path]!(request));
  const { path, names, request } = prepare();
  const result = await download(
    request(Object.keys(answers).map((each) => `${server.address}${each}`)),
  );
  assert.equal(result.address, `${server.address}/right`);
  assert.equal(result.fetched, 10_000);
  assert.deepEqual(server.requests.map((each) => each.path), Object.keys(answers));
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.deepEqual(names(), ["file.bin"]);
});

Deno.test("download() goes on at the next address with the bytes of the one before", async () => {
  await using server = startServer((request, index) =>
    request.path === "/b" ? proper(request) : index === 0 ? cut(proper(request), 1000) : null
  );
  const { path, request } = prepare();
  const addresses = [`${server.address}/a`, `${server.address}/b`];
  const result = await download(request(addresses, { attempts: 1 }));
  assert.deepEqual([result.address, result.fetched], [addresses[1], 5000]);
  assert.deepEqual(ranges(server), [null, "bytes=1000-", "bytes=1000-"]);
  assert.equal(server.requests[1]!.headers.get("if-range"), '"1"');
  assert.equal(server.requests[2]!.headers.get("if-range"), null);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() asks the next address once more when the pieces of two do not fit", async () => {
  await using server = startServer((request, index) =>
    request.path === "/b"
      ? proper(request)
      : index === 0
      ? cut(answerFile(request, { bytes: wrong, etag: '"1"' }), 1000)
      : { status: 404 }
  );
  const { path, request } = prepare();
  await download(request([`${server.address}/a`, `${server.address}/b`]));
  assert.deepEqual(ranges(server), [null, "bytes=1000-", "bytes=1000-", null]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() names every address with its reason when none gives the file", async () => {
  const answers: Record<string, (request: SeenRequest) => ReturnType<typeof proper> | null> = {
    "/missing": () => ({ status: 404 }),
    "/busy": () => ({ status: 429 }),
    "/broken": () => ({ status: 500 }),
    "/wrong": () => ({ body: wrong }),
    "/mute": () => null,
    "/silent": () => ({ announced: 5000, then: "stall" }),
    "/short": (request) => cut(answerFile(request, file), request.headers.has("range") ? 0 : 1000),
  };
  await using server = startServer((request) => answers[request.path]!(request));
  const { names, request } = prepare();
  const addresses = Object.keys(answers).map((path) => `${server.address}${path}`);
  const reasons = [
    "status 404",
    "status 429",
    "status 500",
    `SHA-256 ${hashOf(wrong)} instead of ${sha256}`,
    "no answer: connection closed before message completed",
    "no byte for 0.1 s",
    "the connection ended after 1,000 of 5,000 bytes",
  ];
  await assert.rejects(download(request(addresses, { attempts: 2, patience: 100 })), {
    name: "Error",
    message: 'Cannot download "file.bin": one of 7 addresses must give it, got ' +
      addresses.map((address, i) => `${address}: ${reasons[i]}`).join("; "),
  });
  const counts = Object.keys(answers).map((path) =>
    server.requests.filter((each) => each.path === path).length
  );
  assert.deepEqual(counts, [1, 2, 2, 1, 2, 2, 3]);
  assert.deepEqual(names(), partialNames);
});

Deno.test("download() leaves nothing behind when nothing came", async () => {
  await using server = startServer(() => ({ status: 404 }));
  const { names, request } = prepare();
  await assert.rejects(download(request(server)), /status 404$/);
  assert.deepEqual(names(), []);
});

Deno.test("download() keeps what an earlier call fetched when the addresses fail", async () => {
  await using server = startServer(() => ({ status: 404 }));
  const place = prepare();
  await leaveSome(place, { address: `${server.address}/file` });
  await assert.rejects(download(place.request(server)), /status 404$/);
  assert.deepEqual(place.names(), partialNames);
});

Deno.test("download() gives up a server that begins anew and breaks off at the same place", async () => {
  await using server = startServer(() => cut({ body: bytes }, 1000));
  const { names, request } = prepare();
  await assert.rejects(download(request(server)), /after 1,000 of 5,000 bytes$/);
  // The first connection brought something, the five after it nothing that was not there before.
  assert.equal(server.requests.length, 6);
  assert.deepEqual(names(), partialNames);
});

Deno.test("download() gives up a server that begins anew and gets now farther, now less far", async () => {
  await using server = startServer((_, index) => cut({ body: bytes }, index % 2 ? 500 : 1000));
  const { request } = prepare();
  await assert.rejects(download(request(server)), /after 500 of 5,000 bytes$/);
  assert.equal(server.requests.length, 6);
});

Deno.test("download() waits longer and longer before it connects again", async () => {
  const times: number[] = [];
  await using server = startServer(() => {
    times.push(performance.now());
    return { status: 503 };
  });
  const { request } = prepare();
  await assert.rejects(download(request(server, { attempts: 4, pause: 20 })), /status 503$/);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  // A timer may ring a little early by this clock, never by half.
  for (const [i, least] of [20, 40, 80].entries()) assert.ok(pauses[i]! > least * 0.9, `${pauses}`);
});

Deno.test("download() without a hash refuses a page of HTML", async () => {
  await using server = startServer(() => ({
    headers: { "content-type": "text/html" },
    body: new TextEncoder().encode("<p>Please sign in</p>"),
  }));
  const { names, request } = prepare();
  await assert.rejects(download(request(server, { sha256: null })), {
    message: `Cannot download "file.bin": its address must give it, got ${server.address}/file: ` +
      "a page of HTML instead of a file",
  });
  assert.equal(server.requests.length, 1);
  assert.deepEqual(names(), []);
});

Deno.test("download() follows a redirection", async () => {
  await using server = startServer((request) =>
    request.path === "/file"
      ? { status: 307, headers: { location: "/elsewhere" } }
      : cut(proper(request), 3000)
  );
  const { path, request } = prepare();
  await download(request(server));
  assert.deepEqual(server.requests.map((each) => each.path), [
    "/file",
    "/elsewhere",
    "/file",
    "/elsewhere",
  ]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() tells how far it is over all connections", async () => {
  await using server = startServer((request) => cut(proper(request), 2000));
  const { request } = prepare();
  const calls: (number | null)[][] = [];
  await download(request(server, { onProgress: (done, total) => calls.push([done, total]) }));
  assert.deepEqual([calls[0], calls.at(-1)], [[0, 5000], [5000, 5000]]);
  const done = calls.map((call) => call[0]!);
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
});

Deno.test("download() stops when it is interrupted, and goes on from there the next time", async () => {
  await using server = startServer((request, index) =>
    index === 0 ? cut(proper(request), 1000, "stall") : proper(request)
  );
  const { path, names, request } = prepare();
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (done: number) => done === 1000 && controller.abort(new Error("enough"));
  await assert.rejects(download(request(server, { onProgress, signal })), { message: "enough" });
  assert.deepEqual(names(), partialNames);
  const result = await download(request(server));
  assert.deepEqual([result.fetched, result.resumedFrom], [4000, 1000]);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("download() stops also while it pauses, and before it begins", async () => {
  const controller = new AbortController();
  await using server = startServer(() => {
    setTimeout(() => controller.abort(new Error("enough")), 20);
    return { status: 503 };
  });
  const { names, request } = prepare();
  const { signal } = controller;
  for (let visit = 0; visit < 2; visit++) {
    const failing = download(request(server, { pause: 60_000, signal }));
    await assert.rejects(failing, { message: "enough" });
  }
  assert.equal(server.requests.length, 1);
  assert.deepEqual(names(), []);
});

Deno.test("download() fetches once for several that want the same file at once", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  await using server = startServer((request) => ({ ...cut(proper(request), 5000), then: gate }));
  const { path, names, request } = prepare();
  const all = [1, 2, 3].map(() => download(request(server)));
  setTimeout(release, 50);
  const results = await Promise.all(all);
  assert.deepEqual(results.map(({ fetched }) => fetched).sort(), [0, 0, 5000]);
  assert.equal(server.requests.length, 1);
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.deepEqual(names(), ["file.bin"]);
});

Deno.test("download() stops waiting for another one when it is interrupted", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  const body = bytes.subarray(0, 1000);
  await using server = startServer(() => ({ announced: 1000, body, then: gate }));
  const { request } = prepare();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => begin = resolve);
  const hash = hashOf(body);
  const holding = download(request(server, { sha256: hash, onProgress: () => begin() }));
  await begun;
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 20);
  const waiting = download(request(server, { sha256: hash, signal: controller.signal }));
  await assert.rejects(waiting, { message: "enough" });
  release();
  assert.equal((await holding).fetched, 1000);
  assert.equal(server.requests.length, 1);
});

Deno.test("download() clears away what it does not need when another one brought the file", async () => {
  await using server = startServer(proper);
  const place = prepare();
  await leaveSome(place, { address: `${server.address}/file` });
  const holder = await Deno.open(`${place.path}.partial`, { write: true });
  await holder.lock(true);
  const waiting = download(place.request(server));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await Deno.writeFile(place.path, bytes);
  holder.close();
  assert.equal((await waiting).fetched, 0);
  assert.deepEqual(place.names(), ["file.bin"]);
  assert.equal(server.requests.length, 0);
});

Deno.test("download() goes on in this process where another one was killed", async () => {
  let kill = () => {};
  await using server = startServer((request, index) => {
    if (index > 0) return proper(request);
    const come = new Promise<void>((resolve) => kill = resolve);
    return { ...cut(proper(request), 1000), then: come };
  });
  const place = prepare();
  const script = join(place.folder, "child.ts");
  await Deno.writeTextFile(
    script,
    `import { download } from "@/files/download.ts";
     const request = JSON.parse(Deno.args[0]!);
     await download({ ...request, onProgress: (done) => done === 1000 && console.log("some") });`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "-q", "--no-lock", "--no-check", "--config", join(root, "deno.json")],
      ...[script, JSON.stringify(place.request(server))],
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.equal(new TextDecoder().decode(value), "some\n");
  // While the other process holds the file, this one waits and asks nothing.
  const resuming = download(place.request(server));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(server.requests.length, 1);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  kill();
  const result = await resuming;
  assert.deepEqual([result.fetched, result.resumedFrom], [4000, 1000]);
  assert.deepEqual(ranges(server), [null, "bytes=1000-"]);
  assert.deepEqual(await Deno.readFile(place.path), bytes);
});

Deno.test("download() says what is wrong with a request, and touches nothing", async () => {
  const { folder, names, request } = prepare();
  const from = ["https://example.org/file"];
  const cases: [DownloadRequest, string][] = [
    [request([]), "at least one address is needed, got none"],
    [
      request([...from, "ftp://example.org/file"]),
      'every address must be a whole one of http or https, got "ftp://example.org/file"',
    ],
    [
      request(["example.org/file"]),
      'every address must be a whole one of http or https, got "example.org/file"',
    ],
    [
      request(from, { sha256: "abc" }),
      'sha256 must be 64 hexadecimal digits or null, got "abc"',
    ],
    [
      request(from, { sha256: `${sha256}0` }),
      `sha256 must be 64 hexadecimal digits or null, got "${sha256}0"`,
    ],
    [request(from, { patience: 0 }), "patience must be above 0 and below 2³¹, got 0"],
    [request(from, { patience: NaN }), "patience must be above 0 and below 2³¹, got NaN"],
    [request(from, { attempts: 0 }), "attempts must be a positive integer, got 0"],
    [request(from, { attempts: 1.5 }), "attempts must be a positive integer, got 1.5"],
    [request(from, { pause: -1 }), "pause must be from 0 to below 2²⁶, got -1"],
  ];
  for (const [wrongRequest, message] of cases) {
    await assert.rejects(download(wrongRequest), {
      name: "RangeError",
      message: `Cannot download "file.bin": ${message}`,
    });
  }
  await assert.rejects(download(request(from, { path: "" })), {
    name: "RangeError",
    message: 'Cannot download "": path must name a file, got ""',
  });
  await Deno.mkdir(join(folder, "file.bin"));
  await assert.rejects(download(request(from)), {
    name: "Error",
    message: `Cannot download "file.bin": "${join(folder, "file.bin")}" must be a file, ` +
      "got a folder",
  });
  assert.deepEqual(names(), ["file.bin"]);
});
