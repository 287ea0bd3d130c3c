/**
 * One connection of a download: asks for the bytes that are missing and appends what comes.
 *
 * What is there already is left out with a range request (RFC 9110, section 14), on condition that
 * the server still has the same version where it named one. An answer that does not fit what is
 * there is not pieced together with it: the file starts over.
 *
 * @module
 */
import { type AnswerFields, readAnswerFields } from "@/files/answer_fields.ts";
import { ConnectionFailure, type ConnectionWatch, watchConnection } from "@/files/connection.ts";
import type { PartialFile } from "@/files/partial_file.ts";

/** Where to fetch from, and how. */
export interface DownloadPartOptions {
  /** The address. */
  readonly address: string;
  /** Whether a published hash decides in the end; if not, only what surely fits is pieced together. */
  readonly isVerified: boolean;
  /** Milliseconds without a byte before the connection counts as stalled. */
  readonly patience: number;
  /** Interrupts; default: nothing does. */
  readonly signal?: AbortSignal;
  /** Receives the bytes there are and the size of the file, null while unknown; default: nobody is told. */
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
 *
 * @param partial The file; afterwards it holds what came.
 * @param options Where to fetch from, and how.
 * @returns Whether the file is complete, and if not, why.
 * @throws {Error} If bytes cannot be written.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example The server has no such file
 * ```ts
 * import assert from "node:assert/strict";
 * import { downloadPart } from "@/files/download_part.ts";
 * import { PartialFile } from "@/files/partial_file.ts";
 *
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
 *   return new Response(null, { status: 404 });
 * });
 * const folder = await Deno.makeTempDir();
 * await using partial = await PartialFile.open(`${folder}/a.partial`, { sha256: null });
 * const outcome = await downloadPart(partial, {
 *   address: `http://127.0.0.1:${server.addr.port}/a`,
 *   isVerified: false,
 *   patience: 10_000,
 * });
 * await server.shutdown();
 *
 * assert.deepEqual(outcome, { kind: "refused", reason: "status 404" });
 * ```
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

/** Whether the bytes that are there came from an address that can say if it still has that version. */
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

/** Prepares the file for the bytes of an answer; returns what became of it if none are to be taken. */
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

/** Nothing follows the bytes that are there: either they are all, or they belong to another version. */
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
