import assert from "node:assert/strict";
import { join } from "node:path";
import { thresholdsCommand } from "@/lab/commands/thresholds.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";
import { makeThresholdFile } from "@/thresholds/threshold_file.ts";

const run = makeFolder();
const header = "image,class,split,label,group,score";
// Training images score 1 to 20 (bolt) and 101 to 120 (nut); per class four normal test images
// score in the middle, one of nut beyond all, and four defects high.
const rows = ["bolt", "nut"].flatMap((name, c) => [
  ...Array.from(
    { length: 20 },
    (_, i) => `${name}/t${i}.png,${name},train,0,${name},${100 * c + i + 1}`,
  ),
  ...[5, 6, 7, c === 1 ? 50 : 8].map((score, i) =>
    `${name}/n${i}.png,${name},test,0,${name},${100 * c + score}`
  ),
  ...[19.5, 30, 40, 60].map((score, i) =>
    `${name}/d${i}.png,${name},test,1,${name},${100 * c + score}`
  ),
]);
await Deno.writeTextFile(join(run, "scores.csv"), [header, ...rows].join("\n"));
const file = makeThresholdFile({
  model: { name: "mine", hash: "abc" },
  scope: "group",
  rule: { name: "conformal", alpha: 0.05 },
  calibration: "by hand",
  thresholds: new Map([["bolt", { value: 20, count: 20 }], ["nut", { value: 120, count: 20 }]]),
  refusal: null,
});
await Deno.writeTextFile(join(run, "thresholds.json"), JSON.stringify(file));

async function ask(
  options: Partial<Parameters<typeof thresholdsCommand>[0]> = {},
): Promise<string> {
  const { output, text } = collectOutput();
  await thresholdsCommand({ run, output, ...options });
  return text();
}

Deno.test("thresholdsCommand() tells the run's thresholds, promise, and what they did", async () => {
  const text = await ask();
  assert.match(
    text,
    /^mine: 40 calibration images, 16 test images\.\nThresholds for each group: conformal/,
  );
  assert.match(
    text,
    /bolt +20 +20 +at most about 5 %; never alarms below 19 images +0 of 4, at most 52\.8 % .* 3 of 4 \(19\.4–99\.4 %\)/,
  );
  assert.match(text, /nut +120 +20 .* 1 of 4, at most 75\.2 % /);
  assert.match(text, /all +– +40 .* 1 of 8, at most 47\.1 % .* 6 of 8 /);
});

Deno.test("thresholdsCommand() takes another rule, alpha and scope", async () => {
  assert.match(await ask({ rule: "max" }), /Thresholds for each group: largest calibration score/);
  assert.match(
    await ask({ alpha: 0.01 }),
    /bolt +none +20 +conformal thresholds at alpha 0\.01 need/,
  );
  assert.match(await ask({ scope: "global" }), /all together +119 +40 /);
  assert.match(await ask({ scope: "class", rule: "quantile", alpha: 0.5 }), /0\.5 quantile/);
});

Deno.test("thresholdsCommand() compares all rules", async () => {
  const text = await ask({ compare: true, rule: "gumbel" });
  for (const name of ["gumbel 0.05", "conformal 0.05", "quantile 0.95", "max", "mean_std"]) {
    assert.match(text, new RegExp(`^${name} +[01] of 8, at most`, "m"));
  }
});

Deno.test("thresholdsCommand() splits a budget of false alarms", async () => {
  const text = await ask({ budget: 20, perDay: 200, split: "same-alarms", shares: "bolt=3,nut=1" });
  assert.match(text, /^bolt: alpha 0\.0667, 10 false alarms a day among 150 images$/m);
  assert.match(text, /^nut: alpha 0\.2, 10 false alarms a day among 50 images$/m);
  assert.match(await ask({ budget: 20, perDay: 200 }), /Shares are those of the training images/);
});

Deno.test("thresholdsCommand() weighs costs, and says that labels were seen", async () => {
  const text = await ask({ costMiss: 100, costFalseAlarm: 1, defectShare: 0.1 });
  assert.match(text, /labels of the test images were seen/);
  assert.match(text, /bolt +19\.5 +28 +as given; nothing is promised/);
  assert.match(text, /nut: expected cost .* whose labels were seen/);
});

Deno.test("thresholdsCommand() writes a file that keeps rules of their own, and replaces none unasked", async () => {
  const out = join(makeFolder(), "mine.json");
  await ask({ budget: 20, perDay: 200, split: "same-alarms", shares: "bolt=3,nut=1", out });
  const written = JSON.parse(await Deno.readTextFile(out));
  assert.deepEqual(written.model, { name: "mine", hash: "abc" });
  assert.deepEqual(written.thresholds.nut.rule, { name: "conformal", alpha: 0.2 });
  assert.match(written.thresholds.nut.promise, /^at most about 20 % /);
  await assert.rejects(ask({ out }), {
    message: `Cannot set thresholds: "${out}" must not be there yet, or "--overwrite" be given`,
  });
  await ask({ out, overwrite: true });
});

Deno.test("thresholdsCommand() gives a document", async () => {
  const { output, text } = collectOutput({ isJson: true });
  await thresholdsCommand({ run, output, compare: true });
  const { thresholds, compared, scope } = JSON.parse(text());
  assert.equal(scope, "group");
  assert.deepEqual([thresholds.nut.false_alarms.count, thresholds.nut.found.count], [1, 3]);
  assert.equal(compared.length, 5);
});

Deno.test("thresholdsCommand() refuses in one line what does not go together", async () => {
  const cases: [Partial<Parameters<typeof thresholdsCommand>[0]>, string][] = [
    [{ run: null }, "the folder of a finished run must be named, got none"],
    [
      { run: "nowhere" },
      '"nowhere" must be the folder of a finished run, got one without thresholds.json; runs of ' +
      "earlier versions must run again",
    ],
    [
      { rule: "gumble" },
      '"--rule" must be one of gumbel, conformal, quantile, max, mean_std, got "gumble", did you mean "gumbel"?',
    ],
    [{ alpha: 2 }, '"--alpha" must be above 0 and below 1, got 2'],
    [{ budget: 2 }, '"--budget" must come with "--per-day", got none'],
    [{ split: "same-alpha" }, '"--split" must come with "--budget"'],
    [{ budget: 2, perDay: 9, rule: "max" }, 'the rule of a budget must have an alpha, got "max"'],
    [{ costMiss: 2, costFalseAlarm: 1 }, '"--cost-miss" must come with "--defect-share", got none'],
    [
      { budget: 1, perDay: 9, shares: "bolt" },
      '"--shares" must be written like bolt=3,nut=1, got "bolt"',
    ],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(ask(options), { message: `Cannot set thresholds: ${message}` });
  }
  await assert.rejects(ask({ budget: 1, perDay: 9, shares: "bolt=1" }), {
    message:
      'Cannot split a budget of false alarms: a share must be given for "nut", got those for bolt',
  });
});
