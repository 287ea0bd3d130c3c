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

Deno.test("openFeatureCache() notices every damaged byte and every lost one", async () => {
  const folder = makeFolder();
  const cache = openFeatureCache({
    files: openBoundedFolder({ folder, limit: 1e6 }),
    recipe: [],
  });
  await cache.write(key, drawImage(1));
  const path = findFile(folder);
  const good = await Deno.readFile(path);
  const unused = good.subarray(32, 64); // the header's reserve
  assert.ok(unused.every((byte) => byte === 0));
  const damaged = [...good.keys()].filter((at) => at < 32 || at >= 64).map((at) => {
    const bytes = good.slice();
    bytes[at]! ^= 16;
    return bytes;
  });
  const short = [...good.keys()].map((length) => good.slice(0, length));
  for (const bytes of [...damaged, ...short, Uint8Array.of(...good, 0)]) {
    await Deno.writeFile(path, bytes);
    assert.equal(cache.read(key), null);
    assert.equal(cache.has(key), false, "a damaged entry is removed");
  }
  await Deno.writeFile(path, good);
  assert.deepEqual(cache.read(key), drawImage(1));
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
