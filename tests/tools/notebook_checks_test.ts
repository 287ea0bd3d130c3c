import assert from "node:assert/strict";
import { join } from "node:path";
import { checkOutputs, checkSources, compareOutputs } from "../../tools/notebook_checks.ts";
import {
  cellsToModule,
  endCells,
  normalizeNotebook,
  type Notebook,
  type NotebookCell,
  type NotebookOutput,
  notebookText,
  parseNotebook,
} from "../../tools/notebook_file.ts";

const chartType = "application/vnd.vegalite.v5+json";
const text: NotebookOutput = { output_type: "display_data", data: { "text/plain": "x" } };

function markdown(source: string): NotebookCell {
  return { cell_type: "markdown", id: "title", metadata: {}, source };
}

function code(source: string, outputs: readonly NotebookOutput[] = []): NotebookCell {
  return { cell_type: "code", id: "a", metadata: {}, source, outputs, execution_count: 1 };
}

function notebook(...cells: readonly NotebookCell[]): Notebook {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** Problems in the text of a notebook that has these code cells. */
function sources(...cells: readonly string[]): string[] {
  const book = notebook(markdown("# Why?\n"), ...cells.map((source) => code(source)));
  return checkSources({ name: "01_why.ipynb", size: 0, notebook: book });
}

/** Problems in the outputs of a notebook that has one code cell. */
function outputs(source: string, ...shown: readonly NotebookOutput[]): string[] {
  const book = notebook(markdown("# Why?\n"), code(source, shown));
  return checkOutputs({ name: "01_why.ipynb", size: 0, notebook: book });
}

Deno.test("checkSources() and checkOutputs() find nothing wrong with the committed example", async () => {
  const name = "01_what_can_a_cell_show.ipynb";
  const file = await Deno.readTextFile(join(import.meta.dirname!, "../fixtures/notebooks", name));
  const book = parseNotebook(file, name);
  assert.deepEqual(checkSources({ name, size: file.length, notebook: book }), []);
  assert.deepEqual(checkOutputs({ name, size: file.length, notebook: book }), []);
  assert.deepEqual(compareOutputs(book, book), []);
});

Deno.test("checkSources() wants a numbered name and a title", () => {
  const book = notebook(markdown("no title\n"));
  assert.deepEqual(checkSources({ name: "why.ipynb", size: 0, notebook: book }), [
    "the file must be named NN_question.ipynb",
    "the first cell must be Markdown and begin with a title",
  ]);
});

Deno.test("checkSources() wants cells to end with a newline", () => {
  assert.deepEqual(sources("f();"), ["cell 2: must end with a newline"]);
  const book = notebook(markdown("# Why?"), markdown("Because.\n"));
  const file = { name: "01_why.ipynb", size: 0 };
  assert.deepEqual(checkSources({ ...file, notebook: book }), ["cell 1: must end with a newline"]);
  assert.deepEqual(checkSources({ ...file, notebook: endCells(book) }), []);
  assert.deepEqual(endCells(endCells(book)), endCells(book));
});

Deno.test("checkSources() counts lines of code without imports, comments and closing brackets", () => {
  const free = 'import {\n  a,\n  b,\n} from "@/a.ts";\n\n// why\n';
  assert.deepEqual(sources(`${free}${"f(\n);\n".repeat(8)}`), []);
  assert.deepEqual(sources(`${free}${"f();\n".repeat(9)}`), [
    "cell 2: must have at most 8 lines of code, got 9",
  ]);
});

Deno.test("checkSources() finds names declared twice, however they were declared", () => {
  const declarations = [
    "const same = 1;\n",
    "const { same } = f();\n",
    "const { other: same, rest } = f();\n",
    "const [first, same] = f();\n",
    "let same: number;\n",
    "async function same() {}\n",
    'import { same } from "@/a.ts";\n',
    'import { a as same } from "@/a.ts";\n',
    'import * as same from "@/a.ts";\n',
    'import { type same } from "@/a.ts";\n',
    "type same = string;\n",
  ];
  for (const declaration of declarations) {
    assert.deepEqual(
      sources("const same = 0;\n", declaration),
      ['cell 3: declares "same" again, after cell 2'],
      declaration,
    );
  }
  assert.deepEqual(sources("const one = 0;\n", "{\n  const one = 1;\n}\n"), []);
});

Deno.test("checkSources() finds paths of one machine, live addresses and foreign reach", () => {
  assert.deepEqual(sources('f("/home/me/x.png");\n'), ["cell 2: names a path of one machine"]);
  assert.deepEqual(sources('f("https://example.org");\n'), ["cell 2: names a live address"]);
  assert.deepEqual(sources('Deno.readTextFile("x");\n'), [
    "cell 2: must reach files only through @/",
  ]);
  assert.deepEqual(sources('import x from "npm:x";\n'), [
    'cell 2: must import from "@/" or "node:assert", got "npm:x"',
  ]);
});

Deno.test("checkOutputs() wants exactly one output per show", () => {
  assert.deepEqual(outputs("await show(1);\n", text), []);
  assert.deepEqual(outputs("await show(1);\n"), [
    "cell 2: must have one output per show(), 1, got 0 (none)",
  ]);
  assert.deepEqual(outputs("f();\n", text), [
    "cell 2: must have one output per show(), 0, got 1 (display_data)",
  ]);
});

Deno.test("checkOutputs() finds failures, bare values and values that could not be shown", () => {
  const show = "await show(1);\n";
  const error = { output_type: "error", ename: "RangeError", evalue: "Cannot" };
  assert.deepEqual(outputs(show, error), ["cell 2: must not fail, got RangeError: Cannot"]);
  assert.deepEqual(outputs(show, { ...text, output_type: "execute_result" }), [
    "cell 2: must show through show(), got execute_result: x",
  ]);
  const failure = { ...text, data: { "text/plain": "Cannot show a value: why" } };
  assert.deepEqual(outputs(show, failure), [
    "cell 2: could not show its value: Cannot show a value: why",
  ]);
});

Deno.test("checkOutputs() wants a PNG with its size beside every chart, and no SVG", () => {
  const show = "await show(1);\n";
  assert.deepEqual(outputs(show, { ...text, data: { [chartType]: {} } }), [
    "cell 2: shows a chart without a PNG",
  ]);
  assert.deepEqual(outputs(show, { ...text, data: { "image/png": "" } }), [
    "cell 2: shows a picture without its size",
  ]);
  assert.deepEqual(outputs(show, { ...text, data: { "image/svg+xml": "" } }), [
    "cell 2: shows SVG, which converters blank",
  ]);
});

Deno.test("checkOutputs() finds paths of one machine in what is shown", () => {
  const shown = { ...text, data: { "text/plain": "in /home/me/results" } };
  assert.deepEqual(outputs("await show(1);\n", shown), ["cell 2: shows a path of one machine"]);
});

Deno.test("checkOutputs() wants every cell run once, in order, and a small file", () => {
  const cell = { ...code("f();\n"), execution_count: null };
  const book = notebook(markdown("# Why?\n"), cell);
  assert.deepEqual(checkOutputs({ name: "", size: 500_001, notebook: book }), [
    "the file must have at most 500000 bytes, got 500001",
    "cell 2: must have run as number 1, got not run",
  ]);
});

Deno.test("compareOutputs() sees another kind of output but not another value", () => {
  const show = "await show(1);\n";
  const committed = notebook(code(show, [text]));
  const other = { ...text, data: { "text/plain": "y" } };
  assert.deepEqual(compareOutputs(committed, notebook(code(show, [other]))), []);
  const html = { ...text, data: { "text/plain": "y", "text/html": "y" } };
  assert.deepEqual(compareOutputs(committed, notebook(code(show, [html]))), [
    "cell 1: committed outputs must be as executed (display_data text/html text/plain), " +
    "got display_data text/plain",
  ]);
});

Deno.test("normalizeNotebook() removes timestamps and versions and can be repeated", () => {
  const run: Notebook = {
    ...notebook({ ...code("f();\ng();\n", [text]), metadata: { execution: { started: 1 } } }),
    metadata: { language_info: { version: "6.0" }, kernelspec: { name: "deno" } },
  };
  const once = normalizeNotebook(run);
  assert.deepEqual(normalizeNotebook(once), once);
  assert.deepEqual(once.cells[0]!.metadata, {});
  assert.deepEqual(once.cells[0]!.source, ["f();\n", "g();\n"]);
  assert.doesNotMatch(notebookText(once), /started|"6\.0"/);
});

Deno.test("cellsToModule() joins the code and leaves the prose out", () => {
  assert.equal(
    cellsToModule(notebook(markdown("# Why?\n"), code("f();\n"), code("g();\n"))),
    "// Cell 2\nf();\n\n// Cell 3\ng();\n\nexport {};\n",
  );
});

Deno.test("parseNotebook() refuses what is no notebook", () => {
  assert.throws(() => parseNotebook('{"nbformat": 3}', "old.ipynb"), {
    name: "SyntaxError",
    message: 'Cannot read notebook "old.ipynb": it must have nbformat 4 and cells, got nbformat 3',
  });
  assert.throws(() => parseNotebook("{", "bad.ipynb"), {
    name: "SyntaxError",
    message: /^Cannot read notebook "bad.ipynb": /,
  });
});
