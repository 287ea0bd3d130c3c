import assert from "node:assert/strict";
import { defaultConfig } from "@/config.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import { conditionConfig } from "@/lab/settings.ts";

Deno.test("conditionConfig() describes exactly the scenario it is given", () => {
  for (const scenario of scenarios) {
    const config = conditionConfig(defaultConfig, { model: "PatchCore", scenario, seed: 4 });
    assert.equal(scenarioOf(config), scenario);
    assert.equal(config.DEFAULT.seed, 4);
    assert.equal(config.MODEL.name, "PatchCore");
  }
});

Deno.test("conditionConfig() names runs as a run by itself is named", () => {
  const known = (number: number) =>
    conditionConfig(defaultConfig, {
      model: "PatchCore",
      scenario: scenarios[number - 1]!,
      seed: 0,
    })
      .EVALUATION.known_class;
  assert.deepEqual([1, 2, 3, 4].map(known), [null, false, true, null]);
});
