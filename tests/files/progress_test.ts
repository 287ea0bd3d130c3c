import assert from "node:assert/strict";
import { createProgress, formatDuration, inStages, type ProgressStage } from "@/files/progress.ts";

function watch(isTerminal: boolean, options: { label?: string; columns?: () => number } = {}) {
  let text = "", clock = 0;
  const progress = createProgress({
    label: options.label ?? "embed",
    columns: options.columns ?? (() => 100),
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

const labels = ["embed", "embed training images", "measure anomaly maps", "fit one bank for all"];

Deno.test("createProgress() never writes a line that a terminal would break", () => {
  for (const columns of [1, 7, 12, 20, 40, 60, 80, 120]) {
    for (const label of [...labels, "fetch and check the weights of a backbone with a long name"]) {
      const { at, progress, text } = watch(true, { label, columns: () => columns });
      const lines = [[200, 0], [5000, 0.01], [90_000, 0.5], [4e6, 0.9], [9e6, 0.99]] as const;
      for (const [time, share] of lines) {
        const line = at(time, share);
        assert.ok(line.length < columns, `${columns}: ${line}`);
      }
      progress.finish();
      assert.ok(
        text().split(/[\r\n]/).every((line) => line.replace("\x1b[K", "").length < columns),
      );
    }
  }
});

Deno.test("createProgress() gives up the bar first, then the time so far, then the estimate", () => {
  const lineAt = (columns: number): string => {
    const { at } = watch(true, { label: "embed training images", columns: () => columns });
    at(45_000, 0.25);
    return at(90_000, 0.5);
  };
  const times = "1 min 30 s, about 1 min 30 s left";
  assert.equal(lineAt(120), `embed training images        █████████▌           50 %  ${times}`);
  assert.equal(lineAt(80), `embed training images        ████      50 %  ${times}`);
  assert.equal(lineAt(70), `embed training images         50 %  ${times}`);
  assert.equal(lineAt(63), `embed training images  50 %  ${times}`);
  assert.equal(lineAt(60), "embed training images  50 %  about 1 min 30 s left");
  assert.equal(lineAt(40), "embed training images  50 %  1 min 30 s");
  assert.equal(lineAt(30), "embed training images  50 %");
  assert.equal(lineAt(20), "embed traini…  50 %");
});

Deno.test("createProgress() follows a terminal whose width changes", () => {
  let columns = 120;
  const { at } = watch(true, { columns: () => columns });
  assert.match(at(1000, 0.5), /█/);
  columns = 30;
  assert.ok(at(2000, 0.6).length < 30);
});

Deno.test("inStages() tells one display after the other which part of the whole it shows", () => {
  const seen: (ProgressStage | undefined)[] = [];
  const start = inStages(() => ({
    report: (_share, stage) => void seen.push(stage),
    finish: (stage) => void seen.push(stage),
  }), [1, 3]);
  start("embed").report(0.5);
  start("score").finish();
  start("one more").report(1);
  assert.deepEqual(seen, [
    { label: "embed", begin: 0, end: 0.25 },
    { label: "score", begin: 0.25, end: 1 },
    { label: "one more", begin: 1, end: 1 },
  ]);
});
