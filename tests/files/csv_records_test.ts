import { stringify } from "csv-stringify/sync";
import assert from "node:assert/strict";
import { parseCsv } from "@/files/text_records.ts";
import { createRandom } from "@/math/random.ts";

const source = "a.csv";

function assertRefused(text: string, ...faults: string[]): void {
  const listed = faults.length === 1
    ? faults[0]
    : `it must have no faults, got ${faults.length}:\n  ${faults.join("\n  ")}`;
  assert.throws(() => parseCsv(text, { source }), {
    name: "SyntaxError",
    message: `Cannot read "a.csv": ${listed}`,
  });
}

Deno.test("parseCsv() finds the delimiter in the header", () => {
  for (const delimiter of [",", ";", "\t"]) {
    const text = [["a", "b", "c"], ["1", "", "x y"]].map((row) => row.join(delimiter)).join("\n");
    const { records } = parseCsv(text, { source });
    assert.deepEqual(records, [{ a: "1", b: "", c: "x y" }], JSON.stringify(delimiter));
  }
  const quoted = parseCsv('"a,b,c";d\n1;2', { source });
  assert.deepEqual(quoted.records, [{ "a,b,c": "1", d: "2" }]);
  const one = parseCsv("a\n1\n", { source });
  assert.deepEqual(one.records, [{ a: "1" }]);
});

Deno.test("parseCsv() follows a first line that names the delimiter, as Excel does", () => {
  const names: [string, string][] = [
    ["sep=;", ";"],
    ["SEP=,", ","],
    ["sep=\t", "\t"],
    ["sep=\\t", "\t"],
    ["sep=|", "|"],
    ['"sep=;"', ";"],
    ["sep=;;;", ";"],
    ["\ufeffsep=;", ";"],
  ];
  for (const end of ["\n", "\r\n", "\r"]) {
    for (const [name, delimiter] of names) {
      // Fewer of the delimiter than of commas and tabs, which would win otherwise.
      const text = [name, ["a,b,c", "d\te\tf"].map((each) => `"${each}"`), ["1", "2"]]
        .map((row) => typeof row === "string" ? row : row.join(delimiter)).join(end);
      assert.deepEqual(parseCsv(text, { source }), {
        records: [{ "a,b,c": "1", "d\te\tf": "2" }],
        lines: [3],
      }, JSON.stringify(text));
    }
  }
  assert.deepEqual(parseCsv("sep=x,y\n1,2", { source }).records, [{ "sep=x": "1", y: "2" }]);
  assert.deepEqual(parseCsv("a\nsep=;\n", { source }).records, [{ a: "sep=;" }]);
  assertRefused("sep=;\n", "it must have a header line, got none");
  assertRefused("sep=;\na;b\n1\n", "line 3: it must have 2 fields like the header, got 1");
});

Deno.test("parseCsv() counts lines as an editor does, however they end", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = ["", "a,b", '"x', 'y",1', "", "   ", '"p""q", 2 ', "3,4"].join(end);
    assert.deepEqual(parseCsv(text, { source }), {
      records: [{ a: "x\ny", b: "1" }, { a: 'p"q', b: "2" }, { a: "3", b: "4" }],
      lines: [3, 7, 8],
    }, JSON.stringify(end));
  }
});

Deno.test("parseCsv() calls columns without a name after their position", () => {
  assert.deepEqual(parseCsv(",image,\n0,1.png,x\n", { source }).records, [
    { "column 1": "0", image: "1.png", "column 3": "x" },
  ]);
  assert.deepEqual(parseCsv("\timage\n0\t1.png\n", { source }).records, [
    { "column 1": "0", image: "1.png" },
  ]);
});

Deno.test("parseCsv() names every row that does not fit the header", () => {
  assertRefused(
    "a,b\n1,2\n3\n\n4,5,6\n",
    "line 3: it must have 2 fields like the header, got 1",
    "line 5: it must have 2 fields like the header, got 3; values that hold the delimiter need " +
      "quotes, and decimals a point",
  );
});

Deno.test("parseCsv() refuses headers that are missing or name a column twice", () => {
  assertRefused("\n \n", "it must have a header line, got none");
  assertRefused(
    "\na,b,a\n1,2,3\n",
    'line 2: every column must have a name of its own, got "a" twice',
  );
});

Deno.test("parseCsv() refuses quotes that do not match", () => {
  for (const text of ['a,b\n"x,2\n3,4', 'a,b\n"x"y,2', 'a,b\nx"y,2']) {
    assert.throws(() => parseCsv(text, { source }), {
      name: "SyntaxError",
      message: /^Cannot read "a.csv": its quotes must match, got .*[Qq]uote.* line \d/,
    });
  }
});

Deno.test("parseCsv() reads back whatever csv-stringify writes", () => {
  const random = createRandom(7);
  const letters = ["a", "b", " ", ",", ";", '"', "\n", "é", "0"];
  for (let round = 0; round < 50; round++) {
    const cell = (): string =>
      `x${Array.from({ length: random.integer(6) }, () => letters[random.integer(9)]).join("")}x`;
    const rows = Array.from({ length: 1 + random.integer(5) }, () => ({ p: cell(), q: cell() }));
    const text = stringify(rows, { header: true });
    assert.deepEqual(parseCsv(text, { source }).records, rows, `round ${round}`);
  }
});

Deno.test("parseCsv() takes names that mean something to JavaScript as names", () => {
  const [record] = parseCsv("__proto__,constructor\n1,2\n", { source }).records;
  assert.deepEqual(Object.entries(record!), [["__proto__", "1"], ["constructor", "2"]]);
});
