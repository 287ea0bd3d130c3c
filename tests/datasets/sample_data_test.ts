import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { planSampleImages } from "@/datasets/sample/classes.ts";
import { drawSampleImage } from "@/datasets/sample/image.ts";
import { prepareSampleDataset } from "@/datasets/sample_data.ts";

const counts = { train: 1, normal: 1, defective: 1 };
const small = { counts, classNames: ["gear"] };

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await body(join(parent, "sample"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

async function listFiles(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    files.push(...(isDirectory ? await listFiles(folder, path) : [path]));
  }
  return files.sort();
}

async function writeTimes(folder: string): Promise<(number | undefined)[]> {
  const files = await listFiles(folder);
  return await Promise.all(
    files.map(async (file) => (await Deno.stat(join(folder, file))).mtime?.getTime()),
  );
}

Deno.test("prepareSampleDataset() writes the planned files with the drawn pixels, and no others", async () => {
  await withFolder(async (folder) => {
    const progress: string[] = [];
    const onProgress = (done: number, total: number) => progress.push(`${done}/${total}`);
    assert.equal(await prepareSampleDataset({ folder, ...small, seed: 3, onProgress }), folder);
    const planned = planSampleImages(counts, ["gear"]);
    const expected = planned.flatMap(({ image, mask }) => mask === null ? [image] : [image, mask]);
    assert.deepEqual(await listFiles(folder), [...expected, "manifest.json"].sort());
    assert.deepEqual(progress, ["1/4", "2/4", "3/4", "4/4"]);

    const { className, name, defect, image, mask } = planned.find(({ mask }) => mask !== null)!;
    const drawn = drawSampleImage({ className, name, seed: 3, defect });
    const read = await sharp(join(folder, image)).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([read.info.width, read.info.height, read.info.channels], [320, 320, 3]);
    assert.ok(read.data.equals(drawn.pixels));
    const written = sharp(join(folder, mask!));
    assert.equal((await written.metadata()).channels, 1);
    const values = await written.toColourspace("b-w").raw().toBuffer();
    assert.ok(values.equals(drawn.mask!.map((value) => 255 * value)));
  });
});

Deno.test("prepareSampleDataset() leaves a finished folder alone and replaces one of another seed", async () => {
  await withFolder(async (folder) => {
    await prepareSampleDataset({ folder, ...small });
    const manifest = await Deno.readTextFile(join(folder, "manifest.json"));
    const before = await writeTimes(folder);
    await prepareSampleDataset({
      folder,
      counts: { defective: 1, normal: 1, train: 1 },
      classNames: ["gear", "gear"],
      threads: 1,
    });
    assert.deepEqual(await writeTimes(folder), before);

    const files = await listFiles(folder);
    await Deno.remove(join(folder, "gear/test/good/000.png"));
    await prepareSampleDataset({ folder, ...small, threads: 1 });
    assert.equal(await Deno.readTextFile(join(folder, "manifest.json")), manifest);
    assert.deepEqual(await listFiles(folder), files);

    await prepareSampleDataset({ folder, ...small, seed: 1 });
    const other = JSON.parse(await Deno.readTextFile(join(folder, "manifest.json")));
    assert.equal(other.seed, 1);
    assert.deepEqual(other.classes, ["gear"]);
    assert.notEqual(other.pixels_sha256, JSON.parse(manifest).pixels_sha256);
  });
});

Deno.test("prepareSampleDataset() draws again when the manifest is missing, broken or older", async () => {
  await withFolder(async (folder) => {
    await prepareSampleDataset({ folder, ...small });
    const path = join(folder, "manifest.json"), manifest = await Deno.readTextFile(path);
    const older = manifest.replace(/"generator": \d+/, '"generator": 0');
    assert.notEqual(older, manifest);
    for (const text of [older, manifest.slice(0, 40), null]) {
      if (text === null) await Deno.remove(path);
      else await Deno.writeTextFile(path, text);
      await prepareSampleDataset({ folder, ...small });
      assert.equal(await Deno.readTextFile(path), manifest);
    }
  });
});

Deno.test("prepareSampleDataset() refuses to replace a folder that holds something else", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "thesis.txt"), "mine");
    await assert.rejects(prepareSampleDataset({ folder, ...small }), {
      message: `Cannot write the sample data to "${folder}": ` +
        'the folder must be empty or hold older sample data, got "thesis.txt" in it',
    });
    assert.equal(await Deno.readTextFile(join(folder, "thesis.txt")), "mine");
  });
});

Deno.test("prepareSampleDataset() refuses an impossible seed, class and thread count before it writes", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(prepareSampleDataset({ folder, ...small, seed: -1 }), {
      name: "RangeError",
      message: "Cannot create a random generator: seed must be an integer from 0 to 4294967295, " +
        "got -1",
    });
    await assert.rejects(prepareSampleDataset({ folder, ...small, threads: 1.5 }), {
      name: "RangeError",
      message: "Cannot prepare the sample data: threads must be an integer from 0, got 1.5",
    });
    await assert.rejects(prepareSampleDataset({ folder, counts, classNames: ["nut"] }), {
      name: "RangeError",
      message: /^Cannot find a sample class: name must be one of "board", .*, got "nut"$/,
    });
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  });
});
