import assert from "node:assert/strict";
import { chooseScoreColumns, missingScoreColumns } from "@/audit/score_table.ts";

Deno.test("chooseScoreColumns() finds our columns in any order", () => {
  const columns = ["mask", "map", "group", "split", "score", "label", "class", "image", "decision"];
  assert.deepEqual(chooseScoreColumns(columns), {
    image: "image",
    class: "class",
    label: "label",
    score: "score",
    split: "split",
    group: "group",
    map: "map",
    mask: "mask",
  });
});

Deno.test("chooseScoreColumns() finds anomalib's columns where ours are missing", () => {
  const columns = ["image_path", "gt_label", "pred_score", "pred_label", "anomaly_map", "gt_mask"];
  const found = {
    image: "image_path",
    label: "gt_label",
    score: "pred_score",
    map: "anomaly_map",
    mask: "gt_mask",
  };
  assert.deepEqual(chooseScoreColumns(columns), found);
  assert.deepEqual(chooseScoreColumns([...columns, "mask_path", "score"]), {
    ...found,
    mask: "mask_path",
    score: "score",
  });
});

Deno.test("missingScoreColumns() suggests a column that is not in use", () => {
  const missing = missingScoreColumns(["Image", "class", "lable", "scores"], [
    "image",
    "class",
    "label",
    "score",
  ]);
  assert.deepEqual(missing, [
    'it must have a column "image", did you mean "Image"?',
    'it must have a column "label", did you mean "lable"?',
    'it must have a column "score", did you mean "scores"?',
  ]);
});

Deno.test("missingScoreColumns() lists some columns when none resembles", () => {
  assert.deepEqual(missingScoreColumns(["a", "b"], ["image"]), [
    'it must have a column "image", got "a", "b"',
  ]);
  const many = Array.from({ length: 12 }, (_, i) => `c${i}`);
  assert.deepEqual(missingScoreColumns(many, ["image"]), [
    'it must have a column "image", got "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", ' +
    '"c9", 2 more',
  ]);
  assert.deepEqual(missingScoreColumns(["image"], ["image"]), []);
});
