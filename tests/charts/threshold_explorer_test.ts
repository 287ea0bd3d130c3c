import assert from "node:assert/strict";
import {
  type ExploredImage,
  relativeScores,
  relativeThresholds,
  thresholdExplorer,
} from "@/charts/threshold_explorer.ts";
import type { ThresholdMark } from "@/charts/threshold_marks.ts";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { createRandom } from "@/math/random.ts";
import { recordsOf, runChart, type RunningChart, textsOf, warningsOf } from "../helpers/charts.ts";

/** Images of three classes on levels that lie `factor` apart, scored by groups with own thresholds. */
function sampleImages(factor: number): ExploredImage[] {
  const random = createRandom(11);
  return ["cup", "gear", "nut"].flatMap((className, number) =>
    Array.from({ length: 30 }, () => {
      const isAnomalous = random.next() < 0.5, level = factor ** number;
      // In steps of a twentieth of the level, so that scores meet thresholds exactly.
      const score = level * Math.round(20 * (1 + random.next() + (isAnomalous ? 0.6 : 0))) / 20;
      const ownThreshold = 1.75 * (random.next() < 0.9 ? level : factor);
      return { className, isAnomalous, score, ownThreshold };
    })
  );
}

const thresholds: readonly ThresholdMark[] = [
  { scope: "class", className: "nut", value: 7 },
  { scope: "group", className: "cup", value: 2 },
  { scope: "global", className: null, value: 5.25 },
];

/** Errors as the chart computes them for bars and for texts: `[row, kind, errors, images]`, sorted. */
function shownBy(chart: RunningChart): unknown[] {
  const records = chart.recordsWith("errors")
    .map((each) => JSON.stringify([each["row"], each["kind"], each["errors"], each["images"]]));
  return [...new Set(records)].sort().map((record) => JSON.parse(record));
}

/** The same by counting decisions. */
function countedFor(images: readonly ExploredImage[], isAlarm: (image: ExploredImage) => boolean) {
  const rows = [...new Set(images.map((each) => each.className)), "all classes"];
  const counted = rows.flatMap((row) => {
    const members = images.filter((each) => row === "all classes" || each.className === row);
    const { fp, tn, fn, tp } = countDecisions(
      members.map(isAlarm),
      members.map((each) => each.isAnomalous),
    );
    return [[row, "normal", fp, fp + tn], [row, "anomalous", fn, fn + tp]];
  });
  return counted.map((each) => JSON.stringify(each)).sort().map((each) => JSON.parse(each));
}

/** Types a threshold into the box, which counts in hundredths on all axes here. */
async function type(chart: RunningChart, threshold: number): Promise<void> {
  await chart.set("threshold_pick_threshold_units", 100 * threshold);
}

Deno.test("thresholdExplorer() shows the errors that counting decisions gives, wherever the threshold stands", async () => {
  const images = sampleImages(2);
  const chart = await runChart(thresholdExplorer(images, { thresholds }));
  assert.deepEqual(shownBy(chart), countedFor(images, ({ score }) => score >= 5.25));
  for (const threshold of [0, 1.5, 2, 3.3, 4, images[0]!.score, 7.7, 20]) {
    await type(chart, threshold);
    assert.deepEqual(shownBy(chart), countedFor(images, ({ score }) => score >= threshold));
  }
});

Deno.test("thresholdExplorer() follows the number box, which counts in round units", async () => {
  for (const factor of [2, 10]) {
    const images = sampleImages(factor);
    const chart = await runChart(thresholdExplorer(images, { thresholds }));
    assert.equal(chart.get("threshold"), 5.25);
    assert.deepEqual(shownBy(chart), countedFor(images, ({ score }) => score >= 5.25));
    // A span below ten counts in hundredths, as does a logarithmic axis that begins at 5.25.
    for (const typed of [100, "207.5", 1800]) {
      await chart.set("threshold_pick_threshold_units", typed as number);
      const value = Number(typed) / 100;
      assert.equal(chart.get("threshold"), value);
      assert.deepEqual(shownBy(chart), countedFor(images, ({ score }) => score >= value));
    }
    // An empty box is no threshold: the one of the beginning holds.
    await chart.set("threshold_pick_threshold_units", "" as unknown as number);
    assert.equal(chart.get("threshold"), 5.25);
  }
});

Deno.test("thresholdExplorer() multiplies every group's threshold on the relative scale", async () => {
  const images = sampleImages(2);
  const chart = await runChart(thresholdExplorer(images, { thresholds, scale: "relative" }));
  for (const multiplier of [1, 0.5, 1.3, 4]) {
    await type(chart, multiplier);
    assert.deepEqual(
      shownBy(chart),
      countedFor(images, ({ score, ownThreshold }) => score / ownThreshold! >= multiplier),
    );
  }
});

Deno.test("thresholdExplorer() writes threshold and counts, and they follow the threshold", async () => {
  const images = [
    { className: "nut", isAnomalous: false, score: 1 },
    { className: "nut", isAnomalous: false, score: 3 },
    { className: "nut", isAnomalous: true, score: 4 },
  ];
  const chart = thresholdExplorer(images, { thresholds: thresholds.slice(2) });
  const still = await textsOf(chart);
  for (const text of ["threshold 5.25", "0 of 2", "1 of 1"]) assert.ok(still.includes(text), text);
  assert.ok(!still.includes("all classes"));
  const running = await runChart(chart);
  await type(running, 2);
  const svg = await running.svg();
  for (const text of ["threshold 2", "1 of 2", "0 of 1"]) {
    assert.ok(svg.includes(`>${text}<`), text);
  }
});

Deno.test("thresholdExplorer() begins at the global threshold, else in the middle of what there is", async () => {
  const images = [1, 2, 9].map((score) => ({ className: "nut", isAnomalous: false, score }));
  const start = async (marks: readonly ThresholdMark[]): Promise<unknown> =>
    (await runChart(thresholdExplorer(images, { thresholds: marks }))).get("threshold");
  const nut = { scope: "class", className: "nut" } as const;
  assert.equal(await start([{ ...nut, value: 7 }, thresholds[2]!]), 5.25);
  assert.equal(await start([{ ...nut, value: 7 }, { ...nut, value: Infinity }]), 7);
  assert.equal(await start([]), 2);
});

Deno.test("thresholdExplorer() marks raw thresholds in units of the groups' own", () => {
  const images = sampleImages(2).filter((each) => each.className === "cup");
  const marks = recordsOf(
    thresholdExplorer(images, {
      thresholds: [{ scope: "global", className: null, value: 7 }],
      scale: "relative",
    })["hconcat"],
  ).filter((each) => each["scope"] === "global");
  // Cups are scored by a group with threshold 1.75, and one in ten by one with 3.5.
  assert.deepEqual(marks.map((each) => each["threshold"]).sort(), [2, 4]);
});

Deno.test("thresholdExplorer() keeps its axis when the threshold moves", async () => {
  const chart = await runChart(thresholdExplorer(sampleImages(2), { thresholds }));
  const ticks = async (): Promise<string[]> =>
    [...(await chart.svg()).matchAll(/<text[^>]*>[\d.]+<\/text>/g)].map((match) => match[0]);
  const before = await ticks();
  assert.ok(before.length > 4, String(before));
  await type(chart, 100);
  assert.deepEqual(await ticks(), before);
});

Deno.test("thresholdExplorer() is read without a warning on every scale", () => {
  for (const factor of [2, 10]) {
    for (const scale of ["raw", "relative"] as const) {
      const chart = thresholdExplorer(sampleImages(factor), { thresholds, scale });
      assert.deepEqual(warningsOf(chart), []);
    }
  }
  assert.deepEqual(warningsOf(thresholdExplorer(sampleImages(2).slice(0, 1))), []);
});

Deno.test("thresholdExplorer() refuses nothing, scores that are not finite, and its own word", () => {
  const image = { className: "nut", isAnomalous: false, score: 1 };
  const message = (got: string): string =>
    `Cannot explore thresholds: at least one image with a finite score is needed, got ${got}`;
  assert.throws(() => thresholdExplorer([]), { name: "RangeError", message: message("none") });
  assert.throws(() => thresholdExplorer([{ ...image, score: NaN }]), {
    name: "RangeError",
    message: message('NaN in class "nut"'),
  });
  assert.throws(() => thresholdExplorer([{ ...image, className: "all classes" }]), {
    name: "RangeError",
    message: "Cannot explore thresholds: no class may be called as the sum of all, " +
      'got "all classes"',
  });
  assert.throws(() => thresholdExplorer([image], { scale: "relative" }), {
    name: "RangeError",
    message: "Cannot compute relative scores: every image needs its group's threshold, above 0, " +
      'got undefined in class "nut"',
  });
});

const image = { className: "nut", isAnomalous: false, score: 3 };

Deno.test("relativeScores() keeps every decision at the group's own threshold", () => {
  for (const score of [0, 1.9, 2, 2.1]) {
    const [relative] = relativeScores([{ ...image, score, ownThreshold: 2 }]);
    assert.equal(relative!.score >= 1, score >= 2);
  }
});

Deno.test("relativeScores() gives 0 where a group can raise no alarm", () => {
  assert.equal(relativeScores([{ ...image, ownThreshold: Infinity }])[0]!.score, 0);
});

Deno.test("relativeScores() refuses images without a threshold above 0", () => {
  const message = (got: string): string =>
    "Cannot compute relative scores: every image needs its group's threshold, above 0, " +
    `got ${got} in class "nut"`;
  assert.throws(() => relativeScores([image]), {
    name: "RangeError",
    message: message("undefined"),
  });
  assert.throws(() => relativeScores([{ ...image, ownThreshold: 0 }]), {
    name: "RangeError",
    message: message("0"),
  });
});

Deno.test("relativeThresholds() divides by every group that scores the class, once each", () => {
  const images = [2, 2, 4, Infinity].map((ownThreshold) => ({ className: "nut", ownThreshold }));
  const marks = relativeThresholds([
    { scope: "class", className: "nut", value: 4 },
    { scope: "group", className: "nut", value: 2 },
  ], images);
  assert.deepEqual(marks, [
    { scope: "group", className: null, value: 1 },
    { scope: "class", className: "nut", value: 2 },
    { scope: "class", className: "nut", value: 1 },
  ]);
});

Deno.test("relativeThresholds() refuses a class without images", () => {
  assert.throws(() => relativeThresholds([{ scope: "class", className: "cup", value: 1 }], []), {
    name: "RangeError",
    message: "Cannot compute relative thresholds: each must belong to a class with images, " +
      'got "cup"',
  });
});
