import assert from "node:assert/strict";
import { join } from "node:path";
import { untilInterrupted } from "@/files/progress.ts";

const message = "Cannot finish: interrupted";
const root = join(import.meta.dirname!, "../..");

/** Works until it is aborted, and says what it sees; in a process of its own, which Ctrl-C may reach. */
const program = `
import { untilInterrupted } from "@/files/progress.ts";
const print = (line) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
const work = (signal) => new Promise((_resolve, reject) => {
  const timer = setInterval(() => {}, 1000);
  signal.addEventListener("abort", () => {
    print("tidied");
    clearInterval(timer);
    reject(signal.reason);
  });
  print("ready");
});
await untilInterrupted(work, { message: "${message}" }).catch((error) => print(error.message));
`;

Deno.test("untilInterrupted() aborts the work on Ctrl-C and lets it tidy up", async () => {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", program],
    cwd: root,
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const bytes of child.stdout) {
    text += new TextDecoder().decode(bytes);
    if (text === "ready\n") child.kill("SIGINT");
  }
  assert.equal(text, `ready\ntidied\n${message}\n`);
});

Deno.test("untilInterrupted() passes results and errors on, one after the other", async () => {
  assert.equal(await untilInterrupted(() => Promise.resolve(7), { message }), 7);
  const failing = () => Promise.reject(new RangeError("no"));
  await assert.rejects(untilInterrupted(failing, { message }), { message: "no" });
});
