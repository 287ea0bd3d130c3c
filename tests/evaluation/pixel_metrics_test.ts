import assert from "node:assert/strict";
import { pixelMetrics, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { rankPixels } from "@/evaluation/pixel_ranking.ts";
import { goldenImages, randomImages } from "../helpers/metric_inputs.ts";
import { assertClose, testWithShared } from "../helpers/mod.ts";

function agreesWithGolden(name: string): void {
  const { golden, images } = goldenImages(name);
  const metrics = pixelMetrics(images);
  assertClose(metrics.auroc, golden.meta.pixelAuroc, 1e-9);
  assertClose(metrics.ap, golden.meta.pixelAp, 1e-9);
  assertClose(metrics.f1Max, golden.meta.pixelF1Max, 1e-9);
  assertClose(metrics.aupro, golden.meta.aupro30, 1e-9);
}

Deno.test("pixelMetrics() agrees with scikit-learn and exact AUPRO on tied scores", () => {
  agreesWithGolden("metrics_ties");
});

testWithShared(
  "pixelMetrics() agrees with scikit-learn and exact AUPRO on smooth maps",
  "golden/metrics_smooth.json",
  () => agreesWithGolden("metrics_smooth"),
);

Deno.test("pixelMetrics() counts the pixels of normal images as normal", () => {
  // Anomalous 2; normal 1 in the same image, 3 and 0 in another: 2 of 3 pairs won; found at
  // precision 1/2, where F1 = 2/3.
  const metrics = pixelMetrics([
    { image: "a.png", map: Float32Array.of(2, 1), mask: [1, 0], columns: 2 },
    { image: "b.png", map: Float32Array.of(3, 0), mask: null, columns: 2 },
  ], { fprLimit: 1 });
  assert.deepEqual(metrics, {
    auroc: 2 / 3,
    ap: 1 / 2,
    f1Max: 2 / 3,
    f1MaxThreshold: 2,
    aupro: 2 / 3,
  });
});

Deno.test("pixelMetricValues() holds the same values under the names of result files", () => {
  const images = randomImages({ count: 4, seed: 8 });
  const pixels = rankPixels(images);
  for (const fprLimit of [0.3, 0.05]) {
    const metrics = pixelMetrics(images, { fprLimit });
    assert.deepEqual(pixelMetricValues(pixels, { fprLimit }), {
      pixel_auroc: metrics.auroc,
      pixel_ap: metrics.ap,
      pixel_f1_max: metrics.f1Max,
      aupro: metrics.aupro,
    });
  }
});

Deno.test("pixelMetricValues() counts normal pixels beyond 32 bits", () => {
  // With each normal pixel 2³³ times there, both areas are the same to the digit.
  const pixels = rankPixels(randomImages({ count: 4, seed: 2 }));
  const { normalCount, above, tied } = pixels.ranking;
  const times = 2 ** 33;
  const many = {
    normalCount: times * normalCount,
    above: above.map((count) => times * count),
    tied: tied.map((count) => times * count),
  };
  const { pixel_auroc, aupro } = pixelMetricValues(pixels);
  const values = pixelMetricValues({ ...pixels, ranking: { ...pixels.ranking, ...many } });
  assert.deepEqual([values.pixel_auroc, values.aupro], [pixel_auroc, aupro]);
  assert.ok(values.pixel_ap! < 1e-8 && values.pixel_ap! > 0);
});

Deno.test("pixelMetricValues() gives the reason for every metric without a value", () => {
  const counts = "normal and anomalous scores are both needed, got 0 normal and 0 anomalous";
  assert.deepEqual(pixelMetricValues(rankPixels([])), {
    pixel_auroc: null,
    pixel_auroc_reason: `Cannot compute AUROC: ${counts}`,
    pixel_ap: null,
    pixel_ap_reason: `Cannot compute average precision: ${counts}`,
    pixel_f1_max: null,
    pixel_f1_max_reason: `Cannot compute F1-max: ${counts}`,
    aupro: null,
    aupro_reason: `Cannot compute AUPRO: ${counts}`,
  });
});
