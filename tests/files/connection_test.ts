import assert from "node:assert/strict";
import { ConnectionFailure, readAnswerFields, watchConnection } from "@/files/connection.ts";

const read = (fields: Record<string, string>) => readAnswerFields(new Headers(fields));

Deno.test("readAnswerFields() reads nothing from an empty header", () => {
  assert.deepEqual(read({}), { length: null, first: null, total: null, validator: null });
});

Deno.test("readAnswerFields() reads which part follows and of how much", () => {
  const cases: [string, number | null, number | null][] = [
    ["bytes 0-9/10", 0, 10],
    ["bytes 1000-4999/5000", 1000, 5000],
    ["Bytes 5-9/10", 5, 10],
    ["bytes 5-9/*", 5, null],
    ["bytes */10", null, 10],
    ["bytes 5-9", null, null],
    ["bytes -9/10", null, null],
    ["lines 1-2/10", null, null],
    ["bytes 5-9/10, bytes 5-9/10", null, null],
  ];
  for (const [range, first, total] of cases) {
    const fields = read({ "content-range": range });
    assert.deepEqual([fields.first, fields.total], [first, total], range);
  }
});

Deno.test("readAnswerFields() reads a length only if it is one number", () => {
  assert.equal(read({ "content-length": "5300000000" }).length, 5_300_000_000);
  for (const length of ["", "-1", "1.5", "5, 5", "many"]) {
    assert.equal(read({ "content-length": length }).length, null, length);
  }
});

Deno.test("readAnswerFields() takes a version for named only by a strong tag or an old enough date", () => {
  const then = "Mon, 05 Jan 2026 10:00:00 GMT", later = "Mon, 05 Jan 2026 10:00:01 GMT";
  const cases: [Record<string, string>, string | null][] = [
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
  for (const [fields, validator] of cases) {
    assert.equal(read(fields).validator, validator, JSON.stringify(fields));
  }
});

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

const wait = (milliseconds: number): Promise<string> =>
  new Promise((resolve) => setTimeout(() => resolve("done"), milliseconds));

/** Work that ends only when it is told to, as `fetch` does. */
function until(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

const notAsked = () => assert.fail("nobody asked for a description");

Deno.test("watchConnection() passes on what comes in time, however long it takes together", async () => {
  const watch = watchConnection({ patience: 500 });
  for (let visit = 0; visit < 7; visit++) {
    assert.equal(await watch.within(wait(80), notAsked), "done");
  }
  assert.equal(watch.signal.aborted, false);
});

Deno.test("watchConnection() does not count time in which nothing is waited for", async () => {
  const watch = watchConnection({ patience: 20 });
  await watch.within(Promise.resolve(), notAsked);
  await wait(40);
  assert.equal(watch.signal.aborted, false);
});

Deno.test("watchConnection() ends a connection that is silent for too long", async () => {
  const watch = watchConnection({ patience: 60 });
  await assert.rejects(watch.within(until(watch.signal), notAsked), (error) => {
    assert.ok(error instanceof ConnectionFailure);
    assert.equal(error.message, "no byte for 0.1 s");
    return true;
  });
});

Deno.test("watchConnection() turns an error into a reason and keeps it as the cause", async () => {
  const watch = watchConnection({ patience: 10_000 });
  const cause = new TypeError("reset");
  const describe = (error: unknown) => `it failed, ${error}`;
  await assert.rejects(watch.within(Promise.reject(cause), describe), {
    name: "ConnectionFailure",
    message: "it failed, TypeError: reset",
    cause,
  });
});

Deno.test("watchConnection() throws the reason of the caller who interrupts", async () => {
  const controller = new AbortController();
  const watch = watchConnection({ patience: 10_000, signal: controller.signal });
  const waiting = watch.within(until(watch.signal), notAsked);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, { name: "Error", message: "enough" });
});

Deno.test("watchConnection() ends the connection when the caller is done with it", () => {
  const watch = watchConnection({ patience: 10_000 });
  watch.end();
  assert.equal(watch.signal.aborted, true);
});
