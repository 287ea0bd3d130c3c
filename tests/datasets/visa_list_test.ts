import assert from "node:assert/strict";
import { readVisaRows, type VisaRow } from "@/datasets/visa.ts";

const good: VisaRow["cells"] = {
  object: "nut",
  split: "test",
  label: "anomaly",
  image: "nut/a/1.JPG",
  mask: "nut/m/1.png",
};

function faultsOf(...rows: readonly Partial<VisaRow["cells"]>[]): string[] {
  const lined = rows.map((cells, i) => ({ cells: { ...good, ...cells }, line: i + 2 }));
  return readVisaRows(lined, { list: "l.csv" }).faults.map(({ reason }) => reason);
}

Deno.test("readVisaRows() sorts by class, split, label and path", () => {
  const cells = [
    { object: "pin", image: "pin/a/1.JPG", mask: "pin/m/1.png" },
    {},
    { label: "normal", image: "nut/n/1.JPG", mask: "" },
    { label: "normal", image: "nut/n/2.JPG", mask: "", split: "train" },
    { label: "normal", image: "nut/n/0.JPG", mask: "", split: "train" },
  ];
  const rows = cells.map((each, i) => ({ cells: { ...good, ...each }, line: i }));
  assert.deepEqual(readVisaRows(rows, { list: "l.csv" }).samples.map(({ image }) => image), [
    "nut/n/0.JPG",
    "nut/n/2.JPG",
    "nut/n/1.JPG",
    "nut/a/1.JPG",
    "pin/a/1.JPG",
  ]);
});

Deno.test("readVisaRows() says what is wrong with a row", () => {
  assert.deepEqual(faultsOf({}), []);
  const cases: [Partial<VisaRow["cells"]>, string][] = [
    [{ object: "" }, "it must name object and image, got none"],
    [{ label: "bad" }, 'label must be normal or anomaly, got "bad"'],
    [{ image: "pin/1.JPG" }, 'paths must begin with "nut/", got "pin/1.JPG"'],
    [{ mask: "nut/../m/1.png" }, 'paths must begin with "nut/", got "nut/../m/1.png"'],
    [{ split: "train" }, 'training images must be normal, got "nut/a/1.JPG"'],
    [{ label: "normal" }, 'normal images must have no mask, got "nut/m/1.png"'],
    [
      { mask: "nut/m/2.png" },
      'a mask must be called like its image, got "nut/m/2.png" for "nut/a/1.JPG"',
    ],
  ];
  for (const [cells, reason] of cases) {
    assert.deepEqual(faultsOf(cells), [`"l.csv" line 2: ${reason}`]);
  }
  assert.deepEqual(faultsOf({}, {}), [
    '"l.csv" line 3: every image must be listed once, got "nut/a/1.JPG" again',
  ]);
});
