import assert from "node:assert/strict";
import { type ClassDelta, deltaChart } from "@/charts/disparity.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const tolerances = { meanPoints: 1, worstPoints: 3 };
const nut = { model: "PatchCore", className: "nut", delta: -0.05 };
const cup = { model: "PatchCore", className: "cup", delta: 0.01 };
const gear = { model: "PatchCore", className: "gear", delta: -0.03 };
const hierCore = { ...cup, model: "HierarchicalPatchCore", delta: -0.06 };

/** The dots of a chart, each once. */
function dotsOf(deltas: readonly ClassDelta[]): Record<string, unknown>[] {
  const records = recordsOf(deltaChart(deltas, tolerances)["layer"]);
  const dots = records.filter((each) => "isFallen" in each);
  return deltas.map(({ className }) => dots.find((dot) => dot["class"] === className)!);
}

Deno.test("deltaChart() puts the class on top that lost most in any model", () => {
  const sorted = (deltas: readonly ClassDelta[]) =>
    JSON.stringify(deltaChart(deltas, tolerances)).match(/"sort":(\[[^\]]*\])/)![1];
  assert.equal(sorted([cup, gear, nut]), '["nut","gear","cup"]');
  assert.equal(sorted([cup, gear, nut, hierCore]), '["cup","nut","gear"]');
});

Deno.test("deltaChart() writes the number of what fell beyond the tolerance, not of what meets it", async () => {
  const texts = await textsOf(deltaChart([nut, cup, gear], tolerances));
  assert.ok(texts.includes("−5.0"), String(texts));
  assert.ok(!texts.includes("−3.0") && !texts.includes("+1.0"));
});

Deno.test("deltaChart() states tolerances and the mean |Δ| of every model, worked by hand", async () => {
  // PatchCore: (5 + 1 + 3) ÷ 3 = 3 points; HierCore: 6.
  const texts = await textsOf(deltaChart([nut, cup, gear, hierCore], tolerances));
  for (
    const text of [
      "Grey: a mean |Δ| up to 1 is tolerated; dashed: so is a fall of 3; ringed: fell further",
      "Mean |Δ|: PatchCore 3.00, HierCore 6.00",
    ]
  ) assert.ok(texts.includes(text), String(texts));
});

Deno.test("deltaChart() draws a deviation to both sides and an interval as it is", () => {
  const [both, asIs, none] = dotsOf([
    { ...nut, spread: 0.01 },
    { ...cup, spread: [0, 0.015] },
    gear,
  ]);
  assert.deepEqual([both!["low"], both!["high"]], [-6, -4]);
  assert.deepEqual([asIs!["low"], asIs!["high"]], [0, 1.5]);
  assert.deepEqual([none!["low"], none!["high"]], [null, null]);
});

Deno.test("deltaChart() says what whiskers are where there are any", () => {
  const subtitle = (deltas: readonly ClassDelta[], whiskers?: string) =>
    JSON.stringify(deltaChart(deltas, { ...tolerances, ...(whiskers && { whiskers }) })["title"]);
  assert.doesNotMatch(subtitle([nut]), /whiskers/);
  assert.match(subtitle([{ ...nut, spread: 0.01 }]), /whiskers: standard deviation over seeds/);
  assert.match(subtitle([{ ...nut, spread: 0.01 }], "95 % interval"), /whiskers: 95 % interval/);
});

Deno.test("deltaChart() is read without a warning", () => {
  const spread = [-0.02, 0.02] as const;
  for (
    const deltas of [[cup], [nut, gear, hierCore], [{ ...nut, spread: 0.01 }, { ...cup, spread }]]
  ) {
    assert.deepEqual(warningsOf(deltaChart(deltas, tolerances)), []);
  }
});

Deno.test("deltaChart() refuses nothing, and what is not finite", () => {
  assert.throws(() => deltaChart([], tolerances), {
    name: "RangeError",
    message: "Cannot chart Δ: at least one class is needed, got none",
  });
  assert.throws(() => deltaChart([{ ...nut, delta: NaN }], tolerances), {
    name: "RangeError",
    message: "Cannot chart Δ: every Δ and its spread must be finite, got NaN from NaN to NaN " +
      'for PatchCore in class "nut"',
  });
  assert.throws(() => deltaChart([{ ...nut, spread: Infinity }], tolerances), {
    name: "RangeError",
    message: "Cannot chart Δ: every Δ and its spread must be finite, got -0.05 from -Infinity to " +
      'Infinity for PatchCore in class "nut"',
  });
  assert.throws(() => deltaChart([nut], { meanPoints: 1, worstPoints: -3 }), {
    name: "RangeError",
    message: "Cannot chart Δ: tolerances must be 0 or more, got 1 and -3",
  });
});
