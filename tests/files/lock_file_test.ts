import assert from "node:assert/strict";
import { join } from "node:path";
import { openLocked } from "@/files/partial_file.ts";
import { makeFolder } from "../helpers/folder.ts";

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("openLocked() makes a file that is missing and keeps the content of one that exists", async () => {
  const path = join(makeFolder(), "file");
  {
    using file = await openLocked(path);
    await file.write(encode("ab"));
  }
  using file = await openLocked(path);
  const bytes = new Uint8Array(9);
  assert.equal(await file.read(bytes), 2);
  assert.deepEqual([...bytes.subarray(0, 2)], [...encode("ab")]);
});

Deno.test("openLocked() lets one at a time have the file", async () => {
  const path = join(makeFolder(), "file");
  let inside = 0, most = 0;
  const visits = Array.from({ length: 5 }, async () => {
    using _file = await openLocked(path, { pause: 1 });
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  });
  await Promise.all(visits);
  assert.equal(most, 1);
});

Deno.test("openLocked() gives the file that bears the name after a holder moved or removed his", async () => {
  for (const leave of ["move", "remove"]) {
    const folder = makeFolder();
    const path = join(folder, "file");
    const holder = await openLocked(path);
    await holder.write(encode("holder's"));
    const waiting = openLocked(path, { pause: 1 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (leave === "move") await Deno.rename(path, join(folder, "moved"));
    else await Deno.remove(path);
    holder.close();
    using file = await waiting;
    await file.write(encode("new"));
    assert.equal(await Deno.readTextFile(path), "new", leave);
  }
});

Deno.test("openLocked() notices that a holder moved or removed the file while it was opened", async () => {
  const open = Deno.open;
  for (const leave of ["move", "remove", "replace"]) {
    const folder = makeFolder();
    const path = join(folder, "file");
    let opened = 0;
    // The holder lets go between two steps of the one who waits.
    Deno.open = async (...request) => {
      const file = await open(...request);
      if (++opened > 1) return file;
      if (leave === "remove") await Deno.remove(path);
      else await Deno.rename(path, join(folder, "moved"));
      if (leave === "replace") await Deno.writeTextFile(path, "");
      return file;
    };
    try {
      using file = await openLocked(path, { pause: 1 });
      await file.write(encode("new"));
      assert.equal(await Deno.readTextFile(path), "new", leave);
      assert.equal(opened, 2);
    } finally {
      Deno.open = open;
    }
  }
});

Deno.test("openLocked() stops waiting when it is interrupted", async () => {
  const path = join(makeFolder(), "file");
  using _holder = await openLocked(path);
  const controller = new AbortController();
  const waiting = openLocked(path, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 5);
  await assert.rejects(waiting, { message: "enough" });
});

Deno.test("openLocked() refuses a folder that is not there", async () => {
  await assert.rejects(openLocked(join(makeFolder(), "none/file")), Deno.errors.NotFound);
});
