import assert from "node:assert/strict";
import type { Threshold } from "@/thresholds/rules.ts";
import {
  makeThresholdFile,
  NOT_PROMISED,
  parseThresholdFile,
  takeLimits,
  takeThresholds,
  type ThresholdFile,
} from "@/thresholds/threshold_file.ts";

const rule = { name: "gumbel", alpha: 0.05 } as const;
const file = makeThresholdFile({
  model: { name: "mine", hash: "abc" },
  scope: "class",
  rule,
  calibration: "by hand",
  thresholds: new Map<string, Threshold>([
    ["nut", { value: 2.5, count: 84 }],
    ["bolt", { value: Infinity, count: 2, reason: "too few" }],
  ]),
  refusal: { alpha: 0.05, limits: { all: { patch_mean: 1, key_distance: null } } },
});

/** The file after a change of its document. */
function edited(change: (document: Record<string, unknown>) => void): ThresholdFile {
  const document = JSON.parse(JSON.stringify(file));
  change(document);
  return parseThresholdFile(JSON.stringify(document), "t.json");
}

const take = (given: ThresholdFile, names: string[], made = 2.5) =>
  takeThresholds(given, {
    names,
    source: "t.json",
    byRule: () => ({ value: made, count: 84 }),
  });

Deno.test("makeThresholdFile() orders scopes, writes infinity as null, and says what is promised", () => {
  assert.deepEqual(Object.keys(file.thresholds), ["bolt", "nut"]);
  assert.deepEqual(file.thresholds.bolt, {
    value: null,
    reason: "too few",
    count: 2,
    promise: "never alarms below 3 images, there are 2",
  });
  assert.equal(
    file.thresholds.nut!.promise,
    "at most about 7.4 % false alarms for images like these; no guarantee below 9 images",
  );
  assert.deepEqual(parseThresholdFile(JSON.stringify(file), "t.json"), file);
});

Deno.test("takeThresholds() keeps the promise of what is unchanged, and of nothing else", () => {
  const kept = take(file, ["nut"]).get("nut")!;
  assert.deepEqual([kept.value, kept.promise], [2.5, file.thresholds.nut!.promise]);
  const changed = take(
    edited(({ thresholds }) => (thresholds as Record<string, { value: number }>).nut!.value = 3),
    ["nut"],
  ).get("nut")!;
  assert.deepEqual([changed.value, changed.promise], [3, NOT_PROMISED]);
  // Another run of the rule gives another value: this one is no longer the rule's.
  assert.equal(take(file, ["nut"], 2.6).get("nut")!.promise, NOT_PROMISED);
  assert.equal(take(file, ["nut"], 2.5 * (1 + 1e-9)).get("nut")!.promise, kept.promise);
  const never = take(file, ["bolt"]).get("bolt")!;
  assert.deepEqual([never.value, never.reason], [Infinity, "too few"]);
});

Deno.test("takeThresholds() and takeLimits() name what is missing", () => {
  assert.throws(() => take(file, ["nuts"]), {
    message: 'Cannot use thresholds of "t.json": there must be one for class "nuts", ' +
      'got one for "nut"',
  });
  assert.throws(() => take(file, ["gear"]), {
    message: 'Cannot use thresholds of "t.json": there must be one for class "gear", ' +
      "got those for bolt, nut",
  });
  const limits = takeLimits(file, { groupNames: ["all"], source: "t.json" })!.get(0)!;
  assert.deepEqual([limits.patchMean.value, limits.keyDistance.value], [1, Infinity]);
  assert.throws(() => takeLimits(file, { groupNames: ["all", "nut"], source: "t.json" }), {
    message:
      'Cannot use thresholds of "t.json": limits of refusal must be there for group "nut", ' +
      "got those for all",
  });
});

Deno.test("parseThresholdFile() refuses in one line what a file must not hold", () => {
  const cases: [(document: Record<string, unknown>) => void, string][] = [
    [(each) => each.schema = 2, '"schema" must be one of 1, got 2'],
    [(each) => each.thresold = {}, 'unknown key "thresold"'],
    [
      ({ thresholds }) => (thresholds as Record<string, { value: unknown }>).nut!.value = "3",
      '"thresholds.nut.value" must be a number, or null, got "3"',
    ],
    [
      ({ thresholds }) => (thresholds as Record<string, unknown>).nut = 3,
      '"thresholds.nut" must be an object, got 3',
    ],
    [
      (each) => each.rule = { name: "gumbel" },
      '"rule" must be a rule with its parameter, such as {"name": "gumbel", "alpha": 0.05}, or ' +
      'null, got {"name":"gumbel"}',
    ],
    [
      ({ refusal }) => (refusal as { limits: Record<string, unknown> }).limits.all = {},
      '"refusal.limits.all.patch_mean" must be a number, or null, got none',
    ],
  ];
  for (const [change, message] of cases) {
    assert.throws(
      () => edited(change),
      (error: Error) => error.message.startsWith(`Cannot read thresholds of "t.json": ${message}`),
      message,
    );
  }
  assert.throws(() => parseThresholdFile("value: 3", "t.json"), {
    message: 'Cannot read thresholds of "t.json": it must be JSON, got other text',
  });
});
