import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { findModelFault, type TrainedGroup, type TrainedModel } from "@/memory/trained_model.ts";

const calibrated = {
  image: "nut/train/good/1.png",
  score: 0.25,
  meanPatchScore: 0.125,
  keyDistance: 0.5,
  mapPeak: 0.75,
};
const group: TrainedGroup = {
  name: "nut",
  key: Float32Array.of(0.6, 0.8),
  embeddings: matrixOf([[1, 2, 3], [4, 5, 6]]),
  radius: 1.5,
  trainCount: 3,
  calibration: [calibrated],
};
const model: TrainedModel = {
  config: {},
  backbone: {
    name: "embedded",
    hash: "5a5a",
    normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
    addresses: [],
    licence: null,
  },
  dimension: 3,
  semanticDimension: 2,
  grid: { rows: 4, columns: 4 },
  groups: [group, { ...group, name: "bolt", radius: null, calibration: [] }],
};

Deno.test("findModelFault() finds nothing in a sound model", () => {
  assert.equal(findModelFault(model), null);
});

Deno.test("findModelFault() names what does not fit in a model", () => {
  const faults: [Partial<TrainedModel>, string][] = [
    [{ config: undefined }, "config must be given, got undefined"],
    [{ dimension: 0 }, "dimension must be a positive integer, got 0"],
    [{ semanticDimension: 1.5 }, "semanticDimension must be a positive integer, got 1.5"],
    [{ grid: { rows: 4, columns: NaN } }, "grid.columns must be a positive integer, got NaN"],
    [{ groups: [] }, "there must be at least one group, got none"],
    [{ groups: [group, group] }, 'group names must differ, got "nut" twice'],
  ];
  for (const [change, fault] of faults) {
    assert.equal(findModelFault({ ...model, ...change }), fault);
  }
});

Deno.test("findModelFault() names what does not fit in a group", () => {
  const embeddings = matrixOf([[1, 2, 3], [4, NaN, 6]]);
  const faults: [Partial<TrainedGroup>, string][] = [
    [{ key: Float32Array.of(1) }, 'the key of group "nut" must have 2 values, got 1'],
    [{ key: Float32Array.of(1, Infinity) }, 'the key of group "nut" must be finite'],
    [{ embeddings: matrixOf([]) }, 'group "nut" must have at least one embedding, got none'],
    [
      { embeddings: matrixOf([[1]]) },
      'the embeddings of group "nut" must have 3 columns, got 1',
    ],
    [
      { embeddings: { ...group.embeddings, rows: 3 } },
      'the embeddings of group "nut" must have 3 × 3 values, got 6',
    ],
    [{ embeddings }, 'the embeddings of group "nut" must be finite, got NaN in row 1'],
    [{ radius: -1 }, 'the radius of group "nut" must be a finite number from 0 or null, got -1'],
    [{ trainCount: 0 }, 'trainCount of group "nut" must be a positive integer, got 0'],
    [
      { calibration: [{ ...calibrated, mapPeak: Infinity }] },
      'the calibration scores of "nut/train/good/1.png" must be finite, got Infinity',
    ],
  ];
  for (const [change, fault] of faults) {
    assert.equal(findModelFault({ ...model, groups: [{ ...group, ...change }] }), fault);
  }
});
