/**
 * What must hold for a committed notebook: every promise that can be read off the file itself.
 *
 * @module
 */
import { sampleClasses } from "@/datasets/sample/classes.ts";
import { codeCells, type Notebook, type NotebookOutput, sourceOf } from "./notebook_file.ts";

/** Most lines of code in a cell; imports and lines of closing brackets do not count. */
const LINE_LIMIT = 8;

/** Most bytes in a notebook file: charts that carry thumbnails take most of it. */
const SIZE_LIMIT = 1_500_000;

const chartType = "application/vnd.vegalite.v5+json";
const machinePath = /(?:^|[\s"'`(=])(?:\/(?:home|root|Users|work|tmp|mnt|var|opt)\/|[A-Z]:\\)/;
const address = /https?:\/\/(?!vega\.github\.io\/schema\/|arxiv\.org\/|doi\.org\/)/;

/** A notebook file to be checked. */
export interface NotebookFile {
  /** File name without folder. */
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Its contents. */
  readonly notebook: Notebook;
}

/**
 * Checks the text of a notebook: names, length of cells, imports, addresses.
 *
 * @param file The notebook.
 * @returns One sentence per problem; none if all is well.
 */
export function checkSources(file: NotebookFile): string[] {
  const { notebook } = file;
  const problems: string[] = [];
  const report = (position: number, text: string): void => {
    problems.push(`cell ${position}: ${text}`);
  };
  if (!/^\d\d_[a-z0-9_]+\.ipynb$/.test(file.name)) {
    problems.push("the file must be named NN_question.ipynb");
  }
  const [first] = notebook.cells;
  if (first?.cell_type !== "markdown" || !sourceOf(first).startsWith("# ")) {
    problems.push("the first cell must be Markdown and begin with a title");
  }
  notebook.cells.forEach((cell, index) => {
    const source = sourceOf(cell);
    if (machinePath.test(source)) report(index + 1, "names a path of one machine");
    if (address.test(source)) report(index + 1, "names a live address");
    if (/\s$/.test(source)) report(index + 1, "must not end with an empty line");
  });
  const declared = new Map<string, number>();
  for (const { position, source } of codeCells(notebook)) {
    const lines = countLines(source);
    if (lines > LINE_LIMIT) {
      report(position, `must have at most ${LINE_LIMIT} lines of code, got ${lines}`);
    }
    if (/\bDeno\.(?!inspect\b)/.test(source)) report(position, "must reach files only through @/");
    for (const [, specifier = ""] of source.matchAll(/\bfrom\s+["']([^"']+)["']/g)) {
      if (!/^(@\/|node:assert)/.test(specifier)) {
        report(position, `must import from "@/" or "node:assert", got "${specifier}"`);
      }
    }
    for (const name of declaredNames(source)) {
      const earlier = declared.get(name);
      if (earlier !== undefined) {
        report(position, `declares "${name}" again, after cell ${earlier}`);
      }
      declared.set(name, position);
    }
  }
  return [...problems, ...checkChoice(notebook)];
}

/** How a remark begins that speaks of the sample data. */
const sampleMark = "> _On the sample data._ ";

/** Checks that a notebook that opens data runs on other data, too, and claims nothing of them. */
function checkChoice(notebook: Notebook): string[] {
  const cells = codeCells(notebook);
  const problems = cells.flatMap(({ position, source }) => {
    const found: string[] = [];
    if (/\bload(?:Named)?Config\(/.test(source)) {
      found.push("must load its configuration with loadChosenConfig, so that it runs on own data");
    }
    if (/\bloadChosenConfig\(/.test(source) && !/\bshow\(datasetNotice\(config\)\)/.test(source)) {
      found.push("must say whose data these are, show(datasetNotice(config))");
    }
    return found.map((text) => `cell ${position}: ${text}`);
  });
  if (!cells.some(({ source }) => /\bloadChosenConfig\(/.test(source))) return problems;
  const classes = sampleClasses.map(({ name }) => name);
  const literal = new RegExp(`["'](${classes.join("|")})["']`);
  const mention = new RegExp(`\\b(?:${classes.join("|")})s?\\b`, "i");
  notebook.cells.forEach((cell, index) => {
    const source = sourceOf(cell);
    const report = (text: string): void => void problems.push(`cell ${index + 1}: ${text}`);
    if (cell.cell_type === "code") {
      const free = source.replaceAll(/^if \(isSample\b[^\n]*\{$[\s\S]*?^\}$/gm, "");
      if (/\bassert\b[.(]/.test(free) && !source.startsWith("// On any data\n")) {
        report("must assert within if (isSample) { … }, or begin with // On any data");
      }
      const named = free.split("\n").find((line) =>
        literal.test(line) && !/\bisSample\b/.test(line)
      );
      if (named !== undefined) {
        report(`must name the sample class "${named.match(literal)![1]}" only beside isSample`);
      }
      return;
    }
    // The first cell says in its answer which data it speaks of.
    for (const text of index === 0 ? [] : source.split("\n\n")) {
      const named = text.replaceAll("\n", " ").match(mention)?.[0];
      if (named === undefined || text.startsWith(sampleMark)) continue;
      report(`must begin with "${sampleMark.trim()}" where it names "${named}"`);
    }
  });
  return problems;
}

/**
 * Checks the outputs of an executed notebook cell by cell.
 *
 * @param file The notebook.
 * @returns One sentence per problem; none if all is well.
 */
export function checkOutputs(file: NotebookFile): string[] {
  const problems: string[] = [];
  if (file.size > SIZE_LIMIT) {
    problems.push(`the file must have at most ${SIZE_LIMIT} bytes, got ${file.size}`);
  }
  codeCells(file.notebook).forEach(({ position, cell, source }, index) => {
    const outputs = cell.outputs ?? [];
    const report = (text: string): void => void problems.push(`cell ${position}: ${text}`);
    if (cell.execution_count !== index + 1) {
      report(`must have run as number ${index + 1}, got ${cell.execution_count ?? "not run"}`);
    }
    const calls = countShows(source);
    if (outputs.length !== calls) {
      const kinds = outputs.map((output) => output.output_type).join(", ") || "none";
      report(`must have one output per show(), ${calls}, got ${outputs.length} (${kinds})`);
    }
    outputs.flatMap(checkOutput).forEach(report);
  });
  return problems;
}

/**
 * Compares what two versions of a notebook show, by media types and not by values.
 *
 * @param committed The notebook as committed.
 * @param executed The same notebook just executed.
 * @returns One sentence per cell that shows something of another kind.
 */
export function compareOutputs(committed: Notebook, executed: Notebook): string[] {
  const fresh = codeCells(executed);
  return codeCells(committed).flatMap(({ position, cell }, index) => {
    const before = kindsOf(cell.outputs), now = kindsOf(fresh[index]?.cell.outputs);
    return before === now
      ? []
      : [`cell ${position}: committed outputs must be as executed (${now}), got ${before}`];
  });
}

function checkOutput(output: NotebookOutput): string[] {
  const { output_type: type, data = {}, metadata = {} } = output;
  if (type === "error") return [`must not fail, got ${output.ename}: ${output.evalue}`];
  const problems: string[] = [];
  const plain = textOf(data["text/plain"] ?? output.text);
  const text = plain + textOf(data["text/html"]) + textOf(data["text/markdown"]);
  if (type !== "display_data") problems.push(`must show through show(), got ${type}: ${plain}`);
  if (plain.startsWith("Cannot show")) problems.push(`could not show its value: ${plain}`);
  if (machinePath.test(text)) problems.push("shows a path of one machine");
  if (address.test(text)) problems.push("shows a live address");
  if (chartType in data && !("image/png" in data)) problems.push("shows a chart without a PNG");
  if ("image/svg+xml" in data) problems.push("shows SVG, which converters blank");
  for (const kind of ["image/png", "image/jpeg"]) {
    if (kind in data && !(kind in metadata)) problems.push("shows a picture without its size");
  }
  return problems;
}

function kindsOf(outputs: readonly NotebookOutput[] = []): string {
  const kinds = outputs.map((output) =>
    [output.output_type, ...Object.keys(output.data ?? {}).sort()].join(" ")
  );
  return kinds.join("; ") || "nothing";
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}

function countShows(source: string): number {
  return [...source.matchAll(/\bawait\s+(?:show|showProgress)\(/g)].length;
}

function countLines(source: string): number {
  const code = source.replaceAll(/^import\b[\s\S]*?;$/gm, "");
  return code.split("\n").filter((line) => {
    const text = line.trim();
    return text !== "" && !text.startsWith("//") && !/^[\])}>,;]+$/.test(text);
  }).length;
}

/** Names that a cell declares at its top level: imports, variables, functions, classes, types. */
function declaredNames(source: string): string[] {
  const names: string[] = [];
  const lists =
    /^(?:import|const|let|var)\s+(?:type\s+)?(?:(\w+)\s*,\s*)?([{[][\s\S]*?[}\]])\s*(?:=|from)/gm;
  for (const [, single, list = ""] of source.matchAll(lists)) {
    if (single) names.push(single);
    for (const part of list.replaceAll(/[{}[\]]/g, "").split(",")) {
      const name = part.trim().split(/\s+as\s+|\s*:\s*/).at(-1)?.replace(/^type\s+|\s*=.*$/g, "");
      if (name) names.push(name);
    }
  }
  const singles =
    /^(?:export\s+)?(?:async\s+)?(?:const|let|var|function|class|interface|type|import(?:\s+\*\s+as)?)\s+(\w+)(?=\s*(?:[:=(<{]|from\b))/gm;
  for (const [, name] of source.matchAll(singles)) if (name) names.push(name);
  return names;
}
