import assert from "node:assert/strict";
import { type DatasetFault, mergeFaults } from "@/datasets/faults.ts";

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
