import assert from "node:assert/strict";
import {
  chooseImages,
  chooseNearest,
  describeJudged,
  drawGallery,
  type JudgedImage,
} from "@/lab/gallery.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

/** An image by class, label, score and threshold, as the gallery judges it. */
function judged(
  image: number,
  [className, isAnomalous, score, threshold]: [string, boolean, number, number | null],
): JudgedImage {
  const isFinite = threshold !== null && threshold !== Infinity;
  const isAlarm = isFinite && score >= threshold;
  return {
    image,
    className,
    name: String(image).padStart(3, "0"),
    score,
    threshold,
    ratio: isFinite ? score / threshold : null,
    verdict: !isFinite
      ? null
      : isAnomalous
      ? (isAlarm ? "found" : "miss")
      : (isAlarm ? "false alarm" : "no alarm"),
  };
}

const orderOf = (images: readonly JudgedImage[], count: number): number[] =>
  chooseImages(images, count).map(({ image }) => image);

const mixed = ([
  ["board", true, 780, 400], //  0 found at 1.95
  ["bolt", true, 889, 800], //   1 found at 1.11
  ["plate", false, 892, 841], // 2 false alarm at 1.06
  ["plate", false, 848, 841], // 3 false alarm at 1.01
  ["weave", true, 320, 400], //  4 miss at 0.80
  ["weave", true, 380, 400], //  5 miss at 0.95
  ["gear", false, 100, 800], //  6 no alarm, the only gear
  ["board", true, 100, 400], //  7 miss at 0.25
  ["bolt", false, 700, 800], //  8 no alarm
] as [string, boolean, number, number][]).map((each, image) => judged(image, each));

Deno.test("chooseImages() puts false alarms first, then misses, the farthest from 1 first", () => {
  assert.deepEqual(orderOf(mixed, 9), [2, 3, 7, 4, 5, 0, 1, 8, 6]);
});

Deno.test("chooseImages() shows every class once, with the gravest of its images", () => {
  // Plate: its false alarm; board and weave: their worst misses; bolt: found; gear: no alarm.
  assert.deepEqual(orderOf(mixed, 1), [2, 7, 4, 1, 6]);
  // One place more: as many false alarms as misses are shown, hence the false alarm.
  assert.deepEqual(orderOf(mixed, 6), [2, 3, 7, 4, 1, 6]);
});

Deno.test("chooseImages() compares scores with their own thresholds, not with each other", () => {
  // 892 is the largest score of all; in units of its threshold it is the smallest.
  const images = [judged(0, ["plate", true, 892, 841]), judged(1, ["weave", true, 500, 200])];
  assert.deepEqual(orderOf(images, 2), [1, 0]);
});

Deno.test("chooseImages() keeps a quarter of the places for hits when mistakes would take all", () => {
  const misses = Array.from({ length: 20 }, (_, i) => judged(i, ["nut", true, 1 + i, 100]));
  const hits = Array.from({ length: 5 }, (_, i) => judged(20 + i, ["nut", true, 200 + i, 100]));
  assert.deepEqual(orderOf([...misses, ...hits], 8), [0, 1, 2, 3, 4, 5, 24, 23]);
});

Deno.test("chooseNearest() takes those whose ratio is nearest to 1, sorted by it", () => {
  // Distances of logarithms: 0.01 (3), 0.05 (5), 0.06 (2), 0.11 (1), 0.13 (8), 0.22 (4).
  assert.deepEqual(chooseNearest(mixed, 4).map(({ image }) => image), [5, 3, 2, 1]);
  const blind = [judged(0, ["nut", true, 5, Infinity]), judged(1, ["nut", true, 5, null])];
  assert.deepEqual(chooseNearest(blind, 4), []);
});

Deno.test("chooseImages() orders by score within the class where no threshold is finite", () => {
  const images = ([
    ["nut", false, 1, Infinity],
    ["nut", true, 5, Infinity],
    ["cup", true, 90, null],
    ["cup", false, 95, null],
    ["nut", true, 9, Infinity],
  ] as [string, boolean, number, number | null][]).map((each, image) => judged(image, each));
  assert.deepEqual(orderOf(images, 5), [4, 3, 1, 2, 0]);
  assert.deepEqual(orderOf([...images, judged(5, ["cup", true, 1, 2])], 6)[0], 5, "decided first");
});

Deno.test("describeJudged() says what an image is of its threshold, and never rounds across it", () => {
  const say = (...each: [string, boolean, number, number | null]): string =>
    describeJudged(judged(10, each));
  assert.equal(say("plate", false, 892, 841), "plate 010: 892 = 1.06 × threshold, false alarm");
  assert.equal(say("plate", true, 840.9, 841), "plate 010: 841 = 0.9999 × threshold, miss");
  assert.equal(say("plate", true, 1340, 670), "plate 010: 1,340 = 2.00 × threshold, found");
  assert.equal(say("plate", false, 2, 4), "plate 010: 2 = 0.50 × threshold, no alarm");
  assert.equal(say("plate", true, 892, Infinity), "plate 010: 892, threshold infinite");
  assert.equal(say("plate", true, 892, null), "plate 010: 892, no threshold");
});

const workbench = await openWorkbench(
  await tinyConfig(await makeTinyDataset({ train: 1, normal: 2, anomalous: 2 })),
);
await workbench.close();
const count = workbench.test.length;
const scored = {
  // Per class two normal and two anomalous images, scored in that order: 1 to 12.
  scores: Float32Array.from({ length: count }, (_, image) => image + 1),
  patchScores: {
    rows: count,
    columns: 4,
    data: Float32Array.from({ length: 4 * count }, (_, i) => i % 4 === 0 ? 1 + i / 4 : 0),
  },
  groups: new Int32Array(count),
};
const grid = { rows: 2, columns: 2 };
const side = 96;

/** Whether the right half shows the photograph unchanged in the corner below on the right. */
function isPlainFarAway({ width, data }: { width: number; data: Uint8Array }): boolean {
  const at = (x: number): Uint8Array =>
    data.subarray(3 * (90 * width + x), 3 * (90 * width + x + 1));
  return at(92).join() === at(width - side + 92).join();
}

Deno.test("drawGallery() shows photograph and map beside each other in units of the threshold", async () => {
  // Class-wise 1–4, 5–8, 9–12 against thresholds of 2, 10 and 11.5.
  const thresholds = [2, 10, 11.5].flatMap((value) => Array<number>(4).fill(value));
  const { pictures, legend, columns } = await drawGallery(workbench, { scored, grid, thresholds });
  const firsts = pictures.map(({ caption }) => caption!.split("\n")[0]);
  assert.equal(columns, 3);
  assert.deepEqual(firsts.slice(0, 4), [
    "blobs 1: 2 = 1.00 × threshold, false alarm",
    "rings 0: 7 = 0.70 × threshold, miss",
    "rings 1: 8 = 0.80 × threshold, miss",
    "stripes 0: 11 = 0.96 × threshold, miss",
  ]);
  assert.equal(pictures.length, count);
  assert.match(pictures[0]!.caption!, /\nnormal; map up to \d\.\d+ × threshold$/);
  assert.match(pictures[1]!.caption!, /\nhole; map up to /);
  assert.deepEqual([legend!.label, legend!.low, legend!.high], [
    "anomaly map: × threshold",
    0,
    2,
  ]);
  for (const { picture } of pictures) {
    assert.deepEqual([picture.width, picture.height], [2 * side + 2, side]);
    assert.ok(isPlainFarAway(picture), "no colour below half of the threshold");
  }
});

Deno.test("drawGallery() falls back to the highest calibration score where thresholds are infinite", async () => {
  const memory = { detector: { calibration: [{ image: 0, group: 0, score: 4 }] } };
  const thresholds = Array<number>(count).fill(Infinity);
  const { pictures, legend } = await drawGallery(workbench, { scored, grid, memory, thresholds });
  assert.match(
    pictures[0]!.caption!,
    /^blobs 1: 4, threshold infinite\nhole; map up to \d\.\d+ × highest calibration score$/,
  );
  assert.equal(legend!.label, "anomaly map: × highest calibration score");
});

Deno.test("drawGallery() computes the groups' thresholds where only the bank is given", async () => {
  const calibration = Array.from({ length: 40 }, (_, i) => ({ image: i, group: 0, score: 6 }));
  const memory = { detector: { calibration } };
  const { pictures } = await drawGallery(workbench, { scored, grid, memory });
  assert.match(pictures[0]!.caption!, /^stripes 1: 10 = 1\.67 × threshold, false alarm/);
});

Deno.test("drawGallery() says that there is no threshold, and takes the highest value shown", async () => {
  const { pictures, legend } = await drawGallery(workbench, { scored, grid, count: 3 });
  assert.deepEqual(pictures.map(({ caption }) => caption!.split(";")[0]), [
    "blobs 1: 4, no threshold\nhole",
    "rings 1: 8, no threshold\nhole",
    "stripes 1: 12, no threshold\nhole",
  ]);
  assert.equal(legend!.label, "anomaly map: × highest value shown");
});
