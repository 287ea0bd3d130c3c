import assert from "node:assert/strict";
import { join } from "node:path";
import { compareRuns } from "@/lab/finished/compare_runs.ts";
import { findResults, type ListedResult } from "@/lab/finished/listed_results.ts";
import { type MadeUpRun, type MadeUpScore, writeMadeUpRun } from "../../helpers/finished.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { createRandom } from "@/math/random.ts";

const root = makeFolder();
const options = { resamples: 1000, confidence: 0.95, seed: 1 };

async function makeRun(name: string, run: MadeUpRun): Promise<ListedResult> {
  const folder = await writeMadeUpRun(join(root, name), run);
  return (await findResults([folder])).results[0]!;
}

/** Two normal and two anomalous images of one class. */
function scoresOf(values: readonly number[], className = "nut"): MadeUpScore[] {
  return values.map((score, i) => ({
    image: `${className}/${i}`,
    className,
    label: i < 2 ? 0 : 1,
    score,
  }));
}

Deno.test("compareRuns() measures values, differences and intervals as worked by hand", async () => {
  const comparison = await compareRuns([
    await makeRun("hand-a", { scores: scoresOf([1, 2, 3, 4]) }),
    await makeRun("hand-b", { scores: scoresOf([1, 3, 2, 4]) }),
  ], options);
  const { classes: { nut }, macro, pooled } = comparison.metrics.image_auroc;
  // B: of four pairs, only the anomalous 2 lies below the normal 3.
  assert.deepEqual(nut!.values, [1, 0.75]);
  const { value, interval } = nut!.differences[0]!;
  assert.equal(value, -0.25);
  // A separates every draw. B has 1 − pq, p the share of 3 among normal draws and q that of 2 among
  // anomalous ones: pq is 1 in a sixteenth of the draws, and 0 in seven sixteenths.
  assert.deepEqual([interval!.low, interval!.high, interval!.resamples], [-1, 0, 1000]);
  assert.deepEqual([macro, pooled], [nut, nut]);
  // At the threshold 3, B has one hit, one false alarm and one miss: F1 is 2 / (2 + 1 + 1).
  assert.deepEqual(comparison.metrics.f1.classes.nut!.values, [1, 0.5]);
  assert.deepEqual([comparison.shared, comparison.images, comparison.counts], [4, [4, 4], {
    nut: 4,
  }]);
});

/** Scores that overlap, of two classes. */
function noisyScores(seed: number): MadeUpScore[] {
  const random = createRandom(seed);
  return ["bolt", "nut"].flatMap((className) =>
    Array.from({ length: 20 }, (_, i): MadeUpScore => ({
      image: `${className}/${i}`,
      className,
      label: i % 2 as 0 | 1,
      score: random.gaussian() + i % 2,
      threshold: 0.5,
    }))
  );
}

Deno.test("compareRuns() draws the same images for all: a run and its copy differ by nothing", async () => {
  const scores = noisyScores(1);
  const { metrics } = await compareRuns([
    await makeRun("same-a", { scores }),
    await makeRun("same-b", { scores }),
  ], options);
  for (const { classes, macro, pooled } of Object.values(metrics)) {
    for (const { differences: [difference] } of [...Object.values(classes), macro, pooled]) {
      const { value, interval } = difference!;
      assert.deepEqual([value, interval!.low, interval!.high, interval!.std], [0, 0, 0, 0]);
    }
  }
});

Deno.test("compareRuns() turns every difference round when the runs change places", async () => {
  const a = await makeRun("turn-a", { scores: noisyScores(1) });
  const b = await makeRun("turn-b", { scores: noisyScores(2) });
  const forth = (await compareRuns([a, b], options)).metrics.image_auroc.macro.differences[0]!;
  const back = (await compareRuns([b, a], options)).metrics.image_auroc.macro.differences[0]!;
  assert.equal(forth.value, -back.value!);
  const near = (x: number, y: number): boolean => Math.abs(x - y) < 1e-12;
  assert.ok(near(forth.interval!.low, -back.interval!.high));
  assert.ok(near(forth.interval!.high, -back.interval!.low));
  assert.ok(forth.interval!.low < forth.value && forth.value < forth.interval!.high);
  const other = await compareRuns([a, b], { ...options, seed: 2 });
  assert.notDeepEqual(other.metrics.image_auroc.macro.differences[0]!.interval, forth.interval);
});

Deno.test("compareRuns() measures on the images that all runs share, in any order of rows", async () => {
  const scores = noisyScores(1);
  const part = scores.filter(({ className }) => className === "nut").toReversed();
  const { shared, images, counts, metrics } = await compareRuns([
    await makeRun("part-a", { scores }),
    await makeRun("part-b", { scores: part }),
    await makeRun("part-c", { scores }),
  ], { ...options, resamples: 10 });
  assert.deepEqual([shared, images, counts], [20, [40, 20, 40], { nut: 20 }]);
  const [a, b, c] = metrics.image_auroc.pooled.values;
  assert.ok(a === b && b === c);
  assert.equal(metrics.image_auroc.pooled.differences.length, 2);
});

Deno.test("compareRuns() gives no F1 where no score could reach a threshold, and no AUROC of one label", async () => {
  const normal = (scores: MadeUpScore[]) => scores.map((each) => ({ ...each, label: 0 as const }));
  const a = scoresOf([1, 2, 3, 4]), b = scoresOf([1, 3, 2, 4]);
  const infinite = b.map((each) => ({ ...each, threshold: Infinity }));
  const { metrics } = await compareRuns([
    await makeRun("void-a", { scores: [...a, ...normal(scoresOf([1, 2, 3, 4], "bolt"))] }),
    await makeRun("void-b", { scores: [...infinite, ...normal(scoresOf([1, 2, 3, 4], "bolt"))] }),
  ], { ...options, resamples: 10 });
  assert.deepEqual(metrics.f1.classes.nut!.values, [1, null]);
  assert.deepEqual(metrics.f1.classes.nut!.differences, [{ value: null, interval: null }]);
  assert.deepEqual(metrics.image_auroc.classes.bolt!.values, [null, null]);
  assert.deepEqual(metrics.image_auroc.macro.values, [1, 0.75]);
});

Deno.test("compareRuns() refuses other datasets, other images, other labels and damaged scores", async () => {
  const scores = scoresOf([1, 2, 3, 4]);
  const a = await makeRun("no-a", { scores });
  const refused = async (run: ListedResult, message: string) => {
    await assert.rejects(compareRuns([a, run], options), { message });
  };
  const named = (name: string) => `Cannot compare "${root}/no-a" and "${root}/${name}"`;
  await refused(
    await makeRun("no-b", { dataset: "mvtec", scores }),
    `${named("no-b")}: they must be of the same dataset, got "sample" and "mvtec"`,
  );
  await refused(
    await makeRun("no-c", { scores: scoresOf([1, 2, 3, 4], "bolt") }),
    `${named("no-c")}: they must share test images, got none among 4 and 4`,
  );
  await refused(
    await makeRun("no-d", { scores: scores.map((each) => ({ ...each, label: 1 as const })) }),
    `${
      named("no-d")
    }: class and label of an image must be the same in both, got others for "nut/0"`,
  );
  const damaged = await makeRun("no-e", { scores: [{ image: "x", label: 1, score: NaN }] });
  await refused(
    damaged,
    `Cannot read "${root}/no-e/scores.csv": line 2: score must be a number, got "NaN"`,
  );
  const twice = await makeRun("no-f", { scores: [...scores, scores[0]!] });
  await refused(
    twice,
    `Cannot read "${root}/no-f/scores.csv": line 6: an image must be there once, got "nut/0" again`,
  );
  const gone = await makeRun("no-g", { scores });
  await Deno.remove(`${root}/no-g/scores.csv`);
  await assert.rejects(
    compareRuns([a, gone], options),
    /^Error: Cannot read "[^"]+no-g\/scores\.csv": it must be readable, got No such file/,
  );
});
