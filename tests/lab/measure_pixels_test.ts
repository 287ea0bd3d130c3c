import assert from "node:assert/strict";
import { join } from "node:path";
import { pixelMetrics } from "@/evaluation/pixel_metrics.ts";
import { createStopwatch } from "@/files/stopwatch.ts";
import { loadMask } from "@/images/read.ts";
import { type AssignedScores, measurePixels } from "@/lab/score_test_images.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { rowOf } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { anomalyMap } from "@/memory/anomaly_map.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 1, normal: 2, anomalous: 2 });
const workbench = await openWorkbench(await tinyConfig(folder));
await workbench.close();
const grid = { rows: 12, columns: 12 };

/** Patch scores that are `sign` times the share of each patch that the mask covers. */
async function scoresFromMasks(sign: number): Promise<AssignedScores> {
  const data = new Float32Array(workbench.test.length * 144);
  for (const [image, { mask }] of workbench.test.entries()) {
    if (mask === null) continue;
    const pixels = await loadMask(join(folder, mask), { resize: 96, imagesize: 96 });
    pixels.forEach((value, i) => {
      const patch = 12 * Math.floor(i / 96 / 8) + Math.floor((i % 96) / 8);
      data[144 * image + patch]! += sign * value;
    });
  }
  const patchScores = { rows: workbench.test.length, columns: 144, data };
  const scores = new Float32Array(workbench.test.length);
  const { length } = scores;
  return {
    groups: new Int32Array(length),
    similarities: new Float32Array(length),
    scores,
    patchScores,
  };
}

Deno.test("measurePixels() praises maps that follow the masks, and no others", async () => {
  const scored = [await scoresFromMasks(1), await scoresFromMasks(-1)];
  const stopwatch = createStopwatch();
  const [right, wrong] = await measurePixels(workbench, { scored, grid, stopwatch });
  assert.deepEqual(Object.keys(right!), ["blobs", "rings", "stripes"]);
  for (const className of Object.keys(right!)) {
    assert.ok(right![className]!.pixel_auroc! > 0.99);
    assert.ok(right![className]!.aupro! > 0.9);
    assert.ok(wrong![className]!.pixel_auroc! < 0.01);
  }
  assert.equal(stopwatch.summary().map?.count, 2 * workbench.test.length);
});

Deno.test("measurePixels() gives to the digit what maps and masks held together give", async () => {
  const random = createRandom(5);
  const scored = await scoresFromMasks(1);
  const { data } = scored.patchScores;
  for (let i = 0; i < data.length; i++) data[i]! += 20 * random.next();
  const [measured] = await measurePixels(workbench, {
    scored: [scored],
    grid,
    stopwatch: createStopwatch(),
  });
  const images = await Promise.all(workbench.test.map(async (sample, image) => ({
    ...sample,
    map: anomalyMap(rowOf(scored.patchScores, image), { grid, size: { height: 96, width: 96 } }),
    mask: sample.mask === null
      ? null
      : await loadMask(join(folder, sample.mask), { resize: 96, imagesize: 96 }),
    columns: 96,
  })));
  for (const [className, values] of Object.entries(measured!)) {
    const { auroc, ap, f1Max, aupro } = pixelMetrics(
      images.filter((image) => image.className === className),
    );
    assert.deepEqual(values, {
      pixel_auroc: auroc,
      pixel_ap: ap,
      pixel_f1_max: f1Max,
      aupro,
    });
  }
});

Deno.test("measurePixels() leaves out a class without masks", async () => {
  const test = workbench.test.map((sample) =>
    sample.className === "rings" ? { ...sample, mask: null } : sample
  );
  const [measured] = await measurePixels({ ...workbench, test }, {
    scored: [await scoresFromMasks(1)],
    grid,
    stopwatch: createStopwatch(),
  });
  assert.deepEqual(Object.keys(measured!), ["blobs", "stripes"]);
});

Deno.test("measurePixels() integrates AUPRO up to the configured limit", async () => {
  const at = async (fpr_limit: number) => {
    const { config } = workbench;
    const changed = { ...config, EVALUATION: { ...config.EVALUATION, fpr_limit } };
    const [measured] = await measurePixels({ ...workbench, config: changed }, {
      scored: [await scoresFromMasks(1)],
      grid,
      stopwatch: createStopwatch(),
    });
    return measured!.rings!.aupro!;
  };
  assert.ok(await at(0.01) < await at(0.3));
});
