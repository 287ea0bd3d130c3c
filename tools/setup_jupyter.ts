/**
 * Jupyter inside the checkout: a kernel of its own and JupyterLab in a virtual environment.
 *
 * @module
 */
import { join } from "node:path";
import { editKernelspec, type Outcome } from "./setup_plan.ts";
import { installSystemPackages, lastLines, run } from "./setup_system.ts";

const isWindows = Deno.build.os === "windows";

const noVenv = "no notebooks: python3 cannot make a virtual environment; on Debian, " +
  '"apt-get install python3-venv" would let it';

/**
 * Names the kernel specification.
 *
 * @param root The repository.
 * @returns Path of `kernel.json`.
 */
export function kernelspecFile(root: string): string {
  return join(root, ".jupyter/share/jupyter/kernels/deno/kernel.json");
}

/**
 * Names the Python of the virtual environment.
 *
 * @param root The repository.
 * @returns Path of the interpreter.
 */
export function venvPython(root: string): string {
  return join(root, ".venv", isWindows ? "Scripts/python.exe" : "bin/python");
}

/**
 * Writes the project's kernel specification; nothing outside the checkout changes.
 *
 * @param root The repository.
 * @returns How it went.
 */
export async function setUpKernel(root: string): Promise<Outcome> {
  const { success, output } = await run([Deno.execPath(), "jupyter", "--install", "--force"], {
    cwd: root,
    env: {
      XDG_DATA_HOME: join(root, ".jupyter/share"),
      JUPYTER_DATA_DIR: join(root, ".jupyter/share/jupyter"),
    },
  });
  if (!success) return { kind: "notice", text: `no notebooks: ${lastLines(output)}` };
  const file = kernelspecFile(root);
  const edited = editKernelspec(await Deno.readTextFile(file), {
    deno: Deno.execPath(),
    memory: Deno.systemMemoryInfo().total,
  });
  await Deno.writeTextFile(`${file}.partial`, edited);
  await Deno.rename(`${file}.partial`, file);
  return { kind: "done", text: "" };
}

/**
 * Installs JupyterLab and nbclient into `.venv`.
 *
 * @param root The repository.
 * @returns How it went.
 */
export async function setUpPython(root: string): Promise<Outcome> {
  const create = [isWindows ? "python" : "python3", "-m", "venv", "--clear", join(root, ".venv")];
  let made = await run(create);
  if (!made.success) {
    const missing = await installSystemPackages(["python3", "python3-venv"]);
    if (missing === null) made = await run(create);
    else return { kind: "notice", text: `${noVenv} (${missing})` };
  }
  if (!made.success) return { kind: "notice", text: `${noVenv} (${lastLines(made.output)})` };
  const requirements = join(import.meta.dirname!, "requirements.txt");
  const installed = await run([
    ...[venvPython(root), "-m", "pip", "install", "-q", "--no-input"],
    ...["--disable-pip-version-check", "-r", requirements],
  ]);
  if (!installed.success) {
    return { kind: "notice", text: `no notebooks: ${lastLines(installed.output)}` };
  }
  return { kind: "done", text: "" };
}
