import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { countExtensions, judgeListing, listFolder, stemOf, whatLies } from "@/datasets/listing.ts";
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
    others: ["notes.txt"],
    devices: [],
    unreadable: [],
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
  await assert.rejects(listFolder(path), {
    message: `Cannot list "${path}": it must be a folder, got a file`,
  });
});

Deno.test("stemOf() leaves folder and extension out", () => {
  assert.deepEqual(["a/b.c/d.e.png", "d", "a/.png"].map(stemOf), ["d.e", "d", ""]);
});

Deno.test("listFolder() passes over what systems, network drives and archives make", async () => {
  const folder = makeFolder();
  const made = ["@eaDir", "__MACOSX", "$RECYCLE.BIN", "lost+found", "System Volume Information"];
  for (const name of [...made, "#recycle", ".Trash"]) await Deno.mkdir(join(folder, name));
  for (const name of ["Thumbs.db", ".DS_Store", "._1.png", "desktop.ini", "1.png"]) {
    await Deno.writeTextFile(join(folder, name), "");
  }
  const { folders, images, others } = await listFolder(folder);
  assert.deepEqual([folders, images, others], [[], ["1.png"], []]);
});

Deno.test("listFolder() takes every extension of a format that is read, in any capitals", async () => {
  const folder = makeFolder();
  const read = [
    "a.JFIF",
    "b.jpe",
    "c.Jpg",
    "d.jpeg",
    "e.TIF",
    "f.tiff",
    "g.webp",
    "h.bmp",
    "i.PNG",
  ];
  const other = ["j.heic", "k.gif", "l.jp2", "m.avif", "n.raw", "o"];
  for (const name of [...read, ...other]) await Deno.writeTextFile(join(folder, name), "");
  const listing = await listFolder(folder);
  assert.deepEqual([listing.images, listing.others], [read, other]);
});

Deno.test("listFolder() tells devices, pipes and names that are not UTF-8 apart", async () => {
  const folder = makeFolder();
  execFileSync("mkfifo", [join(folder, "a.png"), join(folder, "pipe")]);
  await Deno.symlink("/dev/zero", join(folder, "b.png"));
  execFileSync("bash", ["-c", "mkdir $'b\\xff' && touch $'c\\xff.png'"], { cwd: folder });
  await Deno.mkdir(join(folder, "\ufffd"));
  const { folders, images, devices, unreadable } = await listFolder(folder);
  assert.deepEqual([folders, images, devices], [["\ufffd"], [], ["a.png", "b.png"]]);
  assert.deepEqual(unreadable, ["b\ufffd", "c\ufffd.png"]);
});

Deno.test("listFolder() and whatLies() name a folder that the system does not open, in one line", async () => {
  const loop = join(makeFolder(), "loop");
  await Deno.symlink(loop, loop);
  const long = join(makeFolder(), "x".repeat(300));
  for (const path of [loop, long, "nul\0"]) {
    for (const attempt of [listFolder, whatLies]) {
      await assert.rejects(attempt(path), (error: Error) => {
        assert.match(error.message, /^Cannot list "[^\n]*": it must be readable, got [^\n]+$/);
        return true;
      });
    }
  }
});

Deno.test("countExtensions() puts the most frequent first, in lower case", () => {
  assert.equal(
    countExtensions(["1.HEIC", "2.heic", "3.gif", "x"]),
    ".heic 2, .gif 1, without extension 1",
  );
});

Deno.test("judgeListing() names what may not lie there, and counts what is passed over", () => {
  const listing = {
    folders: [],
    images: ["1.png"],
    others: ["2.heic", "3.heic"],
    devices: ["4.png"],
    unreadable: ["b\ufffd"],
  };
  assert.deepEqual(judgeListing(listing, { path: "nut/train/good", isForImages: true }), {
    faults: [{
      kind: "not a file",
      path: "nut/train/good/4.png",
      reason: '"nut/train/good/4.png" must be a file, got a device or pipe',
    }, {
      kind: "unreadable name",
      path: "nut/train/good/b\ufffd",
      reason:
        'every name must be UTF-8, got "nut/train/good/b\ufffd", where \ufffd is what is none: ' +
        "rename it",
    }],
    remarks: [{
      kind: "passed over",
      path: "nut/train/good",
      reason: '2 files in "nut/train/good" are not read (.heic 2), such as "2.heic"',
    }],
  });
});

Deno.test("judgeListing() passes over notes without a word where no images belong", () => {
  const listing = {
    folders: [],
    images: [],
    others: ["1.heic", "license.txt", "manifest.json"],
    devices: [],
    unreadable: [],
  };
  const count = (isForImages: boolean) =>
    judgeListing(listing, { path: "", isForImages }).remarks.map(({ reason }) => reason);
  assert.deepEqual(count(false), [
    '1 file in the folder is not read (.heic 1), such as "1.heic"',
  ]);
  assert.deepEqual(count(true), [
    '3 files in the folder are not read (.heic 1, .json 1, .txt 1), such as "1.heic"',
  ]);
});
