import assert from "node:assert/strict";
import { chooseClasses, quoteSome } from "@/datasets/dataset.ts";

const all = ["bolt", "gear", "nut"];
const title = "parts";

Deno.test("chooseClasses() keeps its own order", () => {
  assert.equal(chooseClasses(all, { title, wanted: "all" }), all);
  assert.deepEqual(chooseClasses(all, { title, wanted: ["nut", "bolt"] }), ["bolt", "nut"]);
});

Deno.test("chooseClasses() refuses names that are not there, and none", () => {
  assert.throws(() => chooseClasses(all, { title, wanted: ["cookie"] }), {
    name: "RangeError",
    message: 'Cannot read parts: unknown class "cookie", it has "bolt", "gear", "nut"',
  });
  assert.throws(() => chooseClasses(all, { title, wanted: [] }), {
    message: "Cannot read parts: at least one class must be named, got none",
  });
});

Deno.test("quoteSome() shows ten names and counts the others", () => {
  const names = Array.from({ length: 12 }, (_, i) => `${i}`);
  assert.deepEqual(quoteSome(names).slice(9), ['"9"', "2 more"]);
  assert.deepEqual(quoteSome(names.slice(0, 10)).length, 10);
});
