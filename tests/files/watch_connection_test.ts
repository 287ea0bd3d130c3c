import assert from "node:assert/strict";
import { ConnectionFailure, watchConnection } from "@/files/connection.ts";

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
