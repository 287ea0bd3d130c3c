import assert from "node:assert/strict";
import { averageScenarios } from "@/evaluation/result_files.ts";
import { tinyScenarios } from "../helpers/scenarios.ts";

Deno.test("averageScenarios() averages numbers and holds what holds with every seed", () => {
  const good = tinyScenarios(0), poor = tinyScenarios(1);
  const file = averageScenarios([good, poor]);
  const entries = [good, poor, file].map((each) => each.scenarios["3"]!.PatchCore!);
  const [first, second, both] = entries.map(({ macro }) => macro.image_auroc!);
  assert.equal(both, (first! + second!) / 2);
  assert.notEqual(first, second);
  assert.deepEqual(entries.map(({ requirements }) => requirements.R1.holds), [true, false, false]);
  assert.ok("std" in file);
  assert.equal(file.seeds, 2);
  assert.deepEqual(file.models, good.models);
});

Deno.test("averageScenarios() refuses none", () => {
  assert.throws(() => averageScenarios([]), {
    message: "Cannot average scenarios: those of at least one seed are needed, got none",
  });
});
