import assert from "node:assert/strict";
import { signedPoints } from "@/charts/theme.ts";

Deno.test("signedPoints() gives a sign to what is not zero as written", () => {
  assert.equal(signedPoints(0.0149), "+1.5");
  assert.equal(signedPoints(-0.0149), "−1.5");
  assert.equal(signedPoints(-0.0004), "0.0");
  assert.equal(signedPoints(0), "0.0");
  assert.equal(signedPoints(-0.0004, { digits: 2 }), "−0.04");
});
