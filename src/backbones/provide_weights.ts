/**
 * Sees to it that the weights of a backbone are there before a run needs them.
 *
 * @module
 */
import { backboneFile, readBackbones, weightsFolder } from "@/backbones/backbone_registry.ts";
import { findBackboneEntry } from "@/backbones/entries.ts";
import { fetchWeights } from "@/backbones/weights.ts";
import type { StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";

/** Which backbone is wanted. */
export interface BackboneChoice {
  /** Its name. */
  readonly backbone: string;
  /** The user's own file of weights, which is never fetched; `null`: the one that the list names. */
  readonly backboneFile: string | null;
}

/** Where weights are listed and kept. */
export interface ProvideOptions {
  /** Shows progress of a download, with the licence of the weights. */
  readonly startProgress: StartProgress;
  /** File with the list of backbones; default: the project's. */
  readonly list?: string;
  /** Folder for weights; default: the project's. */
  readonly folder?: string;
  /** Milliseconds without a byte before a connection counts as stalled; default: the download's. */
  readonly patience?: number;
}

/**
 * Downloads the published weights of the configured backbone, unless they are there.
 *
 * Nothing is done for the embedded backbone and for one's own file.
 *
 * @param choice Which backbone.
 * @param options Where weights are listed and kept; see `ProvideOptions`.
 * @returns Bytes that were downloaded; 0 if nothing was missing.
 * @throws {Error} If the weights are missing and cannot be had; the message says how to bring a copy.
 *
 * @example The embedded backbone needs none
 * ```ts
 * import assert from "node:assert/strict";
 * import { provideWeights } from "@/backbones/provide_weights.ts";
 * import { noProgress } from "@/files/progress.ts";
 *
 * const choice = { backbone: "embedded", backboneFile: null };
 * assert.equal(await provideWeights(choice, { startProgress: noProgress }), 0);
 * ```
 */
export async function provideWeights(
  { backbone, backboneFile: own }: BackboneChoice,
  options: ProvideOptions,
): Promise<number> {
  const { startProgress, list, folder = weightsFolder, patience } = options;
  const entry = findBackboneEntry(await readBackbones(list), backbone);
  const path = backboneFile(entry, { folder });
  if (own !== null || path === null || entry.addresses.length === 0) return 0;
  if (await statIfExists(path) !== null) return 0;
  const licence = entry.licence ?? "licence not known";
  try {
    const { fetched } = await fetchWeights(entry, {
      folder,
      startProgress: (label) => startProgress(`${label} (${licence})`),
      ...(patience !== undefined && { patience }),
    });
    return fetched;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot run with backbone "${entry.name}": its weights must be at "${path}", got none; ` +
        `"deno task backbone ${entry.name} --from FILE" takes a copy. ${reason}`,
      { cause: error },
    );
  }
}
