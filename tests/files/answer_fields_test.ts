import assert from "node:assert/strict";
import { readAnswerFields } from "@/files/connection.ts";

const read = (fields: Record<string, string>) => readAnswerFields(new Headers(fields));

Deno.test("readAnswerFields() reads nothing from an empty header", () => {
  assert.deepEqual(read({}), { length: null, first: null, total: null, validator: null });
});

Deno.test("readAnswerFields() reads which part follows and of how much", () => {
  const cases: [string, number | null, number | null][] = [
    ["bytes 0-9/10", 0, 10],
    ["bytes 1000-4999/5000", 1000, 5000],
    ["Bytes 5-9/10", 5, 10],
    ["bytes 5-9/*", 5, null],
    ["bytes */10", null, 10],
    ["bytes 5-9", null, null],
    ["bytes -9/10", null, null],
    ["lines 1-2/10", null, null],
    ["bytes 5-9/10, bytes 5-9/10", null, null],
  ];
  for (const [range, first, total] of cases) {
    const fields = read({ "content-range": range });
    assert.deepEqual([fields.first, fields.total], [first, total], range);
  }
});

Deno.test("readAnswerFields() reads a length only if it is one number", () => {
  assert.equal(read({ "content-length": "5300000000" }).length, 5_300_000_000);
  for (const length of ["", "-1", "1.5", "5, 5", "many"]) {
    assert.equal(read({ "content-length": length }).length, null, length);
  }
});

Deno.test("readAnswerFields() takes a version for named only by a strong tag or an old enough date", () => {
  const then = "Mon, 05 Jan 2026 10:00:00 GMT", later = "Mon, 05 Jan 2026 10:00:01 GMT";
  const cases: [Record<string, string>, string | null][] = [
    [{ etag: '"1"' }, '"1"'],
    [{ etag: '""' }, '""'],
    [{ etag: 'W/"1"' }, null],
    [{ etag: "1" }, null],
    [{ etag: '"1"', "last-modified": then, date: later }, '"1"'],
    [{ etag: 'W/"1"', "last-modified": then, date: later }, null],
    [{ "last-modified": then, date: later }, then],
    [{ "last-modified": then, date: then }, null],
    [{ "last-modified": "last week", date: then }, null],
    [{ "last-modified": then }, null],
  ];
  for (const [fields, validator] of cases) {
    assert.equal(read(fields).validator, validator, JSON.stringify(fields));
  }
});
