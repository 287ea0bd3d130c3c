import assert from "node:assert/strict";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { decideImages } from "@/evaluation/decisions.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { createRandom, type Random } from "@/math/random.ts";
import { smoothedScore } from "@/memory/anomaly_map.ts";
import type { CalibrationScheme } from "@/memory/calibration.ts";
import type { Sampler } from "@/memory/coreset.ts";
import { maxScore } from "@/memory/detector.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { thresholdFrom } from "@/thresholds/rules.ts";

const keepAll: Sampler = {
  name: "identity",
  select: ({ rows }) =>
    Promise.resolve({ indices: Uint32Array.from(Array(rows).keys()), radius: 0 }),
};

/** Normal images of one patch; those of group 1 spread ten times as far. */
function drawImages(groups: Int32Array, random: Random): EmbeddedImages {
  const data = Float32Array.from(
    { length: 2 * groups.length },
    (_, i) => random.gaussian() * 10 ** groups[i >> 1]!,
  );
  return {
    count: groups.length,
    grid: { rows: 1, columns: 1 },
    embeddings: toMatrix(data, { rows: groups.length, columns: 2 }),
    semantics: matrixOf([...groups].map((group) => [1 - group, group])),
  };
}

/** False-alarm rates in both groups over many detectors, with their standard errors. */
async function alarmRates(
  calibration: CalibrationScheme,
  options: { trainCount: number; alpha: number },
): Promise<{ rate: number; error: number }[]> {
  const groupsOf = (count: number) => Int32Array.from({ length: 2 * count }, (_, i) => i % 2);
  const rates: number[][] = [[], []];
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed, "calibration guarantee");
    const labels = groupsOf(options.trainCount), tested = groupsOf(20);
    const detector = await fitDetector(residentFeatures(drawImages(labels, random)), {
      partition: { labels, clusters: 2 },
      groupNames: ["near", "far"],
      sampler: keepAll,
      samplerRatio: 1,
      search: plainSearch,
      calibration,
      seed,
    });
    const { scores } = await detector.score(drawImages(tested, random), tested);
    const samples = [...scores].map((score, image) => ({ group: tested[image]!, score }));
    const { anomalous } = decideImages(samples, {
      calibration: detector.calibration,
      rule: { name: "conformal", alpha: options.alpha },
      scope: "group",
    });
    for (const [group, each] of rates.entries()) {
      each.push(mean(anomalous.filter((_, image) => tested[image] === group).map(Number)));
    }
    await detector.close();
  }
  return rates.map((each) => ({
    rate: mean(each),
    error: sampleStandardDeviation(each) / Math.sqrt(each.length),
  }));
}

Deno.test("fitDetector() holding images out alarms at exactly the conformal rate", async () => {
  // Half of 38 images: 19 scores, of which the ⌈20 · 0.9⌉ = 18th is the threshold; a new score
  // lies above it with chance (20 − 18) ÷ 20.
  const scheme = { scheme: "holdout", fraction: 0.5 } as const;
  for (const { rate, error } of await alarmRates(scheme, { trainCount: 38, alpha: 0.1 })) {
    assert.ok(Math.abs(rate - 0.1) <= 4 * error, `${rate}, error ${error}`);
  }
});

Deno.test("fitDetector() cross-fitting alarms less than allowed, but does alarm", async () => {
  // Banks of four fifths of the images leave larger distances than the final bank of all, so the
  // thresholds are a little high: about 0.08 where exchangeable scores would give 0.1 again.
  const scheme = { scheme: "crossfit", folds: 5 } as const;
  for (const { rate, error } of await alarmRates(scheme, { trainCount: 19, alpha: 0.1 })) {
    assert.ok(rate < 0.1 && rate > 0.06, `${rate}, error ${error}`);
  }
});

/** Images of several patches whose spread and place differ from image to image: heavy tails. */
function drawHeavyImages(count: number, random: Random): EmbeddedImages {
  const patches = 6, columns = 2;
  const data = new Float32Array(count * patches * columns);
  for (let image = 0; image < count; image++) {
    const spread = Math.exp(0.5 * random.gaussian());
    const place = [0.5 * random.gaussian(), 0.5 * random.gaussian()];
    for (let i = 0; i < patches * columns; i++) {
      data[image * patches * columns + i] = random.gaussian() * spread + place[i % columns]!;
    }
  }
  return {
    count,
    grid: { rows: 2, columns: 3 },
    embeddings: toMatrix(data, { rows: count * patches, columns }),
    semantics: matrixOf(Array.from({ length: count }, () => [1, 0])),
  };
}

/** Keeps every second patch of every image: what it keeps of one depends on that one alone. */
const everySecond: Sampler = {
  name: "every second",
  select: ({ rows }) =>
    Promise.resolve({
      indices: Uint32Array.from({ length: rows / 2 }, (_, i) => 2 * i),
      radius: null,
    }),
};

Deno.test("own rows out keeps alpha for any score that rises with patch distances", async () => {
  // The proposition: with banks whose rows depend on one image each, leave-one-out scores bound
  // those of a new image, so that no more than (n + 1 − k) ÷ (n + 1) = alpha lie above the k-th.
  const alpha = 0.1, count = 19;
  const size = { height: 8, width: 12 };
  const kinds = {
    max: maxScore,
    smoothed: smoothedScore({ grid: { rows: 2, columns: 3 }, size }),
    "mean of the top 3": (patchScores: Float32Array): number =>
      mean([...patchScores].sort((a, b) => b - a).slice(0, 3)),
  };
  for (const [kind, imageScore] of Object.entries(kinds)) {
    for (const sampler of [keepAll, everySecond]) {
      const alarms: number[] = [];
      for (let seed = 1; seed <= 250; seed++) {
        const random = createRandom(seed, `own rows ${kind}`);
        const detector = await fitDetector(residentFeatures(drawHeavyImages(count, random)), {
          partition: { labels: new Int32Array(count), clusters: 1 },
          groupNames: ["all"],
          sampler,
          samplerRatio: sampler === keepAll ? 1 : 0.5,
          search: plainSearch,
          calibration: { scheme: "own_rows_out" },
          imageScore,
          seed,
        });
        const { value } = thresholdFrom(detector.calibration.map(({ score }) => score), {
          name: "conformal",
          alpha,
        });
        const tested = drawHeavyImages(4, random);
        const { scores } = await detector.score(tested, new Int32Array(4));
        alarms.push(mean([...scores].map((score) => Number(score >= value))));
        await detector.close();
      }
      const error = sampleStandardDeviation(alarms) / Math.sqrt(alarms.length);
      const rate = mean(alarms);
      assert.ok(rate <= alpha + 3 * error, `${kind}, ${sampler.name}: ${rate}, error ${error}`);
      assert.ok(rate > 0.04, `${kind}, ${sampler.name}: ${rate}, hardly ever alarms`);
    }
  }
});
