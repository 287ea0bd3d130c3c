import assert from "node:assert/strict";
import {
  bankLabel,
  bankPoints,
  type CoresetChoice,
  sizeOfBank,
  studyCoresets,
} from "@/lab/study_coresets.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { identitySampler, randomSampler } from "@/memory/samplers.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const config = await tinyConfig(await makeTinyDataset(), ["MODEL.sampler=random"]);
const workbench = await openWorkbench(config);
const ratios = [0.01, 0.05];

Deno.test("studyCoresets() compares samplers and groupings in every size", async () => {
  const shares: number[] = [];
  const choices = await studyCoresets(workbench, {
    ratios,
    samplers: [randomSampler, { ...randomSampler, name: "again" }],
    onProgress: (share) => shares.push(share),
  });
  assert.deepEqual(
    choices.map(({ grouping, sampler, groups }) => [grouping, sampler, groups]),
    [["all", "random", 1], ["all", "again", 1], ["cluster", "random", 3], ["cluster", "again", 3]],
  );
  // 24 images of 12 × 12 patches: 3456 rows; 1152 per cluster, each of which is a class.
  assert.deepEqual(choices[0]!.sizes.map(({ kept }) => kept), [34, 172]);
  assert.deepEqual(choices[2]!.sizes.map(({ kept }) => kept), [33, 171]);
  assert.deepEqual(choices[2]!.sizes[1]!.classes.map(({ kept }) => kept), [57, 57, 57]);
  for (const { sizes: [small, large], selectionSeconds, searchMilliseconds } of choices) {
    assert.ok(large!.radius <= small!.radius && large!.mean < small!.mean);
    assert.equal(small!.radius, Math.max(...small!.classes.map(({ radius }) => radius)));
    assert.deepEqual(large!.classes.map((each) => each.className), ["blobs", "rings", "stripes"]);
    assert.ok(selectionSeconds > 0 && searchMilliseconds > 0);
  }
  assert.deepEqual(choices[0]!.sizes, choices[1]!.sizes);
  assert.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0)));
  assert.ok(Math.abs(shares.at(-1)! - 1) < 1e-9);
});

Deno.test("studyCoresets() finds all defects and covers everything when everything is kept", async () => {
  const [choice] = await studyCoresets(workbench, {
    ratios: [1],
    samplers: [identitySampler],
    groupings: ["cluster"],
  });
  const [bank] = choice!.sizes;
  assert.deepEqual([bank!.radius, bank!.kept], [0, 3456]);
  assert.ok(bank!.classes.every(({ auroc }) => auroc === 1));
});

Deno.test("studyCoresets() draws another selection with another seed", async () => {
  const common = { ratios, samplers: [randomSampler], groupings: ["all"] } as const;
  const radiusOf = async (options: { seed?: number }) =>
    (await studyCoresets(workbench, { ...common, ...options }))[0]!.sizes[0]!.mean;
  const usual = await radiusOf({});
  assert.equal(await radiusOf({ seed: 0 }), usual);
  assert.notEqual(await radiusOf({ seed: 1 }), usual);
});

Deno.test("studyCoresets() takes the workbench's sampler and random when none is named", async () => {
  const choices = await studyCoresets(
    { ...workbench, sampler: { ...randomSampler, name: "mine" } },
    { ratios: [0.01], groupings: ["all"] },
  );
  assert.deepEqual(choices.map(({ sampler }) => sampler), ["mine", "random"]);
});

Deno.test("studyCoresets() refuses shares that fall", async () => {
  await assert.rejects(studyCoresets(workbench, { ratios: [0.5, 0.1] }), {
    name: "RangeError",
    message: "Cannot fit banks of several sizes: shares must be above 0, at most 1 and never " +
      "fall, got 0.5, 0.1",
  });
});

Deno.test("studyCoresets() clusters with the seed, and not at all where one bank is asked for", async () => {
  const seen: unknown[] = [];
  const clusterer: typeof workbench.clusterer = {
    ...workbench.clusterer,
    partitions: (semantics, options) => {
      seen.push(options?.seed);
      return workbench.clusterer.partitions(semantics, options);
    },
  };
  const common = { ratios: [0.01], samplers: [randomSampler], seed: 7 };
  await studyCoresets({ ...workbench, clusterer }, { ...common, groupings: ["all"] });
  assert.deepEqual(seen, []);
  await studyCoresets({ ...workbench, clusterer }, { ...common, groupings: ["cluster"] });
  assert.deepEqual(seen, [7]);
});

const nut = { className: "nut", isAnomalous: false },
  cup = { className: "cup", isAnomalous: false };
const bank = sizeOfBank({
  ratio: 0.1,
  keptPerImage: Uint32Array.of(1, 20, 3),
  coverings: new Map([
    ["nut", { radius: 4, mean: 2, rows: 200 }],
    ["cup", { radius: 9, mean: 5, rows: 100 }],
  ]),
  scores: Float32Array.of(4, 16, 9, 2),
}, {
  train: [nut, cup, nut],
  test: [nut, { ...nut, isAnomalous: true }, { ...nut, isAnomalous: true }, cup],
});
const choice: CoresetChoice = {
  sampler: "greedy",
  grouping: "cluster",
  groups: 2,
  selectionSeconds: 1,
  searchMilliseconds: 2,
  sizes: [bank],
};

Deno.test("sizeOfBank() counts, covers and ranks class by class, worked by hand", () => {
  assert.deepEqual(bank, {
    ratio: 0.1,
    kept: 24,
    radius: 9,
    mean: 3,
    rows: 300,
    classes: [
      {
        className: "nut",
        kept: 4,
        radius: 4,
        mean: 2,
        rows: 200,
        auroc: 1,
        normalDistance: 2,
        // Half-way between 16 and 9, whose root it is.
        anomalousDistance: Math.sqrt(12.5),
      },
      // Without an anomalous image there is nothing to rank.
      {
        className: "cup",
        kept: 20,
        radius: 9,
        mean: 5,
        rows: 100,
        auroc: null,
        normalDistance: Math.SQRT2,
        anomalousDistance: null,
      },
    ],
  });
});

Deno.test("bankPoints() leaves classes without AUROC out of mean and worst class", () => {
  const worse = { ...bank.classes[0]!, auroc: 0.5 };
  const sizes = [{ ...bank, classes: [...bank.classes, worse] }];
  assert.deepEqual(bankPoints([{ ...choice, sizes }]), [{
    bank: "a bank per cluster",
    sampler: "greedy",
    kept: 24,
    values: { radius: 9, "mean distance": 3, "mean of classes": 0.75, "worst class": 0.5 },
  }]);
});

Deno.test("bankPoints() has no AUROC where no class has one", () => {
  const sizes = [{ ...bank, classes: bank.classes.slice(1) }];
  const [point] = bankPoints([{ ...choice, sizes }]);
  assert.deepEqual([point!.values["mean of classes"], point!.values["worst class"]], [null, null]);
});

Deno.test("bankLabel() names both groupings", () => {
  assert.deepEqual([bankLabel("all"), bankLabel("cluster")], ["one bank", "a bank per cluster"]);
});
