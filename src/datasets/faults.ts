/**
 * What can be wrong with a dataset: the kinds of fault, what a scan and a check have found, and
 * the verdict as text, in one line, as a record for programs and as rows of a table.
 *
 * @module
 */
import { compareText, type Dataset } from "@/datasets/dataset.ts";
import { describeFaults, plural } from "@/messages.ts";
import type { TableRecord } from "@/tables.ts";

/** Every kind of fault; `datasetFaultKinds` says what each is. */
export type DatasetFaultKind = keyof typeof datasetFaultKinds;

/** One fault of a dataset. */
export interface DatasetFault {
  /** Its kind. */
  readonly kind: DatasetFaultKind;
  /** File or folder, relative to the dataset folder with forward slashes; `null` for the whole. */
  readonly path: string | null;
  /** What must hold and what came instead; names the path. */
  readonly reason: string;
}

/** The kinds of fault and what each means; in spite of remarks, which come last, a run goes ahead. */
export const datasetFaultKinds = {
  "no dataset": "the folder is missing or not laid out as a dataset",
  "missing class": "a class of the benchmark, or a class that was named, is not there",
  "misplaced file": "an image lies where no image belongs",
  "unexpected folder": "a folder lies where none belongs",
  "near miss": "a folder is called almost as one that has a meaning",
  "not a file": "a device or pipe is called like an image",
  "unreadable name": "a name is not UTF-8, so that nothing opens what bears it",
  "empty split": "a split holds no images",
  "same name": "two files differ only in their extension, so that masks cannot be paired",
  "missing mask": "an anomalous image has no mask although others of its class have one",
  "mask without image": "a mask belongs to no image",
  "missing file": "a listed file does not exist",
  "bad list": "the list of splits cannot be understood",
  "unreadable image": "an image cannot be decoded",
  "unreadable mask": "a mask cannot be decoded",
  "mask size": "a mask is not as large as its image",
  "empty mask": "a mask marks no pixel, or every pixel",
  "train in test": "a training image and a test image have the same bytes",
  "contradiction": "a normal and an anomalous image have the same bytes",
  "counts": "a number of images differs from the published one",
  "dealt": "normal images are dealt to training and testing, as the folders do not say",
  "repeated image": "two images of one split have the same bytes",
  "small image": "an image is smaller than the size it is scaled to",
  "no test images": "a class has no test images, so that nothing can be measured on it",
  "passed over": "files or folders are not read",
  "empty folder": "a folder holds no images",
  "narrow range": "an image of 16 bits uses a small part of their range and looks black",
  "soft mask": "a mask has many values, as if blurred; all but 0 are anomalous",
  "lossy mask": "a mask is of a lossy format; it is anomalous from the middle of its range on",
} as const;

/** Kinds that are worth knowing although a run may go ahead. */
const remarks: ReadonlySet<DatasetFaultKind> = new Set(
  [
    "dealt",
    "repeated image",
    "small image",
    "no test images",
    "passed over",
    "empty folder",
    "narrow range",
    "soft mask",
    "lossy mask",
  ] as const,
);

/** Tells whether a fault is only a remark: a run goes ahead. */
export function isRemark(fault: DatasetFault): boolean {
  return remarks.has(fault.kind);
}

/** What was found in a dataset folder. */
export interface DatasetScan {
  /** What can be read. */
  readonly dataset: Dataset;
  /** What is wrong with its layout; files have not been opened. */
  readonly faults: readonly DatasetFault[];
  /** What is worth knowing about its layout; default: nothing. */
  readonly remarks?: readonly DatasetFault[];
}

/** Takes the dataset of a scan that has no faults. */
export function requireFaultless({ dataset, faults }: DatasetScan): Dataset {
  if (faults.length === 0) return dataset;
  const reasons = faults.map(({ reason }) => reason);
  throw new Error(describeFaults(`Cannot read dataset "${dataset.folder}"`, reasons));
}

/** In the order in which faults are put. */
const kinds = Object.keys(datasetFaultKinds);

/** Kinds of fault after which a fault of the same file or folder says nothing new. */
const saidAlready: Readonly<Partial<Record<DatasetFault["kind"], DatasetFault["kind"]>>> = {
  "unreadable image": "missing file",
  "unreadable mask": "missing file",
};

/**
 * Puts faults that were found in different ways into one order: by kind as in
 * `datasetFaultKinds`, which ends with the remarks, then by path by character code, then as they
 * came. What was found twice is kept once: the first fault of a kind with the same path and
 * reason, and of a file that does not exist only that, not that it cannot be decoded.
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

/**
 * Words findings in one line, each kind by its first and the number of the others; `null` if
 * there is nothing to say.
 */
export function describeRemarks(found: readonly DatasetFault[]): string | null {
  const groups = new Map<DatasetFaultKind, DatasetFault[]>();
  for (const fault of mergeFaults(found)) {
    groups.set(fault.kind, [...groups.get(fault.kind) ?? [], fault]);
  }
  if (groups.size === 0) return null;
  const parts = [...groups.values()].map(([first, ...others]) =>
    describeFault(first!) + (others.length === 0 ? "" : ` (and ${others.length} more like it)`)
  );
  return `note: ${parts.join("; ")}`.replaceAll(/\s+/g, " ");
}

/** What a check has found. */
export interface DatasetCheck {
  /** Name of the dataset. */
  readonly name: string;
  /** Where it lies. */
  readonly folder: string;
  /** Number of classes. */
  readonly classes: number;
  /** Number of images, masks not counted. */
  readonly images: number;
  /** Faults and remarks, in the order of `mergeFaults`. */
  readonly faults: readonly DatasetFault[];
}

/** The verdict for programs. */
export interface DatasetCheckRecord {
  /** Version of this layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Where it lies. */
  readonly folder: string;
  /** Number of classes. */
  readonly classes: number;
  /** Number of images, masks not counted. */
  readonly images: number;
  /** What spoils results. */
  readonly faults: readonly DatasetFault[];
  /** What is worth knowing although a run goes ahead. */
  readonly remarks: readonly DatasetFault[];
}

/** As many of one kind are shown one by one; of more only the first `few`. */
const most = 200, few = 20;

/**
 * Writes the verdict for a terminal: faults by kind, then remarks by kind, then their numbers.
 * Of up to 200 faults of a kind every one is shown, of more the first twenty.
 */
export function datasetCheckText(check: DatasetCheck): string {
  const { faults, remarks } = datasetCheckRecord(check);
  const parts = [`${check.name}: ${check.folder}`, ...groupTexts(faults)];
  if (remarks.length > 0) parts.push("Remarks, in spite of which a run goes ahead.");
  parts.push(...groupTexts(remarks), countsText(check, { faults, remarks }));
  return parts.join("\n\n");
}

/** Turns the verdict into a record that `JSON.stringify` writes; nothing is left out. */
export function datasetCheckRecord(check: DatasetCheck): DatasetCheckRecord {
  const { name, folder, classes, images, faults } = check;
  return {
    schema: 1,
    dataset: name,
    folder,
    classes,
    images,
    faults: faults.filter((fault) => !isRemark(fault)),
    remarks: faults.filter(isRemark),
  };
}

function groupTexts(faults: readonly DatasetFault[]): string[] {
  const groups = new Map<DatasetFaultKind, DatasetFault[]>();
  for (const fault of faults) {
    const group = groups.get(fault.kind);
    if (group === undefined) groups.set(fault.kind, [fault]);
    else group.push(fault);
  }
  return [...groups].map(([kind, group]) => {
    const shown = group.length > most ? group.slice(0, few) : group;
    const lines = [`${kind} (${group.length}): ${datasetFaultKinds[kind]}`];
    lines.push(...shown.map((fault) => `  ${describeFault(fault)}`));
    const rest = group.length - shown.length;
    if (rest > 0) lines.push(`  … and ${rest} more; --json lists them all`);
    return lines.join("\n");
  });
}

/** The reason, and the path where the reason says it in other words only. */
function describeFault({ path, reason }: DatasetFault): string {
  return path === null || reason.includes(path) ? reason : `${path}: ${reason}`;
}

function countsText(
  check: DatasetCheck,
  { faults, remarks }: Pick<DatasetCheckRecord, "faults" | "remarks">,
): string {
  const counted = sayCounts(check);
  const counts = [plural(faults.length, "fault")];
  if (remarks.length > 0) counts.push(plural(remarks.length, "remark"));
  const found = counts.join(", ");
  if (check.images === 0) return found;
  return faults.length + remarks.length === 0 ? `${found}: ${counted}` : `${found} in ${counted}`;
}

function sayCounts({ images, classes }: Pick<DatasetCheck, "images" | "classes">): string {
  return `${plural(images, "image")} of ${plural(classes, "class", { several: "classes" })}`;
}

/**
 * Counts faults and remarks by kind, faults first, each kind where it first comes.
 *
 * @param check What has been found.
 * @returns Rows with finding, severity, number, meaning and one example; a single row if there is
 *   nothing to find.
 *
 * @example Nothing is wrong
 * ```ts
 * import assert from "node:assert/strict";
 * import { tabulateFaults } from "@/datasets/mod.ts";
 *
 * const check = { name: "Folder", folder: "/nuts", classes: 1, images: 9, faults: [] };
 * const [row] = tabulateFaults(check);
 * assert.equal(row?.["finding"], "none");
 * ```
 */
export function tabulateFaults(check: DatasetCheck): TableRecord[] {
  const { faults } = check;
  if (faults.length === 0) {
    const meaning = `${sayCounts(check)} and all their masks were read`;
    return [{ finding: "none", number: 0, meaning }];
  }
  const ordered = [...faults.filter((each) => !isRemark(each)), ...faults.filter(isRemark)];
  const first = new Map([...ordered].reverse().map((fault) => [fault.kind, fault]));
  return [...new Set(ordered.map(({ kind }) => kind))].flatMap((kind) => {
    const example = first.get(kind);
    return example === undefined ? [] : [{
      finding: kind,
      severity: isRemark(example) ? "remark" : "fault",
      number: ordered.filter((fault) => fault.kind === kind).length,
      meaning: datasetFaultKinds[kind],
      "for example": example.path ?? example.reason,
    }];
  });
}
