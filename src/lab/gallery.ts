/**
 * Test images beside their anomaly maps, mistakes first: what a threshold makes of a photograph,
 * and where.
 *
 * @module
 */
import { decideImages, type Decisions, type ScopedScore } from "@/evaluation/decisions.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import { overlayThresholds, type Picture, THRESHOLD_STOPS, toPicture } from "@/images/picture.ts";
import { loadPixels, outlineDefect } from "@/lab/pictures.ts";
import type { AssignedScores } from "@/lab/score_test_images.ts";
import { thresholdRuleOf } from "@/lab/settings.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { rowOf } from "@/math/matrix.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";
import type { CaptionedPicture, PictureGrid } from "@/report/picture_grid.ts";

/** Whose maps are shown, and the thresholds that the images met. */
export interface GalleryOptions {
  /** Scores of the test images; without `groups` the bank is taken for one group. */
  readonly scored:
    & Pick<AssignedScores, "scores" | "patchScores">
    & Partial<Pick<AssignedScores, "groups">>;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** The bank that scored them, for its calibration scores; none if left out. */
  readonly memory?: { readonly detector: { readonly calibration: readonly ScopedScore[] } };
  /**
   * The threshold that each image met. If left out, those of the groups by the configuration's rule
   * where `memory` is given, else none.
   */
  readonly thresholds?: readonly number[];
  /** Number of images, but at least one for each class that has any; default 12. */
  readonly count?: number;
  /**
   * `mistakes` first, and every class; or those `nearest` to their thresholds, whatever became of
   * them, in the order of score ÷ threshold. Default `mistakes`.
   */
  readonly order?: "mistakes" | "nearest";
}

/** What is said of a gallery: order, colours, and what smoothing does to a map. */
export const galleryText: string =
  "False alarms and misses first, those farthest from their thresholds before the others, then " +
  "images rightly decided; every class is there, and some hits. Left the photograph, its defect " +
  "outlined in cyan; right its anomaly map in units of the image's threshold (where that " +
  "is infinite, of the highest calibration score of its group): nothing up to half of it, red from " +
  "the whole of it on. The score is the largest patch distance, which lies in the " +
  "small frame; the map is smoothed, so that its peak may stay below the threshold although the " +
  "score does not.";

/**
 * Draws test images beside their anomaly maps, mistakes first.
 *
 * Images are compared by score ÷ threshold. False alarms come first, then misses, each with those
 * farthest from their threshold at the head, then anomalous images found, then normal ones without
 * alarm. Every class is shown at least once, with the first of its images in that order; a quarter
 * of all places is kept for anomalous images found, the others go to false alarms and misses in turn.
 * Where thresholds are infinite or missing, the caption says so, and those images come class by class
 * in turn, the highest scores first.
 * With `nearest` none of this holds: those nearest to their thresholds are shown, lowest ratio first.
 *
 * A map is coloured in units of its image's threshold; with an infinite or a missing one in units
 * of the highest calibration score of the group that scored it, without that of the highest value
 * shown; captions and colour bar say which. Maps are smoothed, scores are not: a score's patch is
 * marked by a small frame.
 *
 * @param workbench The test images.
 * @param options Whose maps, thresholds, and how many; see `GalleryOptions`.
 * @returns One picture per image, photograph left and map right, with what became of it below.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No test image, no picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { drawGallery } from "@/lab/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * type Workbench = Parameters<typeof drawGallery>[0];
 * const workbench = { test: [], dataset, config: defaultConfig } as unknown as Workbench;
 * const scored = { scores: new Float32Array(0), patchScores: matrixOf([]) };
 * const { pictures } = await drawGallery(workbench, { scored, grid: { rows: 1, columns: 1 } });
 * assert.equal(pictures.length, 0);
 * ```
 */
export async function drawGallery(
  workbench: Workbench,
  options: GalleryOptions,
): Promise<PictureGrid> {
  const { test, config } = workbench;
  const { scored, grid, count = 12, order = "mistakes" } = options;
  const side = config.DATASET.imagesize;
  const toMap = createAnomalyMapper({ grid, size: { height: side, width: side } });
  const judged = judgeImages(workbench, options);
  const chosen = order === "nearest" ? chooseNearest(judged, count) : chooseImages(judged, count);
  const maps = chosen.map(({ image }) => toMap(rowOf(scored.patchScores, image)));
  const peaks = maps.map((map) => map.reduce((most, value) => Math.max(most, value), 0));
  const highest = Math.max(Number.MIN_VALUE, ...peaks);
  const units = unitsFor(chosen, { options, highest });
  const pixels = await loadPixels(workbench, chosen.map(({ image }) => test[image]!));
  const pictures: CaptionedPicture[] = [];
  for (const [position, each] of chosen.entries()) {
    const { image } = each;
    const photograph = toPicture(pixels[position]!, side);
    const { value, name } = units[position]!;
    const heat = overlayThresholds(photograph, maps[position]!, value);
    const patch = patchOf(rowOf(scored.patchScores, image), { grid, side });
    const sample = test[image]!;
    const peak = `map up to ${formatRatio(peaks[position]! / value)} × ${name}`;
    pictures.push({
      picture: sideBySide(
        await outlineDefect(workbench, { sample, picture: photograph }),
        framePatch(heat, patch),
      ),
      caption: `${describeJudged(each)}\n${sample.defect ?? "normal"}; ${peak}`,
    });
  }
  const names = [...new Set(units.map(({ name }) => name))];
  const label = `anomaly map: × ${names.length === 1 ? names[0] : "threshold, or as captions say"}`;
  const legend = { low: 0, high: 2, label, stops: THRESHOLD_STOPS };
  return { pictures, columns: 3, tile: 160, tileWidth: 2 * 160 + 4, legend };
}

/** What became of an image at its threshold. */
export type Verdict = "false alarm" | "miss" | "found" | "no alarm";

/** A test image, and what became of it. */
export interface JudgedImage {
  /** Its number among the test images. */
  readonly image: number;
  /** Product category. */
  readonly className: string;
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Anomaly score. */
  readonly score: number;
  /** Threshold; infinite if nothing can be an alarm, `null` if none is known. */
  readonly threshold: number | null;
  /** Score ÷ threshold; `null` where no threshold above 0 is finite. */
  readonly ratio: number | null;
  /** What became of it; `null` where that says nothing, as without a finite threshold. */
  readonly verdict: Verdict | null;
}

function judgeImages(workbench: Workbench, options: GalleryOptions): JudgedImage[] {
  const { scored } = options;
  const thresholds = options.thresholds ?? groupThresholds(workbench, options);
  return workbench.test.map(({ className, isAnomalous, image: path }, image) => {
    const score = scored.scores[image]!;
    const threshold = thresholds?.[image] ?? null;
    const isFinite = threshold !== null && Number.isFinite(threshold);
    const isAlarm = isFinite && score >= threshold;
    return {
      image,
      className,
      name: path.split("/").at(-1)!.replace(/\.[^.]+$/, ""),
      score,
      threshold,
      ratio: isFinite && threshold > 0 ? score / threshold : null,
      verdict: !isFinite
        ? null
        : isAnomalous
        ? isAlarm ? "found" : "miss"
        : isAlarm
        ? "false alarm"
        : "no alarm",
    };
  });
}

/** The thresholds of the groups that scored the images, by the rule of the configuration. */
function groupThresholds(
  { test, config }: Workbench,
  { scored, memory }: GalleryOptions,
): Decisions["perImage"] | undefined {
  return memory && decideImages(
    test.map((_, image) => ({ group: scored.groups?.[image] ?? 0, score: scored.scores[image]! })),
    {
      calibration: memory.detector.calibration,
      rule: thresholdRuleOf(config.EVALUATION),
      scope: "group",
      oracleLabels: test.map(({ isAnomalous }) => isAnomalous),
    },
  ).perImage;
}

const verdicts: readonly Verdict[] = ["false alarm", "miss", "found", "no alarm"];

/**
 * Chooses images, at least one of every class: by verdict, then by distance from the threshold, ties
 * by number. Of the places that classes leave, a quarter of all is kept for anomalous images found;
 * the others go to false alarms and misses in turn.
 */
export function chooseImages(images: readonly JudgedImage[], count: number): JudgedImage[] {
  const ranked = rankImages(images);
  const chosen = new Set<JudgedImage>();
  const take = (each: JudgedImage | undefined): boolean => {
    if (each !== undefined) chosen.add(each);
    return each !== undefined;
  };
  for (const className of new Set(ranked.map((each) => each.className))) {
    take(ranked.find((each) => each.className === className));
  }
  const next = (...wanted: (Verdict | null)[]): JudgedImage | undefined =>
    ranked.find((each) => wanted.includes(each.verdict) && !chosen.has(each));
  const shown = (verdict: Verdict): number =>
    [...chosen].filter((each) => each.verdict === verdict).length;
  const found = images.filter((each) => each.verdict === "found").length;
  const kept = Math.max(0, Math.min(Math.floor(count / 4), found) - shown("found"));
  while (chosen.size < count - kept) {
    const isAlarmDue = shown("false alarm") <= shown("miss");
    if (!take(next(isAlarmDue ? "false alarm" : "miss") ?? next("false alarm", "miss"))) break;
  }
  while (chosen.size < count) {
    if (!take(next("found") ?? next(...verdicts, null))) break;
  }
  return ranked.filter((each) => chosen.has(each));
}

/**
 * Chooses the images whose scores are nearest to their thresholds, by ratio, and sorts them by it;
 * those without a finite threshold have no place among them.
 */
export function chooseNearest(images: readonly JudgedImage[], count: number): JudgedImage[] {
  const distance = ({ ratio }: JudgedImage): number => Math.abs(Math.log(ratio!));
  return images.filter(({ ratio }) => ratio !== null && ratio > 0)
    .sort((a, b) => distance(a) - distance(b) || a.image - b.image)
    .slice(0, count)
    .sort((a, b) => a.ratio! - b.ratio! || a.image - b.image);
}

/** By verdict and distance; where no threshold is finite, by score within the class, in turn. */
function rankImages(images: readonly JudgedImage[]): JudgedImage[] {
  const decided = verdicts.flatMap((verdict) => {
    // A miss lies below its threshold, every other mistake and hit above: the farthest first.
    const sign = verdict === "miss" ? 1 : -1;
    const distance = ({ ratio, score }: JudgedImage): number => sign * (ratio ?? score);
    return images.filter((each) => each.verdict === verdict)
      .sort((a, b) => distance(a) - distance(b) || a.image - b.image);
  });
  const undecided = [
    ...Map.groupBy(
      images.filter((each) => each.verdict === null),
      ({ className }) => className,
    ).values(),
  ].map((ofClass) => ofClass.sort((a, b) => b.score - a.score || a.image - b.image));
  const longest = Math.max(0, ...undecided.map(({ length }) => length));
  const inTurn = Array.from(
    { length: longest },
    (_, i) => undecided.flatMap((ofClass) => ofClass[i] ?? []),
  );
  return [...decided, ...inTurn.flat()];
}

/** Such as "plate 010: 892 = 1.06 × threshold, false alarm". */
export function describeJudged(judged: JudgedImage): string {
  const { className, name, score, threshold, ratio, verdict } = judged;
  const head = `${className} ${name}: ${formatScore(score)}`;
  if (threshold === null) return `${head}, no threshold`;
  if (verdict === null) return `${head}, threshold infinite`;
  const relation = ratio === null
    ? `, threshold ${threshold}`
    : ` = ${formatRatio(ratio)} × threshold`;
  return `${head}${relation}, ${verdict}`;
}

/** Two decimals, or as many as keep it on its side of 1. */
function formatRatio(ratio: number): string {
  for (let digits = 2; digits < 8; digits++) {
    const text = ratio.toFixed(digits);
    if ((Number(text) >= 1) === (ratio >= 1)) return text;
  }
  return String(ratio);
}

/** Three significant digits without an exponent: 1,340 rather than 1.34e+3. */
function formatScore(score: number): string {
  return score.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** What a map is measured in: its threshold, else what comes nearest to one. */
function unitsFor(
  chosen: readonly JudgedImage[],
  { options, highest }: { readonly options: GalleryOptions; readonly highest: number },
): { readonly value: number; readonly name: string }[] {
  const { scored, memory } = options;
  const highestOf = new Map<number, number>();
  for (const { group, score } of memory?.detector.calibration ?? []) {
    highestOf.set(group, Math.max(score, highestOf.get(group) ?? 0));
  }
  return chosen.map(({ image, threshold, ratio }) => {
    if (threshold !== null && ratio !== null) return { value: threshold, name: "threshold" };
    const ofGroup = highestOf.get(scored.groups?.[image] ?? 0) ?? 0;
    return ofGroup > 0
      ? { value: ofGroup, name: "highest calibration score" }
      : { value: highest, name: "highest value shown" };
  });
}

/** The patch whose distance is the score, in pixels. */
function patchOf(
  patchScores: Float32Array,
  { grid: { rows, columns }, side }: { readonly grid: PatchGrid; readonly side: number },
): { left: number; top: number; right: number; bottom: number } {
  let largest = 0;
  patchScores.forEach((score, patch) => {
    if (score > patchScores[largest]!) largest = patch;
  });
  const column = largest % columns, row = Math.floor(largest / columns);
  return {
    left: Math.round(column * side / columns),
    top: Math.round(row * side / rows),
    right: Math.round((column + 1) * side / columns) - 1,
    bottom: Math.round((row + 1) * side / rows) - 1,
  };
}

/** Draws a white frame with a dark rim around a patch, outside of it, as far as the picture goes. */
function framePatch(picture: Picture, patch: ReturnType<typeof patchOf>): Picture {
  const { width, height } = picture;
  const data = picture.data.slice();
  // Distances from the patch: the frame is seen at half of the picture's size, too.
  const rings = [[2, 255], [3, 255], [4, 30]] as const;
  for (let y = patch.top - 4; y <= patch.bottom + 4; y++) {
    for (let x = patch.left - 4; x <= patch.right + 4; x++) {
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const outside = Math.max(patch.left - x, x - patch.right, patch.top - y, y - patch.bottom);
      const ring = rings.find(([distance]) => distance === outside);
      if (ring !== undefined) data.fill(ring[1], 3 * (y * width + x), 3 * (y * width + x + 1));
    }
  }
  return { ...picture, data };
}

/** Puts two pictures of one size beside each other, on white with a gap of a fortieth. */
export function sideBySide(left: Picture, right: Picture): Picture {
  const { height } = left;
  const gap = Math.max(1, Math.round(height / 40));
  const width = left.width + gap + right.width;
  const data = new Uint8Array(3 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    const row = 3 * y * width;
    data.set(left.data.subarray(3 * y * left.width, 3 * (y + 1) * left.width), row);
    data.set(
      right.data.subarray(3 * y * right.width, 3 * (y + 1) * right.width),
      row + 3 * (left.width + gap),
    );
  }
  return { width, height, data };
}
