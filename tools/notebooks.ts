/**
 * Type-checks, executes and checks every numbered notebook.
 *
 *     deno task notebooks                 all notebooks; committed files stay as they are
 *     deno task notebooks --write         the same, and updates the committed outputs
 *     deno task notebooks 03              only notebooks whose name begins so
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
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
} from "./notebook_file.ts";

const root = join(import.meta.dirname!, "..");
const usage = "deno task notebooks [--write] [--folder=…] [--python=…] [--seconds=600] [names…]";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    folder: { type: "string", default: join(root, "notebooks") },
    python: { type: "string", default: join(root, ".venv", venvPython()) },
    seconds: { type: "string", default: "600" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  await print(usage);
} else {
  const files = listNotebooks(values.folder, positionals);
  if (files.length === 0) await print(`No notebook in ${values.folder}`);
  let failed = 0;
  for (const file of files) if (!await verify(file)) failed++;
  await print(`${files.length - failed} notebooks passed, ${failed} failed`);
  if (failed > 0) Deno.exit(1);
}

/** Verifies one notebook and prints what is wrong with it. */
async function verify(path: string): Promise<boolean> {
  const name = basename(path);
  const begin = performance.now();
  if (values.write) {
    await write(path, endCells(parseNotebook(await Deno.readTextFile(path), name)));
  }
  const text = await Deno.readTextFile(path);
  const committed = parseNotebook(text, name);
  const problems = checkSources({ name, size: text.length, notebook: committed });
  problems.push(...await checkFormat(path), ...await checkTypes(path, committed));
  let executed = committed;
  if (problems.length === 0) {
    const result = await execute(path);
    if ("problem" in result) problems.push(result.problem);
    else {
      executed = normalizeNotebook(result.notebook);
      const size = notebookText(executed).length;
      problems.push(...checkOutputs({ name, size, notebook: executed }));
      if (!values.write) problems.push(...compareOutputs(committed, executed));
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

async function checkFormat(path: string): Promise<string[]> {
  const { success } = await run(Deno.execPath(), ["fmt", "-q", "--check", path]);
  return success ? [] : ['cells must be formatted, run "deno fmt" on the notebook'];
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
): Promise<{ readonly notebook: Notebook } | { readonly problem: string }> {
  const copy = await Deno.makeTempFile({ suffix: ".ipynb" });
  try {
    const script = join(import.meta.dirname!, "execute_notebook.py");
    const { success, errors } = await run(values.python, [script, path, copy, values.seconds], {
      JUPYTER_PATH: Deno.env.get("JUPYTER_PATH") ?? join(root, ".jupyter/share/jupyter"),
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
  await run(Deno.execPath(), ["fmt", "-q", path]);
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
