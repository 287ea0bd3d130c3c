import assert from "node:assert/strict";
import { join } from "node:path";
import { listFolder } from "@/datasets/class_folders.ts";
import { findRoot } from "@/datasets/folder.ts";
import { makeFolder } from "../helpers/folder.ts";

const wrappers = ["outer", "inner"];
const isRoot = async (path: string): Promise<boolean> =>
  (await listFolder(path)).folders.includes("train");

Deno.test("findRoot() looks through wrappers, two deep, and takes the outermost dataset", async () => {
  const folder = makeFolder();
  const deep = join(folder, "outer", "inner");
  await Deno.mkdir(join(deep, "train"), { recursive: true });
  assert.equal(await findRoot(folder, { wrappers, isRoot }), deep);
  await Deno.mkdir(join(folder, "outer", "train"));
  assert.equal(await findRoot(folder, { wrappers, isRoot }), join(folder, "outer"));
});

Deno.test("findRoot() stays where it is when nothing is found", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "elsewhere", "train"), { recursive: true });
  assert.equal(await findRoot(folder, { wrappers, isRoot }), folder);
  const gone = join(folder, "gone"), file = join(folder, "file");
  await Deno.writeTextFile(file, "");
  assert.equal(await findRoot(gone, { wrappers, isRoot }), gone);
  assert.equal(await findRoot(file, { wrappers, isRoot }), file);
});
