import assert from "node:assert/strict";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { withClusterCount, withDatasetSettings } from "@/datasets/settings.ts";

Deno.test("withDatasetSettings() lays the settings of the named dataset below what is given", () => {
  const backbone = "wide_resnet50_2";
  assert.deepEqual(withDatasetSettings(null, ["DATASET.name=MVTec"]), { MODEL: { backbone } });
  const document = { DATASET: { name: "Folder", resize: 400 }, MODEL: { name: "PatchCore" } };
  assert.deepEqual(withDatasetSettings(document), {
    DATASET: { name: "Folder", resize: 400, imagesize: 320, orientation: "exif" },
    MODEL: { partition: "links", routed_groups: 2, name: "PatchCore" },
  });
  // The command line has the last word about the dataset; quotes are YAML's.
  for (const override of ["DATASET.name=VisA", 'DATASET.name="VisA"', "DATASET.name= VisA"]) {
    assert.deepEqual(withDatasetSettings(document, ["DATASET.name=BTAD", override]), {
      ...document,
      MODEL: { backbone, name: "PatchCore" },
    });
  }
});

Deno.test("withDatasetSettings() leaves to others what is no configuration", () => {
  for (const document of ["text", 3, ["a"], { DATASET: { name: "Nothing" } }, { MODEL: 3 }]) {
    assert.deepEqual(withDatasetSettings(document), document);
  }
});

Deno.test("withClusterCount() gives k-means the number of classes of a benchmark, and no one else", () => {
  const countFor = (name: string, method: string, given: number | null = null) =>
    withClusterCount({ DATASET: { name }, MODEL: { clustering_method: method, n_clusters: given } })
      .MODEL.n_clusters;
  assert.deepEqual(Object.keys(benchmarks).map((name) => [name, countFor(name, "kmeans")]), [
    ["MVTec", 15],
    ["VisA", 12],
    ["BTAD", 3],
    ["MPDD", 6],
  ]);
  assert.equal(countFor("MVTec", "kmeans", 4), 4);
  assert.equal(countFor("MVTec", "finch"), null);
  assert.equal(countFor("MVTec", "dbscan"), null);
  assert.equal(countFor("Folder", "kmeans"), null);
  assert.equal(countFor("toString", "kmeans"), null);
});
