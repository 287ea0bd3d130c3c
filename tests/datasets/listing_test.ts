import assert from "node:assert/strict";
import { join } from "node:path";
import { listFolder } from "@/datasets/class_folders.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("listFolder() sorts names, tells images by extension and hides what is hidden", async () => {
  const folder = makeFolder();
  for (const name of ["b.PNG", "a.jpeg", "c.bmp", "notes.txt", ".hidden.png"]) {
    await Deno.writeTextFile(join(folder, name), "");
  }
  await Deno.mkdir(join(folder, "train"));
  await Deno.mkdir(join(folder, ".ipynb_checkpoints"));
  assert.deepEqual(await listFolder(folder), {
    folders: ["train"],
    images: ["a.jpeg", "b.PNG", "c.bmp"],
    others: 1,
  });
});

Deno.test("listFolder() follows links, and names one that leads nowhere", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "real"));
  await Deno.symlink(join(folder, "real"), join(folder, "linked"));
  assert.deepEqual((await listFolder(folder)).folders, ["linked", "real"]);
  await Deno.symlink(join(folder, "gone"), join(folder, "broken"));
  await assert.rejects(listFolder(folder), {
    message: `Cannot list "${
      join(folder, "broken")
    }": the link must lead to a file or folder, got nowhere`,
  });
});

Deno.test("listFolder() refuses a file", async () => {
  const path = join(makeFolder(), "file.txt");
  await Deno.writeTextFile(path, "");
  await assert.rejects(listFolder(path));
});
