import assert from "node:assert/strict";
import { join } from "node:path";
import { datasetFolder, listDatasets } from "@/datasets/fetch.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("listDatasets() tells which datasets are here", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "visa/candle"), { recursive: true });
  await Deno.mkdir(join(folder, "btad"));
  const rows = (await listDatasets(folder)).split("\n").slice(2);
  assert.deepEqual(rows.map((row) => row.split(/ {2,}/).slice(0, 4)), [
    ["Sample", join(folder, "sample"), "not here", "456"],
    ["Folder", "any", "–", "–"],
    ["MVTec", join(folder, "mvtec"), "not here", "5,354"],
    ["VisA", join(folder, "visa"), "here", "10,821"],
    ["BTAD", join(folder, "btad"), "not here", "2,540"],
    ["MPDD", join(folder, "mpdd"), "not here", "1,346"],
  ]);
});

Deno.test("listDatasets() shows the project's own folders from its root on, in a hundred columns", async () => {
  const lines = (await listDatasets()).split("\n");
  assert.match(lines[5] ?? "", /^VisA +data.visa +(?:not )?here/);
  assert.ok(Math.max(...lines.map((line) => line.length)) <= 100);
});

Deno.test("datasetFolder() leaves the choice to the user where any folder will do", () => {
  assert.equal(datasetFolder("BTAD", "data"), join("data", "btad"));
  assert.equal(datasetFolder("Folder", "data"), null);
});
