import assert from "node:assert/strict";
import { seedsOf } from "@/lab/settings.ts";

Deno.test("seedsOf() lists one seed, or several in the order given", () => {
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: 7 } }), [7]);
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: [3, 1, 2] } }), [3, 1, 2]);
});
