/** What an operating system can answer, through the command line: one line and exit code 2. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommandLine } from "@/cli.ts";
import { noProgress } from "@/files/progress.ts";
import { describeSystemError } from "@/messages.ts";
import { makeTinyDataset } from "./helpers/dataset.ts";
import { makeFolder } from "./helpers/folder.ts";

/** Runs a command that must be refused, and returns the line that says why. */
async function refusalOf(args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const code = await runCommandLine({
    args,
    print: () => {},
    complain: (line) => lines.push(line),
    startProgress: noProgress,
  });
  assert.equal(code, 2, `${args.join(" ")}: ${lines.join("\n")}`);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^Cannot [^\n]+$/);
  return lines[0]!;
}

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success);
}

const folder = makeFolder();
const photos = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
const small = [
  "config=configs/folder.yaml",
  "DATASET.resize=64",
  "DATASET.imagesize=64",
  "RUNTIME.cache_gigabytes=0",
];
const onPhotos = [...small, `DATASET.datadir=${photos}`];

Deno.test("run refuses whatever is no dataset folder, and never waits for it", async () => {
  const file = join(folder, "photos.zip"), loop = join(folder, "loop"), pipe = join(folder, "pipe");
  await Deno.writeTextFile(file, "no folder");
  await Deno.symlink(loop, loop);
  await makePipe(pipe);
  const cases: [string, RegExp][] = [
    [file, /there must be such a folder, got a file$/],
    ["/dev/null", /there must be such a folder, got a file$/],
    [pipe, /there must be such a folder, got a file$/],
    [join(file, "inside"), /there must be such a folder, got none$/],
    [loop, /Too many levels|circle/],
    [join(folder, "x".repeat(5000)), /too long/],
    [join(folder, "a\0b"), /NUL/i],
  ];
  for (const [path, reason] of cases) {
    assert.match(
      await refusalOf(["run", ...small, `DATASET.datadir=${JSON.stringify(path)}`]),
      reason,
    );
  }
});

Deno.test("run names a pipe, a device, a link and a folder that are called like images", async () => {
  const images = join(photos, "rings/train/good");
  const cases: [(path: string) => Promise<void>, RegExp][] = [
    [makePipe, /"rings\/train\/good\/zz\.png" must be a file, got a device or pipe/],
    [(path) => Deno.symlink("/dev/zero", path), /must be a file, got a device or pipe/],
    [(path) => Deno.symlink(path, path), /zz\.png/],
    [
      (path) => Deno.symlink(join(folder, "nowhere"), path),
      /must lead to a file or folder, got none|nowhere/,
    ],
    [(path) => Deno.mkdir(path), /must hold images alone, got the folder "zz\.png"/],
    [(path) => Deno.writeFile(path, new Uint8Array()), /zz\.png/],
  ];
  for (const [make, reason] of cases) {
    const path = join(images, "zz.png");
    await make(path);
    try {
      const savedir = join(folder, "run");
      assert.match(await refusalOf(["run", ...onPhotos, `DEFAULT.savedir=${savedir}`]), reason);
    } finally {
      await Deno.remove(path);
    }
  }
});

Deno.test("a configuration must be a file that ends", async () => {
  const pipe = join(folder, "config-pipe"), large = join(folder, "large.yaml");
  await makePipe(pipe);
  await Deno.writeFile(large, new Uint8Array(1_000_001));
  const cases: [string, RegExp][] = [
    ["/dev/zero", /"\/dev\/zero": it must be a file, got a device or pipe$/],
    [pipe, /it must be a file, got a device or pipe$/],
    [folder, /it must be a file, got a folder$/],
    [large, /it must have at most 1000000 bytes, got 1000001$/],
    ["nowhere.yaml", /the file must exist$/],
    ["configs/folder.yaml/x", /a folder is needed, got a file$/],
    ["x".repeat(5000), /short enough/],
  ];
  for (const [path, reason] of cases) {
    assert.match(await refusalOf(["run", `config=${path}`]), reason);
  }
});

Deno.test("results must go where a folder can be", async () => {
  const file = join(folder, "a-file");
  await Deno.writeTextFile(file, "");
  const places = [file, join(file, "below"), "/proc/results", "/dev/null", "/dev/full/x"];
  for (const savedir of [...places, join(folder, "y".repeat(5000)), join(folder, "a\0b")]) {
    await refusalOf(["run", ...onPhotos, `DEFAULT.savedir=${JSON.stringify(savedir)}`]);
  }
});

Deno.test("audit refuses what is no table", async () => {
  const pipe = join(folder, "scores.csv");
  await makePipe(pipe);
  for (const path of [pipe, "/dev/zero", "/dev/null", folder, "nowhere.csv", "deno.json/x.csv"]) {
    await refusalOf(["audit", path, `DEFAULT.savedir=${join(folder, "audits")}`]);
  }
});

Deno.test("every number of a configuration has bounds", async () => {
  const cases = [
    ["RUNTIME.threads=5000", "an integer from 0 to 256"],
    ["MODEL.num_neighbors=1000000", "an integer from 1 to 1000"],
    ["MODEL.batch_size=100000", "an integer from 1 to 1024"],
    ["MODEL.target_embed_dimension=100000", "an integer from 1 to 16384"],
    ["EVALUATION.folds=100000", "an integer from 2 to 1000"],
    ["EVALUATION.alpha=.nan", "got NaN"],
    ["RUNTIME.memory_gigabytes=.inf", "got Infinity"],
    ["DATASET.split=0", "above 0"],
    ["DATASET.split=1e308", "1e+308"],
  ];
  for (const [override, reason] of cases) {
    const line = await refusalOf(["run", override!]);
    assert.ok(line.includes(reason!), line);
  }
});

Deno.test("describeSystemError() knows what systems answer, and nothing else", async () => {
  const answer = async (work: () => Promise<unknown>): Promise<string | null> => {
    try {
      await work();
    } catch (error) {
      return describeSystemError(error);
    }
    return "no error";
  };
  assert.equal(
    await answer(() => Deno.readTextFile("deno.json/x")),
    '"deno.json/x": a folder is needed, got a file',
  );
  // What cannot be had without a full, a read-only or a foreign disk.
  const injected = (code: string, message: string) => Object.assign(new Error(message), { code });
  const cases: [string, string][] = [
    ["EACCES", "there must be permission for it, got none"],
    ["EROFS", "the disk must be writable, got a read-only one"],
    ["ENOSPC", "there must be room on the disk, got a full one"],
    ["EMFILE", "there must be room for open files, got too many (ulimit -n)"],
  ];
  for (const [code, reason] of cases) {
    const error = injected(code, `Some words (os error 1): open '/data/a'`);
    assert.equal(describeSystemError(error), `"/data/a": ${reason}`);
  }
  assert.equal(describeSystemError(new TypeError("x is undefined")), null);
  assert.equal(describeSystemError(injected("ERR_ASSERTION", "1 != 2")), null);
});
