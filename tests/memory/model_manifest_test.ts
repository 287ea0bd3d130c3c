import assert from "node:assert/strict";
import { parseManifest } from "@/memory/trained_model.ts";

const group = {
  name: "nut",
  file: "group-0.faiss",
  rows: 2,
  sha256: "ab",
  key: [0.6, 0.8],
  radius: null,
  train_count: 3,
  calibration: [{
    image: "nut/train/good/1.png",
    score: 0.25,
    mean_patch_score: 0.125,
    key_distance: 0.5,
    map_peak: 0.75,
  }],
};
const manifest = {
  schema: 2,
  config: { DEFAULT: { seed: 0 } },
  backbone: {
    name: "embedded",
    hash: "5a5a",
    normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
    addresses: ["https://example.org/weights"],
    licence: null,
    graphs: [{ file: null, sha256: "5a5a" }],
  },
  thresholds: { file: "thresholds.json", sha256: "cd" },
  dimension: 3,
  semantic_dimension: 2,
  grid: { rows: 4, columns: 4 },
  groups: [group],
};

Deno.test("parseManifest() gives back what was written", () => {
  assert.deepEqual(parseManifest(JSON.stringify(manifest), "model.json"), manifest);
});

Deno.test("parseManifest() names the field that is missing or of another type", () => {
  const faults: [object, string][] = [
    [{ schema: 3 }, "schema must be 2, got 3"],
    [{ schema: "2" }, 'schema must be 2, got "2"'],
    [
      { schema: 1 },
      "schema must be 2, got 1, a model of an earlier version without thresholds and backbone; " +
      '"deno task run" trains it again',
    ],
    [{ config: undefined }, "config must be given, got nothing"],
    [{ backbone: null }, "backbone must be an object, got null"],
    [{ backbone: { name: "embedded" } }, "backbone.hash must be text, got nothing"],
    [
      { backbone: { ...manifest.backbone, graphs: [{ file: 1 }] } },
      "backbone.graphs[0].file must be text, or null, got 1",
    ],
    [
      {
        backbone: {
          ...manifest.backbone,
          normalization: { scale: 1, mean: [1], std: [1, 1, 1] },
        },
      },
      "backbone.normalization.mean must be three numbers, got a list",
    ],
    [{ thresholds: undefined }, "thresholds must be an object, got nothing"],
    [{ dimension: 0 }, "dimension must be a positive integer, got 0"],
    [{ grid: { rows: 4, columns: "4" } }, 'grid.columns must be a positive integer, got "4"'],
    [{ groups: {} }, "groups must be a list, got {}"],
    [{ groups: [group, []] }, "groups[1] must be an object, got a list"],
    [{ groups: [{ ...group, rows: 1.5 }] }, "groups[0].rows must be a positive integer, got 1.5"],
    [{ groups: [{ ...group, key: [1, null] }] }, "groups[0].key[1] must be a number, got null"],
    [
      { groups: [{ ...group, radius: "0" }] },
      'groups[0].radius must be a number, or null, got "0"',
    ],
    [
      { groups: [{ ...group, calibration: [{ ...group.calibration[0], image: 1 }] }] },
      "groups[0].calibration[0].image must be text, got 1",
    ],
    [
      { groups: [{ ...group, calibration: [{ ...group.calibration[0], map_peak: undefined }] }] },
      "groups[0].calibration[0].map_peak must be a number, got nothing",
    ],
  ];
  for (const [change, fault] of faults) {
    assert.throws(() => parseManifest(JSON.stringify({ ...manifest, ...change }), "m/model.json"), {
      name: "SyntaxError",
      message: `Cannot load "m/model.json": ${fault}`,
    });
  }
});

Deno.test("parseManifest() refuses text that is not a JSON object", () => {
  assert.throws(() => parseManifest("[]", "model.json"), {
    name: "SyntaxError",
    message: 'Cannot load "model.json": it must be an object, got a list',
  });
  for (const text of ["{", '{\n  "schema": x\n}\n']) {
    assert.throws(() => parseManifest(text, "model.json"), {
      name: "SyntaxError",
      message: /^Cannot load "model\.json": it must be JSON, got [^\n]+$/,
    });
  }
});
