/**
 * The file in which `deno task bench write=…` keeps figures, part by part.
 *
 * @module
 */
import type { Figure } from "./figures.ts";
import type { Machine } from "./machine.ts";

/** One part of the bench, as it ran last. */
export interface MeasuredPart {
  readonly date: string;
  /** Whether it ran on smaller tasks. */
  readonly isQuick: boolean;
  /** Load averages. */
  readonly loads: { readonly begin: number; readonly end: number };
  readonly figures: readonly Figure[];
}

/** The whole file. */
export interface Performance {
  readonly schema: 1;
  readonly machine: Machine;
  readonly parts: Readonly<Record<string, MeasuredPart>>;
}

/**
 * Writes what was measured. Parts of a file from the same machine that were not measured again stay.
 *
 * @param path The file.
 * @param measured Machine and parts.
 */
export async function writePerformance(
  path: string,
  { machine, parts }: Pick<Performance, "machine" | "parts">,
): Promise<void> {
  const former = await readIfThere(path);
  const isSame = former?.schema === 1 && former.machine.processor === machine.processor &&
    former.machine.cores === machine.cores && former.machine.deno === machine.deno;
  const all = { ...(isSame ? former.parts : {}), ...parts };
  const file: Performance = { schema: 1, machine, parts: all };
  await Deno.writeTextFile(path, `${JSON.stringify(file, null, 2)}\n`);
}

async function readIfThere(path: string): Promise<Performance | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as Performance;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
