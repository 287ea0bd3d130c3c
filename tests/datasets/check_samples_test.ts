import assert from "node:assert/strict";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { checkSamples } from "@/datasets/check.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

const dataset = datasetOf([sampleOf("a"), testOf("b"), bentOf("c")]);
const files = new Map([
  ["a", fileOf({ sha256: "1" })],
  ["b", fileOf({ sha256: "2" })],
  ["c", fileOf({ sha256: "3" })],
  ["c.mask", maskOf()],
]);

Deno.test("checkSamples() finds nothing wrong with a sound dataset", () => {
  assert.deepEqual(checkSamples(dataset, { files, resize: 480 }), []);
});

Deno.test("checkSamples() finds faults of files, of bytes and of numbers in one go", () => {
  const damaged = new Map([
    ...files,
    ["b", fileOf({ sha256: "1", width: 9, height: 9 })] as const,
    ["c.mask", maskOf(0)] as const,
  ]);
  const found = checkSamples(
    { ...dataset, classes: ["nut", "tubes"] },
    { files: damaged, resize: 480, benchmark: findBenchmark("MPDD") },
  );
  assert.deepEqual(found.map(({ kind, path }) => `${kind}: ${path}`), [
    "empty split: tubes",
    "empty mask: c.mask",
    "train in test: b",
    "counts: tubes",
    "counts: tubes",
    "counts: tubes",
    "small image: b",
  ]);
});

Deno.test("checkSamples() does not depend on the order of the samples", () => {
  const same = new Map([...files].map(([path, file]) => [path, { ...file, sha256: "1" }]));
  const shuffled = { ...dataset, samples: [2, 0, 1].map((i) => dataset.samples[i]!) };
  const options = { files: same, resize: 500 };
  const found = checkSamples(dataset, options);
  assert.deepEqual(
    checkSamples(shuffled, options).map(({ kind, path }) => [kind, path]),
    found.map(({ kind, path }) => [kind, path]),
  );
});
