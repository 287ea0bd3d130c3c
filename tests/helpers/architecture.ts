/** What `architecture_test.ts` checks beside the rooms, as functions of text. */
import { takeApart } from "../../tools/house.ts";

/** Says what no file of ours may contain. */
export function checkManners(path: string, text: string): string[] {
  const { bare, comments } = takeApart(text);
  const problems: string[] = [];
  if (/(?:^|[/_])utils?[._/]/.test(path)) problems.push('is named "utils"');
  if (/\b(?:TODO|FIXME|XXX)\b/.test(comments)) problems.push("has something left to do");
  if (/@ts-(?:ignore|nocheck|expect-error)/.test(comments)) problems.push("silences the compiler");
  const mentionsAny = /(?:[:<,|&(]|\bas|\bextends)\s*any\b(?!\s*[(.:])/.test(bare);
  if (mentionsAny && !path.startsWith("tests/")) problems.push('uses "any"');
  if (/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/.test(bare)) problems.push("has an empty catch");
  if (/\bDeno\s*\.\s*test\s*\.\s*(?:ignore|only)\b|\b(?:ignore|only)\s*:\s*true\b/.test(bare)) {
    problems.push("leaves tests out");
  }
  return problems;
}

/** Lists the entries of an import map that are neither ours nor pinned to one version. */
export function unpinned(imports: Readonly<Record<string, string>>): string[] {
  return Object.entries(imports)
    .filter(([, target]) =>
      !target.startsWith("./") &&
      !/^(?:npm|jsr):(?:@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(target)
    )
    .map(([name, target]) => `${name} → ${target}`);
}

/** Lists the lines of a requirements file that do not name one version. */
export function unpinnedRequirements(text: string): string[] {
  return text.split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .filter((line) => !/^[\w.-]+==\d[\w.]*$/.test(line));
}

/** Lists what in a text looks like a folder of one machine. */
export function machinePaths(text: string): string[] {
  const folders = ["root", "home/(?!me/|user/)[a-z][\\w-]*", "Users/[A-Za-z][\\w-]*", "work"].join(
    "|",
  );
  const pattern = new RegExp(
    `(?<![\\w.~$}>/+=)-])/(?:${folders})/[\\w.-]+|\\b[A-Z]:\\\\Users`,
    "g",
  );
  return [...text.matchAll(pattern)].map((match) => match[0]);
}

/** Lists addresses in a text. */
export function addresses(text: string): string[] {
  return [...text.matchAll(/\bhttps?:\/\/[^\s"']+/g)].map((match) => match[0]);
}

/** Counts the lines of a text. */
export function countLines(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
