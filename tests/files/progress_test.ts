import assert from "node:assert/strict";
import { join } from "node:path";
import { createProgress, formatDuration, untilInterrupted } from "@/files/progress.ts";

function watch(isTerminal: boolean) {
  let text = "", clock = 0;
  const progress = createProgress({
    label: "embed",
    write: (more) => text += more,
    isTerminal,
    now: () => clock,
  });
  return {
    progress,
    at: (milliseconds: number, share: number) => {
      clock = milliseconds;
      const before = text.length;
      progress.report(share);
      return text.slice(before).replace("\r\x1b[K", "");
    },
    text: () => text,
    wait: (milliseconds: number) => clock = milliseconds,
  };
}

Deno.test("createProgress() gives no estimate before it can know one", () => {
  const { at } = watch(true);
  assert.match(at(200, 0.1), /10 % {2}0\.2 s$/);
  assert.match(at(400, 0), /0 % {2}0\.4 s$/);
});

Deno.test("createProgress() estimates from the last fifteen seconds, or half of the time", () => {
  const { at } = watch(true);
  let line = "";
  for (let second = 1; second <= 10; second++) line = at(1000 * second, 0.05 * second);
  assert.match(line, /50 % {2}10 s, about 10 s left$/);
  // A tenth as fast from here on. After 20 s more, only the slow part counts: 0.005 a second.
  for (let second = 11; second <= 30; second++) line = at(1000 * second, 0.45 + 0.005 * second);
  assert.match(line, /60 % {2}30 s, about 1 min 20 s left$/);
  for (let second = 31; second <= 60; second++) line = at(1000 * second, 0.45 + 0.005 * second);
  for (let second = 61; second <= 100; second++) line = at(1000 * second, 0.69 + 0.001 * second);
  // The last report before 50 s counts: from 0.695 at 49 s to 0.79 at 100 s; 0.21 left takes 113 s.
  assert.match(line, /7[89] % {2}1 min 40 s, about 1 min 53 s left$/);
});

Deno.test("createProgress() redraws a terminal at most ten times a second", () => {
  const { at } = watch(true);
  assert.notEqual(at(1000, 0.1), "");
  assert.equal(at(1050, 0.2), "");
  assert.notEqual(at(1100, 0.3), "");
});

Deno.test("createProgress() writes whole lines, ten seconds apart, where nothing can be redrawn", () => {
  const { at, progress, wait, text } = watch(false);
  assert.equal(at(9_999, 0.2), "");
  assert.match(at(10_000, 0.25), /^embed +25 % {2}10 s, about 30 s left\n$/);
  assert.equal(at(19_999, 0.5), "");
  wait(40_000);
  progress.finish();
  assert.ok(text().endsWith("100 %  40 s\n"));
});

Deno.test("createProgress() says nothing of work that is over at once", () => {
  const { at, progress, text } = watch(true);
  at(50, 1);
  progress.finish();
  assert.equal(text(), "");
});

Deno.test("formatDuration() chooses units that people read", () => {
  const durations = [0, 940, 950, 59_400, 59_600, 3_599_400, 3_600_000, 7_830_000];
  assert.deepEqual(durations.map(formatDuration), [
    "0.0 s",
    "0.9 s",
    "1 s",
    "59 s",
    "1 min 00 s",
    "59 min 59 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
});

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
