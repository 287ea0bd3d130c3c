/**
 * Notebook files: reading, writing, and the parts that checks look at.
 *
 * @module
 */
import { kernelDisplayName } from "./setup_plan.ts";

/** One output below a code cell, as the notebook format (nbformat 4) has it. */
export interface NotebookOutput {
  /** `display_data`, `execute_result`, `stream` or `error`. */
  readonly output_type: string;
  /** Forms by media type. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Notes on forms by media type. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Text of a stream. */
  readonly text?: string | readonly string[];
  /** Name of an error. */
  readonly ename?: string;
  /** Message of an error. */
  readonly evalue?: string;
}

/** One cell. */
export interface NotebookCell {
  /** Name that survives editing. */
  readonly id: string;
  /** `code` or `markdown`. */
  readonly cell_type: string;
  /** The text, whole or in lines that keep their line ends. */
  readonly source: string | readonly string[];
  /** Notes of editors. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What the cell showed; code cells only. */
  readonly outputs?: readonly NotebookOutput[];
  /** When the cell ran, counted from 1; code cells only. */
  readonly execution_count?: number | null;
}

/** A whole notebook. */
export interface Notebook {
  /** Cells from top to bottom. */
  readonly cells: readonly NotebookCell[];
  /** Kernel and language. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Version of the format. */
  readonly nbformat: number;
  /** Minor version of the format. */
  readonly nbformat_minor: number;
}

/**
 * Kernel and language as committed, whatever executed the notebook: to the letter what the project's
 * kernel says of itself, or JupyterLab would mark a notebook as changed as soon as it is opened.
 */
const committedMetadata = {
  kernelspec: { display_name: kernelDisplayName, language: "typescript", name: "deno" },
  language_info: {
    codemirror_mode: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript",
    version: Deno.version.typescript,
  },
};

/**
 * Reads a notebook.
 *
 * @param text Contents of an `.ipynb` file.
 * @param name File name, for messages.
 * @returns The notebook.
 * @throws {SyntaxError} If the text is not a notebook of format 4.
 */
export function parseNotebook(text: string, name: string): Notebook {
  const refuse = (reason: string): never => {
    throw new SyntaxError(`Cannot read notebook "${name}": ${reason}`);
  };
  let value: Partial<Notebook> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (value?.nbformat !== 4 || !Array.isArray(value.cells)) {
    return refuse(`it must have nbformat 4 and cells, got nbformat ${value?.nbformat}`);
  }
  return value as Notebook;
}

/**
 * Gives the text of a cell.
 *
 * @param cell The cell.
 * @returns Its source as one string.
 */
export function sourceOf(cell: NotebookCell): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}

/**
 * Takes the line ends off the cells' ends, as JupyterLab does not write them either: each would be
 * an empty line below the code.
 *
 * @param notebook The notebook.
 * @returns The same notebook, no cell ending with a newline.
 */
export function trimCells(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell): NotebookCell => {
    const source = sourceOf(cell);
    return source.endsWith("\n") ? { ...cell, source: toLines(source.trimEnd()) } : cell;
  });
  return { ...notebook, cells };
}

/**
 * Ends every cell with a newline, without which Deno's formatter calls a cell unformatted.
 *
 * @param notebook The notebook.
 * @returns The same notebook, each cell ending with one newline.
 */
export function endCells(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell): NotebookCell => ({
    ...cell,
    source: toLines(`${sourceOf(cell).trimEnd()}\n`),
  }));
  return { ...notebook, cells };
}

/**
 * Lists the code cells with their position among all cells.
 *
 * @param notebook The notebook.
 * @returns Code cells from top to bottom; positions count from 1.
 */
export function codeCells(
  notebook: Notebook,
): { readonly position: number; readonly cell: NotebookCell; readonly source: string }[] {
  return notebook.cells.flatMap((cell, index) =>
    cell.cell_type === "code" ? [{ position: index + 1, cell, source: sourceOf(cell) }] : []
  );
}

/**
 * Joins the code cells to one module, for type-checking.
 *
 * @param notebook The notebook.
 * @returns TypeScript with a comment before each cell.
 */
export function cellsToModule(notebook: Notebook): string {
  const cells = codeCells(notebook).map(({ position, source }) =>
    `// Cell ${position}\n${source.trimEnd()}\n`
  );
  return [...cells, "export {};\n"].join("\n");
}

/**
 * Removes what changes from run to run: timestamps, versions, notes of editors.
 *
 * @param notebook An executed notebook.
 * @returns The notebook as it is committed.
 */
export function normalizeNotebook(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell, index): NotebookCell => {
    const { cell_type } = cell;
    const id = cell.id || `cell-${String(index + 1).padStart(2, "0")}`;
    const source = toLines(sourceOf(cell).trimEnd());
    if (cell_type !== "code") return { cell_type, id, metadata: {}, source };
    const { execution_count = null, outputs = [] } = cell;
    return { cell_type, execution_count, id, metadata: {}, outputs, source };
  });
  return { cells, metadata: committedMetadata, nbformat: 4, nbformat_minor: 5 };
}

/**
 * Writes a notebook as text, to the byte as nbformat writes what it reads, keys in the order in
 * which `normalizeNotebook` or nbformat left them: saving an unchanged notebook changes no file.
 *
 * @param notebook The notebook.
 * @returns JSON, indented by one space, with a newline at the end.
 */
export function notebookText(notebook: Notebook): string {
  return `${JSON.stringify(notebook, (_, value) => asPython(value), 1)}\n`;
}

/** Python writes small numbers with an exponent of two digits and from 1e-5 on, JavaScript from 1e-7. */
function asPython(value: unknown): unknown {
  if (typeof value !== "number" || value === 0 || Math.abs(value) >= 1e-4) return value;
  const text = value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
