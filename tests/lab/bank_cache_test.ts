import assert from "node:assert/strict";
import { join } from "node:path";
import { openFeatureCache } from "@/features/feature_cache.ts";
import { openBoundedFolder } from "@/files/cache.ts";
import { openBankCache } from "@/lab/fit_memory.ts";
import { matrixOf } from "@/math/matrix.ts";
import type { BankRecipe } from "@/memory/fit_detector.ts";
import { makeFolder } from "../helpers/folder.ts";

const recipe: BankRecipe = {
  kept: Uint32Array.of(0, 2),
  scored: Uint32Array.of(1),
  size: 2,
  seed: 7,
  numNeighbors: 1,
};
const record = { indices: Uint32Array.of(3, 1), radius: 0.25, scores: Float32Array.of(0.5) };
const imageKeys = ["a", "b", "c", null];

Deno.test("openBankCache() finds a bank by content, whatever its images are numbered", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 1e6 });
  const options = { files, recipe: ["greedy", 0.1] };
  await openBankCache({ ...options, imageKeys }).keep(recipe, record);
  assert.deepEqual(await openBankCache({ ...options, imageKeys }).find(recipe), record);
  const moved = openBankCache({ ...options, imageKeys: ["z", "c", "a", "b"] });
  const renumbered = { ...recipe, kept: Uint32Array.of(2, 1), scored: Uint32Array.of(3) };
  assert.deepEqual(await moved.find(renumbered), record);
});

Deno.test("openBankCache() keeps apart whatever shapes a bank", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 1e6 });
  const options = { files, recipe: ["greedy"], imageKeys };
  const records = openBankCache(options);
  await records.keep(recipe, record);
  const changes: Partial<BankRecipe>[] = [
    { kept: Uint32Array.of(2, 0) },
    { kept: Uint32Array.of(0) },
    { scored: new Uint32Array(0) },
    { size: 1 },
    { seed: 8 },
    { numNeighbors: 2 },
  ];
  for (const change of changes) assert.equal(await records.find({ ...recipe, ...change }), null);
  assert.equal(await openBankCache({ ...options, recipe: ["random"] }).find(recipe), null);
});

Deno.test("openBankCache() keeps nothing of images whose content is not known", async () => {
  const folder = makeFolder();
  const records = openBankCache({
    files: openBoundedFolder({ folder, limit: 1e6 }),
    recipe: [],
    imageKeys,
  });
  const unknown = { ...recipe, kept: Uint32Array.of(0, 3) };
  await records.keep(unknown, record);
  assert.equal(await records.find(unknown), null);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("openBankCache() takes a damaged record for none", async () => {
  const folder = makeFolder();
  const records = openBankCache({
    files: openBoundedFolder({ folder, limit: 1e6 }),
    recipe: [],
    imageKeys,
  });
  await records.keep(recipe, record);
  const [{ name }] = [...Deno.readDirSync(join(folder, "banks"))] as [Deno.DirEntry];
  await Deno.writeTextFile(join(folder, "banks", name), '{"schema":1');
  assert.equal(await records.find(recipe), null);
});

Deno.test("openBankCache() never pushes out features that the same process uses", async () => {
  // Room for one feature entry of 64 + 4 + 4 bytes, and none for a record beside it.
  const files = openBoundedFolder({ folder: makeFolder(), limit: 100 });
  const row = matrixOf([[1]]);
  const image = { count: 1, grid: { rows: 1, columns: 1 }, embeddings: row, semantics: row };
  const cache = openFeatureCache({ files, recipe: [] });
  assert.equal(await cache.write("ab".repeat(32), image), true);
  const records = openBankCache({ files, recipe: [], imageKeys });
  await records.keep(recipe, record);
  assert.deepEqual([await records.find(recipe), cache.has("ab".repeat(32))], [null, true]);
});
