/**
 * Names of what is being written, and what to do with those of processes that died meanwhile.
 *
 * A name says what will stand in its place, and which process of which machine writes it:
 * `.run-3fa9c1-4711-1b2c3d4e.partial`; `-previous` is what stood there before.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { kill } from "node:process";

const pattern = /^\.(.+)-([0-9a-f]{6})-(\d+)-([0-9a-f]{8})(-previous)?\.partial$/;

/** Names that this thread is writing under, and those that it no longer is. */
const inUse = new Set<string>(), done = new Set<string>();

/** Makes a hidden name for what is being written; `releaseName` says that it is done. */
export function temporaryName(name: string): string {
  const isShort = new TextEncoder().encode(name).length <= 200;
  const readable = isShort ? name : createHash("sha256").update(name).digest("hex");
  const stamp = `${machine()}-${Deno.pid}-${randomBytes(4).toString("hex")}`;
  inUse.add(stamp);
  return `.${readable}-${stamp}.partial`;
}

/** Says that nothing is written under a name any more. */
export function releaseName(path: string): void {
  const stamp = /([0-9a-f]{6}-\d+-[0-9a-f]{8})\.partial$/.exec(path)?.[1] ?? "";
  if (inUse.delete(stamp)) done.add(stamp);
}

/**
 * Removes what processes of this machine that are dead have left in a folder.
 *
 * One that died between its two renames left neither: what stood there before gets its name back.
 */
export async function sweepFolder(folder: string): Promise<void> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    for (const name of names) {
      const [, target, host, pid, random, previous] = pattern.exec(name) ?? [];
      const stamp = `${host}-${pid}-${random}`;
      if (host !== machine() || isWriting(stamp, Number(pid))) continue;
      const isOurs = Number(pid) === Deno.pid && !done.has(stamp);
      if (isOurs && !await isOld(join(folder, name))) continue;
      const half = name.replace(/(?:-previous)?\.partial$/, "");
      const hasBoth = names.includes(`${half}.partial`) &&
        names.includes(`${half}-previous.partial`);
      if (hasBoth && !names.includes(target!)) {
        if (previous !== undefined) await Deno.rename(join(folder, name), join(folder, target!));
        // Its other half goes the next time, when the name is there again.
        continue;
      }
      await Deno.remove(join(folder, name), { recursive: true });
    }
  } catch (error) {
    // Another process may sweep as well, and a folder of somebody else stays as it is.
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return;
    }
    throw error;
  }
}

function isWriting(stamp: string, pid: number): boolean {
  if (pid === Deno.pid) return inUse.has(stamp);
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

/**
 * Whether a name of this process's number is of an earlier process of that number: threads of one
 * process know nothing of each other's names, and none writes for a day.
 */
async function isOld(path: string): Promise<boolean> {
  const { mtime } = await Deno.stat(path);
  return Date.now() - (mtime?.getTime() ?? 0) > 24 * 60 * 60 * 1000;
}

let known: string | undefined;

/** Six digits that stand for this machine. */
function machine(): string {
  known ??= createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
  return known;
}
