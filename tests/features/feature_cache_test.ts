import assert from "node:assert/strict";
import { join } from "node:path";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { openFeatureCache, roundFeatures } from "@/features/feature_cache.ts";
import { openBoundedFolder } from "@/files/cache.ts";
import { toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "../helpers/folder.ts";

const key = "ab".repeat(32);

function drawImage(seed: number): EmbeddedImages {
  const random = createRandom(seed, "features");
  const draw = (rows: number, columns: number) =>
    toMatrix(Float32Array.from({ length: rows * columns }, () => random.gaussian()), {
      rows,
      columns,
    });
  return { count: 1, grid: { rows: 2, columns: 3 }, embeddings: draw(6, 5), semantics: draw(1, 4) };
}

/** The only file below a folder. */
function findFile(folder: string): string {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    return entry.isDirectory ? findFile(path) : path;
  }
  throw new Error(`"${folder}" is empty`);
}

Deno.test("openFeatureCache() gives back what was kept, to the bit or rounded", async () => {
  const image = drawImage(1);
  for (const precision of ["float32", "float16"] as const) {
    const folder = makeFolder();
    const files = openBoundedFolder({ folder, limit: 1e6 });
    const options = { files, recipe: ["graph"], precision };
    assert.equal(await openFeatureCache(options).write(key, image), true);
    const cache = openFeatureCache(options);
    assert.equal(cache.has(key), true);
    assert.deepEqual(cache.read(key), roundFeatures(image, precision));
    const bytes = 64 + 4 * 4 + 30 * (precision === "float16" ? 2 : 4);
    assert.equal((await Deno.stat(findFile(folder))).size, bytes);
  }
});

Deno.test("openFeatureCache() keeps apart what was made otherwise", async () => {
  const files = openBoundedFolder({ folder: makeFolder(), limit: 1e6 });
  const open = (recipe: readonly unknown[], precision: "float32" | "float16" = "float32") =>
    openFeatureCache({ files, recipe, precision });
  await open(["graph", { resize: 288 }]).write(key, drawImage(1));
  assert.equal(open(["graph", { resize: 288 }]).has(key), true);
  assert.equal(open(["graph", { resize: 320 }]).has(key), false);
  assert.equal(open(["other", { resize: 288 }]).has(key), false);
  assert.equal(open(["graph", { resize: 288 }], "float16").has(key), false);
  assert.equal(open(["graph", { resize: 288 }]).read("cd".repeat(32)), null);
});

Deno.test("openFeatureCache() notices, names and drops every damaged byte and every lost one", async () => {
  for (const precision of ["float32", "float16"] as const) {
    const folder = makeFolder();
    const lines: string[] = [];
    const cache = openFeatureCache({
      files: openBoundedFolder({ folder, limit: 1e6, onRemark: (line) => lines.push(line) }),
      recipe: [],
      precision,
    });
    await cache.write(key, drawImage(1));
    const path = findFile(folder);
    const good = await Deno.readFile(path);
    const damaged = [...good.keys()].map((at) => {
      const bytes = good.slice();
      bytes[at]! ^= 2 ** (at % 8);
      return bytes;
    });
    const short = [...good.keys()].map((length) => good.slice(0, length));
    for (const bytes of [...damaged, ...short, Uint8Array.of(...good, 0)]) {
      await Deno.writeFile(path, bytes);
      assert.equal(cache.read(key), null);
      assert.equal(cache.has(key), false, "a damaged entry is removed");
      const [line, ...more] = lines.splice(0);
      const begin = `Cannot use cache entry "${path}": it`;
      assert.ok(line!.startsWith(begin) && /; it is made anew$/.test(line!), line!);
      assert.deepEqual(more, []);
    }
    await Deno.writeFile(path, good);
    assert.deepEqual(cache.read(key), roundFeatures(drawImage(1), precision));
  }
});

Deno.test("openFeatureCache() notices entries of another image or of another space", async () => {
  const folder = makeFolder();
  const lines: string[] = [];
  const files = openBoundedFolder({ folder, limit: 1e6, onRemark: (line) => lines.push(line) });
  const one = openFeatureCache({ files, recipe: ["one"] });
  const two = openFeatureCache({ files, recipe: ["two"] });
  const pathOf = (space: string, key: string): string =>
    join(folder, "features", space, key.slice(0, 2), `${key}.features`);
  const other = "ac".repeat(32);
  for (const [cache, name] of [[one, other], [two, key]] as const) {
    await one.write(key, drawImage(1));
    await cache.write(name, drawImage(2));
    assert.deepEqual(cache.read(name), drawImage(2));
    await Deno.copyFile(pathOf(one.space, key), pathOf(cache.space, name));
    assert.deepEqual([cache.read(name), one.read(key)], [null, drawImage(1)]);
    assert.deepEqual(lines.splice(0), [
      `Cannot use cache entry "${pathOf(cache.space, name)}": ` +
      "its checksum must be that of its key and content, got another; it is made anew",
    ]);
  }
});

Deno.test("openFeatureCache() says when there is no room, and refuses several images at once", async () => {
  const folder = makeFolder();
  const cache = openFeatureCache({
    files: openBoundedFolder({ folder, limit: 250 }),
    recipe: [],
  });
  assert.equal(await cache.write(key, drawImage(1)), true);
  assert.equal(await cache.write("cd".repeat(32), drawImage(2)), false);
  await assert.rejects(cache.write(key, { ...drawImage(1), count: 2 }), {
    message: "Cannot keep features: images come one by one, got 2",
  });
});

Deno.test("roundFeatures() changes embeddings alone, and never its input", () => {
  const image = drawImage(3), before = structuredClone(image);
  const rounded = roundFeatures(image, "float16");
  assert.deepEqual(image, before);
  assert.equal(roundFeatures(image, "float32"), image);
  assert.equal(rounded.semantics, image.semantics);
  assert.notDeepEqual(rounded.embeddings, image.embeddings);
  assert.deepEqual(roundFeatures(rounded, "float16"), rounded);
});
