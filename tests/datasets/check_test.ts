import assert from "node:assert/strict";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { checkCounts, checkDuplicates, checkSamples } from "@/datasets/check.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

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

Deno.test("checkCounts() compares each number of a class with the published one", () => {
  const benchmark = findBenchmark("MPDD");
  assert.deepEqual(checkCounts(connector(128, 30, 14), { benchmark }), []);
  const faults = checkCounts(connector(127, 31, 13), { benchmark });
  const reason = 'class "connector" of MPDD must have';
  assert.deepEqual(faults, [
    { kind: "counts", path: "connector", reason: `${reason} 128 training images, got 127` },
    { kind: "counts", path: "connector", reason: `${reason} 30 normal test images, got 31` },
    { kind: "counts", path: "connector", reason: `${reason} 14 anomalous test images, got 13` },
  ]);
});

Deno.test("checkCounts() compares no class that is not published, however it is called", () => {
  const dataset = datasetOf([sampleOf("a", { className: "constructor" }), testOf("b")]);
  const found = checkCounts(dataset, { benchmark: findBenchmark("MPDD") });
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [["empty split", "constructor"]]);
});

Deno.test("checkCounts() wants test images of either sort", () => {
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a"), testOf("b")]), { benchmark: null }), []);
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a"), bentOf("b")]), { benchmark: null }), []);
  assert.deepEqual(checkCounts(datasetOf([sampleOf("a")]), { benchmark: null }), [{
    kind: "empty split",
    path: "nut",
    reason: 'class "nut" must have test images, got none',
  }]);
});

/** Checks samples whose bytes are told by the first letter of their name. */
function check(...samples: Sample[]) {
  const files = new Map(samples.map(({ image }) => [image, fileOf({ sha256: image.charAt(0) })]));
  return checkDuplicates(samples, files);
}

Deno.test("checkDuplicates() finds nothing where all bytes differ", () => {
  assert.deepEqual(check(sampleOf("a"), testOf("b"), bentOf("c")), []);
});

Deno.test("checkDuplicates() names a test image once, whatever number of training images it equals", () => {
  assert.deepEqual(check(sampleOf("a1"), testOf("a2")), [{
    kind: "train in test",
    path: "a2",
    reason: 'test image "a2" must not be one of training, got the bytes of "a1"',
  }]);
  const found = check(sampleOf("a1"), sampleOf("a2"), sampleOf("a3"), testOf("a4"));
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [
    ["repeated image", "a2"],
    ["repeated image", "a3"],
    ["train in test", "a4"],
  ]);
  assert.match(found[2]!.reason, /got the bytes of "a1" and of 2 more$/);
});

Deno.test("checkDuplicates() names an anomalous image that is normal as well", () => {
  assert.deepEqual(check(testOf("a1"), bentOf("a2")), [{
    kind: "contradiction",
    path: "a2",
    reason: 'anomalous image "a2" must not be a normal one too, got the bytes of "a1"',
  }]);
});

Deno.test("checkDuplicates() names an anomalous training image in both respects", () => {
  const found = check(sampleOf("a1"), bentOf("a2"));
  assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [
    ["train in test", "a2"],
    ["contradiction", "a2"],
  ]);
});

Deno.test("checkDuplicates() remarks on what a split holds twice, across classes and defects", () => {
  const found = check(
    bentOf("a1"),
    bentOf("a2", { defect: "cut" }),
    testOf("b1"),
    testOf("b2", { className: "bolt" }),
  );
  assert.deepEqual(found, [
    {
      kind: "repeated image",
      path: "a2",
      reason: '"a2" should be an image of its own, got the bytes of "a1"',
    },
    {
      kind: "repeated image",
      path: "b2",
      reason: '"b2" should be an image of its own, got the bytes of "b1"',
    },
  ]);
});

Deno.test("checkDuplicates() passes over images without a hash", () => {
  const files = new Map([["a", fileOf()], ["b", fileOf()]]);
  assert.deepEqual(checkDuplicates([sampleOf("a"), testOf("b"), testOf("c")], files), []);
});

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

Deno.test("checkSamples() only remarks on classes without test images where none are needed", () => {
  const dataset = datasetOf([sampleOf("a")]);
  const check = (needsTest: boolean) =>
    checkSamples(dataset, { files: new Map(), resize: 1, needsTest });
  assert.deepEqual(check(false), [{
    kind: "no test images",
    path: "nut",
    reason: 'class "nut" should have test images, got none',
  }]);
  assert.deepEqual(check(true).map(({ kind }) => kind), ["empty split"]);
});
