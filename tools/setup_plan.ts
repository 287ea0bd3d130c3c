/**
 * What the set-up decides: which steps are still needed, with whose rights, how the add-on is built.
 *
 * Everything here is computed from its arguments; `setup.ts` and the files beside it act on it.
 *
 * @module
 */

/** Steps that are done, each with the digest of what it was done from. */
export type SetupState = Readonly<Record<string, string>>;

/** Layout of the state file; a file with another number counts as absent. */
const stateSchema = 1;

/**
 * Reads the state file's text.
 *
 * @param text Contents of the file, or `null` if there is none.
 * @returns The steps done; none if the text cannot be understood.
 */
export function parseState(text: string | null): SetupState {
  if (text === null) return {};
  try {
    const value = JSON.parse(text) as { schema?: unknown; steps?: Record<string, unknown> } | null;
    if (value?.schema !== stateSchema || typeof value.steps !== "object") return {};
    return Object.fromEntries(
      Object.entries(value.steps).filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * Writes a state as the state file's text.
 *
 * @param state Steps done.
 * @returns JSON that `parseState` reads.
 */
export function stateText(state: SetupState): string {
  return `${JSON.stringify({ schema: stateSchema, steps: state }, null, 2)}\n`;
}

/** One step as it stands now. */
export interface StepInputs {
  /** Name of the step. */
  readonly name: string;
  /** Digest of everything the step's result depends on. */
  readonly digest: string;
  /** Whether the files that the step makes exist. */
  readonly isPresent: boolean;
}

/**
 * Says whether a step has nothing to do.
 *
 * @param state Steps done earlier.
 * @param step The step as it stands now.
 * @returns Whether its files exist and were made from the same inputs.
 */
export function isDone(state: SetupState, step: StepInputs): boolean {
  return step.isPresent && Object.hasOwn(state, step.name) && state[step.name] === step.digest;
}

/** What is known about this machine's rights. */
export interface Rights {
  /** User id; `null` where there is none. */
  readonly uid: number | null;
  /** Whether `apt-get` exists. */
  readonly hasApt: boolean;
  /** Whether `sudo` works without asking for a password. */
  readonly hasSudo: boolean;
  /** Whether system packages may be installed at all. */
  readonly isAllowed: boolean;
}

/**
 * Chooses how system packages are installed.
 *
 * @param rights What this user may do.
 * @returns The command, or why there is none.
 */
export function chooseApt(
  rights: Rights,
): { readonly command: readonly string[] } | { readonly reason: string } {
  if (!rights.isAllowed) return { reason: "HIERCORE_APT=0 forbids system packages" };
  if (!rights.hasApt) return { reason: "there is no apt-get" };
  if (rights.uid === 0) return { command: ["apt-get"] };
  if (rights.hasSudo) return { command: ["sudo", "-n", "apt-get"] };
  return { reason: "system packages need root, or sudo without a password" };
}

/** Where the compiler finds and puts things. */
export interface CompilePaths {
  /** The unpacked faiss-node package. */
  readonly package: string;
  /** The unpacked node-addon-api package. */
  readonly addonApi: string;
  /** The unpacked node-api-headers package. */
  readonly apiHeaders: string;
  /** Header that names faiss's index type, which libfaiss before 1.7.4 does not. */
  readonly indexType: string;
  /** The binary to write. */
  readonly output: string;
}

/** Text of the header at `CompilePaths.indexType`. Naming the type twice is no error in C++. */
export const indexTypeHeader =
  `#pragma once\n#include <cstdint>\nnamespace faiss { using idx_t = int64_t; }\n`;

/**
 * Lists the arguments of the one compiler call that builds faiss-node against the system's libfaiss.
 *
 * @param paths Where things are.
 * @returns Arguments for g++.
 */
export function compilerArguments(paths: CompilePaths): string[] {
  return [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-fopenmp", "-w"],
    ...["-DNAPI_VERSION=6", "-DNODE_GYP_MODULE_NAME=faiss_node", "-DNAPI_CPP_EXCEPTIONS"],
    ...["-include", paths.indexType],
    ...[`-I${paths.addonApi}`, `-I${paths.apiHeaders}/include`],
    `${paths.package}/src/faiss.cc`,
    ...["-lfaiss", "-lopenblas", "-o", paths.output],
  ];
}

/**
 * Picks what matters from what a compiler wrote.
 *
 * @param output All that it wrote.
 * @returns Its first error without the place, or all of it if no line is marked as an error.
 */
export function compilerComplaint(output: string): string {
  return output.match(/error: (.*)/)?.[1] ?? output.trim();
}

/** What the project's kernel is called, in the list of kernels and in the notebooks. */
export const kernelDisplayName = "HierCore Lab (Deno)";

/** What the project's kernel is started with. */
export interface KernelSettings {
  /** Absolute path of Deno. */
  readonly deno: string;
  /** Installed memory in bytes. */
  readonly memory: number;
  /** Whether the system is Windows; default: whether this one is. */
  readonly isWindows?: boolean;
}

/**
 * Changes the kernel specification that Deno writes into the project's own.
 *
 * The stop button sends SIGINT, which `src/report/notebook.ts` listens for. Messages would stop loops,
 * but end the process while a native library is at work (denoland/deno#24491). Before that file is
 * loaded the signal must not end the kernel, so that it is started by a shell that ignores it. V8
 * may use half of the memory, which whole datasets of embeddings need.
 *
 * @param text Contents of the `kernel.json` that `deno jupyter --install` wrote.
 * @param settings Path of Deno and memory of this machine.
 * @returns Contents of the project's `kernel.json`.
 * @throws {SyntaxError} If the text is not a kernel specification.
 */
export function editKernelspec(text: string, settings: KernelSettings): string {
  const spec = JSON.parse(text) as { argv?: unknown; env?: Record<string, string> };
  if (!Array.isArray(spec.argv) || !spec.argv.includes("{connection_file}")) {
    throw new SyntaxError(
      'Cannot set up the kernel: kernel.json must have "argv" with "{connection_file}", ' +
        `got ${JSON.stringify(spec.argv)}`,
    );
  }
  const { isWindows = Deno.build.os === "windows" } = settings;
  const shell = isWindows ? [] : ["/bin/sh", "-c", `trap "" INT; exec "$0" "$@"`];
  const edited = {
    ...spec,
    argv: [...shell, settings.deno, ...spec.argv.slice(1)],
    display_name: kernelDisplayName,
    interrupt_mode: "signal",
    env: { ...spec.env, DENO_V8_FLAGS: `--max-old-space-size=${heapMebibytes(settings.memory)}` },
  };
  return `${JSON.stringify(edited, null, 2)}\n`;
}

/**
 * Chooses how much memory V8 may use in a kernel.
 *
 * @param memory Installed memory in bytes.
 * @returns Half of it in MiB, but from 2 to 16 GiB.
 */
export function heapMebibytes(memory: number): number {
  return Math.min(16384, Math.max(2048, Math.floor(memory / 2 ** 21)));
}

/** How a step ended: `done` and `present` are fine, a `notice` says what will not work, and why. */
export interface Outcome {
  /** What happened. */
  readonly kind: "done" | "present" | "notice";
  /** What else there is to say; may be empty. */
  readonly text: string;
}

/**
 * Puts the outcome of a step on one line.
 *
 * @param outcome How it ended.
 * @param seconds How long it took.
 * @returns Text without the step's name.
 */
export function describeOutcome(outcome: Outcome, seconds: number): string {
  const took = `${seconds.toFixed(1)} s`;
  if (outcome.kind === "present") return `already there, ${took}`;
  const text = outcome.text.trim().replaceAll(/\s*\n\s*/g, "; ");
  if (outcome.kind === "notice") return `NOTICE, ${took}: ${text}`;
  return text === "" ? `done, ${took}` : `done, ${took}: ${text}`;
}
