import assert from "node:assert/strict";
import { listLayerChoices } from "@/features/layers.ts";

Deno.test("listLayerChoices() names no choice twice when semantics come from a patch layer", () => {
  const choices = listLayerChoices({ layers: ["layer2", "layer3"], semantic_layer: "layer3" });
  assert.deepEqual(choices, [["layer2"], ["layer3"], ["layer2", "layer3"]]);
});

Deno.test("listLayerChoices() leaves one choice where everything comes from one layer", () => {
  assert.deepEqual(listLayerChoices({ layers: ["a"], semantic_layer: "a" }), [["a"]]);
  assert.deepEqual(listLayerChoices({ layers: ["a"], semantic_layer: "b" }), [
    ["a"],
    ["b"],
    ["a", "b"],
  ]);
});

Deno.test("listLayerChoices() keeps layers apart whose names contain separators", () => {
  const choices = listLayerChoices({ layers: ["a", "b"], semantic_layer: "a,b" });
  assert.equal(choices.length, 5);
});

Deno.test("listLayerChoices() keeps the order of the patch embedding, which sets its grid", () => {
  const choices = listLayerChoices({ layers: ["deep", "fine"], semantic_layer: "deep" });
  assert.deepEqual(choices.at(-1), ["deep", "fine"]);
});
