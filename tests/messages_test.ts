import assert from "node:assert/strict";
import { askForName, checkCount, closestName, describeFaults, plural } from "@/messages.ts";

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

Deno.test("askForName() asks for a similar name, or not at all", () => {
  assert.equal(askForName("GRID", ["nut", "grid"]), ', did you mean "grid"?');
  assert.equal(askForName("gird", ["grid"], { prefix: "a." }), ', did you mean "a.grid"?');
  assert.equal(askForName("gird", ["nut"]), "");
});

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

Deno.test("plural() takes the noun as it is for one only, and separates thousands", () => {
  assert.equal(plural(0, "fault"), "no faults");
  assert.equal(plural(1, "fault"), "1 fault");
  assert.equal(plural(2, "fault"), "2 faults");
  assert.equal(plural(1200, "empty mask"), "1,200 empty masks");
  assert.equal(plural(1, "class", { several: "classes" }), "1 class");
  assert.equal(plural(12, "class", { several: "classes" }), "12 classes");
});

Deno.test("checkCount() accepts integers up to both bounds and refuses the rest by name", () => {
  const check = (count: number, bounds: { least?: number; most?: number } = {}) => () =>
    checkCount(count, { task: "Cannot select a coreset", name: "size", ...bounds });
  const must = (what: string) => ({
    name: "RangeError",
    message: `Cannot select a coreset: size must be ${what}`,
  });
  for (const count of [1, 2 ** 40]) assert.doesNotThrow(check(count));
  for (const count of [0, 3]) assert.doesNotThrow(check(count, { least: 0, most: 3 }));
  for (const count of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(check(count), must(`a positive integer, got ${count}`));
  }
  assert.throws(check(0, { least: 1 }), must("an integer from 1, got 0"));
  assert.throws(check(-1, { least: 0, most: 3 }), must("an integer from 0 to 3, got -1"));
  assert.throws(check(4, { most: 3 }), must("an integer from 1 to 3, got 4"));
});
