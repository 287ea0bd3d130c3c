import assert from "node:assert/strict";
import { benchmarks, findBenchmark } from "@/datasets/benchmarks.ts";

// Totals as published: MVTec AD, table 1; VisA, table 1; BTAD and MPDD by their papers.
const totals: Readonly<Record<string, readonly number[]>> = {
  MVTec: [15, 3629, 467, 1258],
  VisA: [12, 8659, 962, 1200],
  BTAD: [3, 1799, 451, 290],
  MPDD: [6, 888, 176, 282],
};

Deno.test("benchmarks hold counts that add up to the published totals", () => {
  for (const [name, { classes }] of Object.entries(benchmarks)) {
    const all = Object.values(classes);
    const sum = (part: "train" | "normal" | "anomalous"): number =>
      all.reduce((total, each) => total + each[part], 0);
    assert.deepEqual([all.length, sum("train"), sum("normal"), sum("anomalous")], totals[name]);
    assert.deepEqual(Object.keys(classes), Object.keys(classes).toSorted());
  }
});

Deno.test("benchmarks can be verified wherever they can be downloaded", () => {
  for (const { name, archive: { addresses, sha256 } } of Object.values(benchmarks)) {
    if (addresses.length > 0) assert.match(sha256 ?? "", /^[0-9a-f]{64}$/, name);
    for (const address of addresses) assert.match(address, /^https:/);
  }
});

Deno.test("findBenchmark() takes any capitals and suggests what was meant", () => {
  assert.equal(findBenchmark("btad"), benchmarks.BTAD);
  assert.throws(() => findBenchmark("Vissa"), {
    name: "RangeError",
    message: 'Cannot find benchmark: unknown name "Vissa", did you mean "VisA"?',
  });
  assert.throws(() => findBenchmark("photographs"), {
    message: 'Cannot find benchmark: unknown name "photographs", known are MVTec, VisA, BTAD, MPDD',
  });
});
