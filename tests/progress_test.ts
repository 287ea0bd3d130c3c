import assert from "node:assert/strict";
import { createProgress, formatDuration } from "@/io/progress.ts";

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

Deno.test("createProgress() estimates from the last fifteen seconds", () => {
  const { at } = watch(true);
  for (let second = 1; second <= 40; second++) at(1000 * second, 0.01 * second);
  // From here ten times as fast: after 20 s only the fast part is in the window.
  let line = "";
  for (let half = 1; half <= 10; half++) line = at(40_000 + 500 * half, 0.4 + 0.05 * half);
  assert.match(line, /90 %/);
  for (let half = 11; half <= 60; half++) line = at(40_000 + 500 * half, 0.9 + 0.001 * half);
  // Rate of the last 15 s: 0.002 per second; 0.04 left takes 20 s.
  assert.match(line, /96 % {2}1 min 10 s, about 20 s left$/);
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
