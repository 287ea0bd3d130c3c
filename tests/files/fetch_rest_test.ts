import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ConnectionFailure, type DownloadSettings, fetchRest } from "@/files/download.ts";
import { PartialFile, type PartialOrigin } from "@/files/partial_file.ts";
import { makeFolder } from "../helpers/folder.ts";
import { type Answer, answerFile, cut, type SeenRequest, startServer } from "../helpers/server.ts";

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

/** 5,000 bytes no part of which looks like a shifted part of the same file. */
const bytes = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
const other = bytes.map((value) => value + 1);

interface Visit {
  readonly outcome: Outcome;
  /** What the file holds afterwards. */
  readonly held: Uint8Array;
  readonly origin: PartialOrigin | null;
  readonly isMixed: boolean;
  readonly requests: readonly SeenRequest[];
}

/** What became of a connection: all bytes are there, or another one may help, or it will not. */
type Outcome = { kind: "complete" } | { kind: "interrupted" | "refused"; reason: string };

/** With a hash to come, and in no hurry. */
const calm = { sha256: "0".repeat(64), patience: 10_000, signal: new AbortController().signal };

/** Connects once to a server that gives one answer, with some bytes already there. */
async function visit(
  answer: (request: SeenRequest) => Answer | null,
  options: Partial<DownloadSettings> & {
    address?: string;
    there?: Uint8Array;
    /** What is known of the bytes there; by default their address alone. */
    origin?: Partial<PartialOrigin>;
  } = {},
): Promise<Visit> {
  const { there = new Uint8Array(), origin = {}, ...rest } = options;
  await using server = startServer(answer);
  const own = `${server.address}/file`, { address = own } = rest;
  const path = join(makeFolder(), "file.partial");
  await using partial = await PartialFile.open(path, { sha256: null });
  if (there.length > 0) {
    await partial.goOn({ address: own, validator: null, total: null, ...origin });
    await partial.append(there);
  }
  const outcome = await fetchRest(address, partial, { ...calm, ...rest }).then(
    () => ({ kind: "complete" } as const),
    (error) => {
      if (!(error instanceof ConnectionFailure)) throw error;
      return { kind: error.isFinal ? "refused" : "interrupted", reason: error.message } as const;
    },
  );
  const held = await Deno.readFile(path);
  assert.equal(held.length, partial.size);
  const { origin: after, isMixed } = partial;
  return { outcome, held, origin: after, isMixed, requests: server.requests };
}

const start = bytes.subarray(0, 1000);
const interrupted = (reason: string) => ({ kind: "interrupted", reason });
const refused = (reason: string) => ({ kind: "refused", reason });
const part = (range: string, headers: Record<string, string> = {}): Answer => ({
  status: 206,
  headers: { "content-range": range, ...headers },
  body: bytes.subarray(1000),
});

Deno.test("fetchRest() fetches a whole file as it is stored and notes what the server says", async () => {
  const { outcome, held, origin, isMixed, requests } = await visit((request) =>
    answerFile(request, { bytes, etag: '"1"' })
  );
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual(held, bytes);
  assert.deepEqual([origin?.validator, origin?.total, isMixed], ['"1"', 5000, false]);
  assert.equal(requests.length, 1);
  assert.equal(requests[0]!.headers.get("accept-encoding"), "identity");
  assert.equal(requests[0]!.headers.get("range"), null);
});

Deno.test("fetchRest() tells how far it is, from what was there to the end", async () => {
  for (const [announced, total] of [[4000, 5000], [null, null]] as const) {
    const calls: (number | null)[][] = [];
    const range = `bytes 1000-4999/${total ?? "*"}`;
    await visit(() => ({ ...part(range), announced }), {
      there: start,
      onProgress: (done, all) => calls.push([done, all]),
    });
    assert.deepEqual(calls[0], [1000, total]);
    assert.deepEqual(calls.at(-1), [5000, total]);
    const done = calls.map((call) => call[0]!);
    assert.deepEqual(done, done.toSorted((a, b) => a - b));
  }
});

Deno.test("fetchRest() asks only for what is missing, on condition of the same version", async () => {
  const { outcome, held, isMixed, requests } = await visit(
    (request) => answerFile(request, { bytes, etag: '"1"' }),
    { there: start, origin: { validator: '"1"', total: 5000 } },
  );
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual(held, bytes);
  assert.equal(isMixed, false);
  assert.equal(requests[0]!.headers.get("range"), "bytes=1000-");
  assert.equal(requests[0]!.headers.get("if-range"), '"1"');
});

Deno.test("fetchRest() sets no condition on bytes of another address or without a validator", async () => {
  for (const origin of [{ validator: null }, { address: "http://127.0.0.1/b", validator: '"1"' }]) {
    const { held, isMixed, requests } = await visit(
      (request) => answerFile(request, { bytes, etag: '"9"' }),
      { there: start, origin },
    );
    assert.deepEqual(held, bytes);
    assert.equal(isMixed, true);
    assert.equal(requests[0]!.headers.get("range"), "bytes=1000-");
    assert.equal(requests[0]!.headers.get("if-range"), null);
  }
});

Deno.test("fetchRest() starts over when the server sends the whole file after all", async () => {
  const { outcome, held, isMixed } = await visit(() => ({ body: other }), { there: start });
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual(held, other);
  assert.equal(isMixed, false);
});

Deno.test("fetchRest() starts over when the version has changed in between", async () => {
  const { held, origin } = await visit(
    (request) => answerFile(request, { bytes: other, etag: '"2"' }),
    { there: start, origin: { validator: '"1"', total: 5000 } },
  );
  assert.deepEqual(held, other);
  assert.equal(origin?.validator, '"2"');
});

Deno.test("fetchRest() drops what is there rather than add a part that does not fit", async () => {
  const date = "Mon, 05 Jan 2026 10:00:00 GMT";
  const cases: [Answer, string, string][] = [
    [part("bytes 0-3999/5000"), '"1"', "the part from byte 0 instead of 1,000"],
    [part("bytes 1001-4999/5000"), '"1"', "the part from byte 1,001 instead of 1,000"],
    [part("bytes 1000-4999/5001"), '"1"', "a file of 5,001 bytes instead of 5,000"],
    [part("bytes */5000"), '"1"', "a part of the file that does not say which"],
    ...["lines 1-2", "bytes 1000-4999", "bytes -9/5000", "bytes 1000-1/5000, bytes 2-3/5000"].map(
      (range): [Answer, string, string] => [
        part(range),
        '"1"',
        "a part of the file that does not say which",
      ],
    ),
    [
      part("bytes 1000-4999/5000", { etag: '"2"' }),
      '"1"',
      "a part of another version of the file",
    ],
    [
      part("bytes 1000-4999/5000", { "last-modified": "Tue, 06 Jan 2026 10:00:00 GMT" }),
      date,
      "a part of another version of the file",
    ],
  ];
  for (const [answer, validator, reason] of cases) {
    const { outcome, held, origin } = await visit(() => answer, {
      there: start,
      origin: { validator, total: 5000 },
    });
    assert.deepEqual(outcome, interrupted(reason));
    assert.deepEqual([held.length, origin], [0, null], reason);
  }
});

Deno.test("fetchRest() takes a version for named only by a strong tag or an old enough date", async () => {
  const then = "Mon, 05 Jan 2026 10:00:00 GMT", later = "Mon, 05 Jan 2026 10:00:01 GMT";
  const cases: [Record<string, string>, string | null][] = [
    [{}, null],
    [{ etag: '"1"' }, '"1"'],
    [{ etag: '""' }, '""'],
    [{ etag: 'W/"1"' }, null],
    [{ etag: "1" }, null],
    [{ etag: '"1"', "last-modified": then, date: later }, '"1"'],
    [{ etag: 'W/"1"', "last-modified": then, date: later }, null],
    [{ "last-modified": then, date: later }, then],
    [{ "last-modified": then, date: then }, null],
    [{ "last-modified": "last week", date: then }, null],
    [{ "last-modified": then }, null],
  ];
  for (const [headers, validator] of cases) {
    const { origin } = await visit(() => ({ headers, body: bytes }));
    assert.equal(origin!.validator, validator, JSON.stringify(headers));
  }
});

Deno.test("fetchRest() keeps the name of a version that a part does not repeat", async () => {
  const { outcome, origin, isMixed } = await visit(() => part("bytes 1000-4999/5000"), {
    there: start,
    origin: { validator: '"1"' },
  });
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual([origin?.validator, isMixed], ['"1"', false]);
});

Deno.test("fetchRest() asks nothing when all bytes are there already", async () => {
  const { outcome, requests } = await visit(() => null, { there: bytes, origin: { total: 5000 } });
  assert.deepEqual(outcome, { kind: "complete" });
  assert.equal(requests.length, 0);
});

Deno.test("fetchRest() takes the file for complete when nothing follows", async () => {
  for (const headers of [{}, { "content-range": "bytes */5000" }]) {
    const { outcome, held } = await visit(() => ({ status: 416, headers }), { there: bytes });
    assert.deepEqual(outcome, { kind: "complete" });
    assert.deepEqual(held, bytes);
  }
});

Deno.test("fetchRest() starts over when nothing follows and the size is another one", async () => {
  const shorter = { status: 416, headers: { "content-range": "bytes */900" } };
  const one = await visit(() => shorter, { there: start });
  const two = await visit(() => ({ status: 416 }), { there: start, origin: { total: 5000 } });
  for (const { outcome, held } of [one, two]) {
    assert.deepEqual(outcome, interrupted("status 416"));
    assert.equal(held.length, 0);
  }
});

Deno.test("fetchRest() tells a status that may pass from one that will not, and keeps the bytes", async () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    const { outcome, held } = await visit(() => ({ status, body: other }), { there: start });
    assert.deepEqual(outcome, interrupted(`status ${status}`));
    assert.deepEqual(held, start);
  }
  for (const status of [204, 304, 400, 401, 403, 404, 410, 451]) {
    const { outcome, held } = await visit(() => ({ status }), { there: start });
    assert.deepEqual(outcome, refused(`status ${status}`));
    assert.deepEqual(held, start);
  }
  assert.deepEqual((await visit(() => ({ status: 416 }))).outcome, refused("status 416"));
});

Deno.test("fetchRest() keeps the bytes that came before the connection ended", async () => {
  const early = await visit((request) => cut(answerFile(request, { bytes }), 1000));
  assert.deepEqual(early.outcome, interrupted("the connection ended after 1,000 of 5,000 bytes"));
  assert.deepEqual(early.held, start);
  const some = { there: start, origin: { validator: '"1"' } };
  const later = await visit(
    (request) => cut(answerFile(request, { bytes, etag: '"1"' }), 500),
    some,
  );
  assert.deepEqual(later.outcome, interrupted("the connection ended after 1,500 of 5,000 bytes"));
  assert.deepEqual(later.held, bytes.subarray(0, 1500));
  // A server may give less than it was asked for, and say so.
  const less = { ...part("bytes 1000-1999/5000"), body: bytes.subarray(1000, 2000) };
  const middle = await visit(() => less, some);
  assert.deepEqual(middle.outcome, interrupted("the connection ended after 2,000 of 5,000 bytes"));
  assert.deepEqual(middle.held, bytes.subarray(0, 2000));
  // Nor need it repeat the size of the whole.
  const sizeless = { ...less, headers: { "content-range": "bytes 1000-1999/*" } };
  const { outcome } = await visit(() => sizeless, { there: start, origin: { total: 5000 } });
  assert.deepEqual(outcome, interrupted("the connection ended after 2,000 of 5,000 bytes"));
});

Deno.test("fetchRest() reports the end of a body of unknown size that breaks off", async () => {
  const body = new TextEncoder().encode("5\r\nabcde\r\n");
  const { outcome, held } = await visit(() => ({
    headers: { "transfer-encoding": "chunked" },
    announced: null,
    body,
  }));
  assert.deepEqual(outcome, interrupted("the connection ended after 5 bytes"));
  assert.equal(held.length, 5);
});

Deno.test("fetchRest() drops everything when more comes than the file is to have", async () => {
  const { outcome, held } = await visit(() => part("bytes 1000-1999/2000"), { there: start });
  assert.deepEqual(outcome, interrupted("more than the 2,000 bytes announced"));
  assert.equal(held.length, 0);
});

Deno.test("fetchRest() gives up a connection that is silent, before or within the answer", async () => {
  const silent = await visit(() => ({ announced: 5000, then: "stall" }), { patience: 60 });
  assert.deepEqual(silent.outcome, interrupted("no byte for 0.1 s"));
  const { outcome, held } = await visit(
    (request) => cut(answerFile(request, { bytes }), 1000, "stall"),
    { patience: 60 },
  );
  assert.deepEqual(outcome, interrupted("no byte for 0.1 s"));
  assert.deepEqual(held, start);
});

Deno.test("fetchRest() is patient with a slow connection as long as bytes come", async () => {
  let text = "";
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    const slow = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 70));
        controller.enqueue(Uint8Array.of(97 + text.length));
        text += String.fromCharCode(97 + text.length);
        if (text.length === 12) controller.close();
      },
    }, { highWaterMark: 0 });
    return new Response(slow);
  });
  const path = join(makeFolder(), "file.partial");
  await using partial = await PartialFile.open(path, { sha256: null });
  const address = `http://127.0.0.1:${server.addr.port}/`;
  await fetchRest(address, partial, { ...calm, patience: 600 });
  await server.shutdown();
  assert.equal(await Deno.readTextFile(path), "abcdefghijkl");
});

Deno.test("fetchRest() does not count the time in which its caller is busy", async () => {
  const onProgress = () => {
    for (const begin = performance.now(); performance.now() - begin < 200;) continue;
  };
  const slow = { patience: 100, onProgress };
  const { outcome, held } = await visit((request) => answerFile(request, { bytes }), slow);
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual(held, bytes);
});

Deno.test("fetchRest() says why there is no answer", async () => {
  const { outcome } = await visit(() => null);
  assert.deepEqual(
    outcome,
    interrupted("no answer: connection closed before message completed"),
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `http://127.0.0.1:${listener.addr.port}/`;
  listener.close();
  const closed = await visit(() => null, { address });
  assert.equal(closed.outcome.kind, "interrupted");
  assert.match(JSON.stringify(closed.outcome), /"no answer: .*connect error: .*refused/i);
  const away = await visit(() => ({ status: 302, headers: { location: "ftp://127.0.0.1/a" } }));
  assert.deepEqual(
    away.outcome,
    interrupted("no answer: Can not redirect to a non HTTP(s) url"),
  );
});

Deno.test("fetchRest() follows a redirection with range and condition", async () => {
  const { outcome, held, requests } = await visit(
    (request) =>
      request.path === "/file"
        ? { status: 302, headers: { location: "/store/1" } }
        : answerFile(request, { bytes, etag: '"1"' }),
    { there: start, origin: { validator: '"1"' } },
  );
  assert.deepEqual(outcome, { kind: "complete" });
  assert.deepEqual(held, bytes);
  assert.deepEqual(requests.map(({ path }) => path), ["/file", "/store/1"]);
  assert.equal(requests[1]!.headers.get("range"), "bytes=1000-");
  assert.equal(requests[1]!.headers.get("if-range"), '"1"');
});

Deno.test("fetchRest() without a hash to come pieces together only what the server vouches for", async () => {
  const answer = (request: SeenRequest) => answerFile(request, { bytes, etag: '"1"' });
  const unknown = [{}, { address: "http://127.0.0.1/b", validator: '"1"' }, { total: 1000 }];
  for (const origin of unknown) {
    const { held, requests } = await visit(answer, { there: start, origin, sha256: null });
    assert.deepEqual(requests.map(({ headers }) => headers.get("range")), [null]);
    assert.deepEqual(held, bytes);
  }
  const { requests } = await visit(answer, {
    there: start,
    origin: { validator: '"1"' },
    sha256: null,
  });
  assert.deepEqual(requests.map(({ headers }) => headers.get("range")), ["bytes=1000-"]);
  const end = await visit(() => ({ status: 416 }), {
    there: start,
    origin: { validator: '"1"' },
    sha256: null,
  });
  assert.deepEqual([end.outcome, end.held.length], [interrupted("status 416"), 0]);
});

Deno.test("fetchRest() without a hash to come refuses pages and encoded files", async () => {
  const html = { headers: { "content-type": "Text/HTML; charset=utf-8" }, body: other };
  const zipped = { headers: { "content-encoding": "gzip" }, body: gzipSync(bytes) };
  const page = await visit(() => html, { sha256: null });
  assert.deepEqual(page.outcome, refused("a page of HTML instead of a file"));
  assert.equal(page.held.length, 0);
  const encoded = await visit(() => zipped, { sha256: null });
  assert.deepEqual(encoded.outcome, refused('a file that is encoded as "gzip"'));
  // With a hash to come, bytes are taken as they are sent.
  assert.deepEqual((await visit(() => html)).held, other);
  assert.deepEqual((await visit(() => zipped)).held, new Uint8Array(zipped.body));
});

Deno.test("fetchRest() stops when it is interrupted and keeps what came", async () => {
  const controller = new AbortController();
  const path = join(makeFolder(), "file.partial");
  await using server = startServer((request) => cut(answerFile(request, { bytes }), 1000, "stall"));
  await using partial = await PartialFile.open(path, { sha256: null });
  const fetching = fetchRest(`${server.address}/`, partial, {
    ...calm,
    signal: controller.signal,
    onProgress: (done) => done === 1000 && controller.abort(new Error("enough")),
  });
  await assert.rejects(fetching, { message: "enough" });
  assert.deepEqual(await Deno.readFile(path), start);
});

Deno.test("fetchRest() ends the connection when its caller throws", async () => {
  await using server = startServer((request) => cut(answerFile(request, { bytes }), 1000, "stall"));
  const path = join(makeFolder(), "file.partial");
  await using partial = await PartialFile.open(path, { sha256: null });
  const fetching = fetchRest(`${server.address}/`, partial, {
    ...calm,
    onProgress: () => {
      throw new Error("not today");
    },
  });
  await assert.rejects(fetching, { message: "not today" });
  // The server waits for the other side to hang up; it would wait for ever.
  await server.idle();
});
