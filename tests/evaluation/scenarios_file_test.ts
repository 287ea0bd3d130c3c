import assert from "node:assert/strict";
import { tinyScenarios } from "../helpers/scenarios.ts";

Deno.test("scenariosFile() orders scenarios and survives being written as JSON", () => {
  const file = tinyScenarios(1);
  assert.deepEqual(Object.keys(file.scenarios), ["1", "3"]);
  assert.deepEqual(file.models, ["PatchCore"]);
  assert.equal(file.reference!.name, "OC-UIAD");
  assert.deepEqual(JSON.parse(JSON.stringify(file)), file);
});

Deno.test("scenariosFile() keeps decisions with their thresholds and what R2 compares with", () => {
  const entry = tinyScenarios(0).scenarios["1"]!.PatchCore!;
  assert.equal(entry.binary.scope, "class");
  assert.deepEqual(Object.keys(entry.binary.thresholds), ["bolt", "nut"]);
  assert.equal(entry.class_specific.macro.f1, 1);
});
