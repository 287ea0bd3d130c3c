/**
 * Finds the folders that hold finished results, or look as if they did.
 *
 * @module
 */
import { join } from "node:path";
import { markName } from "@/files/write.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** A folder that holds results which cannot be listed. */
export interface LeftOut {
  /** Its path. */
  readonly folder: string;
  /** What must hold and what came instead. */
  readonly reason: string;
}

/** Files of results, of which one names the kind of a folder. */
export const mainFiles = ["test_results.json", "seed_summary.json", "scenarios.json"] as const;
const otherFiles = [
  "config.yaml",
  "scores.csv",
  "test_binary_results.json",
  "eval_args.json",
  "infer_time.json",
  "environment.json",
];

/** A folder and the names in it. */
export interface ResultFolder {
  /** Its path, below the folder that was searched. */
  readonly path: string;
  /** What lies in it, by name. */
  readonly names: ReadonlySet<string>;
}

/** Folders that are read at the same time. */
export const limit = 16;

/** Whether a folder itself holds results, whatever lies below it. */
export async function holdsResults(folder: string): Promise<boolean> {
  for (const name of mainFiles) {
    try {
      if ((await Deno.stat(join(folder, name))).isFile) return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return false;
}

/**
 * Lists the folders that hold results, or look as if they did, however deep; adds to `leftOut` what
 * cannot be read or is not finished. Links are followed, and no folder is listed twice.
 */
export async function findFolders(
  roots: readonly string[],
  leftOut: LeftOut[],
): Promise<ResultFolder[]> {
  const found: ResultFolder[] = [];
  const seen = new Set<string>();
  let level: { path: string; real: string }[] = [];
  for (const path of roots) level.push({ path, real: await Deno.realPath(path) });
  while (level.length > 0) {
    const isNew = level.filter(({ real }) => !seen.has(real) && seen.add(real));
    const below = await mapConcurrently(isNew, {
      limit,
      apply: async ({ path, real }) => {
        const inner: { path: string; real: string }[] = [], names = new Set<string>();
        try {
          for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
            names.add(name);
            if (isDirectory) {
              if (/^\..+\.partial$/.test(name)) {
                leftOut.push({ folder: join(path, name), reason: halfWritten });
              } else if (name !== "model" && !name.startsWith(".")) {
                inner.push({ path: join(path, name), real: join(real, name) });
              }
            } else if (isSymlink && !name.startsWith(".")) {
              const target = await linkedFolder(join(path, name));
              if (target !== null) inner.push({ path: join(path, name), real: target });
            }
          }
        } catch (error) {
          leftOut.push({ folder: path, reason: reasonOf(error) });
        }
        const looksLike = mainFiles.some((name) => names.has(name)) || names.has(markName) ||
          otherFiles.filter((name) => names.has(name)).length > 1;
        if (looksLike) found.push({ path, names });
        return inner;
      },
    });
    level = below.flat();
  }
  return found;
}

const halfWritten = "it must be complete, got one that is being written or was not finished";

/** Where a link leads if that is a folder. */
async function linkedFolder(path: string): Promise<string | null> {
  try {
    return (await Deno.stat(path)).isDirectory ? await Deno.realPath(path) : null;
  } catch (error) {
    // A link that leads nowhere, or round in circles, holds no results.
    if (error instanceof Error) return null;
    throw error;
  }
}

/** The first line of what went wrong; errors of the system name a path, which stands before. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const [line = ""] = error.message.split("\n");
  return Object.values(Deno.errors).some((kind) => error instanceof kind)
    ? `it must be readable, got ${line}`
    : line;
}
