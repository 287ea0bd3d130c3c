import assert from "node:assert/strict";
import {
  datasetCheckRecord,
  datasetCheckText,
  type DatasetFault,
  type DatasetFaultKind,
  datasetFaultKinds,
  describeRemarks,
  isRemark,
  mergeFaults,
  tabulateFaults,
} from "@/datasets/faults.ts";

const nuts = { name: "Folder", folder: "/nuts", classes: 2, images: 1234 };

function faultsOf(kind: DatasetFault["kind"], count: number): DatasetFault[] {
  return Array.from({ length: count }, (_, i) => ({ kind, path: `${i}`, reason: `file ${i}` }));
}

Deno.test("datasetCheckText() groups faults by kind and keeps remarks apart", () => {
  const faults = [
    ...faultsOf("missing mask", 2),
    ...faultsOf("empty mask", 1),
    ...faultsOf("repeated image", 1),
  ];
  assert.equal(
    datasetCheckText({ ...nuts, faults }),
    `Folder: /nuts

missing mask (2): an anomalous image has no mask although others of its class have one
  file 0
  file 1

empty mask (1): a mask marks no pixel, or every pixel
  file 0

Remarks, in spite of which a run goes ahead.

repeated image (1): two images of one split have the same bytes
  file 0

3 faults, 1 remark in 1,234 images of 2 classes`,
  );
});

Deno.test("datasetCheckText() shows two hundred faults of a kind, of more the first twenty", () => {
  const shown = (count: number) =>
    datasetCheckText({ ...nuts, faults: faultsOf("missing mask", count) }).split("\n")
      .filter((line) => line.startsWith("  "));
  assert.equal(shown(200).length, 200);
  assert.deepEqual(shown(201).slice(19), ["  file 19", "  … and 181 more; --json lists them all"]);
});

Deno.test("datasetCheckText() ends with a sentence that fits the numbers", () => {
  const last = (faults: DatasetFault[], counts: Partial<typeof nuts> = {}) =>
    datasetCheckText({ ...nuts, ...counts, faults }).split("\n").at(-1);
  assert.equal(last([]), "no faults: 1,234 images of 2 classes");
  assert.equal(last([], { images: 1, classes: 1 }), "no faults: 1 image of 1 class");
  assert.equal(last(faultsOf("counts", 1)), "1 fault in 1,234 images of 2 classes");
  assert.equal(
    last(faultsOf("small image", 2)),
    "no faults, 2 remarks in 1,234 images of 2 classes",
  );
  assert.equal(last(faultsOf("no dataset", 1), { images: 0, classes: 0 }), "1 fault");
});

Deno.test("datasetCheckText() names the path of every fault, and only once", () => {
  const told = { kind: "counts", path: "nut", reason: 'class "nut" must have 9 images' } as const;
  const untold = { kind: "counts", path: "a/b", reason: '"a" must be empty, got "b"' } as const;
  const whole = { kind: "missing class", path: null, reason: "it must hold nuts" } as const;
  const lines = datasetCheckText({ ...nuts, faults: [whole, told, untold] }).split("\n");
  assert.deepEqual(lines.filter((line) => line.startsWith("  ")), [
    "  it must hold nuts",
    '  class "nut" must have 9 images',
    '  a/b: "a" must be empty, got "b"',
  ]);
});

Deno.test("datasetCheckRecord() leaves nothing out", () => {
  const many = faultsOf("missing mask", 300), remarks = faultsOf("small image", 300);
  assert.deepEqual(datasetCheckRecord({ ...nuts, faults: [...many, ...remarks] }), {
    schema: 1,
    dataset: "Folder",
    folder: "/nuts",
    classes: 2,
    images: 1234,
    faults: many,
    remarks,
  });
});

Deno.test("isRemark() lets through what a run goes ahead with, and nothing else", () => {
  const kinds = Object.keys(datasetFaultKinds) as DatasetFaultKind[];
  const harmless = kinds.filter((kind) => isRemark({ kind, path: null, reason: "" }));
  assert.deepEqual(harmless, [
    "dealt",
    "repeated image",
    "small image",
    "no test images",
    "passed over",
    "empty folder",
    "narrow range",
    "soft mask",
    "lossy mask",
  ]);
});

const check = { name: "Folder", folder: "/nuts", classes: 2, images: 1200 };
const small: DatasetFault = { kind: "small image", path: "a.png", reason: "a.png is small" };
const empty: DatasetFault = { kind: "empty mask", path: "b.png", reason: "b.png is empty" };
const counts: DatasetFault = { kind: "counts", path: null, reason: "nut must have 9 images" };

Deno.test("tabulateFaults() counts by kind, faults before remarks, with the first as an example", () => {
  const faults = [small, empty, { ...small, path: "c.png" }, counts, { ...empty, path: "d.png" }];
  const rows = tabulateFaults({ ...check, faults });
  assert.deepEqual(
    rows.map((row) => [row["finding"], row["severity"], row["number"], row["for example"]]),
    [
      ["empty mask", "fault", 2, "b.png"],
      ["counts", "fault", 1, "nut must have 9 images"],
      ["small image", "remark", 2, "a.png"],
    ],
  );
  assert.equal(rows[0]!["meaning"], "a mask marks no pixel, or every pixel");
});

Deno.test("tabulateFaults() says what was read when nothing is wrong", () => {
  assert.deepEqual(tabulateFaults({ ...check, faults: [] }), [{
    finding: "none",
    number: 0,
    meaning: "1,200 images of 2 classes and all their masks were read",
  }]);
  const [row] = tabulateFaults({ ...check, classes: 1, images: 1, faults: [] });
  assert.equal(row?.["meaning"], "1 image of 1 class and all their masks were read");
});

function fault(kind: DatasetFault["kind"], path: string | null, reason = ""): DatasetFault {
  return { kind, path, reason };
}

Deno.test("mergeFaults() orders by remark, kind, path, and else as they came", () => {
  const ordered = [
    fault("missing mask", "B"),
    fault("missing mask", "a"),
    fault("counts", "nut", "train"),
    fault("counts", "nut", "anomalous"),
    fault("repeated image", "a"),
    fault("small image", null),
    fault("small image", "b"),
  ];
  assert.deepEqual(mergeFaults(ordered), ordered);
  const [a, b, c, d, e, f, g] = ordered as [DatasetFault, ...DatasetFault[]] & DatasetFault[];
  assert.deepEqual(mergeFaults([g!, f!, e!], [c!], [d!, b!, a]), ordered);
});

Deno.test("mergeFaults() keeps what was found twice once", () => {
  const lost = fault("missing file", "a"), mask = fault("missing file", "a.mask");
  assert.deepEqual(mergeFaults([lost], [lost]), [lost]);
  assert.deepEqual(
    mergeFaults([fault("unreadable mask", "a.mask"), fault("unreadable image", "a")], [lost, mask]),
    [lost, mask],
  );
  const unread = fault("unreadable image", "b");
  assert.deepEqual(mergeFaults([unread], [lost]), [lost, unread]);
});

Deno.test("describeRemarks() says everything in one line, a kind by its first", () => {
  assert.equal(describeRemarks([]), null);
  const found = [...faultsOf("passed over", 3), ...faultsOf("soft mask", 1)];
  const text = describeRemarks(found);
  assert.equal(text, "note: file 0 (and 2 more like it); file 1".replace("file 1", "file 0"));
  const lines = describeRemarks([{ kind: "soft mask", path: null, reason: "a\nb" }]);
  assert.equal(lines, "note: a b");
});
