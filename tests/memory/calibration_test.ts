import assert from "node:assert/strict";
import { type CalibrationScheme, splitForCalibration } from "@/memory/calibration.ts";

const members = Uint32Array.from({ length: 23 }, (_, index) => 100 + index);

Deno.test("splitForCalibration() scores every image once by images of other folds", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const scheme = { scheme: "crossfit", folds: 5 } as const;
    const { splits, kept } = splitForCalibration(members, { scheme, seed });
    assert.deepEqual(splits.flatMap((split) => [...split.scored]).sort(), [...members]);
    for (const split of splits) {
      assert.deepEqual([...split.kept, ...split.scored].sort(), [...members]);
      assert.ok(split.scored.length === 4 || split.scored.length === 5);
    }
    assert.deepEqual(kept, members);
  }
});

Deno.test("splitForCalibration() keeps held-out images out of the final bank", () => {
  const scheme = { scheme: "holdout", fraction: 0.2 } as const;
  const { splits, kept } = splitForCalibration(members, { scheme, seed: 1 });
  assert.equal(splits.length, 1);
  assert.equal(splits[0]!.kept, kept);
  // 0.2 × 23 = 4.6, rounded.
  assert.equal(splits[0]!.scored.length, 5);
  assert.ok(splits[0]!.scored.every((image) => !kept.includes(image)));
});

Deno.test("splitForCalibration() makes one fold per image when images are few", () => {
  const two = Uint32Array.of(8, 9);
  const { splits } = splitForCalibration(two, {
    scheme: { scheme: "crossfit", folds: 5 },
    seed: 1,
  });
  assert.deepEqual(splits.map(({ kept, scored }) => [kept[0], scored[0]]).sort(), [[8, 9], [9, 8]]);
});

Deno.test("splitForCalibration() keeps a lone image and calibrates nothing", () => {
  const lone = Uint32Array.of(4);
  for (
    const scheme of [
      { scheme: "crossfit", folds: 2 },
      { scheme: "holdout", fraction: 0.5 },
    ] satisfies CalibrationScheme[]
  ) {
    assert.deepEqual(splitForCalibration(lone, { scheme, seed: 1 }), { splits: [], kept: lone });
  }
});

Deno.test("splitForCalibration() always leaves an image on either side when it holds out", () => {
  for (const fraction of [0.001, 0.999]) {
    const { splits } = splitForCalibration(Uint32Array.of(1, 2), {
      scheme: { scheme: "holdout", fraction },
      seed: 1,
    });
    assert.equal(splits[0]!.kept.length, 1);
    assert.equal(splits[0]!.scored.length, 1);
  }
});

Deno.test("splitForCalibration() says which number is out of range", () => {
  const split = (scheme: CalibrationScheme, images = members) => () =>
    splitForCalibration(images, { scheme, seed: 1 });
  assert.throws(split({ scheme: "crossfit", folds: 1 }), {
    message: "Cannot split a group: folds must be an integer from 2, got 1",
  });
  assert.throws(split({ scheme: "holdout", fraction: 1 }), {
    message: "Cannot split a group: the held-out fraction must be above 0 and below 1, got 1",
  });
  assert.throws(split({ scheme: "crossfit", folds: 2 }, new Uint32Array(0)), {
    message: "Cannot split a group: it must have at least one image, got none",
  });
});
