import assert from "node:assert/strict";
import { join } from "node:path";
import { readVisaRows, scanVisA, type VisaRow } from "@/datasets/visa.ts";
import { makeMvtecTree, makeVisaTree } from "../helpers/layouts.ts";

const list = "split_csv/1cls.csv";
const two = { classes: ["candle", "pcb4"] } as const;

/** Rewrites the list of a tree of two classes and scans it. */
async function scanAltered(alter: (text: string) => string) {
  const folder = await makeVisaTree(two);
  const path = join(folder, list);
  await Deno.writeTextFile(path, alter(await Deno.readTextFile(path)));
  const scan = await scanVisA(folder, two);
  return { ...scan, reasons: scan.faults.map(({ kind, reason }) => [kind, reason]) };
}

Deno.test("scanVisA() follows the list of splits and keeps equal names of two folders apart", async () => {
  for (const wrapped of [false, true]) {
    const folder = await makeVisaTree({ ...two, wrapped });
    const { dataset, faults } = await scanVisA(folder, two);
    assert.deepEqual(faults, []);
    assert.deepEqual([dataset.name, dataset.classes], ["VisA", ["candle", "pcb4"]]);
    assert.equal(dataset.folder, wrapped ? join(folder, "VisA") : folder);
    assert.deepEqual(
      dataset.samples.slice(0, 5).map(({ image, split, defect, mask }) => [
        image.replace("candle/Data/Images/", ""),
        split,
        defect,
        mask,
      ]),
      [
        ["Normal/0000.JPG", "train", null, null],
        ["Normal/0001.JPG", "train", null, null],
        ["Normal/0002.JPG", "test", null, null],
        ["Anomaly/000.JPG", "test", "anomaly", "candle/Data/Masks/Anomaly/000.png"],
        ["Anomaly/001.JPG", "test", "anomaly", "candle/Data/Masks/Anomaly/001.png"],
      ],
    );
  }
});

Deno.test("scanVisA() reads a list of any row order and line ends", async () => {
  const { dataset, faults } = await scanAltered((text) => {
    const [header, ...rows] = text.trim().split("\r\n");
    return `\ufeff${[header, ...rows.reverse()].join("\n")}\n`;
  });
  const other = await scanVisA(await makeVisaTree(two), two);
  assert.deepEqual(faults, []);
  assert.deepEqual(dataset.samples, other.dataset.samples);
});

Deno.test("scanVisA() does not let some classes pass for all", async () => {
  const { faults } = await scanVisA(await makeVisaTree(two));
  assert.deepEqual(faults.map(({ kind, reason }) => [kind, reason]), [[
    "missing class",
    `"${list}" must list 12 classes, got none of "capsules", "cashew", "chewinggum", "fryum", ` +
    `"macaroni1", "macaroni2", "pcb1", "pcb2", "pcb3", "pipe_fryum"`,
  ]]);
});

Deno.test("scanVisA() finds listed files that are missing and files that are not listed", async () => {
  const folder = await makeVisaTree(two);
  const image = "candle/Data/Images/Normal/0001.JPG", mask = "pcb4/Data/Masks/Anomaly/000.png";
  await Deno.remove(join(folder, mask));
  await Deno.rename(join(folder, image), join(folder, image.replace("0001", "0009")));
  const { faults } = await scanVisA(folder, two);
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["missing file", image],
    ["misplaced file", image.replace("0001", "0009")],
    ["missing file", mask],
  ]);
});

Deno.test("scanVisA() says which lines of the list cannot be understood", async () => {
  const { reasons } = await scanAltered((text) =>
    text.replace("candle,train,normal", "candle,trian,normal")
  );
  assert.deepEqual(reasons, [
    ["bad list", `"${list}" line 2: split must be train or test, got "trian"`],
    [
      "misplaced file",
      `every image and mask must be listed in "${list}", got "candle/Data/Images/Normal/0000.JPG"`,
    ],
  ]);
  const { reasons: columns } = await scanAltered((text) => text.replace("object", "class"));
  assert.deepEqual(columns[0], [
    "bad list",
    `"${list}" must have the columns object, split, label, image, mask, got no object`,
  ]);
  const { reasons: quotes } = await scanAltered((text) => `${text}"open`);
  assert.match(quotes[0]![1]!, /^Cannot read "split_csv\/1cls.csv": /);
});

Deno.test("scanVisA() tells what a folder is that has no list", async () => {
  const { faults } = await scanVisA(await makeMvtecTree({ classes: ["grid"] }));
  assert.deepEqual(faults.map(({ reason }) => reason), [
    `it must hold "${list}" beside the class folders, got none; ` +
    "its layout is that of MVTec AD, which DATASET.name=Folder reads",
  ]);
});

Deno.test("scanVisA() tells a file where the folder of the list should be", async () => {
  const folder = await makeVisaTree(two);
  await Deno.remove(join(folder, "split_csv"), { recursive: true });
  await Deno.writeTextFile(join(folder, "split_csv"), "");
  const { faults } = await scanVisA(folder, two);
  assert.deepEqual(faults.map(({ reason }) => reason), [
    `it must hold "${list}" beside the class folders, got none`,
  ]);
});

const good: VisaRow["cells"] = {
  object: "nut",
  split: "test",
  label: "anomaly",
  image: "nut/a/1.JPG",
  mask: "nut/m/1.png",
};

function faultsOf(...rows: readonly Partial<VisaRow["cells"]>[]): string[] {
  const lined = rows.map((cells, i) => ({ cells: { ...good, ...cells }, line: i + 2 }));
  return readVisaRows(lined).faults.map(({ reason }) => reason);
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
  assert.deepEqual(readVisaRows(rows).samples.map(({ image }) => image), [
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
    assert.deepEqual(faultsOf(cells), [`"${list}" line 2: ${reason}`]);
  }
  assert.deepEqual(faultsOf({}, {}), [
    `"${list}" line 3: every image must be listed once, got "nut/a/1.JPG" again`,
  ]);
});
