import assert from "node:assert/strict";
import { closestName } from "@/messages.ts";

Deno.test("closestName() allows one slip in a short name and more in a long one", () => {
  assert.equal(closestName("gird", ["grid", "bottle"]), "grid"); // swapped
  assert.equal(closestName("gri", ["grid"]), "grid"); // dropped
  assert.equal(closestName("griid", ["grid"]), "grid"); // inserted
  assert.equal(closestName("gred", ["grid"]), "grid"); // changed
  assert.equal(closestName("gr", ["grid"]), null); // two of two characters
  assert.equal(closestName("metal_plte", ["metal_plates"]), "metal_plates");
});

Deno.test("closestName() prefers fewer changes, then the earlier name", () => {
  assert.equal(closestName("capsule", ["capsules", "capsule2", "Capsule"]), "Capsule");
  assert.equal(closestName("pcb5", ["pcb1", "pcb2"]), "pcb1");
});

Deno.test("closestName() finds nothing in nothing", () => {
  assert.equal(closestName("grid", []), null);
});
