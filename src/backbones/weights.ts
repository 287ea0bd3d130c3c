/**
 * The weights of a backbone, brought to where a run looks for them: downloaded or taken over,
 * and verified; on request (`fetchWeights`), or before a run that lacks them (`provideWeights`).
 *
 * @module
 */
import { type BackboneEntry, findBackboneEntry } from "@/backbones/entries.ts";
import { backboneFile, readBackbones, weightsFolder } from "@/backbones/registry.ts";
import { download } from "@/files/download.ts";
import type { StartProgress } from "@/files/progress.ts";
import { hashFile, statIfExists } from "@/files/read.ts";
import { fillFile } from "@/files/write.ts";

/** Where weights come from and go to. */
export interface FetchOptions {
  /** A copy of the published file that is there already; default `null`: it is downloaded. */
  readonly from?: string | null;
  /** Folder for weights; default: the project's. */
  readonly folder?: string;
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /** Milliseconds without a byte before a connection counts as stalled; default: the download's. */
  readonly patience?: number;
}

/**
 * Brings a backbone's weights into the folder for weights, verified by their SHA-256.
 *
 * @param entry The backbone.
 * @param options Where they come from.
 * @returns Where the file lies, and how many bytes came over the network.
 * @throws {RangeError} If the backbone has no published file, or a copy is not that file.
 * @throws {Error} If no address gives the file.
 *
 * @example A backbone that needs no file
 * ```ts
 * import assert from "node:assert/strict";
 * import { fetchWeights, readBackbones } from "@/backbones/mod.ts";
 * import { noProgress } from "@/files/mod.ts";
 *
 * const entry = (await readBackbones()).get("embedded")!;
 * await assert.rejects(fetchWeights(entry, { startProgress: noProgress }), /no published file/);
 * ```
 */
export async function fetchWeights(
  entry: BackboneEntry,
  options: FetchOptions,
): Promise<{ readonly path: string; readonly fetched: number }> {
  const { from = null, folder = weightsFolder, startProgress, patience } = options;
  const { name, addresses, sha256, bytes } = entry;
  const path = backboneFile(entry, { folder });
  if (path === null || sha256 === null || addresses.length === 0) {
    throw new RangeError(
      `Cannot fetch weights for backbone "${name}": it has no published file; ` +
        `MODEL.backbone_file names one's own`,
    );
  }
  if (from !== null) {
    await takeOver(from, { path, sha256, name, startProgress });
    return { path, fetched: 0 };
  }
  const progress = startProgress(`download ${name}`);
  const { fetched } = await download({
    addresses,
    path,
    sha256,
    ...(patience !== undefined && { patience }),
    onProgress: (done, total) => {
      const size = total ?? bytes;
      if (size !== null) progress.report(Math.min(1, done / size));
    },
  });
  progress.finish();
  return { path, fetched };
}

/** Copies a file that is there already, if it is the published one. */
async function takeOver(
  from: string,
  { path, sha256, name, startProgress }: {
    path: string;
    sha256: string;
    name: string;
    startProgress: StartProgress;
  },
): Promise<void> {
  const progress = startProgress(`check ${name}`);
  const hash = await hashIfExists(from, (share) => progress.report(share));
  progress.finish();
  if (hash !== sha256) {
    throw new RangeError(
      `Cannot take over "${from}" for backbone "${name}": its SHA-256 must be ${sha256}, ` +
        `got ${hash}; weights of your own are named by MODEL.backbone_file`,
    );
  }
  await fillFile(path, (temporary) => Deno.copyFile(from, temporary));
}

async function hashIfExists(path: string, report: (share: number) => void): Promise<string> {
  try {
    return await hashFile(path, { onProgress: (done, total) => report(done / total) });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot take over "${path}": the file must exist`, { cause: error });
  }
}

/** Which backbone is wanted. */
export interface WeightsChoice {
  /** Its name. */
  readonly backbone: string;
  /** The user's own file, which is never fetched; `null`: the one that the list names. */
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
 * Downloads the published weights of the configured backbone, unless they are there, it is the
 * embedded one or the file is one's own; returns the bytes that came over the network.
 */
export async function provideWeights(
  { backbone, backboneFile: own }: WeightsChoice,
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
