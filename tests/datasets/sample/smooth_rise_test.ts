import assert from "node:assert/strict";
import { smoothRise } from "@/datasets/sample/shapes.ts";

Deno.test("smoothRise() follows its cubic between its ends", () => {
  // 3/16 − 2/64 = 5/32
  assert.equal(smoothRise(0.25), 5 / 32);
});

Deno.test("smoothRise() never falls, and mirrors around the middle", () => {
  for (let t = -0.5; t < 1.5; t += 0.01) {
    assert.ok(smoothRise(t + 0.01) >= smoothRise(t));
    assert.ok(Math.abs(smoothRise(t) + smoothRise(1 - t) - 1) < 1e-12);
  }
});
