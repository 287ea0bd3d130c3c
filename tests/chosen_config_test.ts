import assert from "node:assert/strict";
import { join } from "node:path";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { DATASET_VARIABLE, loadChosenConfig, loadNamedConfig } from "@/load_config.ts";

Deno.test("loadChosenConfig() reads the variable, and takes the sample data without it", async () => {
  const before = Deno.env.get(DATASET_VARIABLE);
  try {
    for (const text of [null, ""]) {
      if (text === null) Deno.env.delete(DATASET_VARIABLE);
      else Deno.env.set(DATASET_VARIABLE, text);
      assert.deepEqual(await loadChosenConfig(), await loadNamedConfig("sample"));
    }
    Deno.env.set(DATASET_VARIABLE, "visa:/data/VisA");
    const { DATASET } = await loadChosenConfig();
    assert.deepEqual([DATASET.name, DATASET.datadir], ["VisA", "/data/VisA"]);
    Deno.env.set(DATASET_VARIABLE, "Foldr");
    await assert.rejects(loadChosenConfig(), {
      message: 'Cannot read HIERCORE_DATASET "Foldr": the name must be known, ' +
        'did you mean "Folder"?',
    });
  } finally {
    if (before === undefined) Deno.env.delete(DATASET_VARIABLE);
    else Deno.env.set(DATASET_VARIABLE, before);
  }
});

Deno.test("loadChosenConfig() finds a configuration for every dataset there is", async () => {
  for (const name of DATASET_NAMES.filter((each) => each !== "Sample")) {
    const { DATASET } = await loadChosenConfig([], { choice: `${name}:/there` });
    assert.deepEqual([DATASET.name, DATASET.datadir], [name, "/there"]);
  }
});

Deno.test("loadChosenConfig() begins relative folders and usual ones at the project", async () => {
  const folderOf = async (choice: string): Promise<string | null> =>
    (await loadChosenConfig([], { choice })).DATASET.datadir;
  assert.equal(await folderOf("Folder:photos"), join(repositoryRoot, "photos"));
  assert.equal(await folderOf('Folder:my "new": photos'), join(repositoryRoot, 'my "new": photos'));
  assert.equal(await folderOf("MVTec"), join(repositoryRoot, "data/mvtec"));
  assert.equal(await folderOf("Sample"), null);
});

Deno.test("loadChosenConfig() keeps a dataset's own geometry unless it is overridden", async () => {
  const choice = "Folder:photos";
  const own = await loadChosenConfig([], { choice });
  assert.deepEqual(
    own.DATASET.fit,
    (await loadNamedConfig("folder", ["DATASET.datadir=photos"])).DATASET.fit,
  );
  const changed = await loadChosenConfig(["DATASET.resize=400", "DATASET.fit=square"], { choice });
  assert.deepEqual([changed.DATASET.resize, changed.DATASET.fit], [400, "square"]);
});
