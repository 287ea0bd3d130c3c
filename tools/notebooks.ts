/**
 * Type-checks, executes and checks every numbered notebook.
 *
 *     deno task notebooks                 all notebooks; committed files stay as they are
 *     deno task notebooks --write         the same, and updates the committed outputs
 *     deno task notebooks 03              only notebooks whose name begins so
 *     deno task notebooks --dataset=DIR   on one's own photographs, in the layout of configs/folder.yaml
 *     deno task notebooks --generated     the same on a small folder drawn for the purpose
 *
 * On other data than the sample data the committed files are neither compared nor written; `--keep`
 * names a folder for the executed copies.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkOutputs, checkSources, compareOutputs } from "./notebook_checks.ts";
import {
  cellsToModule,
  codeCells,
  endCells,
  normalizeNotebook,
  type Notebook,
  notebookText,
  parseNotebook,
  trimCells,
} from "./notebook_file.ts";
import { drawPhotos } from "./notebooks_photos.ts";

const root = join(import.meta.dirname!, "..");
const usage = "deno task notebooks [--write] [--dataset=DIR | --generated] [--keep=DIR] " +
  "[--folder=…] [--python=…] [--seconds=600] [names…]";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    dataset: { type: "string" },
    generated: { type: "boolean", default: false },
    keep: { type: "string" },
    folder: { type: "string", default: join(root, "notebooks") },
    python: { type: "string", default: join(root, ".venv", venvPython()) },
    seconds: { type: "string", default: "600" },
    help: { type: "boolean", default: false },
  },
});

const isOwn = values.generated || values.dataset !== undefined;

if (values.help) {
  await print(usage);
} else if (values.write && isOwn || values.generated && values.dataset !== undefined) {
  await print("Cannot run notebooks: only one of --write, --dataset and --generated may be given");
  Deno.exit(2);
} else {
  const drawn = values.generated ? await Deno.makeTempDir() : null;
  try {
    const photos = drawn === null ? values.dataset : await drawPhotos(join(drawn, "photos"));
    if (!await verifyAll(photos === undefined ? "Sample" : `Folder:${resolve(photos)}`)) {
      Deno.exitCode = 1;
    }
  } finally {
    if (drawn !== null) await Deno.remove(drawn, { recursive: true });
  }
}

/** Verifies the chosen notebooks, one after the other. */
async function verifyAll(dataset: string): Promise<boolean> {
  const files = listNotebooks(values.folder, positionals);
  if (files.length === 0) await print(`No notebook in ${values.folder}`);
  let failed = 0;
  for (const file of files) if (!await verify(file, { dataset })) failed++;
  await print(`${files.length - failed} notebooks passed, ${failed} failed`);
  return failed === 0;
}

/** Verifies one notebook and prints what is wrong with it. */
async function verify(path: string, { dataset }: { readonly dataset: string }): Promise<boolean> {
  const name = basename(path);
  const begin = performance.now();
  if (values.write) {
    await write(path, await format(parseNotebook(await Deno.readTextFile(path), name)));
  }
  const text = await Deno.readTextFile(path);
  const committed = parseNotebook(text, name);
  const problems = checkSources({ name, size: text.length, notebook: committed });
  // Types and layout do not depend on the data.
  if (!isOwn) {
    problems.push(
      ...await checkFormat({ name, notebook: committed }),
      ...await checkTypes(path, committed),
    );
  }
  let executed = committed;
  if (problems.length === 0) {
    const result = await execute(path, { dataset });
    if ("problem" in result) problems.push(result.problem);
    else {
      executed = normalizeNotebook(result.notebook);
      const size = isOwn ? 0 : notebookText(executed).length;
      problems.push(...checkOutputs({ name, size, notebook: executed }));
      if (isOwn) await keep(name, executed);
      else if (!values.write) problems.push(...compareOutputs(committed, executed));
      else if (problems.length === 0) await write(path, executed);
    }
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const verdict = problems.length === 0 ? "ok" : "FAILED";
  const cells = codeCells(executed).length;
  await print(`${verdict}  ${name}  ${cells} code cells, ${seconds} s`);
  for (const problem of problems) await print(problem.replaceAll(/^/gm, "    "));
  return problems.length === 0;
}

async function keep(name: string, notebook: Notebook): Promise<void> {
  if (values.keep === undefined) return;
  await Deno.mkdir(values.keep, { recursive: true });
  await Deno.writeTextFile(join(values.keep, name), notebookText(notebook));
}

async function checkFormat({ name, notebook }: {
  readonly name: string;
  readonly notebook: Notebook;
}): Promise<string[]> {
  return notebookText(await format(notebook)) === notebookText(trimCells(notebook))
    ? []
    : [`cells must be formatted, run "deno task notebooks --write ${name.slice(0, 2)}"`];
}

/** Formats code and prose of the cells, and leaves them without a newline at the end. */
async function format(notebook: Notebook): Promise<Notebook> {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "formatted.ipynb");
  try {
    await Deno.writeTextFile(file, notebookText(endCells(notebook)));
    const config = join(root, "deno.json");
    // What cannot be parsed stays as it is: the type checker says more about it.
    await run(Deno.execPath(), ["fmt", "-q", "--config", config, file]);
    return trimCells(parseNotebook(await Deno.readTextFile(file), basename(file)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function checkTypes(path: string, notebook: Notebook): Promise<string[]> {
  const file = join(dirname(path), `.${basename(path, ".ipynb")}.${Deno.pid}.ts`);
  await Deno.writeTextFile(file, cellsToModule(notebook));
  try {
    const { success, errors } = await run(Deno.execPath(), ["check", "-q", file]);
    return success ? [] : [`cells must pass the type checker:\n${errors.split("\nerror: ")[0]}`];
  } finally {
    await Deno.remove(file);
  }
}

/** Runs the cells in the real kernel; the outputs go to a temporary copy. */
async function execute(
  path: string,
  { dataset }: { readonly dataset: string },
): Promise<{ readonly notebook: Notebook } | { readonly problem: string }> {
  const copy = await Deno.makeTempFile({ suffix: ".ipynb" });
  try {
    const script = join(import.meta.dirname!, "execute_notebook.py");
    const { success, errors } = await run(values.python, [script, path, copy, values.seconds], {
      JUPYTER_PATH: Deno.env.get("JUPYTER_PATH") ?? join(root, ".jupyter/share/jupyter"),
      HIERCORE_DATASET: dataset,
    });
    if (!success) {
      const reason = errors.split("\n").filter((line) => !/^Warning /.test(line)).join("\n");
      return { problem: reason.trim() || "the notebook could not be executed" };
    }
    return { notebook: parseNotebook(await Deno.readTextFile(copy), basename(path)) };
  } finally {
    await Deno.remove(copy);
  }
}

async function write(path: string, notebook: Notebook): Promise<void> {
  const temporary = `${path}.${Deno.pid}`;
  await Deno.writeTextFile(temporary, notebookText(notebook));
  await Deno.rename(temporary, path);
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly success: boolean; readonly errors: string }> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stderr } = await child.output().catch((cause: unknown) => {
    throw new Error(`Cannot run "${command}": it must be installed, run "deno task setup"`, {
      cause,
    });
  });
  return { success, errors: new TextDecoder().decode(stderr) };
}

function listNotebooks(folder: string, prefixes: readonly string[]): string[] {
  return [...Deno.readDirSync(folder)]
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(".ipynb"))
    .filter((name) => prefixes.length === 0 || prefixes.some((each) => name.startsWith(each)))
    .sort()
    .map((name) => join(folder, name));
}

function venvPython(): string {
  return Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python";
}

async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}
