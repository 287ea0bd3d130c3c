import assert from "node:assert/strict";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { decideImages } from "@/evaluation/decisions.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { createRandom, type Random } from "@/math/random.ts";
import type { CalibrationScheme } from "@/memory/calibration.ts";
import type { Sampler } from "@/memory/coreset.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";

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
