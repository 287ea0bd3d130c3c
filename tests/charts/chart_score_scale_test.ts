import assert from "node:assert/strict";
import { scoreScale } from "@/charts/theme.ts";

Deno.test("scoreScale() turns logarithmic when positive scores span more than a factor of 30", () => {
  const type = (...scores: readonly number[]): unknown => scoreScale(scores)["type"];
  assert.equal(type(1, 30), "linear");
  assert.equal(type(1, 30.1), "log");
  assert.equal(type(0, 100), "linear");
  assert.equal(type(-1, 100), "linear");
});
