import assert from "node:assert/strict";
import { partitionOf } from "@/clustering/partition.ts";
import { routingAccuracy } from "@/evaluation/cluster_metrics.ts";

const trained = {
  partition: partitionOf([0, 0, 1, 1, 1, 2]),
  trainClasses: ["nut", "nut", "nut", "bolt", "bolt", "bolt"],
};

Deno.test("routingAccuracy() sends a class home to the group of its majority", () => {
  // Nuts: two in group 0, one in group 1. Bolts: two in group 1, one in group 2.
  const share = routingAccuracy({
    ...trained,
    testGroups: Int32Array.of(0, 1, 1, 2),
    testClasses: ["nut", "nut", "bolt", "bolt"],
  });
  assert.equal(share, 0.5);
});

Deno.test("routingAccuracy() takes the first of groups that hold equally many", () => {
  const share = routingAccuracy({
    partition: partitionOf([0, 1]),
    trainClasses: ["nut", "nut"],
    testGroups: Int32Array.of(0, 1),
    testClasses: ["nut", "nut"],
  });
  assert.equal(share, 0.5);
});

Deno.test("routingAccuracy() says when it is undefined", () => {
  const undefinedFor = (testClasses: string[], message: string) =>
    assert.throws(
      () =>
        routingAccuracy({
          ...trained,
          testGroups: new Int32Array(testClasses.length),
          testClasses,
        }),
      { name: "UndefinedMetricError", message },
    );
  undefinedFor([], "Cannot compute routing accuracy: there is no test image");
  undefinedFor(["gear"], 'Cannot compute routing accuracy: class "gear" has no training image');
  assert.throws(
    () => routingAccuracy({ ...trained, testGroups: Int32Array.of(0), testClasses: [] }),
    {
      name: "TypeError",
      message:
        "Cannot compute routing accuracy: one class per test image is needed, got 0 for 1 images",
    },
  );
});
