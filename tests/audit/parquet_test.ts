import assert from "node:assert/strict";
import { join } from "node:path";
import { readParquet } from "@/audit/parquet.ts";
import { writeFile } from "../helpers/folder.ts";

/** Files that `make.py` beside them wrote by pandas 2.3.3 and pyarrow 21.0.0. */
const fixtures = join(import.meta.dirname!, "..", "fixtures", "parquet");
const fixture = (name: string): string => join(fixtures, `${name}.parquet`);
const all = (columns: readonly string[]): readonly string[] => columns;

Deno.test("readParquet() reads the same from every codec that pandas writes", async () => {
  for (const codec of ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]) {
    assert.deepEqual(await readParquet(fixture(codec), { choose: all }), {
      columns: ["image", "class", "label", "score", "group", "__index_level_0__"],
      records: [
        ["螺母/1.png", "螺母", 0, 0.1, "1152921504606846976", 5],
        ["bolt/2.png", "bolt", 1, 1e-20, "1152921504606846977", 7],
        ["bolt/3.png", "bolt", 1, -2.5, "1152921504606846977", 9],
      ].map(([image, className, label, score, group, index]) => ({
        image,
        class: className,
        label,
        score,
        group,
        __index_level_0__: index,
      })),
    }, codec);
  }
});

Deno.test("readParquet() reads every type that a table may have, with gaps", async () => {
  const { columns, records } = await readParquet(fixture("types"), { choose: all });
  const column = (name: string): unknown[] => records.map((record) => record[name]);
  for (const name of columns.filter((each) => /^u?int/.test(each))) {
    assert.deepEqual(column(name), [0, 1, null], name);
  }
  assert.deepEqual(column("bool"), [false, true, null]);
  assert.deepEqual(column("float16"), [0.5, -2, 1]);
  assert.deepEqual(column("float32"), [Math.fround(0.1), -2, null]);
  assert.deepEqual(column("float64"), [0.1, NaN, null]);
  for (const name of ["string", "large_string", "dictionary"]) {
    assert.deepEqual(column(name), ["a", "漢", null], name);
  }
  assert.deepEqual(column("list"), [[1n], [2n, 3n], null]);
  assert.deepEqual(column("null"), [null, null, null]);
  assert.equal(columns.length, 17);
});

Deno.test("readParquet() reads only the columns that are chosen", async () => {
  const seen: string[] = [];
  const { columns, records } = await readParquet(fixture("types"), {
    choose: (names) => {
      seen.push(...names);
      return ["bool", "int8"];
    },
  });
  assert.deepEqual(seen, columns);
  assert.deepEqual(records[1], { bool: true, int8: 1 });
  const { records: bare } = await readParquet(fixture("types"), { choose: () => [] });
  assert.deepEqual(bare, [{}, {}, {}]);
});

Deno.test("readParquet() puts row groups after another, whatever their encodings", async () => {
  const { records } = await readParquet(fixture("encodings"), { choose: all });
  assert.deepEqual(
    records,
    Array.from({ length: 5 }, (_, i) => ({ image: `${i}.png`, label: i % 2, score: 0.5 * i })),
  );
  assert.deepEqual(await readParquet(fixture("empty"), { choose: all }), {
    columns: ["image"],
    records: [],
  });
});

Deno.test("readParquet() refuses a column that occurs twice", async () => {
  await assert.rejects(readParquet(fixture("repeated"), { choose: all }), {
    name: "SyntaxError",
    message: `Cannot read "${fixture("repeated")}": every column must have a name of its own, ` +
      'got "image" twice',
  });
});

Deno.test("readParquet() refuses a file that was cut, wherever, on one line", async () => {
  const whole = await Deno.readFile(fixture("snappy"));
  const path = writeFile("cut.parquet", whole);
  for (let length = 4; length < whole.length; length += 50) {
    Deno.writeFileSync(path, whole.subarray(0, length));
    await assert.rejects(readParquet(path, { choose: all }), (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      const start = `Cannot read "${path}": it must be a whole and undamaged Parquet file, got "`;
      assert.ok(error.message.startsWith(start), error.message);
      assert.equal(error.message.includes("\n"), false, error.message);
      return true;
    });
  }
});

Deno.test("readParquet() refuses a file with a hole, and one that promises more rows", async () => {
  const whole = await Deno.readFile(fixture("none"));
  const hole = Uint8Array.of(...whole.subarray(0, 100), ...whole.subarray(160));
  await assert.rejects(
    readParquet(writeFile("hole.parquet", hole), { choose: all }),
    /^SyntaxError: Cannot read ".*hole\.parquet": it must be a whole and undamaged Parquet file, got "/,
  );
  // In the footer, after the schema, field 3 is the number of rows: 3, in zigzag 6. It says 4 now.
  const end = Buffer.from(whole).lastIndexOf(Uint8Array.of(0x16, 6, 0x19, 0x1c));
  assert.ok(end > 0);
  const path = writeFile("more.parquet", whole.with(end + 1, 8));
  await assert.rejects(readParquet(path, { choose: () => ["label", "score"] }), {
    name: "SyntaxError",
    message: `Cannot read "${path}": it must have no faults, got 2:\n` +
      '  column "label" must have 4 values, got 3\n  column "score" must have 4 values, got 3',
  });
});

Deno.test("readParquet() refuses what is no Parquet file", async () => {
  for (const [text, got] of [["image,class", '"imag"'], ["PA", '"PA"'], ["", '""']]) {
    const path = writeFile("a.parquet", text!);
    await assert.rejects(readParquet(path, { choose: all }), {
      name: "SyntaxError",
      message: `Cannot read "${path}": it must begin with "PAR1", got ${got}`,
    });
  }
});
