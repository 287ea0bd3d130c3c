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
  sourceOf,
  trimCells,
} from "../../tools/notebook_file.ts";
import { editKernelspec } from "../../tools/setup_plan.ts";

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
  const book = notebook(markdown("# Why?"), ...cells.map((source) => code(source)));
  return checkSources({ name: "01_why.ipynb", size: 0, notebook: book });
}

/** Problems in the outputs of a notebook that has one code cell. */
function outputs(source: string, ...shown: readonly NotebookOutput[]): string[] {
  const book = notebook(markdown("# Why?"), code(source, shown));
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
  const book = notebook(markdown("no title"));
  assert.deepEqual(checkSources({ name: "why.ipynb", size: 0, notebook: book }), [
    "the file must be named NN_question.ipynb",
    "the first cell must be Markdown and begin with a title",
  ]);
});

Deno.test("checkSources() wants no empty line at the end of a cell", () => {
  assert.deepEqual(sources("f();\n"), ["cell 2: must not end with an empty line"]);
  const book = notebook(markdown("# Why?\n"), markdown("Because."));
  const file = { name: "01_why.ipynb", size: 0 };
  assert.deepEqual(checkSources({ ...file, notebook: book }), [
    "cell 1: must not end with an empty line",
  ]);
  assert.deepEqual(checkSources({ ...file, notebook: trimCells(book) }), []);
  assert.deepEqual(trimCells(trimCells(book)), trimCells(book));
  assert.deepEqual(endCells(book).cells.map(sourceOf), ["# Why?\n", "Because.\n"]);
});

Deno.test("checkSources() counts lines of code without imports, comments and closing brackets", () => {
  const free = 'import {\n  a,\n  b,\n} from "@/a.ts";\n\n// why\n';
  assert.deepEqual(sources(`${free}${"f(\n);\n".repeat(7)}f();`), []);
  assert.deepEqual(sources(`${free}${"f();\n".repeat(8)}f();`), [
    "cell 2: must have at most 8 lines of code, got 9",
  ]);
});

Deno.test("checkSources() finds names declared twice, however they were declared", () => {
  const declarations = [
    "const same = 1;",
    "const { same } = f();",
    "const { other: same, rest } = f();",
    "const [first, same] = f();",
    "let same: number;",
    "async function same() {}",
    'import { same } from "@/a.ts";',
    'import { a as same } from "@/a.ts";',
    'import * as same from "@/a.ts";',
    'import { type same } from "@/a.ts";',
    "type same = string;",
  ];
  for (const declaration of declarations) {
    assert.deepEqual(
      sources("const same = 0;", declaration),
      ['cell 3: declares "same" again, after cell 2'],
      declaration,
    );
  }
  assert.deepEqual(sources("const one = 0;", "{\n  const one = 1;\n}"), []);
});

Deno.test("checkSources() finds paths of one machine, live addresses and foreign reach", () => {
  assert.deepEqual(sources('f("/home/me/x.png");'), ["cell 2: names a path of one machine"]);
  assert.deepEqual(sources('f("https://example.org");'), ["cell 2: names a live address"]);
  assert.deepEqual(sources('Deno.readTextFile("x");'), [
    "cell 2: must reach files only through @/",
  ]);
  assert.deepEqual(sources('import x from "npm:x";'), [
    'cell 2: must import from "@/" or "node:assert", got "npm:x"',
  ]);
});

Deno.test("checkOutputs() wants exactly one output per show", () => {
  assert.deepEqual(outputs("await show(1);", text), []);
  assert.deepEqual(outputs("await show(1);"), [
    "cell 2: must have one output per show(), 1, got 0 (none)",
  ]);
  assert.deepEqual(outputs("f();", text), [
    "cell 2: must have one output per show(), 0, got 1 (display_data)",
  ]);
});

Deno.test("checkOutputs() finds failures, bare values and values that could not be shown", () => {
  const show = "await show(1);";
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
  const show = "await show(1);";
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
  assert.deepEqual(outputs("await show(1);", shown), ["cell 2: shows a path of one machine"]);
});

Deno.test("checkOutputs() wants every cell run once, in order, and a small file", () => {
  const cell = { ...code("f();"), execution_count: null };
  const book = notebook(markdown("# Why?"), cell);
  assert.deepEqual(checkOutputs({ name: "", size: 1_500_001, notebook: book }), [
    "the file must have at most 1500000 bytes, got 1500001",
    "cell 2: must have run as number 1, got not run",
  ]);
});

Deno.test("compareOutputs() sees another kind of output but not another value", () => {
  const show = "await show(1);";
  const committed = notebook(code(show, [text]));
  const other = { ...text, data: { "text/plain": "y" } };
  assert.deepEqual(compareOutputs(committed, notebook(code(show, [other]))), []);
  const html = { ...text, data: { "text/plain": "y", "text/html": "y" } };
  assert.deepEqual(compareOutputs(committed, notebook(code(show, [html]))), [
    "cell 1: committed outputs must be as executed (display_data text/html text/plain), " +
    "got display_data text/plain",
  ]);
});

Deno.test("checkSources() wants the chosen dataset, and says so at the head", () => {
  const load = "const config = await loadChosenConfig();";
  const notice = "await show(datasetNotice(config));";
  assert.deepEqual(sources(`${load}\n${notice}`), []);
  assert.deepEqual(sources('const config = await loadNamedConfig("sample");'), [
    "cell 2: must load its configuration with loadChosenConfig, so that it runs on own data",
  ]);
  assert.deepEqual(sources(load, notice), [
    "cell 2: must say whose data these are, show(datasetNotice(config))",
  ]);
});

Deno.test("checkSources() wants claims on the sample data guarded where other data may be chosen", () => {
  const load = "const config = await loadChosenConfig();\nawait show(datasetNotice(config));";
  const claim = (source: string) => sources(load, source);
  const refused = [
    "cell 3: must assert within if (isSample) { … }, or begin with // On any data",
  ];
  assert.deepEqual(claim("assert.ok(score > 0.9);"), refused);
  assert.deepEqual(claim("if (isSample) {\n  assert.ok(f());\n}\nassert.ok(g());"), refused);
  assert.deepEqual(claim("if (isSample) {\n  assert.ok(f());\n}\nconst a = 1;"), []);
  assert.deepEqual(claim("// On any data\nassert.ok(f());"), []);
  assert.deepEqual(sources("assert.ok(f());"), []);
});

Deno.test("checkSources() wants names of the sample data marked where other data may be chosen", () => {
  const load = "const config = await loadChosenConfig();\nawait show(datasetNotice(config));";
  assert.deepEqual(sources(load, 'f("weave");'), [
    'cell 3: must name the sample class "weave" only beside isSample',
  ]);
  assert.deepEqual(sources(load, 'f(isSample ? "weave" : names[0]!);'), []);
  const prose = (text: string) =>
    checkSources({
      name: "01_why.ipynb",
      size: 0,
      notebook: notebook(markdown("# Why?"), code(load), markdown(text)),
    });
  assert.deepEqual(prose("Fine.\n\nThe weaves fall."), [
    'cell 3: must begin with "> _On the sample data._" where it names "weaves"',
  ]);
  assert.deepEqual(prose("Fine.\n\n> _On the sample data._ The weaves fall."), []);
});

Deno.test("normalizeNotebook() removes timestamps and versions and can be repeated", () => {
  const run: Notebook = {
    ...notebook({ ...code("f();\ng();", [text]), metadata: { execution: { started: 1 } } }),
    metadata: { language_info: { version: "6.0" }, kernelspec: { name: "deno" } },
  };
  const once = normalizeNotebook(run);
  assert.deepEqual(normalizeNotebook(once), once);
  assert.deepEqual(once.cells[0]!.metadata, {});
  assert.deepEqual(once.cells[0]!.source, ["f();\n", "g();"]);
  assert.doesNotMatch(notebookText(once), /started|"6\.0"/);
});

Deno.test("normalizeNotebook() and notebookText() leave what nbformat leaves", () => {
  const run = notebook(markdown("# Why?\n\n"), {
    ...code("f();\n", [{ output_type: "display_data", data: { value: [0.00001, 0.25, 3e-7] } }]),
  });
  // As nbformat 5.10 writes it: keys by name, numbers as Python writes them, no last line end.
  const text = notebookText(normalizeNotebook(run));
  assert.match(
    text,
    /"cell_type": "markdown",\n {3}"id": .*,\n {3}"metadata": \{\},\n {3}"source"/,
  );
  assert.match(
    text,
    /"cell_type": "code",\n {3}"execution_count": 1,\n {3}"id": "a",\n {3}"metadata"/,
  );
  assert.match(text, /1e-05,\n\s+0\.25,\n\s+3e-07\n/);
  assert.match(text, /"source": \[\n {4}"f\(\);"\n {3}\]\n/);
  assert.deepEqual(normalizeNotebook(JSON.parse(text)), JSON.parse(text));
});

Deno.test("the committed notebooks are as JupyterLab saves them, and stand on own data", () => {
  const folder = join(import.meta.dirname!, "../../notebooks");
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"));
  assert.equal(names.length, 8);
  for (const name of names) {
    const file = Deno.readTextFileSync(join(folder, name));
    const book = parseNotebook(file, name);
    assert.ok(
      notebookText(normalizeNotebook(book)) === file,
      `${name}: deno task notebooks --write`,
    );
    assert.deepEqual(checkSources({ name, size: file.length, notebook: book }), [], name);
    const text = book.cells.map(sourceOf).join("\n");
    assert.match(text, /await loadChosenConfig\(/, name);
    assert.match(text, /if \(isSample\) \{\n {2}assert|if \(isSample\) \{[\s\S]*assert/, name);
  }
});

Deno.test("the committed notebooks name the kernel as the set-up does", () => {
  const spec = editKernelspec(
    JSON.stringify({ argv: ["deno", "{connection_file}"], language: "typescript" }),
    { deno: "deno", memory: 2 ** 33 },
  );
  const { display_name, language } = JSON.parse(spec);
  const { kernelspec } = normalizeNotebook(notebook()).metadata;
  assert.deepEqual(kernelspec, { display_name, language, name: "deno" });
});

Deno.test("cellsToModule() joins the code and leaves the prose out", () => {
  assert.equal(
    cellsToModule(notebook(markdown("# Why?"), code("f();"), code("g();"))),
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
