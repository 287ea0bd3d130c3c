import assert from "node:assert/strict";
import type { Sample } from "@/datasets/dataset.ts";
import { chooseExamples } from "@/lab/dataset_pictures.ts";
import { bentOf, datasetOf, sampleOf, testOf } from "../helpers/inspected.ts";

const names = (rows: ReturnType<typeof chooseExamples>): string[][] =>
  rows.map(({ samples }) => samples.map(({ image }) => image));

/** Images of one kind of defect of a class. */
function kindOf(defect: string, count: number, className = "nut"): Sample[] {
  return Array.from(
    { length: count },
    (_, i) => bentOf(`${className}/${defect}${i}`, { defect, className }),
  );
}

Deno.test("chooseExamples() takes one normal test image and different kinds, evenly within a kind", () => {
  const dataset = datasetOf([
    sampleOf("train"),
    ...["n0", "n1", "n2"].map((image) => testOf(image)),
    ...kindOf("bent", 5),
    ...kindOf("rust", 1),
  ]);
  // One row of three anomalous images: bent, rust, then bent again; of five bent ones the positions
  // floor(0.5 · 5 / 2) = 1 and floor(1.5 · 5 / 2) = 3.
  assert.deepEqual(names(chooseExamples(dataset, { rows: 1 })), [
    ["n1", "nut/bent1", "nut/bent3", "nut/rust0"],
  ]);
});

Deno.test("chooseExamples() takes of many kinds those from first to last", () => {
  const kinds = ["a", "b", "c", "d", "e"].flatMap((kind) => kindOf(kind, 2));
  const rows = chooseExamples(datasetOf([testOf("n"), ...kinds]), { rows: 1 });
  assert.deepEqual(names(rows), [["n", "nut/a1", "nut/c1", "nut/e1"]]);
});

Deno.test("chooseExamples() spreads rows over many classes, and over few", () => {
  const classes = Array.from({ length: 15 }, (_, i) => `c${String(i).padStart(2, "0")}`);
  const many = datasetOf(classes.flatMap((className) => [
    testOf(`${className}/n`, { className }),
    ...kindOf("bent", 4, className),
  ]));
  assert.deepEqual(
    chooseExamples(many).map(({ className }) => className),
    ["c00", "c03", "c06", "c08", "c11", "c14"],
  );
  // One class with seven anomalous images fills three of six rows.
  const single = datasetOf([testOf("n0"), testOf("n1"), ...kindOf("bent", 7)]);
  assert.deepEqual(names(chooseExamples(single)).map((row) => row.length), [4, 4, 1]);
});

Deno.test("chooseExamples() prefers images with a mask and does without what is missing", () => {
  const dataset = datasetOf([
    sampleOf("train"),
    bentOf("a", { mask: null }),
    bentOf("b", { mask: null }),
    bentOf("c"),
  ]);
  assert.deepEqual(names(chooseExamples(dataset, { rows: 1, columns: 2 })), [["train", "c"]]);
  const isUsable = ({ image }: Sample): boolean => image === "b";
  assert.deepEqual(names(chooseExamples(dataset, { isUsable })), [["b"]]);
  assert.deepEqual(chooseExamples(dataset, { isUsable: () => false }), []);
});

Deno.test("chooseExamples() never takes an image twice", () => {
  const dataset = datasetOf([testOf("n"), ...kindOf("a", 3), ...kindOf("b", 9), ...kindOf("c", 1)]);
  for (let rows = 1; rows <= 6; rows++) {
    const images = names(chooseExamples(dataset, { rows, columns: 3 })).flat();
    assert.equal(new Set(images).size, images.length);
  }
});

Deno.test("chooseExamples() refuses a single column", () => {
  assert.throws(() => chooseExamples(datasetOf([]), { columns: 1 }), {
    name: "RangeError",
    message: "Cannot choose examples: at least 1 row and 2 columns are needed, got 6 and 1",
  });
});
