import assert from "node:assert/strict";
import { closestName, describeFaults } from "@/messages.ts";

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

const faults = (count: number): string[] => Array.from({ length: count }, (_, i) => `fault ${i}`);

Deno.test("describeFaults() puts a single fault on the line of the task", () => {
  assert.equal(describeFaults("Cannot read it", faults(1)), "Cannot read it: fault 0");
});

Deno.test("describeFaults() gives several faults a line each", () => {
  assert.equal(
    describeFaults("Cannot read it", faults(3)),
    "Cannot read it: it must have no faults, got 3:\n  fault 0\n  fault 1\n  fault 2",
  );
});

Deno.test("describeFaults() says how many more there are when there are many", () => {
  const twenty = describeFaults("Cannot read it", faults(20)).split("\n");
  assert.deepEqual([twenty.length, twenty.at(-1)], [21, "  fault 19"]);
  const more = describeFaults("Cannot read it", faults(25)).split("\n");
  assert.deepEqual([more.length, more.at(-2), more.at(-1)], [22, "  fault 19", "  … and 5 more"]);
  assert.equal(more[0], "Cannot read it: it must have no faults, got 25:");
});
