import assert from "node:assert/strict";
import { join } from "node:path";
import { releaseName, sweepFolder, temporaryName } from "@/files/leftovers.ts";
import { checkWritable, fillFile, replaceFile, replaceFolder } from "@/files/write.ts";
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

async function inTemporaryFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map((entry) => entry.name);

Deno.test("replaceFolder() leaves nothing of an earlier folder and no trace of its own", async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = `${parent}/deep/run`;
    await replaceFolder(folder, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    await replaceFolder(folder, (to) => Deno.writeTextFile(`${to}/new.txt`, "2"));
    assert.deepEqual(names(folder), ["new.txt"]);
    assert.deepEqual(names(`${parent}/deep`), ["run"]);
  });
});

Deno.test("replaceFolder() keeps the earlier folder when filling fails", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFolder(`${parent}/run`, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    const failing = replaceFolder(`${parent}/run`, async (to) => {
      await Deno.writeTextFile(`${to}/half.txt`, "2");
      throw new Error("disk full");
    });
    await assert.rejects(failing, { message: "disk full" });
    assert.deepEqual(names(`${parent}/run`), ["old.txt"]);
    assert.deepEqual(names(parent), ["run"]);
  });
});

Deno.test("replaceFolder() puts the earlier folder back when the new one cannot take its place", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFolder(`${parent}/run`, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    // A file cannot be renamed to a name that ends in a slash; a folder can.
    const failing = replaceFolder(`${parent}/run/`, async (to) => {
      await Deno.remove(to);
      await Deno.writeTextFile(to, "2");
    });
    await assert.rejects(failing);
    assert.deepEqual(names(parent), ["run"]);
    assert.deepEqual(names(`${parent}/run`), ["old.txt"]);
  });
});

Deno.test("replaceFile() overwrites whole and leaves no temporary file", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFile(`${parent}/sub/a.bin`, Uint8Array.of(1, 2, 3));
    await replaceFile(`${parent}/sub/a.bin`, "x");
    assert.equal(await Deno.readTextFile(`${parent}/sub/a.bin`), "x");
    assert.deepEqual(names(`${parent}/sub`), ["a.bin"]);
  });
});

Deno.test("replaceFile() keeps what is there when the new file cannot take its place", async () => {
  await inTemporaryFolder(async (parent) => {
    await Deno.mkdir(`${parent}/taken/inside`, { recursive: true });
    await assert.rejects(replaceFile(`${parent}/taken`, "x"));
    assert.deepEqual(names(parent), ["taken"]);
  });
});

Deno.test("fillFile() gives what filling gave, and leaves an earlier file alone when it fails", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "deep", "a.txt");
    const write = (text: string) => async (temporary: string): Promise<number> => {
      await Deno.writeTextFile(temporary, text);
      if (text === "") throw new Error("nothing to write");
      return text.length;
    };
    assert.equal(await fillFile(path, write("one")), 3);
    await assert.rejects(fillFile(path, write("")), { message: "nothing to write" });
    assert.equal(await Deno.readTextFile(path), "one");
    assert.deepEqual([...Deno.readDirSync(join(folder, "deep"))].map(({ name }) => name), [
      "a.txt",
    ]);
  }));

const writing = (name: string, text: string) => (to: string): Promise<void> =>
  Deno.writeTextFile(join(to, name), text);
const mark = (seed: number) => ({ mark: { kind: "run", of: { seed } } });

Deno.test("replaceFolder() replaces with a mark what bears the same mark, and nothing else", () =>
  inTemporaryFolder(async (parent) => {
    const folder = `${parent}/run`;
    await replaceFolder(folder, writing("a.txt", "1"), mark(1));
    await replaceFolder(folder, writing("b.txt", "2"), mark(1));
    assert.deepEqual(names(folder).sort(), [".hiercore.json", "b.txt"]);
    for (const options of [mark(2), { mark: { kind: "audit", of: { seed: 1 } } }]) {
      await assert.rejects(replaceFolder(folder, writing("c.txt", "3"), options), {
        name: "Error",
        message: new RegExp(
          `^Cannot write results to "${folder}": the folder must be new, empty or of the same ` +
            "(?:run|audit), got .*; --overwrite replaces that, or choose another folder$",
        ),
      });
    }
    assert.equal(await Deno.readTextFile(`${folder}/b.txt`), "2");
    await replaceFolder(folder, writing("c.txt", "3"), { ...mark(2), overwrite: true });
    assert.deepEqual(names(folder).sort(), [".hiercore.json", "c.txt"]);
  }));

Deno.test("replaceFolder() asks before it takes a folder that it did not write, and loses nothing", () =>
  inTemporaryFolder(async (parent) => {
    for (const holds of ["thesis.txt", "run/thesis.txt", ".hidden", "a.txt"]) {
      const folder = `${parent}/${holds.replaceAll(/\W/g, "_")}`;
      await Deno.mkdir(join(folder, holds, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, holds), "mine");
      await assert.rejects(replaceFolder(folder, writing("a.txt", "1"), mark(1)), /--overwrite/);
      await replaceFolder(folder, writing("a.txt", "1"), { ...mark(1), overwrite: true });
      const kept = holds === "a.txt" ? "a.txt.kept" : holds;
      assert.equal(await Deno.readTextFile(join(folder, kept)), "mine");
      assert.equal(await Deno.readTextFile(join(folder, "a.txt")), "1");
    }
    await Deno.writeTextFile(`${parent}/file`, "mine");
    await assert.rejects(replaceFolder(`${parent}/file`, writing("a.txt", "1"), mark(1)), {
      message: `Cannot write results to "${parent}/file": it must be a folder, got a file`,
    });
    // What systems leave by themselves is nobody's.
    await Deno.mkdir(`${parent}/seen`);
    await Deno.writeTextFile(`${parent}/seen/.DS_Store`, "");
    await replaceFolder(`${parent}/seen`, writing("a.txt", "1"), mark(1));
  }));

Deno.test("replaceFolder() takes along what others put into a folder, however it is made", () =>
  inTemporaryFolder(async (parent) => {
    const folder = `${parent}/run`;
    const fill = async (to: string): Promise<void> => {
      await Deno.mkdir(`${to}/model`);
      await Deno.writeTextFile(`${to}/model/bank`, "1");
    };
    await replaceFolder(folder, fill, mark(1));
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    await Deno.writeTextFile(`${folder}/model/notes.txt`, "mine");
    await Deno.mkdir(`${folder}/empty/inner`, { recursive: true });
    await Deno.symlink(`${parent}/elsewhere`, `${folder}/link`);
    await replaceFolder(`${folder}/scenarios`, writing("scenarios.json", "{}"), mark(7));
    await replaceFolder(folder, fill, mark(1));
    await replaceFolder(folder, fill, { ...mark(2), overwrite: true });
    assert.equal(await Deno.readTextFile(`${folder}/notes.txt`), "mine");
    assert.equal(await Deno.readTextFile(`${folder}/model/notes.txt`), "mine");
    assert.equal(await Deno.readTextFile(`${folder}/scenarios/scenarios.json`), "{}");
    assert.equal(await Deno.readLink(`${folder}/link`), `${parent}/elsewhere`);
    assert.deepEqual(names(`${folder}/empty`), ["inner"]);
    assert.deepEqual(names(parent), ["run"]);
  }));

Deno.test("replaceFolder() leaves a link to a folder what it is", () =>
  inTemporaryFolder(async (parent) => {
    await Deno.mkdir(`${parent}/disk/runs`, { recursive: true });
    await Deno.symlink(`${parent}/disk/runs`, `${parent}/run`);
    await replaceFolder(`${parent}/run`, writing("a.txt", "1"), mark(1));
    assert.ok((await Deno.lstat(`${parent}/run`)).isSymlink);
    assert.equal(await Deno.readTextFile(`${parent}/disk/runs/a.txt`), "1");
  }));

Deno.test("replaceFolder() fills the working directory file by file", () =>
  inTemporaryFolder(async (parent) => {
    const before = Deno.cwd();
    await Deno.mkdir(`${parent}/here`);
    Deno.chdir(`${parent}/here`);
    try {
      await replaceFolder(".", writing("a.txt", "1"), mark(1));
      await Deno.writeTextFile("notes.txt", "mine");
      await replaceFolder(".", writing("b.txt", "2"), mark(1));
      assert.deepEqual(names(".").sort(), [".hiercore.json", "b.txt", "notes.txt"]);
    } finally {
      Deno.chdir(before);
    }
  }));

Deno.test("replaceFolder() says in one line what the system refuses", () =>
  inTemporaryFolder(async (parent) => {
    const full = (): Promise<void> =>
      Promise.reject(Object.assign(new Error("No space left on device (os error 28)"), {
        code: "ENOSPC",
      }));
    await assert.rejects(replaceFolder(`${parent}/run`, full, mark(1)), {
      message: `Cannot write results to "${parent}/run": the system must let it be written, ` +
        'got "No space left on device (os error 28)"',
    });
    for (const name of ["a\0b", "x".repeat(5000), `${"y/".repeat(3000)}z`]) {
      await assert.rejects(checkWritable(`${parent}/${name}`), /^Error: Cannot write results to "/);
    }
    assert.deepEqual(names(parent), []);
  }));

Deno.test("checkWritable() refuses with a mark what replaceFolder() would refuse", () =>
  inTemporaryFolder(async (parent) => {
    await Deno.writeTextFile(`${parent}/mine.txt`, "1");
    await checkWritable(parent);
    await checkWritable(parent, { ...mark(1), overwrite: true });
    await assert.rejects(
      checkWritable(parent, mark(1)),
      /got one that holds "mine.txt"; --overwrite/,
    );
  }));

const host = /-([0-9a-f]{6})-\d+-/.exec(temporaryName("a"))![1]!;

/** Number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  await child.status;
  return child.pid;
}

Deno.test("writing removes what dead processes left beside it, and nothing of living ones", () =>
  inTemporaryFolder(async (parent) => {
    const dead = await deadProcess();
    const left = (stamp: string): string => `.run-${stamp}-0123abcd.partial`;
    const living = [left(`${host}-1`), left(`ffffff-${dead}`), "run.zip.partial", ".run.partial"];
    for (const name of [left(`${host}-${dead}`), left(`${host}-${Deno.pid}`), ...living]) {
      await Deno.mkdir(join(parent, name, "model"), { recursive: true });
    }
    // Of this process's number: one of an earlier process, and one that another thread may write.
    await Deno.utime(join(parent, left(`${host}-${Deno.pid}`)), 0, 0);
    const thread = `.run-${host}-${Deno.pid}-89abcdef.partial`;
    await Deno.mkdir(join(parent, thread));
    living.push(thread);
    await replaceFolder(`${parent}/run`, writing("a.txt", "1"));
    assert.deepEqual(names(parent).sort(), [...living, "run"].sort());
    await Deno.mkdir(`${parent}/files`);
    await Deno.writeTextFile(`${parent}/files/${left(`${host}-${dead}`)}`, "half");
    await replaceFile(`${parent}/files/a.txt`, "1");
    assert.deepEqual(names(`${parent}/files`), ["a.txt"]);
  }));

Deno.test("replaceFolder() gives back what a process that died between two renames had moved", () =>
  inTemporaryFolder(async (parent) => {
    const half = `${parent}/.run-${host}-${await deadProcess()}-0123abcd`;
    await Deno.mkdir(`${half}.partial`);
    await Deno.mkdir(`${half}-previous.partial`);
    await Deno.writeTextFile(`${half}-previous.partial/notes.txt`, "mine");
    await replaceFolder(`${parent}/other`, writing("a.txt", "1"));
    assert.equal(await Deno.readTextFile(`${parent}/run/notes.txt`), "mine");
    await replaceFolder(`${parent}/other`, writing("a.txt", "1"));
    assert.deepEqual(names(parent).sort(), ["other", "run"]);
  }));

Deno.test("sweepFolder() leaves a name alone until releaseName() says that it is done", () =>
  inTemporaryFolder(async (parent) => {
    const path = join(parent, temporaryName("x".repeat(250)));
    await Deno.writeTextFile(path, "half");
    await sweepFolder(parent);
    assert.equal(names(parent).length, 1);
    releaseName(path);
    await sweepFolder(parent);
    assert.deepEqual(names(parent), []);
    await sweepFolder(join(parent, "nowhere"));
  }));
