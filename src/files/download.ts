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
import { PartialFile, wait } from "@/files/partial_file.ts";
import { formatDuration } from "@/files/progress.ts";
import { hashFile, statIfExists } from "@/files/read.ts";

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
    try {
      const hash = await downloadFrom(address, partial, settings);
      const { size: bytes, earlier: resumedFrom, received: fetched } = partial;
      await partial.moveTo(path);
      const isVerified = sha256 !== null;
      return { path, sha256: hash, isVerified, bytes, resumedFrom, fetched, address };
    } catch (error) {
      if (!(error instanceof ConnectionFailure)) throw error;
      reasons.push(`${address}: ${error.message}`);
    }
  }
  const who = reasons.length === 1 ? "its address" : `one of ${reasons.length} addresses`;
  throw new Error(
    `Cannot download "${basename(path)}": ${who} must give it, got ${reasons.join("; ")}`,
  );
}

/** A request with its defaults filled in. */
export type DownloadSettings =
  & DownloadRequest
  & Required<Pick<DownloadRequest, "patience" | "attempts" | "pause" | "signal">>;

/** Checks a request and fills in the defaults. */
function checkRequest(request: DownloadRequest): DownloadSettings {
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
async function identify({ path }: DownloadSettings): Promise<string | null> {
  const stat = await statIfExists(path);
  if (!stat?.isDirectory) {
    return stat && [stat.dev, stat.ino, stat.size, stat.mtime?.getTime()].join();
  }
  throw new Error(`Cannot download "${basename(path)}": "${path}" must be a file, got a folder`);
}

/** Takes the file at `path` as it is if it has the right hash, or no hash is known. */
async function acceptPresent(settings: DownloadSettings): Promise<Download | null> {
  const { path, sha256, signal, onProgress } = settings;
  const hash = await hashFile(path, { signal });
  if (sha256 !== null && hash !== sha256) return null;
  const { size: bytes } = await Deno.stat(path);
  onProgress?.(bytes, bytes);
  const isVerified = sha256 !== null;
  return { path, sha256: hash, isVerified, bytes, resumedFrom: bytes, fetched: 0, address: null };
}

/** Why an address did not give what was asked of it; a final reason is not worth asking again. */
export class ConnectionFailure extends Error {
  /** Name of the class. */
  override readonly name = "ConnectionFailure";
  /** Whether another connection to the same address will not help. */
  readonly isFinal: boolean;

  /** Makes the error; its message is the reason, for people. */
  constructor(reason: string, options: ErrorOptions & { isFinal?: boolean } = {}) {
    super(reason, options);
    this.isFinal = options.isFinal ?? false;
  }
}

/** Downloads from one address until the file is complete and right; resolves to its SHA-256. */
async function downloadFrom(
  address: string,
  partial: PartialFile,
  settings: DownloadSettings,
): Promise<string> {
  const { sha256, signal } = settings;
  for (let isSecond = false;; isSecond = true) {
    await completeFrom(address, partial, settings);
    const hash = await partial.hash({ signal });
    if (sha256 === null || hash === sha256) return hash;
    const { isMixed } = partial;
    await partial.restart();
    if (isSecond || !isMixed) throw new ConnectionFailure(`SHA-256 ${hash} instead of ${sha256}`);
  }
}

/** Connects to one address again and again until all bytes are there. */
async function completeFrom(
  address: string,
  partial: PartialFile,
  settings: DownloadSettings,
): Promise<void> {
  const { attempts, pause, signal } = settings;
  for (let furthest = partial.size, failures = 0;;) {
    try {
      return await fetchRest(address, partial, settings);
    } catch (error) {
      if (!(error instanceof ConnectionFailure) || error.isFinal) throw error;
      failures = partial.size > furthest ? 0 : failures + 1;
      furthest = Math.max(furthest, partial.size);
      if (failures === attempts) throw error;
    }
    await wait(pause * 2 ** Math.min(Math.max(failures - 1, 0), 5), signal);
  }
}

/**
 * Fetches the bytes that a partial file lacks, as many as one connection brings.
 *
 * The memory taken does not depend on the size of the file: nothing is read from the connection
 * before the bytes that came earlier are written.
 */
export async function fetchRest(
  address: string,
  partial: PartialFile,
  settings: Pick<DownloadSettings, "sha256" | "patience" | "signal" | "onProgress">,
): Promise<void> {
  const { sha256, patience, signal, onProgress } = settings;
  const version = partial.origin?.address === address ? partial.origin.validator : null;
  if (sha256 === null && version === null) await partial.restart();
  if (partial.size > 0 && partial.size === partial.origin?.total) return;
  const ended = new AbortController();
  // Time counts only while something is waited for, not while bytes are written.
  const within = async <T>(work: Promise<T>, describe: (error: unknown) => string): Promise<T> => {
    const timer = setTimeout(() => ended.abort(), patience);
    try {
      return await work;
    } catch (error) {
      signal.throwIfAborted();
      const reason = ended.signal.aborted
        ? `no byte for ${formatDuration(patience)}`
        : describe(error);
      throw new ConnectionFailure(reason, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    const headers = new Headers({ "accept-encoding": "identity" });
    if (partial.size > 0) {
      headers.set("range", `bytes=${partial.size}-`);
      if (version !== null) headers.set("if-range", version);
    }
    const answer = fetch(address, { headers, signal: AbortSignal.any([signal, ended.signal]) });
    const response = await within(answer, describeFailure);
    if (!await admit(response, partial, { address, version, sha256 })) return;
    const total = partial.origin?.total ?? null;
    onProgress?.(partial.size, total);
    const describeEnd = (): string =>
      `the connection ended after ${count(partial.size)}` +
      `${total === null ? "" : ` of ${count(total)}`} bytes`;
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await within(reader.read(), describeEnd);
      if (done) break;
      if (total !== null && partial.size + value.length > total) {
        await partial.restart();
        throw new ConnectionFailure(`more than the ${count(total)} bytes announced`);
      }
      await partial.append(value);
      onProgress?.(partial.size, total);
    }
    if (total !== null && partial.size < total) throw new ConnectionFailure(describeEnd());
  } finally {
    ended.abort();
  }
}

/**
 * Prepares the file for the bytes of an answer; resolves to false if there are none to come.
 *
 * `version` is what the address called the bytes there are.
 */
async function admit(
  { status, headers }: Response,
  partial: PartialFile,
  asked: { address: string; version: string | null; sha256: string | null },
): Promise<boolean> {
  const { address, version, sha256 } = asked;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/i.exec(headers.get("content-range") ?? "");
  const first = toCount(range?.[1]), whole = toCount(range?.[2]);
  const before = partial.origin?.total ?? null, total = whole ?? before;
  const startOver = async (reason: string): Promise<never> => {
    await partial.restart();
    throw new ConnectionFailure(reason);
  };
  if (status === 416 && partial.size > 0) {
    // Nothing follows the bytes there are: they are all, or they belong to another version.
    if (total === null ? sha256 !== null : total === partial.size) return false;
    return await startOver("status 416");
  }
  if (status !== 200 && status !== 206) {
    const isFinal = status < 500 && ![408, 425, 429].includes(status);
    throw new ConnectionFailure(`status ${status}`, { isFinal });
  }
  if (sha256 === null) checkKind(headers);
  if (status === 200) {
    await partial.restart();
    const length = toCount(headers.get("content-length"));
    await partial.goOn({ address, validator: validatorOf(headers), total: length });
    return true;
  }
  const now = headers.get(version?.startsWith('"') ? "etag" : "last-modified");
  if (first === null) await startOver("a part of the file that does not say which");
  if (first !== partial.size) {
    await startOver(`the part from byte ${count(first!)} instead of ${count(partial.size)}`);
  }
  if (before !== null && total !== before) {
    await startOver(`a file of ${count(total!)} bytes instead of ${count(before)}`);
  }
  if (version !== null && now !== null && now !== version) {
    await startOver("a part of another version of the file");
  }
  await partial.goOn({ address, validator: validatorOf(headers) ?? version, total });
  return true;
}

/** Refuses an answer that no hash will check and that cannot be the file. */
function checkKind(headers: Headers): void {
  if (/^\s*text\/html\b/i.test(headers.get("content-type") ?? "")) {
    throw new ConnectionFailure("a page of HTML instead of a file", { isFinal: true });
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding === "identity") return;
  throw new ConnectionFailure(`a file that is encoded as "${encoding}"`, { isFinal: true });
}

/**
 * What the server calls this version of the file, byte for byte: a strong entity tag or, where
 * there is no tag at all, a date of change at least a second before the date of the answer
 * (RFC 9110, sections 8.8.2.2 and 13.1.5); null: nothing that can be relied on.
 */
function validatorOf(headers: Headers): string | null {
  const tag = headers.get("etag");
  if (tag !== null) return /^"[^"]*"$/.test(tag) ? tag : null;
  const modified = headers.get("last-modified"), date = headers.get("date");
  if (modified === null || date === null) return null;
  return Date.parse(date) - Date.parse(modified) >= 1000 ? modified : null;
}

/** What went wrong before an answer came, without the address, which the reader knows. */
function describeFailure(error: unknown): string {
  const cause = error instanceof Error ? error.cause ?? error : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return `no answer: ${text.replace(/^.*client error \(\w+\): |^Fetch failed: /s, "")}`;
}

function toCount(digits: string | null | undefined): number | null {
  return /^\d+$/.test(digits ?? "") ? Number(digits) : null;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
