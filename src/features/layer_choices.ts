/**
 * The choices of layers that are worth comparing.
 *
 * @module
 */

/** What a configuration names of a backbone's layers. */
export interface ChosenLayers {
  /** Layers that make the patch embedding. */
  readonly layers: readonly string[];
  /** Layer whose mean is the semantic vector. */
  readonly semantic_layer: string;
}

/**
 * Lists choices of layers for patch embeddings: every layer in use by itself, those of the patch
 * embedding together, and all together.
 *
 * @param chosen The `MODEL` section of a configuration, or as much of it.
 * @returns The choices in this order, each once.
 *
 * @example Two layers for patches, a third for semantics
 * ```ts
 * import assert from "node:assert/strict";
 * import { listLayerChoices } from "@/features/layer_choices.ts";
 *
 * const choices = listLayerChoices({ layers: ["layer2", "layer3"], semantic_layer: "layer4" });
 * assert.deepEqual(choices.map((choice) => choice.join(" + ")), [
 *   "layer2",
 *   "layer3",
 *   "layer4",
 *   "layer2 + layer3",
 *   "layer2 + layer3 + layer4",
 * ]);
 * ```
 */
export function listLayerChoices({ layers, semantic_layer: semantic }: ChosenLayers): string[][] {
  const all = [...new Set([...layers, semantic])];
  const choices = [...all.map((layer) => [layer]), [...layers], all];
  return [...new Map(choices.map((choice) => [JSON.stringify(choice), choice])).values()];
}
