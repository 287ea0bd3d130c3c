import assert from "node:assert/strict";
import { textTable } from "@/tables.ts";

Deno.test("textTable() widens columns to their longest text and trims line ends", () => {
  const rows = [{ name: "a", note: "" }, { name: "longest", note: "x" }];
  const text = textTable(rows, [
    { title: "name", cell: (row) => row.name },
    { title: "note", cell: (row) => row.note, align: "left" },
  ]);
  assert.equal(
    text,
    ["   name  note", "───────  ────", "      a", "longest  x"].join("\n"),
  );
});

Deno.test("textTable() counts characters, not bytes or code units", () => {
  const text = textTable([{ v: "Δ𝑥" }], [{ title: "abc", cell: (row) => row.v }]);
  assert.equal(text.split("\n")[2], " Δ𝑥");
});

Deno.test("textTable() shows only the heading of no rows", () => {
  assert.equal(textTable([], [{ title: "class", cell: () => "" }]), "class\n─────");
});
