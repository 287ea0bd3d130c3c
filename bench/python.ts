/**
 * Finds Python for the reference programs of the bench.
 *
 * @module
 */
import { join } from "node:path";

const reference = join(import.meta.dirname!, "reference");
const venv = join(import.meta.dirname!, "..", ".cache", "bench-python");

/** An interpreter, or why there is none. */
export type Python =
  | { readonly program: string; readonly missing?: never }
  | { readonly program?: never; readonly missing: string };

/**
 * Finds an interpreter with the packages of `reference/requirements.txt`, in an environment of the
 * bench's own that is made and filled when it is not there.
 *
 * @returns The interpreter, or the reason why there is none.
 */
export async function findPython(): Promise<Python> {
  const program = join(venv, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
  const requirements = join(reference, "requirements.txt"), installed = join(venv, "installed.txt");
  try {
    const wanted = await Deno.readTextFile(requirements);
    if (await readIfThere(installed) === wanted) return { program };
    await execute(["python3", "-m", "venv", venv]);
    await execute([program, "-m", "pip", "install", "-q", "--no-deps", "-r", requirements]);
    await Deno.writeTextFile(installed, wanted);
    return { program };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { missing: "python3 is not there" };
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Finds an interpreter with PyTorch, which the bench never installs; else what `findPython` finds.
 *
 * @returns The interpreter, or the reason why there is none.
 */
export async function findTorch(): Promise<Python> {
  try {
    await execute(["python3", "-c", "import numpy, torch"], { stderr: "null" });
    return { program: "python3" };
  } catch {
    return await findPython();
  }
}

/**
 * Names a reference program.
 *
 * @param name Its file's name.
 * @returns Its path.
 */
export function referencePath(name: string): string {
  return join(reference, name);
}

/** How a program is run. */
export interface ExecuteOptions {
  /** Where its complaints go; default: where the bench's own go. */
  readonly stderr?: "inherit" | "null";
  /** Variables of its environment besides the bench's own; default: none. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end.
 *
 * @param command The program and its arguments.
 * @param options Where complaints go, and more of the environment.
 * @returns What it has printed.
 * @throws {Error} If it fails.
 */
export async function execute(
  [program, ...args]: readonly string[],
  options: ExecuteOptions = {},
): Promise<string> {
  const { stderr = "inherit", env = {} } = options;
  const { success, stdout } = await new Deno.Command(program!, { args, stderr, env }).output();
  if (!success) throw new Error(`Cannot run the bench: "${[program, ...args].join(" ")}" failed`);
  return new TextDecoder().decode(stdout);
}

/** Variables that keep the libraries of the reference programs to one thread. */
export const ONE_THREAD: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
