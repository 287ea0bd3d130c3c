import assert from "node:assert/strict";
import {
  dashScale,
  dial,
  type DialOptions,
  fillScale,
  modelEncoding,
  modelLabel,
  scaleInTurn,
  scoreScale,
  signedPoints,
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

const options = { label: "t", start: 4.7, min: 0, max: 10, isLogarithmic: false };

function bindOf(changes: Partial<DialOptions>): { readonly input: string; readonly name: string } {
  const { bind } = dial("t", { ...options, ...changes }).pick as {
    bind: Record<string, { input: string; name: string }>;
  };
  return bind["t_units"]!;
}

Deno.test("dial() counts in units of which a hundred lie on the axis, worked by hand", () => {
  assert.deepEqual(bindOf({}), { input: "number", name: "t, in tenths " });
  assert.equal(bindOf({ max: 9.9 }).name, "t, in hundredths ");
  assert.equal(bindOf({ max: 100 }).name, "t ");
  assert.equal(bindOf({ max: 1e6 }).name, "t ");
  // On a logarithmic axis a hundred lie below the start.
  const wide = { start: 0.05, min: 0.01, max: 1000, isLogarithmic: true };
  assert.equal(bindOf(wide).name, "t, in ten-thousandths ");
});

for (const isLogarithmic of [false, true]) {
  Deno.test(`dial() follows the box and pointing, ${isLogarithmic ? "logarithmic" : "linear"}`, async () => {
    const start = 412.0169677734375;
    const { params, pick, rail } = dial("t", {
      ...options,
      start,
      min: 0.5,
      max: 2600,
      isLogarithmic,
    });
    const layer = { ...rail, params: [pick], mark: "rect" };
    const x = { field: "begin", type: "quantitative" }, x2 = { field: "end" };
    const encoding = { x, x2 };
    const chart = await runChart(
      themedChart("Nothing", { params, layer: [{ ...layer, encoding }] }),
    );
    assert.equal(chart.get("t_pick_t_units"), 412, "the box shows few digits");
    assert.equal(chart.get("t"), start, "the value has all of them");
    const places = chart.recordsWith("t_units");
    assert.equal(places.length % 400, 0);
    for (const { begin, end, t_units: units } of places as Record<string, number>[]) {
      assert.ok(begin! < end! && String(units).length < 8, `${units}`);
      const slack = isLogarithmic ? 0.005 * units! : 4;
      assert.ok(units! >= begin! - slack && units! <= end! + slack, `${begin} ${units} ${end}`);
    }
  });
}

Deno.test("dial() refuses a start outside and an axis that no logarithm reaches", () => {
  assert.throws(() => dial("t", { ...options, start: 11 }), {
    name: "RangeError",
    message: "Cannot make a dial: the start must lie between the ends, got 11 in 0 to 10",
  });
  assert.throws(() => dial("t", { ...options, isLogarithmic: true }), {
    name: "RangeError",
    message: "Cannot make a dial: a logarithmic axis must begin above 0, got 0",
  });
});

Deno.test("fillScale() is white, then pale, in the rounds after the first", () => {
  assert.equal(fillScale(["a", "b"], ["#000000", "#0000ff"]), null);
  const domain = ["a", "b", "c", "d", "e", "f", "g"];
  assert.deepEqual(fillScale(domain, ["#000000", "#0000ff"]), {
    domain,
    range: ["#000000", "#0000ff", "#ffffff", "#ffffff", "#7f7f7f", "#7f7fff", "#000000"],
  });
});

Deno.test("dashScale() changes the dash with every round of colours, and not before", () => {
  const domain = Array.from({ length: 20 }, (_, i) => i);
  assert.equal(dashScale(domain.slice(0, 8)), null);
  const { range } = dashScale(domain)!;
  assert.deepEqual([range[7], range[8], range[15], range[16]], [[1, 0], [6, 4], [6, 4], [2, 3]]);
});

Deno.test("signedPoints() gives a sign to what is not zero as written", () => {
  assert.equal(signedPoints(0.0149), "+1.5");
  assert.equal(signedPoints(-0.0149), "−1.5");
  assert.equal(signedPoints(-0.0004), "0.0");
  assert.equal(signedPoints(0), "0.0");
  assert.equal(signedPoints(-0.0004, { digits: 2 }), "−0.04");
});

Deno.test("dial() heeds only its own rail and marks among others", () => {
  const among = { number: 3, places: 2, hasBox: true };
  const { pick } = dial("t", { ...options, among }) as unknown as {
    pick: { select: { on: string; fields: string[] }; bind: Record<string, { name: string }> };
  };
  // Filters of events see the event alone, not what `datum` is elsewhere.
  const own = "[event.item && event.item.datum && event.item.datum.dial === 3]";
  assert.equal(
    pick.select.on,
    `click${own}, [pointerdown${own}, window:pointerup] > pointermove${own}`,
  );
  assert.deepEqual(pick.select.fields, ["dial_units"]);
  assert.equal(pick.bind["dial_units"]!.name, "t, in hundredths ");
  assert.ok(!("bind" in dial("t", { ...options, among: { ...among, hasBox: false } }).pick));
});
