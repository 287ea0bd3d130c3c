import assert from "node:assert/strict";
import { type DatasetFault, tabulateFaults } from "@/datasets/faults.ts";

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
});
