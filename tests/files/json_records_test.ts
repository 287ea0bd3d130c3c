import assert from "node:assert/strict";
import { isRecord, parseJsonArray, parseJsonLines } from "@/files/text_records.ts";

const source = "a.jsonl";

Deno.test("parseJsonLines() keeps values and lines, however lines end", () => {
  const text = '{"a": 0.1, "b": null}\r\n\r\n  {"a": "x"}  \r{"a": true}\n \n{"c": [1]}';
  assert.deepEqual(parseJsonLines(text, { source }), {
    records: [{ a: 0.1, b: null }, { a: "x" }, { a: true }, { c: [1] }],
    lines: [1, 3, 4, 6],
  });
  assert.deepEqual(parseJsonLines("\n", { source }), { records: [], lines: [] });
});

Deno.test("parseJsonLines() names every line that is no object", () => {
  assert.throws(() => parseJsonLines('{}\n[1]\n7\n"x"\nnull\ntrue\n', { source }), {
    name: "SyntaxError",
    message: 'Cannot read "a.jsonl": it must have no faults, got 5:\n' +
      "  line 2: it must be a JSON object, got an array\n" +
      "  line 3: it must be a JSON object, got a number\n" +
      "  line 4: it must be a JSON object, got a string\n" +
      "  line 5: it must be a JSON object, got null\n" +
      "  line 6: it must be a JSON object, got a boolean",
  });
});

Deno.test("parseJsonLines() names the line of what is no JSON, such as Python's NaN", () => {
  for (const line of ['{"score": NaN}', "{'a': 1}", '{"a": 1', "image,class"]) {
    assert.throws(() => parseJsonLines(`{}\n${line}`, { source }), {
      name: "SyntaxError",
      message: /^Cannot read "a.jsonl": line 2: it must be a JSON object, got .*JSON/,
    });
  }
});

Deno.test("parseJsonArray() reads objects", () => {
  const text = ' [{"a": 1},\n {"b": null}] ';
  assert.deepEqual(parseJsonArray(text, { source }), [{ a: 1 }, { b: null }]);
  assert.deepEqual(parseJsonArray("[]", { source }), []);
});

Deno.test("parseJsonArray() names every entry that is no object", () => {
  assert.throws(() => parseJsonArray("[{}, [1], null]", { source }), {
    name: "SyntaxError",
    message: 'Cannot read "a.jsonl": it must have no faults, got 2:\n' +
      "  row 2: it must be an object, got an array\n" +
      "  row 3: it must be an object, got null",
  });
});

Deno.test("parseJsonArray() refuses anything but an array", () => {
  assert.throws(() => parseJsonArray('{"rows": []}', { source }), {
    name: "SyntaxError",
    message: 'Cannot read "a.jsonl": it must be a JSON array of objects, got an object',
  });
  assert.throws(() => parseJsonArray("[1,", { source }), {
    name: "SyntaxError",
    message: /^Cannot read "a.jsonl": it must be a JSON array of objects, got .*JSON/,
  });
});

Deno.test("isRecord() takes objects alone", () => {
  assert.deepEqual([{}, { a: 1 }].filter(isRecord).length, 2);
  assert.deepEqual([null, undefined, [], "a", 1, true].filter(isRecord), []);
});
