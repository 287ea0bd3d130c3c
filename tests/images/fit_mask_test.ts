import assert from "node:assert/strict";
import { fitMask } from "@/images/masks.ts";

Deno.test("fitMask() takes each pixel from where its centre falls", () => {
  const mask = { rows: 1, columns: 3, data: Uint8Array.of(1, 0, 2) };
  // Centres of six pixels at 0.25, 0.75, 1.25, …; of two at 0.75 and 2.25.
  assert.deepEqual([...fitMask(mask, { rows: 1, columns: 6 }).data], [1, 1, 0, 0, 2, 2]);
  assert.deepEqual([...fitMask(mask, { rows: 2, columns: 2 }).data], [1, 2, 1, 2]);
});

Deno.test("fitMask() returns a mask that fits, and refuses one that is not whole", () => {
  const mask = { rows: 1, columns: 2, data: Uint8Array.of(1, 0) };
  assert.equal(fitMask(mask, { rows: 1, columns: 2 }), mask);
  assert.throws(() => fitMask({ ...mask, rows: 2 }, { rows: 1, columns: 1 }), {
    name: "TypeError",
    message: "Cannot resize a mask: it must have 4 pixels, got 2",
  });
});
