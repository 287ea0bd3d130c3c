import { stringify } from "csv-stringify/sync";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { nameTables, readScoreTable, scoreTableFormat } from "@/audit/read_scores.ts";
import { createRandom } from "@/math/random.ts";
import { writeFile } from "../helpers/folder.ts";

const records = [
  { image: "1.png", class: "bolt", label: 0, score: 0.1 },
  { image: "2.png", class: "gear, large", label: 1, score: 1e-20 },
];
const common = { split: "test", group: null, map: null, mask: null };
const rows = [
  { ...common, image: "1.png", className: "bolt", isAnomalous: false, score: 0.1 },
  { ...common, image: "2.png", className: "gear, large", isAnomalous: true, score: 1e-20 },
];

const jsonLines = records.map((record) => `${JSON.stringify(record)}\n`).join("");

Deno.test("readScoreTable() reads the same from every kind of text, by extension or content", async () => {
  const csv = stringify(records, { header: true });
  const files: [string, string][] = [
    ["scores.csv", csv],
    ["scores.csv", `\ufeff${csv}`.replaceAll("\n", "\r\n")],
    ["scores.csv", stringify(records, { header: true, delimiter: ";" })],
    ["scores.tsv", stringify(records, { header: true, delimiter: "\t" })],
    ["scores.txt", csv],
    ["scores.jsonl", jsonLines],
    ["scores.ndjson", `\ufeff${jsonLines}`],
    ["scores.json", jsonLines],
    ["scores", jsonLines],
    ["scores.json", JSON.stringify(records)],
    ["scores", JSON.stringify(records, null, 2)],
  ];
  for (const [name, text] of files) {
    const table = await readScoreTable(writeFile(name, text));
    assert.deepEqual(table, { name, rows, ignoredColumns: [] }, name);
  }
});

Deno.test("readScoreTable() reads in another format than it looks like when it is to", async () => {
  const path = writeFile("scores.csv", jsonLines);
  assert.deepEqual((await readScoreTable(path, { format: "jsonl", name: "mine" })).name, "mine");
  await assert.rejects(readScoreTable(path), /its quotes must match/);
  await assert.rejects(readScoreTable(path, { format: "json" }), /must be a JSON array of objects/);
});

Deno.test("readScoreTable() refuses what Python saved, with the way out", async () => {
  const path = writeFile("scores.csv", Uint8Array.of(0x80, 4, 0x95, 0, 0x2e));
  for (const format of ["auto", "csv"] as const) {
    await assert.rejects(readScoreTable(path, { format }), {
      name: "SyntaxError",
      message: `Cannot read "${path}": it must be CSV, JSON lines or Parquet, got a pickle; ` +
        "docs/from_python.md shows how Python writes the table",
    });
  }
});

Deno.test("readScoreTable() reads Parquet, told by its content, with columns left unread", async () => {
  const parquet = join(import.meta.dirname!, "..", "fixtures", "parquet", "snappy.parquet");
  const bytes = await Deno.readFile(parquet);
  const expected = {
    rows: [
      ["螺母/1.png", "螺母", false, 0.1, "1152921504606846976"],
      ["bolt/2.png", "bolt", true, 1e-20, "1152921504606846977"],
      ["bolt/3.png", "bolt", true, -2.5, "1152921504606846977"],
    ].map(([image, className, isAnomalous, score, group]) => ({
      ...common,
      image,
      className,
      isAnomalous,
      score,
      group,
    })),
    ignoredColumns: ["__index_level_0__"],
  };
  for (const name of ["scores.parquet", "scores.pq", "scores.parquet.gzip", "scores", "a.csv"]) {
    assert.deepEqual(await readScoreTable(writeFile(name, bytes)), { name, ...expected }, name);
  }
  const table = await readScoreTable(parquet, { format: "parquet", classOf: "/(\\d)" });
  assert.deepEqual(table.rows.map(({ className }) => className), ["1", "2", "3"]);
  assert.deepEqual(table.ignoredColumns, ["class", "__index_level_0__"]);
});

Deno.test("readScoreTable() counts the rows of Parquet in faults, and names damage", async () => {
  const types = join(import.meta.dirname!, "..", "fixtures", "parquet", "encodings.parquet");
  await assert.rejects(readScoreTable(types), {
    name: "RangeError",
    message: `Cannot read "${types}": it must have a column "class", got "image", "label", "score"`,
  });
  const { rows } = await readScoreTable(types, { classOf: "^(.)" });
  assert.deepEqual(rows.map(({ score }) => score), [0, 0.5, 1, 1.5, 2]);
  await assert.rejects(readScoreTable(types, { classOf: "^([0-3])" }), {
    message: `Cannot read "${types}": row 5: the path must tell the class, got "4.png"`,
  });
  const cut = writeFile("cut.parquet", (await Deno.readFile(types)).subarray(0, 900));
  await assert.rejects(readScoreTable(cut), {
    name: "SyntaxError",
    message: `Cannot read "${cut}": it must be a whole and undamaged Parquet file, ` +
      'got "parquet file invalid (footer != PAR1)"',
  });
  const other = writeFile("a.parquet", "image,class");
  await assert.rejects(readScoreTable(other), {
    message: `Cannot read "${other}": it must begin with "PAR1", got "imag"`,
  });
});

Deno.test("readScoreTable() takes a CSV file whose first column is called PAR1", async () => {
  const path = writeFile("a.csv", "PAR1,image,class,label,score\n0,1.png,bolt,0,1\n");
  assert.deepEqual((await readScoreTable(path)).ignoredColumns, ["PAR1"]);
});

Deno.test("readScoreTable() reads what a run of this project leaves in scores.csv", async () => {
  // As results.ts writes it: a threshold that no score can reach, and calibration scores without one.
  const columns = ["image", "class", "split", "label", "group", "score", "threshold", "decision"];
  const values = [
    ["bolt/test/good/1.png", "bolt", "test", 0, "cluster 1", 0.1 + 0.2, Infinity, 0],
    ["bolt/test/bent/1.png", "bolt", "test", 1, "cluster 2", 41.5, 3.25, 1],
    ["bolt/train/good/1.png", "bolt", "train", 0, "cluster 1", 1.5, "", ""],
  ];
  const written = values.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  const table = await readScoreTable(writeFile("scores.csv", stringify(written, { header: true })));
  assert.deepEqual(table.ignoredColumns, ["threshold", "decision"]);
  const file = { className: "bolt", map: null, mask: null };
  assert.deepEqual(table.rows, [
    {
      ...file,
      image: "bolt/test/good/1.png",
      isAnomalous: false,
      score: 0.1 + 0.2,
      split: "test",
      group: "cluster 1",
    },
    {
      ...file,
      image: "bolt/test/bent/1.png",
      isAnomalous: true,
      score: 41.5,
      split: "test",
      group: "cluster 2",
    },
    {
      ...file,
      image: "bolt/train/good/1.png",
      isAnomalous: false,
      score: 1.5,
      split: "train",
      group: "cluster 1",
    },
  ]);
});

Deno.test("readScoreTable() reads anomalib's columns, with class and split from the path", async () => {
  const text = ",image_path,gt_label,pred_score,pred_label\n" +
    "0,data/bolt/test/bent/1.png,True,0.75,True\n1,data/gear/train/good/2.png,False,0.5,False\n";
  const path = writeFile("a.csv", text);
  const { rows, ignoredColumns } = await readScoreTable(path);
  assert.deepEqual(rows.map(({ className }) => className), ["bolt", "gear"]);
  assert.deepEqual(rows.map(({ split }) => split), ["test", "train"]);
  assert.deepEqual(rows.map(({ isAnomalous }) => isAnomalous), [true, false]);
  assert.deepEqual(ignoredColumns, ["column 1", "pred_label"]);
  const named = await readScoreTable(path, { classOf: "/(\\w+)/\\d" });
  assert.deepEqual(named.rows.map(({ className }) => className), ["bent", "good"]);
});

Deno.test("readScoreTable() takes classes from a column unless a pattern is given", async () => {
  const path = writeFile("a.csv", "image,class,label,score\nx/test/1.png,bolt,0,1\n");
  assert.equal((await readScoreTable(path)).rows[0]!.className, "bolt");
  const table = await readScoreTable(path, { classOf: "^(\\w+)/" });
  assert.equal(table.rows[0]!.className, "x");
  assert.deepEqual(table.ignoredColumns, ["class"]);
  const without = writeFile("a.csv", "image,label,score\nx/test/1.png,0,1\n");
  await assert.rejects(readScoreTable(without), /it must have a column "class", got "image"/);
  assert.equal((await readScoreTable(without, { classOf: "^(\\w+)/" })).rows[0]!.className, "x");
  await assert.rejects(readScoreTable(path, { classOf: "x" }), /the pattern must have one group/);
});

Deno.test("readScoreTable() finds maps and masks from the table's folder, or another", async () => {
  const text = "image,class,label,score,map,mask\na,bolt,0,1,maps/a.npy,\nb,bolt,1,2,,m.png\n" +
    `c,bolt,1,2,maps/a.npy,m.png\n`;
  const path = writeFile("a.csv", text);
  const folder = dirname(path);
  Deno.mkdirSync(join(folder, "maps"));
  for (const name of ["maps/a.npy", "m.png"]) Deno.writeTextFileSync(join(folder, name), "");
  const { rows } = await readScoreTable(path);
  const [map, mask] = [join(folder, "maps/a.npy"), join(folder, "m.png")];
  assert.deepEqual(rows.map((row) => [row.map, row.mask]), [[map, null], [null, mask], [
    map,
    mask,
  ]]);
  const elsewhere = writeFile("b.csv", text);
  assert.deepEqual((await readScoreTable(elsewhere, { folder })).rows, rows);
  const moved = text.replaceAll("maps/a", "/far/maps/a").replaceAll("m.png", "/far/m.png");
  const far = writeFile("c.csv", moved);
  const roots = { mapRoot: join(folder, "maps"), maskRoot: folder };
  assert.deepEqual((await readScoreTable(far, roots)).rows, rows);
  const { maskRoot } = roots;
  await assert.rejects(readScoreTable(far, { maskRoot }), /the map of "a" must be a file, got not/);
});

Deno.test("readScoreTable() names every map and mask that is missing, before anything is read", async () => {
  const path = writeFile("a.csv", "image,class,label,score,map,mask\na,bolt,0,1,a.npy,a.png\n");
  const folder = dirname(path);
  await assert.rejects(readScoreTable(path), {
    name: "Error",
    message: `Cannot read "${path}": it must have no faults, got 2:\n` +
      `  the map of "a" must be a file, got nothing at "${folder}/a.npy"\n` +
      `  the mask of "a" must be a file, got nothing at "${folder}/a.png"`,
  });
});

Deno.test("readScoreTable() names the lines of faults, empty lines counted", async () => {
  const csv = writeFile("a.csv", "image;class;label;score\n\na;bolt;0;0,5\n\nb;bolt;good;1\n");
  await assert.rejects(readScoreTable(csv), {
    name: "RangeError",
    message: `Cannot read "${csv}": it must have no faults, got 2:\n` +
      '  line 3: score must be a finite number with a decimal point, got "0,5"; ' +
      "docs/from_python.md turns commas into points\n" +
      '  line 5: label must be 0, 1, false, true, normal or anomalous, got "good"',
  });
  const lines = writeFile("a.jsonl", `\n${jsonLines}{"image": "c", "class": "d", "label": 0}`);
  await assert.rejects(readScoreTable(lines), {
    message:
      `Cannot read "${lines}": line 4: score must be a finite number with a decimal point, ` +
      "got nothing",
  });
  const array = writeFile("a.json", JSON.stringify([...records, { ...records[0], image: "" }]));
  await assert.rejects(readScoreTable(array), {
    message: `Cannot read "${array}": row 3: image must be a path, got nothing`,
  });
});

Deno.test("readScoreTable() refuses tables without rows, and text that is not UTF-8", async () => {
  const empty = writeFile("a.csv", "image,class,label,score\n");
  await assert.rejects(readScoreTable(empty), {
    name: "RangeError",
    message: `Cannot read "${empty}": it must have rows, got none`,
  });
  const wide = writeFile("a.csv", Uint8Array.of(0xff, 0xfe, 0x69, 0, 0x6d, 0));
  await assert.rejects(readScoreTable(wide), {
    name: "SyntaxError",
    message: `Cannot read "${wide}": it must be CSV, JSON lines or Parquet, ` +
      "got text in UTF-16; save it as UTF-8",
  });
  const western = writeFile("a.csv", Uint8Array.of(0x69, 0xe9, 0x6d));
  await assert.rejects(readScoreTable(western), {
    name: "SyntaxError",
    message: `Cannot read "${western}": it must be UTF-8 text, got other bytes; save it as UTF-8`,
  });
  await assert.rejects(readScoreTable("no-such.csv"), {
    name: "Error",
    message: 'Cannot read "no-such.csv": there must be such a file, got none',
  });
  const folder = dirname(empty);
  await assert.rejects(readScoreTable(folder, { format: "csv" }), {
    name: "Error",
    message: `Cannot read "${folder}": there must be such a file, got a folder; ` +
      "name the file with the scores",
  });
});

const csv = "image,class,label,score\n";
const zip = "PK\x03\x04\0\0";

Deno.test("scoreTableFormat() goes by the extension of text", () => {
  const kinds: [string, string, string][] = [
    ["a.csv", csv, "csv"],
    ["a.TSV", csv, "csv"],
    ["a.csv", "{weird},class\n", "csv"],
    ["a.jsonl", "{}", "jsonl"],
    ["a.ndjson", "[1]", "jsonl"],
    ["a.json", " [{}]", "json"],
    ["a.json", "{}\n{}", "jsonl"],
    ["a.json", "?", "json"],
    ["a.pq", csv, "parquet"],
  ];
  for (const [path, start, kind] of kinds) {
    assert.equal(scoreTableFormat(path, { start }), kind, path);
  }
});

Deno.test("scoreTableFormat() goes by the content where the extension says nothing", () => {
  const kinds: [string, string][] = [
    [csv, "csv"],
    ["\n\t[{}]", "json"],
    ['{"a": 1}', "jsonl"],
    ['\xef\xbb\xbf{"a": 1}', "jsonl"],
    ["PAR1\x15\x04", "parquet"],
  ];
  for (const [start, kind] of kinds) {
    for (const path of ["scores", "scores.txt", "a.b/scores", "scores.toString"]) {
      assert.equal(scoreTableFormat(path, { start }), kind, path);
    }
  }
  assert.equal(scoreTableFormat("a.csv", { start: "PAR1\x15\x04" }), "parquet");
});

Deno.test("scoreTableFormat() refuses what is no table, whatever it is called", () => {
  const must = (path: string, got: string) => ({
    name: "SyntaxError",
    message: `Cannot read "${path}": it must be CSV, JSON lines or Parquet, got ${got}`,
  });
  const python = "docs/from_python.md shows how Python writes the table";
  for (const path of ["a.pt", "a.xlsx", "a.csv", "a"]) {
    assert.throws(
      () => scoreTableFormat(path, { start: zip, end: "archive/data.pkl" }),
      must(path, `what PyTorch saved; ${python}`),
    );
    assert.throws(
      () => scoreTableFormat(path, { start: zip, end: "xl/workbook.xml" }),
      must(path, "an Excel workbook; save it as CSV"),
    );
  }
  assert.throws(
    () => scoreTableFormat("a.XLS", { start: csv }),
    must("a.XLS", "a spreadsheet; save it as CSV"),
  );
  assert.throws(() => scoreTableFormat("a.csv", { start: "" }), {
    name: "SyntaxError",
    message: 'Cannot read "a.csv": it must hold scores, got an empty file',
  });
});

Deno.test("nameTables() takes base names where they tell tables apart", () => {
  assert.deepEqual(nameTables([]), []);
  assert.deepEqual(nameTables(["a/mine.csv", "/b/theirs.jsonl", "ours"]), [
    "mine",
    "theirs",
    "ours",
  ]);
  assert.deepEqual(nameTables(["v1.2.csv", ".csv"]), ["v1.2", ".csv"]);
});

Deno.test("nameTables() takes folders, as many as it needs, where names are shared", () => {
  assert.deepEqual(nameTables(["a/scores.csv", "b/scores.csv", "other.csv"]), [
    "a/scores",
    "b/scores",
    "other",
  ]);
  assert.deepEqual(nameTables(["x/a/scores.csv", "./a/scores.csv", "../b/scores.csv"]), [
    "x/a/scores",
    "a/scores",
    "b/scores",
  ]);
  assert.deepEqual(nameTables(["scores.csv", "/scores.csv", "../scores.csv"]), [
    "scores",
    "/scores",
    "../scores",
  ]);
});

Deno.test("nameTables() keeps extensions where they alone differ", () => {
  assert.deepEqual(nameTables(["a/s.csv", "a/s.jsonl"]), ["s.csv", "s.jsonl"]);
  assert.deepEqual(nameTables(["a/s.csv", "a/s.jsonl", "b/s.csv"]), ["s.csv", "s.jsonl", "s"]);
  assert.deepEqual(nameTables(["s.csv", "s", "s.csv.json"]), ["s.csv", "s", "s.csv.json"]);
});

Deno.test("nameTables() never gives two files one name, in whatever order they come", () => {
  const random = createRandom(3);
  const parts = ["a", "b", "..", "a.csv", "b.csv"];
  const leaves = ["a", "a.csv", "a.csv.csv", "a.json", "b.csv"];
  for (let round = 0; round < 300; round++) {
    const drawn = Array.from({ length: 2 + random.integer(4) }, () =>
      join(
        ...Array.from({ length: random.integer(3) }, () => parts[random.integer(5)]!),
        leaves[random.integer(5)]!,
      ));
    const paths = [...new Set(drawn)];
    const names = nameTables(paths);
    assert.equal(new Set(names).size, paths.length, paths.join(" "));
    assert.deepEqual(nameTables(paths.toReversed()), names.toReversed());
  }
});

Deno.test("nameTables() refuses the same file twice", () => {
  assert.throws(() => nameTables(["a/mine.csv", "b.csv", "./a//mine.csv"]), {
    name: "RangeError",
    message: 'Cannot audit scores: every table must have a name of its own, got "mine" twice',
  });
});
