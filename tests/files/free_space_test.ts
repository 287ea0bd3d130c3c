import assert from "node:assert/strict";
import { join } from "node:path";
import { readFreeSpace } from "@/files/archive.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("readFreeSpace() tells the same of a folder and of one in it that is missing", async () => {
  const folder = makeFolder();
  const free = await readFreeSpace(folder);
  assert.ok(Number.isInteger(free) && free > 0);
  // Other processes write to the same disk, hence not the very same number.
  const inside = await readFreeSpace(join(folder, "no/such"));
  assert.ok(Math.abs(inside - free) < 2 ** 30);
});

Deno.test("readFreeSpace() agrees with df", async () => {
  const folder = makeFolder();
  const df = await new Deno.Command("df", { args: ["-Pk", folder] }).output().catch(() => null);
  if (df === null || !df.success) return;
  const row = new TextDecoder().decode(df.stdout).trim().split("\n").at(-1)!;
  const free = await readFreeSpace(folder);
  assert.ok(Math.abs(Number(row.split(/\s+/)[3]) * 1024 - free) < 2 ** 30);
});
