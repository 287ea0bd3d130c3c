/**
 * Downloads of large files that are checked, and that go on where they were interrupted.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { downloadPart } from "@/files/download_part.ts";
import { hashFile } from "@/files/hash_file.ts";
import { PartialFile } from "@/files/partial_file.ts";

/** What to download, and where to. */
export interface DownloadRequest {
  /** Addresses of the same file, tried in this order; http or https. */
  readonly addresses: readonly string[];
  /** Where the file goes; its folder is made where missing. */
  readonly path: string;
  /** SHA-256 of the file in hex; null: none is published, then nothing is verified. */
  readonly sha256: string | null;
  /** Milliseconds without a byte before a connection counts as stalled; default: 30 000. */
  readonly patience?: number;
  /** Connections in a row that bring nothing new before the next address is tried; default: 5. */
  readonly attempts?: number;
  /** Milliseconds before connecting again; doubled while nothing new comes, up to 32 times; default: 500. */
  readonly pause?: number;
  /** Receives the bytes there are and the size of the file, null while unknown; default: nobody is told. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Interrupts; the bytes that came are kept for the next time; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** A file that was downloaded, or was there already. */
export interface Download {
  /** Where it lies. */
  readonly path: string;
  /** Its SHA-256 in hex, computed from what lies on disk. */
  readonly sha256: string;
  /** Whether that is the hash asked for; false where none was given. */
  readonly isVerified: boolean;
  /** Its size. */
  readonly bytes: number;
  /** How many of these bytes were there before. */
  readonly resumedFrom: number;
  /** Bytes that came over the network, also those that were dropped again; 0 if the file was there. */
  readonly fetched: number;
  /** The address that completed the file; null if it was there. */
  readonly address: string | null;
}

interface Settings extends DownloadRequest {
  readonly patience: number;
  readonly attempts: number;
  readonly pause: number;
  readonly signal: AbortSignal;
}

/**
 * Downloads a file, unless it is there with the right hash.
 *
 * Bytes go to `<path>.partial`, beside a note of where they come from; an interrupted download goes
 * on from there, even in another process. The file gets its name when its SHA-256, read back from
 * disk, is right; what was at `path` before stays until then. An address is asked again after a
 * broken connection, silence, or a status that may pass, and left at once after any other. A wrong
 * hash keeps nothing; where the bytes were pieced together from several versions or visits, the
 * address is asked once more for all of them. Without a hash, bytes are pieced together only where
 * the server vouches for the version, a file that exists is taken as it is, and a page of HTML is
 * refused. Of several processes that want the same file, one downloads and the others wait.
 *
 * @param request What to download, and where to.
 * @returns Where the file lies, its hash, and what had to be fetched.
 * @throws {RangeError} If a value of the request is out of range.
 * @throws {Error} If no address gives the file, or it cannot be written.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example Fetched once
 * ```ts
 * import assert from "node:assert/strict";
 * import { download } from "@/files/download.ts";
 *
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
 *   return new Response("abc");
 * });
 * const folder = await Deno.makeTempDir();
 * const request = {
 *   addresses: [`http://127.0.0.1:${server.addr.port}/abc`],
 *   path: `${folder}/weights/abc`,
 *   sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
 * };
 * const first = await download(request);
 * const second = await download(request);
 * await server.shutdown();
 * await Deno.remove(folder, { recursive: true });
 *
 * assert.deepEqual([first.fetched, first.resumedFrom], [3, 0]);
 * assert.deepEqual([second.fetched, second.resumedFrom], [0, 3]);
 * ```
 */
export async function download(request: DownloadRequest): Promise<Download> {
  const settings = checkRequest(request);
  const { path, sha256, signal } = settings;
  const before = await identify(settings);
  const present = before === null ? null : await acceptPresent(settings);
  if (present !== null) return present;
  await Deno.mkdir(dirname(path), { recursive: true });
  await using partial = await PartialFile.open(`${path}.partial`, { sha256, signal });
  const now = await identify(settings);
  const made = now === null || now === before ? null : await acceptPresent(settings);
  if (made !== null) {
    await partial.restart();
    return made;
  }
  const reasons: string[] = [];
  for (const address of settings.addresses) {
    const outcome = await downloadFrom(address, partial, settings);
    if (outcome.hash === null) {
      reasons.push(`${address}: ${outcome.reason}`);
      continue;
    }
    const { size: bytes, earlier: resumedFrom, received: fetched } = partial;
    await partial.moveTo(path);
    return {
      path,
      sha256: outcome.hash,
      isVerified: sha256 !== null,
      bytes,
      resumedFrom,
      fetched,
      address,
    };
  }
  const who = reasons.length === 1 ? "its address" : `one of ${reasons.length} addresses`;
  throw new Error(
    `Cannot download "${basename(path)}": ${who} must give it, got ${reasons.join("; ")}`,
  );
}

/** Checks a request and fills in the defaults. */
function checkRequest(request: DownloadRequest): Settings {
  const { addresses, path, sha256, patience = 30_000, attempts = 5, pause = 500 } = request;
  const demand = (isRight: boolean, what: string, got: string | number): void => {
    if (isRight) return;
    throw new RangeError(`Cannot download "${basename(path)}": ${what}, got ${got}`);
  };
  demand(basename(path) !== "", "path must name a file", `"${path}"`);
  demand(addresses.length > 0, "at least one address is needed", "none");
  for (const address of addresses) {
    const isWeb = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
    demand(isWeb, "every address must be a whole one of http or https", `"${address}"`);
  }
  const isHash = sha256 === null || /^[0-9a-f]{64}$/i.test(sha256);
  demand(isHash, "sha256 must be 64 hexadecimal digits or null", `"${sha256}"`);
  demand(patience > 0 && patience < 2 ** 31, "patience must be above 0 and below 2³¹", patience);
  demand(
    Number.isInteger(attempts) && attempts > 0,
    "attempts must be a positive integer",
    attempts,
  );
  demand(pause >= 0 && pause < 2 ** 26, "pause must be from 0 to below 2²⁶", pause);
  const signal = request.signal ?? new AbortController().signal;
  return { ...request, sha256: sha256?.toLowerCase() ?? null, patience, attempts, pause, signal };
}

/** Tells one state of the file at `path` from another; null where there is none. */
async function identify({ path }: Settings): Promise<string | null> {
  try {
    const { isDirectory, dev, ino, size, mtime } = await Deno.stat(path);
    if (!isDirectory) return [dev, ino, size, mtime?.getTime()].join();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  throw new Error(`Cannot download "${basename(path)}": "${path}" must be a file, got a folder`);
}

/** Takes the file at `path` as it is if it has the right hash, or no hash is known. */
async function acceptPresent(settings: Settings): Promise<Download | null> {
  const { path, sha256, signal, onProgress } = settings;
  const hash = await hashFile(path, { signal });
  if (sha256 !== null && hash !== sha256) return null;
  const { size: bytes } = await Deno.stat(path);
  onProgress?.(bytes, bytes);
  const isVerified = sha256 !== null;
  return { path, sha256: hash, isVerified, bytes, resumedFrom: bytes, fetched: 0, address: null };
}

/** Downloads from one address until the file is complete and right, or there is no use in going on. */
async function downloadFrom(
  address: string,
  partial: PartialFile,
  settings: Settings,
): Promise<{ hash: string } | { hash: null; reason: string }> {
  const { sha256, signal } = settings;
  for (let isSecond = false;; isSecond = true) {
    const failure = await completeFrom(address, partial, settings);
    if (failure !== null) return { hash: null, reason: failure };
    const hash = await partial.hash({ signal });
    if (sha256 === null || hash === sha256) return { hash };
    const { isMixed } = partial;
    await partial.restart();
    if (isSecond || !isMixed) return { hash: null, reason: `SHA-256 ${hash} instead of ${sha256}` };
  }
}

/** Connects to one address until all bytes are there; returns why they are not, or null. */
async function completeFrom(
  address: string,
  partial: PartialFile,
  settings: Settings,
): Promise<string | null> {
  const { sha256, patience, attempts, pause, signal, onProgress } = settings;
  let furthest = partial.size, failures = 0;
  for (;;) {
    const outcome = await downloadPart(partial, {
      address,
      isVerified: sha256 !== null,
      patience,
      signal,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (outcome.kind === "complete") return null;
    if (outcome.kind === "refused") return outcome.reason;
    failures = partial.size > furthest ? 0 : failures + 1;
    furthest = Math.max(furthest, partial.size);
    if (failures === attempts) return outcome.reason;
    const time = pause * 2 ** Math.min(Math.max(failures - 1, 0), 5);
    await sleep(time, undefined, { signal }).catch((error) => {
      signal.throwIfAborted();
      throw error;
    });
  }
}
