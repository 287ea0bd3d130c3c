/**
 * Downloads of large files that are checked, and that go on where they were interrupted.
 *
 * Bytes go to `<path>.partial`, beside a note of where they come from, so that even another
 * process can go on. What is there already is left out with a range request (RFC 9110, section
 * 14), on condition that the server still has the same version where it named one. An answer
 * that does not fit what is there is not pieced together with it: the file starts over.
 *
 * An address is asked again after a broken connection, silence, or a status that may pass, and
 * left at once after any other. A wrong hash keeps nothing; where the bytes were pieced together
 * from several versions or visits, the address is asked once more for all of them. Without a
 * hash, bytes are pieced together only where the server vouches for the version, a file that
 * exists is taken as it is, and a page of HTML is refused.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AnswerFields,
  ConnectionFailure,
  type ConnectionWatch,
  readAnswerFields,
  watchConnection,
} from "@/files/connection.ts";
import { PartialFile } from "@/files/partial_file.ts";
import { hashFile } from "@/files/read.ts";

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
  /**
   * Milliseconds before connecting again; doubled while nothing new comes, up to 32 times;
   * default: 500.
   */
  readonly pause?: number;
  /**
   * Receives the bytes there are and the size of the file, null while unknown; default: nobody
   * is told.
   */
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
  /**
   * Bytes that came over the network, also those that were dropped again; 0 if the file was there.
   */
  readonly fetched: number;
  /** The address that completed the file; null if it was there. */
  readonly address: string | null;
}

/**
 * Downloads a file, unless it is there with the right hash; what was at `path` stays until the
 * SHA-256 of the new file, read back from disk, is right.
 *
 * Of several processes that want the same file, one downloads and the others wait.
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

/** A request with its defaults filled in. */
interface Settings extends DownloadRequest {
  readonly patience: number;
  readonly attempts: number;
  readonly pause: number;
  readonly signal: AbortSignal;
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

/** Downloads from one address until the file is complete and right, or going on is of no use. */
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

/** Where to fetch from, and how. */
export interface DownloadPartOptions {
  /** The address. */
  readonly address: string;
  /**
   * Whether a published hash decides in the end; if not, only what surely fits is pieced together.
   */
  readonly isVerified: boolean;
  /** Milliseconds without a byte before the connection counts as stalled. */
  readonly patience: number;
  /** Interrupts; default: nothing does. */
  readonly signal?: AbortSignal;
  /**
   * Receives the bytes there are and the size of the file, null while unknown; default: nobody
   * is told.
   */
  readonly onProgress?: (done: number, total: number | null) => void;
}

/** What became of one connection. */
export type PartOutcome =
  | {
    /** All bytes are there, as far as the server tells. */
    readonly kind: "complete";
  }
  | {
    /** Interrupted: another connection may help. Refused: it will not. */
    readonly kind: "interrupted" | "refused";
    /** Why, for people. */
    readonly reason: string;
  };

/**
 * Fetches the bytes that a partial file lacks, as many as one connection brings.
 *
 * The memory taken does not depend on the size of the file: nothing is read from the connection
 * before the bytes that came earlier are written.
 */
export async function downloadPart(
  partial: PartialFile,
  options: DownloadPartOptions,
): Promise<PartOutcome> {
  const { address, isVerified, onProgress } = options;
  if (!isVerified && !isVouchedFor(partial, address)) await partial.restart();
  if (partial.size > 0 && partial.size === partial.origin?.total) return { kind: "complete" };
  const watch = watchConnection(options);
  try {
    const headers = headersFor(partial, address);
    const answer = fetch(address, { headers, signal: watch.signal });
    const response = await watch.within(answer, describeFailure);
    const refusal = await admit(response, partial, options);
    if (refusal !== null) return refusal;
    const total = partial.origin?.total ?? null;
    onProgress?.(partial.size, total);
    const describe = (): string => describeEnd(partial.size, total);
    for await (const bytes of readBody(response, watch, describe)) {
      if (total !== null && partial.size + bytes.length > total) {
        await partial.restart();
        return interrupted(`more than the ${count(total)} bytes announced`);
      }
      await partial.append(bytes);
      onProgress?.(partial.size, total);
    }
    const isComplete = total === null || partial.size === total;
    return isComplete ? { kind: "complete" } : interrupted(describe());
  } catch (error) {
    if (error instanceof ConnectionFailure) return interrupted(error.message);
    throw error;
  } finally {
    watch.end();
  }
}

/** Whether the bytes came from this address, and it can tell if it still has their version. */
function isVouchedFor({ size, origin }: PartialFile, address: string): boolean {
  return size === 0 || (origin?.address === address && origin.validator !== null);
}

function headersFor({ size, origin }: PartialFile, address: string): Headers {
  const headers = new Headers({ "accept-encoding": "identity" });
  if (size === 0) return headers;
  headers.set("range", `bytes=${size}-`);
  if (origin?.address === address && origin.validator !== null) {
    headers.set("if-range", origin.validator);
  }
  return headers;
}

/** Prepares the file for an answer's bytes; returns what became of it if none are to be taken. */
async function admit(
  { status, headers }: Response,
  partial: PartialFile,
  { address, isVerified }: DownloadPartOptions,
): Promise<PartOutcome | null> {
  const fields = readAnswerFields(headers);
  if (status === 416 && partial.size > 0) return await settleEnd(fields, partial, isVerified);
  if (status !== 200 && status !== 206) {
    const mayPass = status >= 500 || [408, 425, 429].includes(status);
    return { kind: mayPass ? "interrupted" : "refused", reason: `status ${status}` };
  }
  const misfit = isVerified ? null : describeMisfit(headers);
  if (misfit !== null) return { kind: "refused", reason: misfit };
  if (status === 200) {
    await partial.restart();
    await partial.goOn({ address, validator: fields.validator, total: fields.length });
    return null;
  }
  const known = partial.origin?.address === address ? partial.origin.validator : null;
  const contradiction = describeContradiction(fields, partial) ?? describeChange(headers, known);
  if (contradiction !== null) {
    await partial.restart();
    return interrupted(contradiction);
  }
  const total = fields.total ?? partial.origin?.total ?? null;
  await partial.goOn({ address, validator: fields.validator ?? known, total });
  return null;
}

/** Nothing follows the bytes there are: they are all, or they belong to another version. */
async function settleEnd(
  fields: AnswerFields,
  partial: PartialFile,
  isVerified: boolean,
): Promise<PartOutcome> {
  const total = fields.total ?? partial.origin?.total ?? null;
  if (total === null ? isVerified : total === partial.size) return { kind: "complete" };
  await partial.restart();
  return interrupted("status 416");
}

/** Why an answer that no hash will check cannot be the file. */
function describeMisfit(headers: Headers): string | null {
  if (/^\s*text\/html\b/i.test(headers.get("content-type") ?? "")) {
    return "a page of HTML instead of a file";
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  return encoding === "identity" ? null : `a file that is encoded as "${encoding}"`;
}

/** Why a part cannot follow the bytes that are there. */
function describeContradiction(
  { first, total }: AnswerFields,
  { size, origin }: PartialFile,
): string | null {
  if (first === null) return "a part of the file that does not say which";
  if (first !== size) return `the part from byte ${count(first)} instead of ${count(size)}`;
  const known = origin?.total ?? null;
  if (total === null || known === null || total === known) return null;
  return `a file of ${count(total)} bytes instead of ${count(known)}`;
}

/** Whether a server sends a part of another version although it was told which one is wanted. */
function describeChange(headers: Headers, validator: string | null): string | null {
  if (validator === null) return null;
  const now = headers.get(validator.startsWith('"') ? "etag" : "last-modified");
  return now === null || now === validator ? null : "a part of another version of the file";
}

async function* readBody(
  { body }: Response,
  watch: ConnectionWatch,
  describe: () => string,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await watch.within(reader.read(), describe);
    if (done) return;
    yield value;
  }
}

/** What went wrong before an answer came, without the address, which the reader knows. */
function describeFailure(error: unknown): string {
  const cause = error instanceof Error ? error.cause ?? error : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return `no answer: ${text.replace(/^.*client error \(\w+\): |^Fetch failed: /s, "")}`;
}

function describeEnd(size: number, total: number | null): string {
  const whole = total === null ? "" : ` of ${count(total)}`;
  return `the connection ended after ${count(size)}${whole} bytes`;
}

function interrupted(reason: string): PartOutcome {
  return { kind: "interrupted", reason };
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
