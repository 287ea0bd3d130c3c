import assert from "node:assert/strict";
import { join } from "node:path";
import { statIfExists } from "@/files/read.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("statIfExists() tells a file, a folder and nothing apart", async () => {
  const folder = makeFolder();
  const file = join(folder, "a");
  assert.equal(await statIfExists(file), null);
  await Deno.writeTextFile(file, "123");
  assert.equal((await statIfExists(file))!.size, 3);
  assert.equal((await statIfExists(folder))!.isDirectory, true);
});

Deno.test("statIfExists() passes on every fault but absence", async () => {
  const file = join(makeFolder(), "a");
  await Deno.writeTextFile(file, "");
  await assert.rejects(statIfExists(join(file, "below")), Deno.errors.NotADirectory);
});
