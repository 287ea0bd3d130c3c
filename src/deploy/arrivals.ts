/**
 * Photographs that arrive in a folder: which there are, in what order they came, and which are whole.
 *
 * Events of the file system say where to look; the whole folder is looked through when it is opened
 * and now and then, so that an event that gets lost, or a file system that has none, only delays.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { isImageName, isSystemName } from "@/datasets/listing.ts";
import { walkImages } from "@/deploy/photographs.ts";
import { statIfExists } from "@/files/read.ts";

/** How a folder is looked at. */
export interface ArrivalOptions {
  /** Whether a photograph, by its path within the folder, is done. */
  readonly isDone: (image: string) => boolean;
  /** Called once with every folder below that cannot be read, and why; default: nobody is told. */
  readonly onFault?: (path: string, fault: string) => void;
  /** Milliseconds in which a file must not change to count as whole; default 200. */
  readonly settling?: number;
  /** Milliseconds between two looks through the folder at least; default 2000. */
  readonly rescan?: number;
}

/** A photograph that has arrived and is not done. */
export interface Arrival {
  /** Its path within the folder, with `/`. */
  readonly image: string;
  /** What changes with every write and every replacement. */
  readonly stamp: string;
}

/** A folder that is watched, until it is closed. */
export interface Arrivals {
  /** Whole photographs in the order of their arrival, as many as wanted; those taken stay until they are done. */
  take(most: number): Promise<Arrival[]>;
  /** Whether a photograph is still what it was when it was taken. */
  isUnchanged(arrival: Arrival): Promise<boolean>;
  /** Lets one that was taken wait again: until it changes, or for some milliseconds. */
  postpone(arrival: Arrival, milliseconds: number): void;
  /** Waits until something may have become whole. */
  wait(signal: AbortSignal): Promise<void>;
  /** Photographs that were gone before they were whole. */
  readonly gone: number;
  /** Whether the system tells of events. */
  readonly hasEvents: boolean;
  /** Ends watching. */
  close(): void;
}

/** A photograph that is waited for. */
interface Waiting {
  stamp: string;
  /** When it may be taken, if nothing changes until then. */
  ready: number;
}

/** Watches a folder. */
export async function watchArrivals(folder: string, options: ArrivalOptions): Promise<Arrivals> {
  const { isDone, settling = 200, rescan = 2000 } = options;
  const root = await Deno.realPath(folder);
  const waiting = new Map<string, Waiting>();
  const touched = new Set<string>(), faulty = new Set<string>();
  let nextScan = 0, gone = 0, wake = (): void => {};
  const look = async (image: string): Promise<void> => {
    const stat = await statIfExists(join(root, image)).catch(() => null);
    const before = waiting.get(image);
    if (stat === null || !stat.isFile) {
      if (stat?.isDirectory) nextScan = 0;
      if (before !== undefined && waiting.delete(image)) gone++;
      return;
    }
    const stamp = stampOf(stat), ready = performance.now() + settling;
    if (before === undefined) waiting.set(image, { stamp, ready });
    else if (before.stamp !== stamp) Object.assign(before, { stamp, ready });
  };
  const scan = async (): Promise<void> => {
    const begin = performance.now();
    const found: { image: string; arrived: number }[] = [];
    if (await statIfExists(root) === null) {
      throw new Error(`Cannot watch "${folder}": the folder must stay where it was, it is gone`);
    }
    for await (const { path, fault } of walkImages(root)) {
      const image = relative(root, path).replaceAll(sep, "/");
      if (fault !== undefined && !faulty.has(path)) options.onFault?.(path, fault);
      if (fault !== undefined) faulty.add(path);
      if (fault !== undefined || isDone(image) || waiting.has(image)) continue;
      const stat = await statIfExists(path).catch(() => null);
      if (stat !== null) found.push({ image, arrived: arrivalOf(stat) });
    }
    found.sort((a, b) => a.arrived - b.arrived || (a.image < b.image ? -1 : 1));
    for (const image of [...waiting.keys(), ...found.map(({ image }) => image)]) await look(image);
    const end = performance.now();
    nextScan = end + Math.max(rescan, 20 * (end - begin));
  };
  const watcher = watchEvents(root, ({ kind, paths, flag }) => {
    if (flag === "rescan") nextScan = 0;
    for (const path of paths) {
      const image = relative(root, path).replaceAll(sep, "/");
      const parts = image.split("/");
      if (image === "" || parts[0] === ".." || parts.some(isSystemName)) continue;
      // What is not called like an image may be a folder with some in it.
      if (isImageName(parts.at(-1)!)) touched.add(image);
      else if (kind === "create" || kind === "rename") touched.add(image);
    }
    wake();
  });
  return {
    take: async (most) => {
      const now = [...touched];
      touched.clear();
      for (const image of now) {
        if (isImageName(image.split("/").at(-1)!)) {
          if (!isDone(image)) await look(image);
        } else if (await Deno.stat(join(root, image)).then((s) => s.isDirectory, () => false)) {
          nextScan = 0;
        }
      }
      if (performance.now() >= nextScan) await scan();
      const taken: Arrival[] = [];
      for (const [image, { stamp, ready }] of waiting) {
        if (taken.length === most) break;
        if (isDone(image)) waiting.delete(image);
        else if (performance.now() >= ready) {
          await look(image);
          const again = waiting.get(image);
          if (again?.stamp === stamp) taken.push({ image, stamp });
        }
      }
      return taken;
    },
    isUnchanged: async ({ image, stamp }) => {
      const stat = await statIfExists(join(root, image)).catch(() => null);
      return stat !== null && stampOf(stat) === stamp;
    },
    postpone: ({ image }, milliseconds) => {
      const each = waiting.get(image);
      if (each !== undefined) each.ready = performance.now() + milliseconds;
    },
    wait: async (signal) => {
      let next = nextScan;
      for (const { ready } of waiting.values()) next = Math.min(next, ready);
      const pause = Math.max(10, Math.min(rescan, next - performance.now()));
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = (): void => resolve();
      const timer = setTimeout(stop, pause);
      wake = stop;
      signal.addEventListener("abort", stop);
      if (touched.size > 0 || signal.aborted) stop();
      await promise;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      wake = () => {};
    },
    get gone() {
      return gone;
    },
    hasEvents: watcher !== null,
    close: () => watcher?.close(),
  };
}

/** What changes with every write and every replacement, even by equal bytes. */
function stampOf({ dev, ino, size, mtime, ctime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
}

/**
 * When a file got its name or its content, whichever was last; of names this is known to the second,
 * which matters only among those that came while nobody watched.
 */
function arrivalOf({ ctime, mtime }: Deno.FileInfo): number {
  return Math.max(ctime?.getTime() ?? 0, mtime?.getTime() ?? 0);
}

/** Listens for events below a folder; `null` where the system has none to give. */
function watchEvents(
  root: string,
  onEvent: (event: Deno.FsEvent) => void,
): Deno.FsWatcher | null {
  try {
    const watcher = Deno.watchFs(root, { recursive: true });
    (async () => {
      for await (const event of watcher) onEvent(event);
    })().catch(() => undefined); // Looking through the folder goes on without events.
    return watcher;
  } catch {
    return null;
  }
}
