/**
 * Bits of caches that flip by themselves: whatever a disk does to an entry, no number changes.
 *
 * `HIERCORE_FLIPS=10000` tries as many of them; without it there are 400.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { openFeatureCache, roundFeatures } from "@/features/feature_cache.ts";
import { findCached, openBoundedFolder } from "@/files/cache.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { openBankCache } from "@/lab/fit_memory.ts";
import { toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import type { BankRecipe } from "@/memory/bank_records.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const flips = Number(Deno.env.get("HIERCORE_FLIPS") ?? 400);

/** Every file below a folder. */
function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name, isDirectory }) => ({
    path: join(folder, name),
    isDirectory,
  })).flatMap(({ path, isDirectory }) => isDirectory ? listFiles(path) : [path]).sort();
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

/** An entry of a cache: how it is looked up, and how it is made. */
interface Kind {
  readonly name: string;
  /** What the cache holds; `null`: nothing, so that it is made. */
  readonly find: () => Promise<unknown>;
  readonly make: () => Promise<unknown>;
  readonly folder: string;
  readonly lines: string[];
}

function openKinds(): Kind[] {
  const random = createRandom(14, "entries");
  const draw = (rows: number, columns: number) =>
    toMatrix(Float32Array.from({ length: rows * columns }, () => random.gaussian()), {
      rows,
      columns,
    });
  const open = () => {
    const folder = makeFolder();
    const lines: string[] = [];
    const onRemark = (line: string): void => void lines.push(line);
    return { folder, lines, onRemark, files: openBoundedFolder({ folder, limit: 1e9, onRemark }) };
  };
  const features = (["float32", "float16"] as const).map((precision): Kind => {
    const { files, ...rest } = open();
    const cache = openFeatureCache({ files, recipe: ["a graph"], precision });
    const image: EmbeddedImages = {
      ...{ count: 1, grid: { rows: 3, columns: 3 } },
      embeddings: draw(9, 4),
      semantics: draw(1, 6),
    };
    const key = "ab".repeat(32);
    return {
      ...rest,
      name: `features as ${precision}`,
      find: () => Promise.resolve(cache.read(key)),
      make: () => cache.write(key, roundFeatures(image, precision)),
    };
  });
  const { files, ...rest } = open();
  const records = openBankCache({
    ...{ files, recipe: ["greedy", "plain"], imageKeys: ["a", "b", "c"], positions: 16 },
  });
  const recipe: BankRecipe = {
    ...{ kept: Uint32Array.of(0, 2), scored: Uint32Array.of(1), size: 8, seed: 7 },
    numNeighbors: 1,
    ownRowsOut: false,
  };
  const record = {
    indices: Uint32Array.of(3, 31, 17, 0, 9, 22, 1, 12),
    radius: 0.1234567,
    patchScores: { rows: 1, columns: 16, data: new Float32Array(16).fill(3.14159) },
  };
  const bank: Kind = {
    ...rest,
    name: "banks",
    find: () => records.find(recipe),
    make: () => records.keep(recipe, record),
  };
  const { folder, lines, onRemark } = open();
  const content = Uint8Array.from({ length: 200 }, () => random.integer(256));
  let isMade = false;
  const findGraph = async () => {
    isMade = false;
    const { path, hash } = await findCached({
      ...{ folder, name: "a-graph.onnx", onRemark },
      make: async (temporary) => {
        isMade = true;
        await Deno.writeFile(temporary, content);
      },
    });
    return { hash, content: await Deno.readFile(path) };
  };
  const graph: Kind = {
    ...{ folder, lines, name: "graphs", make: findGraph },
    find: async () => {
      const found = await findGraph();
      assert.deepEqual(found.content, content, "made anew, it is what it was");
      return isMade ? null : found;
    },
  };
  return [...features, bank, graph];
}

Deno.test("no bit of any kind of cache entry flips without being noticed", async () => {
  const random = createRandom(14, "flips");
  const kinds = openKinds();
  for (const { name, find, make, folder, lines } of kinds) {
    await make();
    const whole = await find();
    assert.notEqual(whole, null);
    const paths = listFiles(folder);
    const contents = paths.map((path) => Deno.readFileSync(path));
    for (let trial = 0; trial < flips / kinds.length; trial++) {
      const number = random.integer(paths.length);
      const bit = random.integer(8 * contents[number]!.length);
      Deno.writeFileSync(paths[number]!, flipBit(contents[number]!, bit));
      const where = `${name}, bit ${bit} of ${paths[number]}`;
      assert.equal(await find(), null, where);
      assert.equal(lines.length, 1, where);
      assert.ok(lines[0]!.includes(folder) && lines.splice(0)[0]!.endsWith("; it is made anew"));
      for (const [i, path] of paths.entries()) Deno.writeFileSync(path, contents[i]!);
    }
    assert.deepEqual(await find(), whole);
  }
});

/** The results of a run, by name. */
function readResults(folder: string): Map<string, Uint8Array> {
  const isResult = /(?:test_.*\.json|scores\.csv|\.faiss)$/;
  return new Map(
    listFiles(folder).filter((path) => isResult.test(path)).map((path) =>
      [path.slice(folder.length), Deno.readFileSync(path)] as const
    ),
  );
}

/** Runs something and gives the lines that it writes to standard error. */
async function hearErrors(body: () => Promise<void>): Promise<string[]> {
  const { writeSync } = Deno.stderr;
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    await body();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return text.split("\n").filter((line) => line !== "");
}

Deno.test("a run whose cache has flipped bits leaves the same bytes, and names every entry", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const cacheFolder = makeFolder();
  const random = createRandom(15, "entries");
  const run = async () => {
    const config = await tinyConfig(dataset, [
      `DEFAULT.savedir=${makeFolder()}`,
      "RUNTIME.cache_gigabytes=1",
    ]);
    return readResults((await runExperiment(config, { cacheFolder })).folder);
  };
  const plain = await run();
  assert.ok(plain.size >= 4);
  const paths = listFiles(cacheFolder);
  assert.ok(paths.some((path) => path.endsWith(".features")));
  assert.ok(paths.some((path) => path.endsWith(".json")));
  for (let trial = 0; trial < 3; trial++) {
    const damaged = paths.filter(() => random.next() < 0.4);
    for (const path of damaged) {
      const bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, flipBit(bytes, random.integer(8 * bytes.length)));
    }
    const lines = await hearErrors(async () => assert.deepEqual(await run(), plain));
    const named = lines.map((line) => line.match(/^Cannot use cache entry "(.*?)"/)?.[1]).sort();
    assert.deepEqual(named, damaged);
    assert.deepEqual(listFiles(cacheFolder), paths, "every entry is there again");
  }
});
