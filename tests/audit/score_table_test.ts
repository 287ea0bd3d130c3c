import assert from "node:assert/strict";
import {
  chooseScoreColumns,
  createClassOf,
  isEmptyCell,
  labelOfCell,
  missingScoreColumns,
  nameOfCell,
  scoreOfCell,
  type ScoreTable,
  showCell,
  splitOfPath,
  toScoreTable,
} from "@/audit/score_table.ts";
import type { TextRecord } from "@/files/text_records.ts";
import { createRandom } from "@/math/random.ts";

const normal = { image: "bolt/1.png", class: "bolt", label: 0, score: 0.25 };
const anomalous = { image: "bolt/2.png", class: "bolt", label: 1, score: 2 };

/** Asserts the faults of a table; each begins with its row. */
function assertFaults(records: readonly TextRecord[], ...faults: string[]): void {
  const listed = faults.length === 1
    ? faults[0]
    : `it must have no faults, got ${faults.length}:\n  ${faults.join("\n  ")}`;
  assert.throws(() => toScoreTable(records, { name: "a.csv" }), {
    name: "RangeError",
    message: `Cannot read "a.csv": ${listed}`,
  });
}

function columnOf<Key extends keyof ScoreTable["rows"][number]>(
  records: readonly TextRecord[],
  key: Key,
): ScoreTable["rows"][number][Key][] {
  return toScoreTable(records, { name: "a" }).rows.map((row) => row[key]);
}

Deno.test("toScoreTable() reads rows with and without what is optional", () => {
  const { name, rows, ignoredColumns } = toScoreTable([
    { ...normal, split: "train", group: 3, map: " maps/1.npy ", mask: null },
    { ...anomalous, label: "ANOMALOUS", score: "-1e-3", split: " Test", group: "b", mask: "m.png" },
  ], { name: "mine" });
  assert.equal(name, "mine");
  assert.deepEqual(ignoredColumns, []);
  assert.deepEqual(rows, [
    {
      image: "bolt/1.png",
      className: "bolt",
      isAnomalous: false,
      score: 0.25,
      split: "train",
      group: "3",
      map: "maps/1.npy",
      mask: null,
    },
    {
      image: "bolt/2.png",
      className: "bolt",
      isAnomalous: true,
      score: -0.001,
      split: "test",
      group: "b",
      map: null,
      mask: "m.png",
    },
  ]);
  assert.deepEqual(toScoreTable([normal], { name: "b" }).rows, [{
    ...rows[0],
    split: "test",
    group: null,
    map: null,
  }]);
});

Deno.test("toScoreTable() lists columns that it does not use, wherever they first occur", () => {
  const table = toScoreTable([
    { ...normal, threshold: "Infinity" },
    { ...anomalous, pred_score: 9, decision: 1 },
  ], { name: "a" });
  assert.deepEqual(table.ignoredColumns, ["threshold", "pred_score", "decision"]);
  assert.deepEqual(table.rows.map(({ score }) => score), [0.25, 2]);
});

Deno.test("toScoreTable() lists the columns that records leave out when it is told them", () => {
  const columns = ["embedding", ...Object.keys(normal)];
  assert.deepEqual(toScoreTable([normal], { name: "a", columns }).ignoredColumns, ["embedding"]);
});

Deno.test("toScoreTable() names the way out of decimal commas", () => {
  const hint = "; docs/from_python.md turns commas into points";
  const must = "score must be a finite number with a decimal point, got";
  const cells: [string, string][] = [["-1.234,5", hint], ["1,5e-3", hint], ["1,5,2", ""], [
    ",",
    "",
  ]];
  for (const [score, way] of cells) {
    assertFaults([{ ...normal, score }], `row 1: ${must} "${score}"${way}`);
  }
  assertFaults(
    [{ ...normal, class: "0,5", label: "0,5" }],
    'row 1: label must be 0, 1, false, true, normal or anomalous, got "0,5"',
  );
});

Deno.test("toScoreTable() tells class and split from the image when it is to", () => {
  const records = [
    { ...normal, class: "x", image: "gear/train/1.png" },
    { ...normal, class: "x", image: "bolt/test/1.png" },
  ];
  const { rows, ignoredColumns } = toScoreTable(records, {
    name: "a",
    classOf: (image) => image.split("/")[0]!,
    splitOf: (image) => image.includes("/train/") ? "train" : "test",
  });
  assert.deepEqual(rows.map(({ className }) => className), ["gear", "bolt"]);
  assert.deepEqual(rows.map(({ split }) => split), ["train", "test"]);
  assert.deepEqual(ignoredColumns, ["class"]);
  const withColumn = toScoreTable(records.map((record) => ({ ...record, split: "test" })), {
    name: "a",
    splitOf: () => "train",
  });
  assert.deepEqual(withColumn.rows.map(({ split }) => split), ["test", "test"]);
});

Deno.test("toScoreTable() says which image does not tell its class", () => {
  assert.throws(() => toScoreTable([normal], { name: "a", classOf: () => null }), {
    name: "RangeError",
    message: 'Cannot read "a": row 1: the path must tell the class, got "bolt/1.png"',
  });
});

Deno.test("toScoreTable() names file and lines in errors when it knows them", () => {
  const options = { name: "mine", source: "in/a.csv", lines: [2, 5] };
  assert.throws(() => toScoreTable([normal, { ...normal, score: "x" }], options), {
    message: 'Cannot read "in/a.csv": it must have no faults, got 2:\n' +
      '  line 5: score must be a finite number with a decimal point, got "x"\n' +
      '  line 5: an image must occur once in split "test", got "bolt/1.png" again after line 2',
  });
});

Deno.test("toScoreTable() refuses missing columns all at once", () => {
  assertFaults([], "it must have rows, got none");
  assertFaults(
    [{ image: "1.png", lable: 0, points: 1 }],
    'it must have a column "class", got "image", "lable", "points"',
    'it must have a column "label", did you mean "lable"?',
    'it must have a column "score", got "image", "lable", "points"',
  );
});

Deno.test("toScoreTable() says every fault of every row", () => {
  const score = "a finite number with a decimal point";
  assertFaults(
    [
      normal,
      { image: "", class: " ", label: "good", score: "nan" },
      { image: "a", class: "b", label: 1, score: "0,5", split: "validation" },
      { image: "b", class: "b", label: 1, score: Infinity, split: "test", map: 3, mask: ["x"] },
      { image: "c", class: true, score: 1, split: "test" },
    ],
    'row 1: split must be "train" or "test", got nothing',
    "row 2: image must be a path, got nothing",
    'row 2: split must be "train" or "test", got nothing',
    'row 2: label must be 0, 1, false, true, normal or anomalous, got "good"',
    "row 2: class must be a name, got nothing",
    `row 2: score must be ${score}, got "nan"`,
    'row 3: split must be "train" or "test", got "validation"',
    `row 3: score must be ${score}, got "0,5"; docs/from_python.md turns commas into points`,
    `row 4: score must be ${score}, got Infinity`,
    "row 4: map must be the name of a file, got 3",
    'row 4: mask must be the name of a file, got ["x"]',
    "row 5: label must be 0, 1, false, true, normal or anomalous, got nothing",
    "row 5: class must be a name, got true",
  );
});

Deno.test("toScoreTable() calls columns in errors as the table does", () => {
  const { image, label, class: className } = normal;
  assertFaults(
    [{ image_path: image, gt_label: label, pred_score: null, class: className }],
    "row 1: pred_score must be a finite number with a decimal point, got nothing",
  );
});

Deno.test("toScoreTable() refuses anomalous training images", () => {
  const fault = "training images must be normal, got an anomalous one";
  assertFaults(
    [{ ...normal, split: "test" }, { ...anomalous, split: "train" }],
    `row 2: ${fault}`,
  );
});

Deno.test("toScoreTable() refuses tables without test images", () => {
  assertFaults([{ ...normal, split: "train" }], 'it must have rows of split "test", got none');
});

Deno.test("toScoreTable() refuses an image that occurs twice in a split", () => {
  assertFaults(
    [normal, anomalous, { ...normal, score: 3 }, { ...normal, class: "gear" }],
    'row 3: an image must occur once in split "test", got "bolt/1.png" again after row 1',
    'row 4: an image must occur once in split "test", got "bolt/1.png" again after row 1; ' +
      "paths must differ between classes",
  );
  const both = [{ ...normal, split: "train" }, { ...normal, split: "test" }];
  assert.deepEqual(columnOf(both, "split"), ["train", "test"]);
});

Deno.test("toScoreTable() wants a group for every row or for none", () => {
  const fault = "group must be a name or a number, for every row or for none, got";
  assertFaults(
    [{ ...normal, group: "a" }, { ...anomalous, group: "" }, { ...normal, image: "3.png" }],
    `row 2: ${fault} nothing`,
    `row 3: ${fault} nothing`,
  );
  assertFaults([{ ...normal, group: true }], `row 1: ${fault} true`);
  const none = [{ ...normal, group: "" }, { ...anomalous, group: null }];
  assert.deepEqual(columnOf(none, "group"), [null, null]);
  const all = [{ ...normal, group: 0 }, { ...anomalous, group: "0" }];
  assert.deepEqual(columnOf(all, "group"), ["0", "0"]);
});

Deno.test("toScoreTable() takes names that mean something to JavaScript as names", () => {
  const record = JSON.parse('{"image": "1", "class": "a", "label": 0, "score": 1, "__proto__": 2}');
  const { ignoredColumns } = toScoreTable([record], { name: "a" });
  assert.deepEqual(ignoredColumns, ["__proto__"]);
  assertFaults(
    [{ ...normal }, Object.create(normal)],
    "row 2: image must be a path, got nothing",
    "row 2: label must be 0, 1, false, true, normal or anomalous, got nothing",
    "row 2: class must be a name, got nothing",
    "row 2: score must be a finite number with a decimal point, got nothing",
  );
});

Deno.test("createClassOf() takes the folder before train or test", () => {
  const classOf = createClassOf(null);
  const classes: [string, string | null][] = [
    ["bolt/test/good/1.png", "bolt"],
    ["/data/mvtec/bolt/train/good/1.png", "bolt"],
    ["C:\\data\\bolt\\test\\bent\\1.png", "bolt"],
    ["test/bolt/test/good/1.png", "bolt"],
    ["train/bolt/good/1.png", null],
    ["./test/good/1.png", null],
    ["../test/good/1.png", null],
    ["/test/good/1.png", null],
    ["bolt/good/1.png", null],
    ["bolt/testing/1.png", null],
    ["test", null],
  ];
  for (const [image, className] of classes) assert.equal(classOf(image), className, image);
});

Deno.test("createClassOf() takes the group of a pattern", () => {
  const classOf = createClassOf("^(?:x/)?(\\w+)-\\d+");
  assert.equal(classOf("bolt-7.png"), "bolt");
  assert.equal(classOf("x/gear-7.png"), "gear");
  assert.equal(classOf("7.png"), null);
  assert.equal(createClassOf("a|(b)")("a"), null);
  assert.equal(createClassOf("(?<class>[^/]+)/")("pcb1/2.png"), "pcb1");
});

Deno.test("createClassOf() refuses patterns that are none, or name no class or several", () => {
  const task = "Cannot tell classes from paths: the pattern must";
  assert.throws(() => createClassOf("("), {
    name: "SyntaxError",
    message: `${task} be a regular expression, got "("`,
  });
  assert.throws(() => createClassOf("bolt"), {
    name: "RangeError",
    message: `${task} have one group, got 0 in "bolt"`,
  });
  assert.throws(() => createClassOf("(a)|(b)"), {
    name: "RangeError",
    message: `${task} have one group, got 2 in "(a)|(b)"`,
  });
});

Deno.test("splitOfPath() looks for the last folder train or test", () => {
  assert.equal(splitOfPath("bolt/train/good/1.png"), "train");
  assert.equal(splitOfPath("bolt\\train\\good\\1.png"), "train");
  assert.equal(splitOfPath("train/bolt/test/good/1.png"), "test");
  assert.equal(splitOfPath("bolt/good/1.png"), "test");
  assert.equal(splitOfPath("bolt/good/train"), "test");
  assert.equal(splitOfPath("bolt/training/1.png"), "test");
});

Deno.test("isEmptyCell() tells nothing from zero, false and empty lists", () => {
  for (const cell of [undefined, null, "", " ", "\t\n"]) assert.equal(isEmptyCell(cell), true);
  for (const cell of [0, false, NaN, "0", [], {}]) assert.equal(isEmptyCell(cell), false);
});

Deno.test("labelOfCell() knows both labels as numbers, booleans and words", () => {
  const ones = [1, "1", "1.0", " 1.000", "1.", "1.000000000000000000e+00"];
  for (const cell of [...ones, true, "true", "TRUE", "True", "anomalous", " Anomalous "]) {
    assert.equal(labelOfCell(cell), true, String(cell));
  }
  const zeros = [0, -0, "0", "0.0", "-0.0", "0e0", ".0"];
  for (const cell of [...zeros, false, "false", "False", "FALSE", "normal", "NORMAL"]) {
    assert.equal(labelOfCell(cell), false, String(cell));
  }
});

Deno.test("labelOfCell() knows no other label", () => {
  const numbers = [2, -1, 0.5, NaN, Infinity, "2.0", "0.1", "1,0", "nan", "0x1", "1.0.0"];
  const others = ["", null, undefined, "good", "yes", "toString", [1], {}];
  for (const cell of [...numbers, ...others]) {
    assert.equal(labelOfCell(cell), undefined, String(cell));
  }
});

Deno.test("scoreOfCell() reads decimal numbers in text", () => {
  const scores: [string, number][] = [
    ["0", 0],
    ["-2", -2],
    ["+1.50", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1.25E-2", 0.0125],
    [" 7 ", 7],
    ["0.1", 0.1],
  ];
  for (const [text, score] of scores) assert.equal(scoreOfCell(text), score, text);
});

Deno.test("scoreOfCell() keeps every bit of a 64-bit float", () => {
  const random = createRandom(1);
  for (let i = 0; i < 1000; i++) {
    const score = random.gaussian() * 10 ** (random.integer(40) - 20);
    assert.equal(scoreOfCell(String(score)), score);
    assert.equal(scoreOfCell(score), score);
  }
});

Deno.test("scoreOfCell() refuses what is no finite number", () => {
  const others = [
    "",
    " ",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "0,5",
    "1 000",
    "0x10",
    "1_0",
  ];
  const more = [NaN, Infinity, true, null, undefined, [1], {}, "tensor(0.5)", ".", "e5", "--1"];
  for (const cell of [...others, ...more]) assert.equal(scoreOfCell(cell), undefined, String(cell));
});

Deno.test("nameOfCell() takes names and numbers", () => {
  assert.equal(nameOfCell(" metal nut "), "metal nut");
  assert.equal(nameOfCell(3), "3");
  assert.equal(nameOfCell(0), "0");
  for (const cell of ["", " ", null, undefined, true, NaN, [], {}]) {
    assert.equal(nameOfCell(cell), undefined, String(cell));
  }
});

Deno.test("showCell() shows values shortly, whatever they are", () => {
  const shown: [unknown, string][] = [
    ["a", '"a"'],
    ["", "nothing"],
    [undefined, "nothing"],
    [NaN, "NaN"],
    [true, "true"],
    [[1, [2]], '[1,"…"]'],
    [[1n], "[1]"],
    [{ a: { b: 1 } }, '{"a":"…"}'],
    ["x".repeat(100), `"${"x".repeat(78)}…`],
  ];
  for (const [cell, text] of shown) assert.equal(showCell(cell), text);
});

Deno.test("chooseScoreColumns() finds our columns in any order", () => {
  const columns = ["mask", "map", "group", "split", "score", "label", "class", "image", "decision"];
  assert.deepEqual(chooseScoreColumns(columns), {
    image: "image",
    class: "class",
    label: "label",
    score: "score",
    split: "split",
    group: "group",
    map: "map",
    mask: "mask",
  });
});

Deno.test("chooseScoreColumns() finds anomalib's columns where ours are missing", () => {
  const columns = ["image_path", "gt_label", "pred_score", "pred_label", "anomaly_map", "gt_mask"];
  const found = {
    image: "image_path",
    label: "gt_label",
    score: "pred_score",
    map: "anomaly_map",
    mask: "gt_mask",
  };
  assert.deepEqual(chooseScoreColumns(columns), found);
  assert.deepEqual(chooseScoreColumns([...columns, "mask_path", "score"]), {
    ...found,
    mask: "mask_path",
    score: "score",
  });
});

Deno.test("missingScoreColumns() suggests a column that is not in use", () => {
  const missing = missingScoreColumns(["Image", "class", "lable", "scores"], [
    "image",
    "class",
    "label",
    "score",
  ]);
  assert.deepEqual(missing, [
    'it must have a column "image", did you mean "Image"?',
    'it must have a column "label", did you mean "lable"?',
    'it must have a column "score", did you mean "scores"?',
  ]);
});

Deno.test("missingScoreColumns() lists some columns when none resembles", () => {
  assert.deepEqual(missingScoreColumns(["a", "b"], ["image"]), [
    'it must have a column "image", got "a", "b"',
  ]);
  const many = Array.from({ length: 12 }, (_, i) => `c${i}`);
  assert.deepEqual(missingScoreColumns(many, ["image"]), [
    'it must have a column "image", got "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", ' +
    '"c9", 2 more',
  ]);
  assert.deepEqual(missingScoreColumns(["image"], ["image"]), []);
});
