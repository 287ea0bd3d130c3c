import assert from "node:assert/strict";
import { findScenario, scenarios } from "@/evaluation/scenarios.ts";

Deno.test("scenarios holds the protocol's table", () => {
  const row = (number: number, model: "PatchCore" | "HierarchicalPatchCore") => {
    const { grouping, routing, scope } = scenarios[number - 1]!.settings[model];
    return `${grouping} ${routing} ${scope}`;
  };
  assert.deepEqual([1, 2, 3, 4].map((number) => row(number, "PatchCore")), [
    "class class class",
    "all key global",
    "all key class",
    "all key global",
  ]);
  assert.deepEqual([1, 2, 3, 4].map((number) => row(number, "HierarchicalPatchCore")), [
    "class class class",
    "class key group",
    "cluster key class",
    "cluster key group",
  ]);
});

Deno.test("scenarios uses no class that it withholds", () => {
  for (const { trainingKnown, evaluationKnown, settings } of scenarios) {
    for (const { grouping, routing, scope } of Object.values(settings)) {
      if (!trainingKnown) assert.notEqual(grouping, "class");
      if (!evaluationKnown) assert.ok(routing !== "class" && scope !== "class");
    }
  }
});

Deno.test("findScenario() finds each scenario by what it knows", () => {
  for (const scenario of scenarios) assert.equal(findScenario(scenario), scenario);
  assert.deepEqual(scenarios.map(({ number }) => number), [1, 2, 3, 4]);
});
