import assert from "node:assert/strict";
import { type GroupedImage, groupExplorer } from "@/charts/group_explorer.ts";
import { createRandom } from "@/math/random.ts";
import { promiseOf, thresholdFrom } from "@/thresholds/rules.ts";
import { runChart, type RunningChart, textsOf, warningsOf } from "../helpers/charts.ts";

/** Images and calibration scores of groups on levels that lie `factor` apart; the second has 16. */
function sampleGroups(groups: number, { factor = 2, images = 20 } = {}) {
  const random = createRandom(5);
  const scored = Array.from({ length: groups }, (_, number) => {
    const group = `cluster ${number}`, level = factor ** number;
    const tested = Array.from({ length: images }, (_, i): GroupedImage => {
      const isAnomalous = i % 2 === 1;
      const score = Math.fround(level * (1 + random.next() + (isAnomalous ? 0.7 : 0)));
      return { className: `class ${i % 3}`, group, isAnomalous, score };
    });
    const calibration = Array.from(
      { length: number === 1 ? 16 : 40 },
      () => ({ group, score: Math.fround(level * (1 + random.next())) }),
    );
    return { tested, calibration };
  });
  return {
    images: scored.flatMap(({ tested }) => tested),
    calibration: scored.flatMap(({ calibration }) => calibration),
  };
}

/** Counts as the chart computes them: `[row, kind, alarms, images]`. */
function shownBy(chart: RunningChart): string[] {
  const records = chart.recordsWith("errors")
    .map((each) => JSON.stringify([each["row"], each["kind"], each["errors"], each["images"]]));
  return [...new Set(records)].sort();
}

/** The same by comparing every score with a threshold. */
function countedFor(images: readonly GroupedImage[], thresholds: readonly number[]): string[] {
  const groups = [...new Set(images.map(({ group }) => group))];
  return [...groups, "all groups"].flatMap((row) =>
    (["normal", "anomalous"] as const).map((kind) => {
      const members = images.filter(({ group, isAnomalous }) =>
        (row === "all groups" || group === row) && isAnomalous === (kind === "anomalous")
      );
      const alarms = members.filter(({ group, score }) =>
        score >= thresholds[groups.indexOf(group)]!
      );
      return JSON.stringify([row, kind, alarms.length, members.length]);
    })
  ).sort();
}

for (const name of ["gumbel", "conformal"] as const) {
  Deno.test(`groupExplorer() moves all groups as the rule ${name} has them at every alpha`, async () => {
    const { images, calibration } = sampleGroups(3);
    const chart = await runChart(
      groupExplorer(images, { calibration, rule: { name, alpha: 0.05 }, moves: "alpha" }),
    );
    for (const alpha of [0.05, 0.001, 0.01, 0.1, 0.173, 0.3]) {
      await chart.set("percent_pick_percent_units", Math.round(1000 * alpha));
      const thresholds = [0, 1, 2].map((number) => {
        const own = calibration.filter(({ group }) => group === `cluster ${number}`);
        return thresholdFrom(own.map(({ score }) => score), { name, alpha }).value;
      });
      assert.deepEqual(
        chart.get("lines"),
        thresholds.map((value) => Number.isFinite(value) ? value : null),
      );
      assert.deepEqual(shownBy(chart), countedFor(images, thresholds));
    }
  });
}

Deno.test("groupExplorer() says what a group without a line needs, until alpha allows one", async () => {
  const { images, calibration } = sampleGroups(3);
  const rule = { name: "conformal", alpha: 0.05 } as const;
  const chart = groupExplorer(images, { calibration, rule, moves: "alpha" });
  assert.ok((await textsOf(chart)).includes("no line: needs 19, has 16"));
  const running = await runChart(chart);
  await running.set("percent_pick_percent_units", 10);
  assert.match(await running.svg(), /no line: needs 99, has 40/);
  await running.set("percent_pick_percent_units", 60);
  assert.doesNotMatch(await running.svg(), /no line/);
  const few = groupExplorer(images, {
    calibration: calibration.slice(0, 2),
    rule: { name: "gumbel", alpha: 0.05 },
    moves: "group",
  });
  const texts = await textsOf(few);
  for (const text of ["no line: needs 3, has 2", "no line: needs 3, has 0"]) {
    assert.ok(texts.includes(text), text);
  }
});

Deno.test("groupExplorer() marks what is promised at the alpha of the dial", async () => {
  const { images, calibration } = sampleGroups(3);
  const rule = { name: "gumbel", alpha: 0.05 } as const;
  const chart = await runChart(groupExplorer(images, { calibration, rule, moves: "alpha" }));
  for (const alpha of [0.05, 0.1, 0.02]) {
    await chart.set("percent_pick_percent_units", 1000 * alpha);
    const promises = [40, 16, 40].flatMap((count) =>
      promiseOf({ ...rule, alpha }, { count }).bound ?? []
    );
    const shown = chart.recordsWith("promise").map((each) => each["promise"] as number);
    assert.deepEqual(
      [...new Set(shown)].sort(),
      [...new Set(promises.map((bound) => Number(bound.toFixed(4))))].sort(),
    );
  }
});

Deno.test("groupExplorer() moves one group's threshold and leaves the others", async () => {
  for (const factor of [2, 40]) {
    const { images, calibration } = sampleGroups(3, { factor });
    const rule = { name: "gumbel", alpha: 0.05 } as const;
    const chart = await runChart(groupExplorer(images, { calibration, rule, moves: "group" }));
    const before = chart.get("lines") as number[];
    assert.deepEqual(shownBy(chart), countedFor(images, before));
    // In tenths, and on the logarithmic axis, which begins near 1, in hundredths.
    await chart.set("threshold_0_pick_dial_units", factor === 2 ? 15 : 150);
    const after = chart.get("lines") as number[];
    assert.deepEqual(after, [1.5, ...before.slice(1)]);
    assert.deepEqual(shownBy(chart), countedFor(images, after));
  }
});

Deno.test("groupExplorer() has a number box for each of up to twelve groups", () => {
  const rule = { name: "gumbel", alpha: 0.05 } as const;
  const boxes = (groups: number): number =>
    JSON.stringify(groupExplorer(sampleGroups(groups, { factor: 1.1 }).images, {
      calibration: sampleGroups(groups, { factor: 1.1 }).calibration,
      rule,
      moves: "group",
    })).split('"bind"').length - 1;
  assert.deepEqual([boxes(12), boxes(13)], [12, 0]);
});

Deno.test("groupExplorer() shows file and picture of a tick where they are given", () => {
  const { images, calibration } = sampleGroups(2);
  const draw = (shown: readonly GroupedImage[]): string =>
    JSON.stringify(
      groupExplorer(shown, { calibration, rule: { name: "gumbel", alpha: 0.05 }, moves: "group" }),
    );
  const url = "data:image/jpeg;base64,AA";
  const text = draw([{ ...images[0]!, name: "003", image: url }, ...images.slice(1)]);
  assert.match(text, /"name":"003","image":"data:image\/jpeg;base64,AA"/);
  assert.match(text, /"name":"","image":""/);
  assert.match(text, /\{"field":"name","title":"file"\},\{"field":"image","title":"image"\}/);
  assert.doesNotMatch(draw(images), /"field":"(image|name)"/);
});

Deno.test("groupExplorer() is read without a warning from one group to a hundred", () => {
  for (const groups of [1, 2, 13, 100]) {
    const { images, calibration } = sampleGroups(groups, { factor: 1.05, images: 4 });
    for (const moves of ["alpha", "group"] as const) {
      const rule = { name: "gumbel", alpha: 0.05 } as const;
      assert.deepEqual(warningsOf(groupExplorer(images, { calibration, rule, moves })), []);
    }
  }
});

Deno.test("groupExplorer() refuses nothing, its own word, and an alpha off its dial", () => {
  const image = { className: "nut", group: "all groups", isAnomalous: false, score: 1 };
  const options = {
    calibration: [],
    rule: { name: "gumbel", alpha: 0.5 },
    moves: "alpha",
  } as const;
  assert.throws(() => groupExplorer([], options), {
    name: "RangeError",
    message:
      "Cannot explore thresholds: at least one image with a finite score is needed, got none",
  });
  assert.throws(() => groupExplorer([image], options), {
    name: "RangeError",
    message:
      'Cannot explore thresholds: no group may be called as the sum of all, got "all groups"',
  });
  assert.throws(() => groupExplorer([{ ...image, group: "cluster 0" }], options), {
    name: "RangeError",
    message: "Cannot explore thresholds: alpha must be from 0.001 to 0.3, got 0.5",
  });
});
