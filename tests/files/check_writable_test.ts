import assert from "node:assert/strict";
import { join } from "node:path";
import { checkWritable } from "@/files/write.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("checkWritable() accepts folders that exist or can be made, and leaves no trace", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "dataset/model"), { recursive: true });
  for (const path of ["new", "new/dataset/model/run", "dataset/model", "dataset/model/run"]) {
    await checkWritable(join(folder, path));
  }
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["dataset"]);
  assert.deepEqual([...Deno.readDirSync(join(folder, "dataset"))].length, 1);
  assert.deepEqual([...Deno.readDirSync(join(folder, "dataset/model"))].length, 0);
});

Deno.test("checkWritable() names what is in the way", async () => {
  const file = join(makeFolder(), "results");
  await Deno.writeTextFile(file, "");
  for (const path of [join(file, "run"), join(file, "dataset/model/run")]) {
    await assert.rejects(checkWritable(path), {
      name: "Error",
      message:
        `Cannot write results to "${path}": "${file}" must be a folder that can be written to`,
    });
  }
});
