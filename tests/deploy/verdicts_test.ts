import assert from "node:assert/strict";
import { join } from "node:path";
import { readVerdicts } from "@/deploy/verdicts.ts";
import { makeFolder, writeFile } from "../helpers/folder.ts";

/** A folder with the two files of results that thresholds and limits stand in. */
function writeResults(binary: object, refusal: object | null): string {
  const folder = makeFolder();
  const write = (name: string, content: object): void =>
    Deno.writeTextFileSync(join(folder, name), JSON.stringify({ schema: 1, ...content }));
  write("test_binary_results.json", binary);
  write("test_results.json", { refusal });
  return folder;
}

const rule = { name: "conformal", alpha: 0.05 };

Deno.test("readVerdicts() reads what results say of every group, also by its number", async () => {
  const limit = (value: number | null) => ({ value, count: 20 });
  const run = writeResults({
    rule: { ...rule, scope: "group" },
    thresholds: { nut: { value: 3, count: 20 }, "group 1": { value: null, count: 4 } },
  }, {
    alpha: 0.1,
    limits: {
      nut: { patch_mean: limit(2), key_distance: limit(0.5) },
      "group 1": { patch_mean: limit(null), key_distance: limit(0.25) },
    },
  });
  const verdicts = await readVerdicts(run, { groupNames: ["nut", "bolt"] });
  assert.deepEqual(verdicts, {
    source: join(run, "test_binary_results.json"),
    scope: "group",
    rule,
    refuseAlpha: 0.1,
    groups: [
      {
        threshold: 3,
        count: 20,
        promise:
          "at most about 5 % false alarms for images like these; never alarms below 19 images",
        patchMean: 2,
        keyDistance: 0.5,
      },
      {
        threshold: Infinity,
        count: 4,
        promise: "never alarms below 19 images, there are 4",
        patchMean: Infinity,
        keyDistance: 0.25,
      },
    ],
  });
});

Deno.test("readVerdicts() gives every group the one global threshold, and no limits where none are", async () => {
  const run = writeResults({
    rule: { ...rule, scope: "global" },
    thresholds: { global: { value: 7, count: 40 } },
  }, null);
  const { groups, refuseAlpha } = await readVerdicts(run, { groupNames: ["a", "b"] });
  assert.deepEqual(groups.map(({ threshold }) => threshold), [7, 7]);
  assert.deepEqual([refuseAlpha, groups[0]!.patchMean], [null, Infinity]);
});

Deno.test("readVerdicts() takes thresholds of classes where groups are classes", async () => {
  const thresholds = { bolt: { value: 1, count: 9 }, nut: { value: 2, count: 9 } };
  const run = writeResults({ rule: { ...rule, scope: "class" }, thresholds }, null);
  const { groups } = await readVerdicts(run, { groupNames: ["nut", "bolt"] });
  assert.deepEqual(groups.map(({ threshold }) => threshold), [2, 1]);
  await assert.rejects(
    readVerdicts(run, { groupNames: ["all"] }),
    /there must be a threshold for group "all" or a global one, got those for classes/,
  );
});

Deno.test("readVerdicts() names the key that is wrong", async () => {
  const run = writeResults({ rule: { ...rule, scope: "each" }, thresholds: {} }, null);
  const path = join(run, "test_binary_results.json");
  await assert.rejects(readVerdicts(run, { groupNames: ["a"] }), {
    message: `Cannot export "${run}": in "${path}" "rule.scope" must be one of class, group, ` +
      'global, got "each"',
  });
  Deno.writeTextFileSync(path, "{");
  await assert.rejects(readVerdicts(run, { groupNames: ["a"] }), {
    message: `Cannot export "${run}": "${path}" must be JSON, got other text`,
  });
});

/** A file of thresholds for one group. */
function thresholdsOf(hash: string, value: number | null): string {
  return JSON.stringify({
    schema: 1,
    model: { name: "mine", hash },
    scope: "group",
    rule: null,
    thresholds: { nut: { value, count: 9, promise: "as given" } },
    refusal: null,
  });
}

Deno.test("readVerdicts() prefers the file of thresholds that is named, then the model's, then the run's", async () => {
  const run = writeResults({
    rule: { ...rule, scope: "group" },
    thresholds: { nut: { value: 1, count: 9 } },
  }, null);
  const thresholdOf = async (thresholds: string | null = null) =>
    (await readVerdicts(run, { groupNames: ["nut"], thresholds })).groups[0]!.threshold;
  assert.equal(await thresholdOf(), 1);
  Deno.writeTextFileSync(join(run, "thresholds.json"), thresholdsOf("ab12", 2));
  assert.equal(await thresholdOf(), 2);
  Deno.mkdirSync(join(run, "model"));
  Deno.writeTextFileSync(join(run, "model", "thresholds.json"), thresholdsOf("ab12", null));
  assert.equal(await thresholdOf(), Infinity);
  assert.equal(await thresholdOf(writeFile("mine.json", thresholdsOf("ab12", 3))), 3);
  const strange = writeFile("strange.json", thresholdsOf("cd34", 3));
  await assert.rejects(thresholdOf(strange), {
    message: `Cannot export "${run}": thresholds of "${strange}" must be of its model ab12, got ` +
      "those of cd34",
  });
});

Deno.test("readVerdicts() needs the files of a finished run", async () => {
  const run = makeFolder();
  await assert.rejects(readVerdicts(run, { groupNames: ["a"] }), {
    message: `Cannot export "${run}": it must be the folder of a finished run, got no ` +
      '"test_binary_results.json" in it',
  });
});
