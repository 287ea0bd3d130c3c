import assert from "node:assert/strict";
import { benchmarks } from "@/datasets/benchmarks.ts";
import {
  chooseClasses,
  compareText,
  countSamples,
  DATASET_NAMES,
  type DatasetChoice,
  parseDatasetChoice,
  quoteSome,
} from "@/datasets/dataset.ts";
import { bentOf, sampleOf, testOf } from "../helpers/inspected.ts";

Deno.test("countSamples() tells training, normal and anomalous images apart", () => {
  const samples = [sampleOf("a"), testOf("b"), bentOf("c"), bentOf("d"), sampleOf("e")];
  assert.deepEqual(countSamples(samples), { train: 2, normal: 1, anomalous: 2 });
  assert.deepEqual(countSamples([]), { train: 0, normal: 0, anomalous: 0 });
});

Deno.test("compareText() orders by character code, as sort does", () => {
  const names = ["b", "a", "B", "ä", "a2", "a10", "", "a"];
  assert.deepEqual(names.toSorted(compareText), names.toSorted());
  assert.equal(compareText("a", "a"), 0);
});

const all = ["bolt", "gear", "nut"];
const title = "parts";

Deno.test("chooseClasses() keeps its own order", () => {
  assert.equal(chooseClasses(all, { title, wanted: "all" }), all);
  assert.deepEqual(chooseClasses(all, { title, wanted: ["nut", "bolt"] }), ["bolt", "nut"]);
});

Deno.test("chooseClasses() refuses names that are not there, and none", () => {
  assert.throws(() => chooseClasses(all, { title, wanted: ["cookie"] }), {
    name: "RangeError",
    message: 'Cannot read parts: unknown class "cookie", it has "bolt", "gear", "nut"',
  });
  assert.throws(() => chooseClasses(all, { title, wanted: [] }), {
    message: "Cannot read parts: at least one class must be named, got none",
  });
});

Deno.test("quoteSome() shows ten names and counts the others", () => {
  const names = Array.from({ length: 12 }, (_, i) => `${i}`);
  assert.deepEqual(quoteSome(names).slice(9), ['"9"', "2 more"]);
  assert.deepEqual(quoteSome(names.slice(0, 10)).length, 10);
});

const source = "HIERCORE_DATASET";
const parse = (text: string): DatasetChoice => parseDatasetChoice(text, { source });

Deno.test("parseDatasetChoice() takes every name alone but that of one's own folder", () => {
  for (const name of DATASET_NAMES.filter((each) => each !== "Folder")) {
    assert.deepEqual(parse(name), { name, datadir: null });
    assert.deepEqual(parse(` ${name.toLowerCase()} `), { name, datadir: null });
  }
});

Deno.test("parseDatasetChoice() splits at the first colon alone", () => {
  assert.deepEqual(parse("MVTec:/data/mvtec"), { name: "MVTec", datadir: "/data/mvtec" });
  assert.deepEqual(parse("Folder:C:\\photos"), { name: "Folder", datadir: "C:\\photos" });
  assert.deepEqual(parse("Folder: my photos "), { name: "Folder", datadir: "my photos" });
});

Deno.test("parseDatasetChoice() says what is wrong and how it should be", () => {
  const cases = {
    "MVTek:/data": 'Cannot read HIERCORE_DATASET "MVTek:/data": the name must be known, ' +
      'did you mean "MVTec"?',
    "imagenet": 'Cannot read HIERCORE_DATASET "imagenet": the name must be known, ' +
      "one of Sample, Folder, MVTec, VisA, BTAD, MPDD",
    "": 'Cannot read HIERCORE_DATASET "": the name must be known, ' +
      "one of Sample, Folder, MVTec, VisA, BTAD, MPDD",
    "/data/photos": 'Cannot read HIERCORE_DATASET "/data/photos": a name must stand before ' +
      'the folder, such as "Folder:/data/photos"',
    "C:\\photos": 'Cannot read HIERCORE_DATASET "C:\\photos": a name must stand before ' +
      'the folder, such as "Folder:C:\\photos"',
    "MVTec:": 'Cannot read HIERCORE_DATASET "MVTec:": a folder must follow the colon, got none',
    "sample:/data": 'Cannot read HIERCORE_DATASET "sample:/data": the sample data are drawn on ' +
      "first use and must have no folder",
    "Folder": 'Cannot read HIERCORE_DATASET "Folder": photographs of your own need their ' +
      'folder, such as "Folder:/path/to/photos"',
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parse(text), { name: "RangeError", message });
  }
});

Deno.test("DATASET_NAMES holds every benchmark, the sample data and one's own folder", () => {
  assert.deepEqual(
    [...DATASET_NAMES].sort(),
    [...Object.keys(benchmarks), "Folder", "Sample"].sort(),
  );
});
