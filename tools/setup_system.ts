/**
 * Commands of the operating system, for the set-up.
 *
 * @module
 */
import { chooseApt } from "./setup_plan.ts";

/** How a command is run. */
export interface RunOptions {
  /** Folder to run in; default: the current one. */
  readonly cwd?: string;
  /** Variables added to the environment; default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which the command is ended; default: never. */
  readonly seconds?: number;
}

/** What came of a command. */
export interface RunResult {
  /** Whether it ended well. */
  readonly success: boolean;
  /** All that it wrote, or why it could not be started. */
  readonly output: string;
}

/**
 * Runs a command to its end without standard input.
 *
 * @param command Program and arguments.
 * @param options Folder, environment, time limit.
 * @returns What came of it; a missing program is a failure, not an exception.
 */
export async function run(
  command: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const [program = "", ...args] = command;
  const { cwd, env, seconds } = options;
  const signal = seconds === undefined ? undefined : AbortSignal.timeout(seconds * 1000);
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
    }).output();
    const written = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const late = signal?.aborted ? `${program} took longer than ${seconds} s\n` : "";
    return { success, output: late + written };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { success: false, output: `${program} was not found` };
    }
    throw error;
  }
}

/**
 * Installs Debian packages where this user may.
 *
 * @param packages Names of packages.
 * @returns `null` when they are installed, or why they are not.
 */
export async function installSystemPackages(packages: readonly string[]): Promise<string | null> {
  const choice = chooseApt({
    uid: Deno.uid(),
    hasApt: (await run(["apt-get", "--version"])).success,
    hasSudo: Deno.uid() !== 0 && (await run(["sudo", "-n", "true"])).success,
    isAllowed: Deno.env.get("HIERCORE_APT") !== "0",
  });
  if ("reason" in choice) return choice.reason;
  const wait = ["-o", "DPkg::Lock::Timeout=120", "-qq"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run([...choice.command, ...wait, "update"], { env });
  const install = await run([
    ...choice.command,
    ...[...wait, "install", "-y", "--no-install-recommends", ...packages],
  ], { env });
  if (install.success) return null;
  return lastLines(install.output) || lastLines(update.output);
}

/**
 * Shortens what a command wrote to what is worth a notice.
 *
 * @param output All that it wrote.
 * @returns Its last two lines that are not empty.
 */
export function lastLines(output: string): string {
  return output.split("\n").map((line) => line.trim()).filter(Boolean).slice(-2).join("; ");
}

/**
 * Says whether a file or folder exists; a dangling link does not.
 *
 * @param path The path.
 * @returns Whether it exists.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Computes the digest of texts, to notice that one has changed.
 *
 * @param texts The texts; `["a", "b"]` and `["ab"]` differ.
 * @returns SHA-256, hexadecimal.
 */
export async function digest(texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
