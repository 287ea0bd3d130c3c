import assert from "node:assert/strict";
import { aupro } from "@/evaluation/pixel_metrics.ts";
import type { PixelImage } from "@/evaluation/pixel_ranking.ts";
import { auroc } from "@/evaluation/ranking.ts";
import { findRegions } from "@/evaluation/regions.ts";
import { goldenImages, randomImages } from "../helpers/metric_inputs.ts";
import { assertClose, testWithShared } from "../helpers/mod.ts";

/** One row of pixels. */
const row = (map: number[], mask: number[] | null): PixelImage => ({
  image: "row.png",
  map: Float32Array.from(map),
  mask,
  columns: map.length,
});

Deno.test("aupro() interpolates at the limit", () => {
  // One region of one pixel, tied with both normal pixels: PRO climbs straight from (0, 0) to (1, 1).
  // Up to a rate of 1/2 that is a triangle of area 1/8; divided by 1/2: 1/4.
  assert.equal(aupro([row([3, 3, 3], [1, 0, 0])], { fprLimit: 0.5 }), 0.25);
});

Deno.test("aupro() weighs a small region like a large one", () => {
  // The region of three is found at once, the region of one never before the limit: (1 + 0) / 2.
  const image = row([9, 9, 9, 5, 0, 5], [1, 1, 1, 0, 1, 0]);
  assert.equal(aupro([image], { fprLimit: 0.5 }), 0.5);
});

Deno.test("aupro() goes to a rate of 0.3 unless told otherwise", () => {
  const images = randomImages({ count: 5, seed: 1 });
  assert.equal(aupro(images), aupro(images, { fprLimit: 0.3 }));
  assert.notEqual(aupro(images), aupro(images, { fprLimit: 0.05 }));
});

function agreesWithGolden(name: string): void {
  const { golden, images } = goldenImages(name);
  assertClose(aupro(images, { fprLimit: 0.3 }), golden.meta.aupro30, 1e-9);
  assertClose(aupro(images, { fprLimit: 0.05 }), golden.meta.aupro05, 1e-9);
}

Deno.test("aupro() agrees with the exact definition on tied scores", () => {
  agreesWithGolden("metrics_ties");
});

testWithShared(
  "aupro() agrees with the exact definition on smooth maps",
  "golden/metrics_smooth.json",
  () => agreesWithGolden("metrics_smooth"),
);

Deno.test("aupro() agrees with drawing the curve threshold by threshold", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const images = randomImages({ count: 4, seed });
    for (const fprLimit of [0.03, 0.3, 0.71, 1]) {
      assertClose(aupro(images, { fprLimit }), slowAupro(images, fprLimit), 1e-12, `seed ${seed}`);
    }
  }
});

Deno.test("aupro() ignores the order of images and increasing maps of scores", () => {
  const images = randomImages({ count: 6, seed: 4 });
  const value = aupro(images);
  assertClose(aupro(images.toReversed()), value, 1e-14);
  const stretched = images.map((image) => ({ ...image, map: image.map.map((v) => 8 * v - 3) }));
  assert.equal(aupro(stretched), value);
});

Deno.test("aupro() of one region up to the full rate is AUROC", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const [{ map }] = randomImages({ count: 2, seed }) as [PixelImage, PixelImage];
    const mask = [...map].map((_, i) => i < 7 ? 1 : 0);
    const value = aupro([{ image: "a.png", map, mask, columns: map.length }], { fprLimit: 1 });
    assertClose(value, auroc(map, mask), 1e-12);
  }
});

Deno.test("aupro() says what is missing or out of range", () => {
  assert.throws(() => aupro([row([1, 2], null)]), {
    name: "UndefinedMetricError",
    message:
      "Cannot compute AUPRO: normal and anomalous scores are both needed, got 2 normal and 0 anomalous",
  });
  assert.throws(() => aupro([row([1, 2], [0, 1])], { fprLimit: 0 }), {
    name: "RangeError",
    message:
      "Cannot compute AUPRO: the false-positive-rate limit must be above 0 and at most 1, got 0",
  });
});

function slowAupro(images: readonly PixelImage[], fprLimit: number): number {
  const thresholds = [...new Set(images.flatMap(({ map }) => [...map]))].sort((a, b) => b - a);
  const points = [{ fpr: 0, pro: 0 }];
  for (const threshold of thresholds) {
    let alarms = 0, normals = 0;
    const overlaps: number[] = [];
    for (const { map, mask, columns } of images) {
      const { labels, sizes } = findRegions(mask ?? new Uint8Array(map.length), { columns });
      const found = sizes.map(() => 0);
      map.forEach((score, i) => {
        if (labels[i] === 0) normals++;
        if (score < threshold) return;
        if (labels[i] === 0) alarms++;
        else found[labels[i]! - 1]!++;
      });
      overlaps.push(...found.map((count, region) => count / sizes[region]!));
    }
    const pro = overlaps.reduce((a, b) => a + b, 0) / overlaps.length;
    points.push({ fpr: alarms / normals, pro });
  }
  let area = 0;
  points.slice(1).forEach((point, i) => {
    const before = points[i]!;
    if (before.fpr >= fprLimit) return;
    const share = Math.min(1, (fprLimit - before.fpr) / (point.fpr - before.fpr || 1));
    const end = point.fpr > fprLimit
      ? { fpr: fprLimit, pro: before.pro + share * (point.pro - before.pro) }
      : point;
    area += (end.fpr - before.fpr) * (end.pro + before.pro) / 2;
  });
  return area / fprLimit;
}
