/**
 * One list of faults from several.
 *
 * @module
 */
import { type DatasetFault, datasetFaultKinds } from "@/datasets/faults.ts";

const kinds = Object.keys(datasetFaultKinds);

/** Kinds of fault after which a fault of the same file or folder says nothing new. */
const saidAlready: Readonly<Partial<Record<DatasetFault["kind"], DatasetFault["kind"]>>> = {
  "unreadable image": "missing file",
  "unreadable mask": "missing file",
};

/**
 * Puts faults that were found in different ways into one order: by kind in the order of
 * `datasetFaultKinds`, which ends with the remarks, then by path by character code, then as they came.
 *
 * What was found twice is kept once: the first fault of a kind with the same path and reason, and of
 * a file that does not exist only that, not that it cannot be decoded.
 *
 * @param lists The faults.
 * @returns All of them, once each.
 *
 * @example Two ways to find the same fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { mergeFaults } from "@/datasets/merge_faults.ts";
 *
 * const lost = { kind: "missing file", path: "a.png", reason: "listed" } as const;
 * const unread = { kind: "unreadable image", path: "a.png", reason: "no such file" } as const;
 * assert.deepEqual(mergeFaults([unread], [lost]), [lost]);
 * ```
 */
export function mergeFaults(...lists: readonly (readonly DatasetFault[])[]): DatasetFault[] {
  const all = new Map(
    lists.flat().map((fault) => [JSON.stringify([fault.kind, fault.path, fault.reason]), fault]),
  );
  const found = new Set([...all.values()].map(({ kind, path }) => `${kind}\n${path}`));
  return [...all.values()]
    .filter(({ kind, path }) => !found.has(`${saidAlready[kind]}\n${path}`))
    .sort((a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      compareText(a.path ?? "", b.path ?? "")
    );
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
