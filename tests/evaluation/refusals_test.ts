import assert from "node:assert/strict";
import { countRefusals, describeRefusals } from "@/evaluation/refusals.ts";

const truth = [
  { className: "nut", isAnomalous: false },
  { className: "bolt", isAnomalous: false },
  { className: "nut", isAnomalous: true },
  { className: "nut", isAnomalous: true },
];

Deno.test("countRefusals() counts normal and anomalous images apart, by class and together", () => {
  const { classes, pooled } = countRefusals([true, false, true, false], truth);
  assert.deepEqual(Object.keys(classes), ["bolt", "nut"]);
  assert.deepEqual(classes.bolt, {
    normal: { refused: 0, images: 1 },
    anomalous: { refused: 0, images: 0 },
  });
  assert.deepEqual(classes.nut, {
    normal: { refused: 1, images: 1 },
    anomalous: { refused: 1, images: 2 },
  });
  assert.deepEqual(pooled, {
    normal: { refused: 1, images: 2 },
    anomalous: { refused: 1, images: 2 },
  });
  assert.equal(
    describeRefusals(pooled),
    "1 of 2 normal and 1 of 2 anomalous test images are unlike anything trained: defective or unknown",
  );
});

Deno.test("countRefusals() refuses what does not match", () => {
  assert.throws(() => countRefusals([true], truth), {
    name: "TypeError",
    message: "Cannot count refusals: one truth per image is needed, got 4 for 1 images",
  });
});
