/**
 * Where the project and its data lie, and what a run was made with: versions, machine, commit.
 *
 * @module
 */
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";

/** The repository root, wherever it was cloned to. */
export const repositoryRoot: string = join(import.meta.dirname!, "../..");

/**
 * Where data lie that are fetched, drawn or computed: `data/`, or the folder that the variable
 * `HIERCORE_DATA` names; a relative one starts at the repository root.
 *
 * @param part A folder in it, such as `weights`; default: the folder itself.
 * @returns The absolute path.
 *
 * @example Where downloaded weights lie
 * ```ts
 * import assert from "node:assert/strict";
 * import { dataFolder } from "@/files/mod.ts";
 *
 * assert.match(dataFolder("weights"), /weights$/);
 * ```
 */
export function dataFolder(part = ""): string {
  return join(resolve(repositoryRoot, Deno.env.get("HIERCORE_DATA") ?? "data"), part);
}

/** Versions and machine, as `environment.json` records them. */
export interface Environment {
  /** Version of the file's layout. */
  readonly schema: 1;
  /**
   * Commit of the checkout, with `-modified` when files differ from it; `null` outside a git
   * checkout.
   */
  readonly commit: string | null;
  /** Version of every tool and package that shapes a number. */
  readonly versions: Readonly<Record<string, string>>;
  /** Which of two interchangeable libraries served. */
  readonly backends: Readonly<Record<string, string>>;
  /** Operating system and processor architecture. */
  readonly platform: string;
  /** Processor model as the system names it. */
  readonly processor: string;
  /** Processors that the system offers. */
  readonly cores: number;
  /** Installed memory in GiB. */
  readonly memory_gib: number;
}

/**
 * Describes this machine and this checkout.
 *
 * @param options Backends to record.
 * @returns Versions, commit and machine; nothing that identifies a person or a place.
 *
 * @example The version of Deno
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeEnvironment } from "@/files/mod.ts";
 *
 * assert.equal((await describeEnvironment({ backends: {} })).versions.deno, Deno.version.deno);
 * ```
 */
export async function describeEnvironment(
  options: { backends: Readonly<Record<string, string>> },
): Promise<Environment> {
  return {
    schema: 1,
    commit: await readCommit(),
    versions: { deno: Deno.version.deno, v8: Deno.version.v8, ...await readPinnedVersions() },
    backends: options.backends,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memory_gib: Math.round(totalmem() / 2 ** 30 * 10) / 10,
  };
}

/** What `deno.json` says about this project: its version and the packages that it imports. */
export async function readPackage(): Promise<
  { readonly version: string; readonly imports: Readonly<Record<string, string>> }
> {
  return JSON.parse(await Deno.readTextFile(join(repositoryRoot, "deno.json")));
}

/** The exact versions that `deno.json` pins. */
async function readPinnedVersions(): Promise<Record<string, string>> {
  const { imports } = await readPackage();
  const pinned = Object.values(imports).map((specifier) =>
    specifier.match(/^npm:(@?[^@]+)@([^/]+)/)
  );
  return Object.fromEntries(pinned.flatMap((match) => match ? [[match[1]!, match[2]!]] : []));
}

async function readCommit(): Promise<string | null> {
  const commit = await git("rev-parse", "--short=12", "HEAD");
  if (commit === null) return null;
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  return changes === "" ? commit : `${commit}-modified`;
}

async function git(...args: string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", repositoryRoot, ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
