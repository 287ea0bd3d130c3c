import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type FileOfImage, locateFiles } from "@/audit/maps.ts";
import { writeFile } from "../helpers/folder.ts";

const path = writeFile("here.npy", "");
const folder = dirname(path);
const mapOf = (image: string, file: string): FileOfImage => ({ image, what: "map", file });

Deno.test("locateFiles() starts relative paths from the folder and keeps absolute ones", async () => {
  const files = [mapOf("1.png", "here.npy"), mapOf("2.png", "./here.npy"), mapOf("3.png", path)];
  assert.deepEqual(await locateFiles(files, { folder, source: "a.csv" }), [path, path, path]);
  assert.deepEqual(await locateFiles([], { folder: "no-such", source: "a.csv" }), []);
});

Deno.test("locateFiles() names every file that is missing", async () => {
  const mask: FileOfImage = { image: "2.png", what: "mask", file: "." };
  const files = [mapOf("1.png", "a.npy"), mask, mapOf("3.png", "here.npy")];
  await assert.rejects(locateFiles(files, { folder, source: "a.csv" }), {
    name: "Error",
    message: 'Cannot read "a.csv": it must have no faults, got 2:\n' +
      `  the map of "1.png" must be a file, got nothing at "${folder}/a.npy"\n` +
      `  the mask of "2.png" must be a file, got a folder at "${folder}"`,
  });
});

Deno.test("locateFiles() names twenty when many are missing", async () => {
  const files = Array.from({ length: 30 }, (_, i) => mapOf(`${i}.png`, `${i}.npy`));
  await assert.rejects(locateFiles(files, { folder, source: "a.csv" }), (error: Error) => {
    const lines = error.message.split("\n");
    assert.equal(lines.length, 22);
    assert.equal(
      lines[20],
      `  the map of "19.png" must be a file, got nothing at "${folder}/19.npy"`,
    );
    assert.equal(lines[21], "  … and 10 more");
    return true;
  });
});
