import assert from "node:assert/strict";
import { selectPlain } from "@/coreset_plain.ts";
import { pruningFactor, selectPruned } from "@/coreset_pruned.ts";
import { toCoresetRows } from "@/coreset_rows.ts";
import { randomMatrix } from "./helpers.ts";

Deno.test("pruningFactor() exceeds what rounding can do to four", () => {
  // Both squared distances are off by a relative (stride / 8 + 8) · 2^-24 at most, and so is the
  // third that they bound: four roundings' worth is more than enough.
  for (const stride of [8, 128, 1024, 8192]) {
    assert.ok(pruningFactor(stride) / 4 - 1 > 4 * (stride / 8 + 8) * 2 ** -24);
    assert.ok(pruningFactor(stride) < 4.02);
  }
});

Deno.test("selectPruned() chooses as selectPlain() does on wide rows that nearly coincide", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const features = randomMatrix({ rows: 120, columns: 600, seed });
    features.data.forEach((value, i) => features.data[i] = 1000 + 1e-3 * value);
    const rows = toCoresetRows(features);
    const request = { size: 120, opening: new Float32Array(120).fill(3e38) };
    assert.deepEqual(selectPruned(rows, request), selectPlain(rows, request), `seed ${seed}`);
  }
});
