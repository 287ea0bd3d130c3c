import assert from "node:assert/strict";
import { join } from "node:path";
import { readArguments, readSizes } from "../../bench/arguments.ts";
import { curvedRows } from "../../bench/curved_rows.ts";
import { digits, figureLine, summarize } from "../../bench/figures.ts";
import { writePerformance } from "../../bench/performance_file.ts";
import { fillTables } from "../../tools/performance_tables.ts";
import { makeFolder } from "../helpers/folder.ts";

const machine = {
  processor: "P",
  cores: 2,
  memory_gib: 4,
  platform: "linux",
  deno: "1",
  onnxruntime: "2",
  commit: null,
};
const task = { series: "s by t", way: "ours", sizes: { rows: 8 }, unit: "s" };
const ours = summarize({ ...task, values: [2] });

Deno.test("summarize() keeps median, range and ratio of medians", () => {
  const { median, least, most, runs, ratio, against } = summarize({
    ...task,
    way: "theirs",
    values: [9, 5, 7, 30],
    against: ours,
  });
  // (7 + 9) / 2 = 8, and 8 / 2 = 4
  assert.deepEqual([median, least, most, runs, ratio, against], [8, 5, 30, 4, 4, "ours"]);
  assert.deepEqual([ours.ratio, ours.against], [null, null]);
});

Deno.test("digits() and figureLine() write three digits", () => {
  const texts = [1234.4, 99.5, 3.14159, 0.01234, 0].map(digits);
  assert.deepEqual(texts, ["1234", "99.5", "3.14", "0.0123", "0"]);
  const line = figureLine({ ...ours, ratio: 0.5 }, ", said");
  assert.match(line, /^ours {2,}2\.00 s \(2\.00 to 2\.00\), ratio 0\.500, said$/);
});

Deno.test("readArguments() takes what has a default and refuses the rest", () => {
  const defaults = { runs: 3, small: 0, file: "" };
  assert.deepEqual(readArguments(["small=0", "runs=5", "file=a=b"], defaults), {
    runs: 5,
    small: 0,
    file: "a=b",
  });
  for (const argument of ["runs=0", "runs=", "runs=1.5", "turns=3", "runs"]) {
    assert.throws(() => readArguments([argument], defaults), {
      name: "SyntaxError",
      message: "Cannot run the bench: arguments must be runs=, small=, file=, numbers whole and " +
        `positive, got "${argument}"`,
    });
  }
  assert.deepEqual(readSizes("1,20"), [1, 20]);
  assert.throws(() => readSizes("1,,2"), /with commas between, got "1,,2"$/);
});

Deno.test("curvedRows() puts every sample on the same surfaces, at other places", () => {
  const [rows, again, others] = [0, 0, 1].map((sample) =>
    curvedRows({ rows: 100, columns: 16, sample })
  );
  assert.deepEqual(rows, again);
  assert.notDeepEqual(rows, others);
  const middle = (data: Float32Array, surface: number): number[] =>
    Array.from({ length: 16 }, (_, column) => {
      let sum = 0;
      for (let row = 20 * surface; row < 20 * surface + 20; row++) sum += data[row * 16 + column]!;
      return sum / 20;
    });
  const apart = (a: readonly number[], b: readonly number[]): number =>
    Math.hypot(...a.map((value, i) => value - b[i]!));
  // The middles of one surface lie nearer in two samples than those of two surfaces in one.
  for (let surface = 0; surface < 5; surface++) {
    const own = apart(middle(rows!.data, surface), middle(others!.data, surface));
    const next = apart(middle(rows!.data, surface), middle(rows!.data, (surface + 1) % 5));
    assert.ok(own < next, `surface ${surface}: ${own} and ${next}`);
  }
});

Deno.test("fillTables() replaces tables and leaves the text around them", () => {
  const figures = [ours, summarize({ ...task, sizes: { rows: 16 }, values: [4] })];
  const part = { date: "d", isQuick: false, loads: { begin: 1, end: 2 }, figures };
  const measured = { schema: 1 as const, machine, parts: { part } };
  const text = "before\n\n<!-- s by t -->\n\nold\n\n<!-- end -->\n\nafter\n";
  const filled = fillTables(text, measured);
  assert.equal(
    filled,
    "before\n\n<!-- s by t -->\n\n|  | rows | s | range |\n| --- | ---: | ---: | ---: |\n" +
      "| ours | 8 | 2.00 | one run |\n| ours | 16 | 4.00 | one run |\n\n" +
      "Exponent over rows: ours 1.00.\n\n<!-- end -->\n\nafter\n",
  );
  assert.equal(fillTables(filled, measured), filled);
  assert.throws(() => fillTables("<!-- other -->\n<!-- end -->", measured), {
    name: "RangeError",
    message: 'Cannot fill tables: series must have been measured, got "other"',
  });
});

Deno.test("writePerformance() keeps parts that were not measured again", async () => {
  const path = join(makeFolder(), "performance.json");
  const part = { date: "d", isQuick: false, loads: { begin: 1, end: 2 }, figures: [ours] };
  const read = async (): Promise<unknown> => JSON.parse(await Deno.readTextFile(path));
  await writePerformance(path, { machine, parts: { a: part, b: part } });
  const later = { ...part, date: "e" };
  await writePerformance(path, { machine, parts: { b: later } });
  assert.deepEqual(await read(), { schema: 1, machine, parts: { a: part, b: later } });
  const other = { ...machine, processor: "Q" };
  await writePerformance(path, { machine: other, parts: { b: part } });
  assert.deepEqual(await read(), { schema: 1, machine: other, parts: { b: part } });
});
