import assert from "node:assert/strict";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { checkCounts, countClass } from "@/datasets/check.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { bentOf, datasetOf, sampleOf, testOf } from "../helpers/inspected.ts";

function repeat(count: number, make: (name: string) => Sample): Sample[] {
  return Array.from({ length: count }, (_, i) => make(String(i)));
}

/** The class "connector" of MPDD, whose published numbers are 128, 30 and 14. */
function connector(train: number, normal: number, anomalous: number) {
  const className = "connector";
  return datasetOf([
    ...repeat(train, (name) => sampleOf(name, { className })),
    ...repeat(normal, (name) => testOf(name, { className })),
    ...repeat(anomalous, (name) => bentOf(name, { className })),
  ]);
}

Deno.test("countClass() counts one class alone", () => {
  const dataset = datasetOf([sampleOf("a"), testOf("b"), bentOf("c"), bentOf("d"), sampleOf("e")]);
  const other = sampleOf("f", { className: "bolt" });
  const both = { ...dataset, samples: [...dataset.samples, other] };
  assert.deepEqual(countClass(both, "nut"), { train: 2, normal: 1, anomalous: 2 });
  assert.deepEqual(countClass(both, "bolt"), { train: 1, normal: 0, anomalous: 0 });
});

Deno.test("checkCounts() compares each number of a class with the published one", () => {
  const benchmark = findBenchmark("MPDD");
  assert.deepEqual(checkCounts(connector(128, 30, 14), benchmark), []);
  const faults = checkCounts(connector(127, 31, 13), benchmark);
  const reason = 'class "connector" of MPDD must have';
  assert.deepEqual(faults, [
    { kind: "counts", path: "connector", reason: `${reason} 128 training images, got 127` },
    { kind: "counts", path: "connector", reason: `${reason} 30 normal test images, got 31` },
    { kind: "counts", path: "connector", reason: `${reason} 14 anomalous test images, got 13` },
  ]);
});

Deno.test("checkCounts() compares no class that is not published, however it is called", () => {
  const dataset = datasetOf([sampleOf("a", { className: "constructor" }), testOf("b")]);
  const found = checkCounts(dataset, findBenchmark("MPDD"));
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [["empty split", "constructor"]]);
});

Deno.test("checkCounts() wants test images of either sort", () => {
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a"), testOf("b")]), null), []);
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a"), bentOf("b")]), null), []);
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a")]), null), [{
    kind: "empty split",
    path: "nut",
    reason: 'class "nut" must have test images, got none',
  }]);
});
