import assert from "node:assert/strict";
import {
  modelEncoding,
  modelLabel,
  scaleInTurn,
  scoreScale,
  signedPoints,
  sliderParams,
  themedChart,
} from "@/charts/theme.ts";
import { runChart } from "../helpers/charts.ts";

Deno.test("scaleInTurn() begins again after the last look", () => {
  const domain = [7, 8, 9, 10, 11];
  assert.deepEqual(scaleInTurn(domain, ["a", "b"]), { domain, range: ["a", "b", "a", "b", "a"] });
});

Deno.test("modelEncoding() repeats a colour and its shape together, after four models", () => {
  const models = ["a", "b", "c", "d", "e"];
  const { color, shape } = modelEncoding(models) as Record<
    "color" | "shape",
    { readonly scale: { readonly domain: readonly string[]; readonly range: readonly string[] } }
  >;
  for (const { scale } of [color, shape]) {
    assert.deepEqual(scale.domain, models);
    assert.equal(new Set(scale.range).size, 4);
    assert.equal(scale.range[4], scale.range[0]);
  }
});

Deno.test("modelLabel() shortens one name and keeps every other, whatever objects call their own", () => {
  const models = ["HierarchicalPatchCore", "PatchCore", "constructor"];
  assert.deepEqual(models.map(modelLabel), ["HierCore", "PatchCore", "constructor"]);
});

Deno.test("scoreScale() turns logarithmic when positive scores span more than a factor of 30", () => {
  const type = (...scores: readonly number[]): unknown => scoreScale(scores)["type"];
  assert.equal(type(1, 30), "linear");
  assert.equal(type(1, 30.1), "log");
  assert.equal(type(0, 100), "linear");
  assert.equal(type(-1, 100), "linear");
});

interface Bind {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const bindOf = (min: number, max: number, isLogarithmic = false): Bind => {
  const options = { label: "threshold", start: min, min, max, isLogarithmic };
  return sliderParams("t", options)[0]!["bind"] as Bind;
};

Deno.test("sliderParams() goes in round steps just past both ends, worked by hand", () => {
  // A span of 11.9 in 500 steps is 0.0238, rounded up to 0.05; 0.33 and 12.23 lie between 0.3, 12.25.
  const { min, max, step } = bindOf(0.33, 12.23);
  assert.deepEqual([min, max, step], [0.3, 12.25, 0.05]);
  // From −1 to 2 powers of ten in steps of 0.006, rounded up to 0.01.
  const powers = bindOf(0.1, 100, true);
  assert.deepEqual([powers.min, powers.max, powers.step], [-1, 2, 0.01]);
});

Deno.test("sliderParams() takes 200 to 500 steps whatever the span", () => {
  for (let span = 1e-4; span < 1e5; span *= 1.37) {
    const { min, max, step } = bindOf(3, 3 + span);
    assert.ok(min <= 3 && max >= 3 + span - 1e-9 * span, `span ${span}`);
    const steps = (max - min) / step;
    assert.ok(steps > 199 && steps < 503, `span ${span}: ${steps} steps`);
  }
});

Deno.test("sliderParams() holds the start to the last digit until a logarithmic slider moves", async () => {
  const start = 12.7;
  assert.notEqual(10 ** Math.log10(start), start);
  const params = sliderParams("t", { label: "t", start, min: 0.1, max: 1000, isLogarithmic: true });
  const chart = await runChart(
    themedChart("Nothing", { params, data: { values: [] }, mark: "point" }),
  );
  assert.equal(chart.get("t"), start);
  await chart.set("t_power", 2);
  assert.equal(chart.get("t"), 100);
});

Deno.test("sliderParams() refuses a start outside and an axis that no logarithm reaches", () => {
  const options = { label: "t", start: 1, min: 2, max: 3, isLogarithmic: false };
  assert.throws(() => sliderParams("t", options), {
    name: "RangeError",
    message: "Cannot make a slider: the start must lie between the ends, got 1 in 2 to 3",
  });
  assert.throws(() => sliderParams("t", { ...options, min: 0, isLogarithmic: true }), {
    name: "RangeError",
    message: "Cannot make a slider: a logarithmic axis must begin above 0, got 0",
  });
});

Deno.test("signedPoints() gives a sign to what is not zero as written", () => {
  assert.equal(signedPoints(0.0149), "+1.5");
  assert.equal(signedPoints(-0.0149), "−1.5");
  assert.equal(signedPoints(-0.0004), "0.0");
  assert.equal(signedPoints(0), "0.0");
  assert.equal(signedPoints(-0.0004, { digits: 2 }), "−0.04");
});
