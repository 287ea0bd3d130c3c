import assert from "node:assert/strict";
import { partitionOf } from "@/clustering/partition.ts";
import {
  countContingency,
  measureAgreement,
  reportGrouping,
  routingAccuracy,
} from "@/evaluation/cluster_metrics.ts";
import { matrixOf } from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

Deno.test("measureAgreement() equals scikit-learn", () => {
  for (const name of ["finch_blobs", "finch_twelve"]) {
    const golden = loadGolden(name);
    const classes = Array.from(golden.i32("labels").data, String);
    const { data, shape } = golden.i32("partitions");
    for (const [column, nmi] of golden.meta.nmi.entries()) {
      const partition = partitionOf(data.filter((_, i) => i % shape[1]! === column));
      const agreement = measureAgreement(partition, classes);
      assertClose(agreement.nmi, nmi, 1e-9, `${name} NMI ${column}`);
      assertClose(agreement.ari, golden.meta.ari[column], 1e-9, `${name} ARI ${column}`);
    }
  }
});

Deno.test("measureAgreement() counts pairs and purest classes by hand", () => {
  // Clusters {a, a, b}, {b}: purity 3/4. Pairs together in both: 1; in a class: 2; in a cluster: 3;
  // expected 2 · 3 / 6 = 1, most 2.5: ARI 0.
  const { ari, purity } = measureAgreement(partitionOf([0, 0, 0, 1]), ["a", "a", "b", "b"]);
  assert.equal(purity, 0.75);
  assert.equal(ari, 0);
});

Deno.test("measureAgreement() does not care how clusters are numbered", () => {
  const random = createRandom(5);
  const classes = Array.from({ length: 60 }, () => `class ${random.integer(4)}`);
  const labels = Array.from({ length: 60 }, () => random.integer(5));
  const names = permutation(5, random);
  const one = measureAgreement(partitionOf(labels), classes);
  const other = measureAgreement(partitionOf(labels.map((label) => names[label]!)), classes);
  for (const key of ["nmi", "ari", "purity"] as const) assertClose(other[key], one[key], 1e-12);
});

Deno.test("measureAgreement() of everything in one cluster knows nothing of several classes", () => {
  const agreement = measureAgreement(partitionOf([0, 0, 0, 0]), ["a", "a", "b", "b"]);
  assert.deepEqual(agreement, { nmi: 0, ari: 0, purity: 0.5 });
});

Deno.test("measureAgreement() is full where one cluster meets one class", () => {
  assert.deepEqual(measureAgreement(partitionOf([0]), ["a"]), { nmi: 1, ari: 1, purity: 1 });
  assert.deepEqual(measureAgreement(partitionOf([0, 0]), ["a", "a"]), {
    nmi: 1,
    ari: 1,
    purity: 1,
  });
});

Deno.test("countContingency() and measureAgreement() say what is missing", () => {
  assert.throws(() => countContingency(partitionOf([0, 1]), ["a"]), {
    name: "TypeError",
    message:
      "Cannot compare a partition with classes: one class per row is needed, got 1 for 2 rows",
  });
  assert.throws(() => measureAgreement(partitionOf([]), []), {
    name: "RangeError",
    message: "Cannot measure agreement: at least one row is needed, got none",
  });
});

const images = {
  semantics: matrixOf([[1, 0], [2, 0], [0, 1], [0, 2]]),
  trainClasses: ["nut", "nut", "bolt", "bolt"],
  testGroups: Int32Array.of(0, 0, 0),
  testClasses: ["nut", "nut", "bolt"],
};

Deno.test("reportGrouping() measures agreement, tightness and routing", () => {
  const { nmi, ari, purity, silhouette, routingAccuracy } = reportGrouping(
    partitionOf([0, 0, 1, 1]),
    images,
  );
  // Directions within a group are equal, those of the other orthogonal: (1 − 0) ÷ 1 for everyone.
  assert.deepEqual([nmi, ari, purity, silhouette], [1, 1, 1, 1]);
  assert.equal(routingAccuracy, 2 / 3);
});

Deno.test("reportGrouping() has no silhouette for one group, or one group per image", () => {
  for (const labels of [[0, 0, 0, 0], [0, 1, 2, 3]]) {
    assert.equal(reportGrouping(partitionOf(labels), images).silhouette, null);
  }
});

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
