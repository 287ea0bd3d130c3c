import assert from "node:assert/strict";
import { bankLabel, bankPoints, type CoresetChoice, sizeOfBank } from "@/lab/study_coresets.ts";

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
