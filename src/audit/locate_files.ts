/**
 * Where the maps and masks of a table are, although the table may come from another machine.
 *
 * @module
 */
import { dirname, isAbsolute, join, posix, resolve } from "node:path";
import { statIfExists } from "@/files/read.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { describeFaults } from "@/messages.ts";

/** A file that belongs to an image. */
export interface FileOfImage {
  /** The image. */
  readonly image: string;
  /** What the file is of it. */
  readonly what: "map" | "mask";
  /** Path of the file as the table has it. */
  readonly file: string;
}

/** Where files are looked for. */
export interface LocateFilesOptions {
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** The table, for errors. */
  readonly source: string;
  /** Folders that stand for those of another machine; default: none. */
  readonly roots?: Readonly<Partial<Record<FileOfImage["what"], string>>>;
}

/** What came of looking for a file. */
interface Located {
  readonly path: string;
  /** Whether it was found below a root. */
  readonly isBelowRoot: boolean;
  readonly fault: string | null;
}

/**
 * Finds files and makes sure that they are there, before any of them is needed.
 *
 * A path is looked up as it is. If nothing is there and a root is given, its folders are left out
 * one by one from the front, drive and `..` first, until what is left is a file below the root: the
 * longest such end of the path wins. Different paths that lead to one file are refused, for the
 * root is then not the folder that was meant.
 */
export async function locateFiles(
  files: readonly FileOfImage[],
  options: LocateFilesOptions,
): Promise<string[]> {
  const { source, roots = {} } = options;
  const rootFaults = await Promise.all(
    Object.entries(roots).map(async ([what, root]) => {
      const stat = await statIfExists(root);
      const got = stat === null ? "nothing" : "a file";
      return stat?.isDirectory
        ? []
        : [`the root of ${what}s must be a folder, got ${got} at "${root}"`];
    }),
  );
  if (rootFaults.flat().length > 0) {
    throw new Error(describeFaults(`Cannot read "${source}"`, rootFaults.flat()));
  }
  const isFolder = rememberFolders();
  const located = await mapConcurrently(files, {
    limit: 32,
    apply: (file) => locate(file, { ...options, isFolder }),
  });
  const faults = located.flatMap(({ fault }) => fault ?? []);
  if (faults.length === 0) faults.push(...sharedFiles(files, located));
  if (faults.length > 0) throw new Error(describeFaults(`Cannot read "${source}"`, faults));
  return located.map(({ path }) => path);
}

async function locate(
  { image, what, file }: FileOfImage,
  options: LocateFilesOptions & { isFolder: (path: string) => Promise<boolean> },
): Promise<Located> {
  const path = isAbsolute(file) ? file : join(options.folder, file);
  const stat = await statIfExists(path);
  if (stat?.isFile) return { path, isBelowRoot: false, fault: null };
  const root = options.roots?.[what];
  const parts = root === undefined ? [] : partsOf(file);
  for (const first of parts.keys()) {
    const below = join(root!, ...parts.slice(first));
    if (!await options.isFolder(dirname(below))) continue;
    if ((await statIfExists(below))?.isFile) return { path: below, isBelowRoot: true, fault: null };
  }
  const got = `${stat === null ? "nothing" : "a folder"} at "${path}"`;
  const nor = root === undefined ? "" : ` and no end of that path below "${root}"`;
  return {
    path,
    isBelowRoot: false,
    fault: `the ${what} of "${image}" must be a file, got ${got}${nor}`,
  };
}

/** Names of the folders and of the file in a path of any system, without drive and `..`. */
function partsOf(file: string): string[] {
  return posix.normalize(file.replaceAll("\\", "/")).split("/")
    .filter((part) => !/^(?:|\.\.?|[a-z]:)$/i.test(part));
}

/** Asks for every folder once. */
function rememberFolders(): (path: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (path) => {
    const answer = known.get(path) ??
      statIfExists(path).then((stat) => stat?.isDirectory ?? false);
    known.set(path, answer);
    return answer;
  };
}

/** Words for files that a root gave to several paths. */
function sharedFiles(files: readonly FileOfImage[], located: readonly Located[]): string[] {
  const first = new Map<string, number>();
  return located.flatMap(({ path, isBelowRoot }, index) => {
    const key = resolve(path);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, index);
      return [];
    }
    const [one, other] = [files[before]!, files[index]!];
    const isMoved = isBelowRoot || located[before]!.isBelowRoot;
    if (!isMoved || partsOf(one.file).join("/") === partsOf(other.file).join("/")) return [];
    return [
      `"${one.file}" and "${other.file}" must be two files, ` +
      `got "${path}" as the ${one.what} of "${one.image}" and the ${other.what} of "${other.image}"`,
    ];
  });
}
