import assert from "node:assert/strict";
import { join } from "node:path";
import {
  createCheckpoint,
  interrupt,
  interruptible,
  Interruption,
  interruptionSignal,
  stoppable,
  untilInterrupted,
} from "@/files/interruption.ts";
import { noProgress } from "@/files/progress.ts";

const message = "Cannot finish: interrupted";
const root = join(import.meta.dirname!, "../..");

/** Works until it is aborted, and says what it sees; in a process of its own, which Ctrl-C may reach. */
const program = `
import { untilInterrupted } from "@/files/interruption.ts";
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

/** Runs a program, sends it a signal once it says "ready", and gives what it said. */
async function stop(
  code: string,
  signal: Deno.Signal,
): Promise<{ text: string; code: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", code],
    cwd: root,
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const bytes of child.stdout) {
    text += new TextDecoder().decode(bytes);
    if (text.endsWith("ready\n")) child.kill(signal);
  }
  const { code: exit } = await child.status;
  return { text, code: exit };
}

Deno.test("untilInterrupted() aborts the work on Ctrl-C and SIGTERM and lets it tidy up", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const { text } = await stop(program, signal);
    assert.equal(text, `ready\ntidied\n${message}\n`);
  }
});

/** Ways of working, all of which must end. */
const ways = {
  "computes without waiting, but asks":
    'const p = stoppable(noProgress)("x"); print("ready"); for (;;) p.report(0.5);',
  "passes checkpoints":
    'const check = createCheckpoint(); print("ready"); for (;;) { busy(20); await check(); }',
  "waits for something that never comes": 'print("ready"); await new Promise(() => {});',
  "fails because of the stop":
    'print("ready"); await new Promise((_, no) => signal.addEventListener("abort", () => no(new Error("closed"))));',
};

Deno.test("untilInterrupted() ends every kind of work", async () => {
  for (const [name, body] of Object.entries(ways)) {
    const { text, code } = await stop(
      `import { createCheckpoint, stoppable, untilInterrupted } from "@/files/interruption.ts";
      import { noProgress } from "@/files/progress.ts";
      const print = (line) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
      const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
      const alive = setInterval(() => {}, 1000);
      await new Promise((go) => setTimeout(go, 10));
      try {
        await untilInterrupted(async (signal) => { busy(1); ${body} }, { message: "${message}" });
      } catch (error) {
        print(error.name + " by " + error.signal + ": " + error.message);
        Deno.exit(7);
      }`,
      "SIGTERM",
    );
    assert.equal(text, `ready\nInterruption by SIGTERM: ${message}\n`, name);
    assert.equal(code, 7, name);
  }
});

Deno.test("untilInterrupted() passes results and errors on, one after the other", async () => {
  assert.equal(await untilInterrupted(() => Promise.resolve(7), { message }), 7);
  const failing = () => Promise.reject(new RangeError("no"));
  await assert.rejects(untilInterrupted(failing, { message }), { message: "no" });
});

Deno.test("interrupt() stops what is under way and nothing that begins later", async () => {
  const earlier = interruptionSignal(), progress = stoppable(noProgress)("embed");
  const checkpoint = createCheckpoint();
  await checkpoint();
  progress.report(0.1);
  interrupt("SIGTERM");
  const stopped = { name: "Interruption", message: "Interrupted" };
  assert.throws(() => earlier.throwIfAborted(), { ...stopped, signal: "SIGTERM" });
  assert.throws(() => progress.report(0.2), stopped);
  await assert.rejects(checkpoint(), stopped);
  interruptionSignal().throwIfAborted();
  stoppable(noProgress)("score").report(0.1);
  await createCheckpoint()();
});

Deno.test("createCheckpoint() lets timers have their turn while work goes on", async () => {
  const checkpoint = createCheckpoint();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const begin = performance.now();
  while (performance.now() - begin < 200) await checkpoint();
  clearInterval(timer);
  assert.ok(ticks >= 2, `${ticks} ticks`);
});

Deno.test("interruptible() waits for the work to tidy up, but not for ever", async () => {
  let tidied = false;
  const tidy = interruptible((signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () =>
        setTimeout(() => {
          tidied = true;
          reject(signal.reason);
        }, 50))
    )
  );
  interrupt();
  await assert.rejects(tidy, Interruption);
  assert.ok(tidied);
  const stuck = interruptible(() => new Promise(() => {}));
  interrupt();
  await assert.rejects(stuck, Interruption);
  assert.equal(await interruptible(() => Promise.resolve(7)), 7);
});
