/**
 * What a folder of a dataset holds: folders, images, other files, and what is neither; names that
 * a system or a program makes by itself are left out.
 *
 * @module
 */
import { join } from "node:path";
import { compareText } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import { plural } from "@/messages.ts";

/** The names in a folder, sorted by character code. */
export interface Listing {
  /** Folders. */
  readonly folders: readonly string[];
  /** Images, told by their extension. */
  readonly images: readonly string[];
  /** Other files. */
  readonly others: readonly string[];
  /** Images by their extension that are a device, a pipe or a socket. */
  readonly devices: readonly string[];
  /** Names that are not UTF-8, with what cannot be read as `\ufffd`; nothing opens them. */
  readonly unreadable: readonly string[];
}

/** Names that count as images. */
const imageName = /\.(png|jpe?g|jpe|jfif|webp|tiff?|bmp)$/i;

/** Names of pictures and films that are not read. */
const pictureName =
  /\.(heic|heif|hif|gif|avif|jp2|j2k|jpx|jpf|jxl|svg|psd|exr|hdr|p[bgpn]m|tga|ico|raw|dng|cr[23w]|nef|arw|orf|rw2|raf|pef|npy|mp4|mov|avi|mkv)$/i;

/** Names that systems, network drives and archives make, in lower case; hidden ones are more. */
const systemNames: ReadonlySet<string> = new Set([
  "@eadir",
  "@recycle",
  "@recently-snapshot",
  "@tmp",
  "#recycle",
  "#snapshot",
  "__macosx",
  "$recycle.bin",
  "$av_asw",
  "recycler",
  "system volume information",
  "lost+found",
  "network trash folder",
  "temporary items",
  "thumbs.db",
  "ehthumbs.db",
  "desktop.ini",
  "icon\r",
  "@synoresource",
  "@synoeastream",
]);

/** Whether a name is one that a system or a program makes by itself. */
export function isSystemName(name: string): boolean {
  return name.startsWith(".") || systemNames.has(name.toLowerCase()) ||
    /@Syno(Resource|EAStream)$/i.test(name);
}

/** Whether a name is that of an image which people put there, told by its extension. */
export function isImageName(name: string): boolean {
  return imageName.test(name) && !isSystemName(name);
}

/** Lists a folder, as an empty one where there is none. Links count as what they lead to. */
export async function listFolder(folder: string): Promise<Listing> {
  const folders: string[] = [], images: string[] = [], others: string[] = [];
  const devices: string[] = [], unreadable: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const { name } = entry;
      if (isSystemName(name)) continue;
      const path = join(folder, name);
      if (name.includes("\ufffd") && await isNowhere(path)) unreadable.push(name);
      else {
        const kind = entry.isSymlink ? await follow(path) : entry;
        if (kind.isDirectory) folders.push(name);
        else if (!imageName.test(name)) others.push(name);
        else if (kind.isFile) images.push(name);
        else devices.push(name);
      }
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return emptyListing;
    throw cannotList(folder, error);
  }
  for (const names of [folders, images, others, devices, unreadable]) names.sort();
  return { folders, images, others, devices, unreadable };
}

const emptyListing: Listing = {
  folders: [],
  images: [],
  others: [],
  devices: [],
  unreadable: [],
};

/** Words why a folder cannot be listed, whatever the system answers. */
function cannotList(folder: string, error: unknown): Error {
  if (error instanceof Error && error.message.startsWith("Cannot ")) return error;
  const reason = error instanceof Deno.errors.NotADirectory
    ? "it must be a folder, got a file"
    : error instanceof Deno.errors.PermissionDenied
    ? "there must be permission to read it, got none"
    : `it must be readable, got ${error instanceof Error ? error.message : String(error)}`;
  return new Error(`Cannot list "${folder}": ${reason.split("\n")[0]}`, { cause: error });
}

async function isNowhere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return false;
  } catch {
    return true;
  }
}

async function follow(link: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(link);
  } catch (error) {
    if (!isAbsence(error)) throw cannotList(link, error);
    throw new Error(`Cannot list "${link}": the link must lead to a file or folder, got nowhere`);
  }
}

/** Tells what lies at a path, even one that leads through a file. */
export async function whatLies(path: string): Promise<"a folder" | "a file" | "none"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "a folder" : "a file";
  } catch (error) {
    if (isAbsence(error)) return "none";
    throw cannotList(path, error);
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** The name of a file without folder and extension. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

/** Counts files by their extension, the most frequent first, such as `.heic 3, .gif 1`. */
export function countExtensions(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const extension = name.match(/\.[^.]+$/)?.[0].toLowerCase() ?? "without extension";
    counts.set(extension, 1 + (counts.get(extension) ?? 0));
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b));
  return sorted.map(([extension, count]) => `${extension} ${count}`).join(", ");
}

/**
 * Finds what no folder of a dataset may hold, and what is passed over in it.
 */
export function judgeListing(
  { others, devices, unreadable }: Listing,
  options: {
    /** Path of the folder within the dataset, empty for the dataset itself. */
    readonly path: string;
    /** Whether images belong there, so that any other file is passed over; else pictures are. */
    readonly isForImages: boolean;
  },
): { faults: DatasetFault[]; remarks: DatasetFault[] } {
  const { path, isForImages } = options;
  const inside = (name: string): string => path === "" ? name : `${path}/${name}`;
  const faults: DatasetFault[] = devices.map((name) => ({
    kind: "not a file",
    path: inside(name),
    reason: `"${inside(name)}" must be a file, got a device or pipe`,
  }));
  for (const name of unreadable) {
    faults.push({
      kind: "unreadable name",
      path: inside(name),
      reason: `every name must be UTF-8, got "${inside(name)}", where \ufffd is what is none: ` +
        "rename it",
    });
  }
  const passed = isForImages ? others : others.filter((name) => pictureName.test(name));
  if (passed.length === 0) return { faults, remarks: [] };
  const remark: DatasetFault = {
    kind: "passed over",
    path: path === "" ? null : path,
    reason: `${plural(passed.length, "file")} in ${path === "" ? "the folder" : `"${path}"`} ` +
      `${passed.length === 1 ? "is" : "are"} not read (${countExtensions(passed)}), such as ` +
      `"${passed[0]}"`,
  };
  return { faults, remarks: [remark] };
}
