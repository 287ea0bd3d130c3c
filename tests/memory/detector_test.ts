import assert from "node:assert/strict";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { matrixOf, rowOf } from "@/math/matrix.ts";
import {
  createDetector,
  createIndexShelf,
  maxScore,
  scoreByNeighbors,
  scorePatches,
} from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { type NeighborIndex, type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { randomMatrix } from "../helpers/mod.ts";

async function twoGroups() {
  const groups = [1, 2].map((seed) => ({
    name: `group ${seed}`,
    key: seed === 1 ? Float32Array.of(1, 0) : Float32Array.of(0, 1),
    embeddings: residentRows(randomMatrix({ rows: 9, columns: 3, seed })),
    radius: null,
    trainCount: 1,
  }));
  const indexes = await Promise.all(
    groups.map(async ({ embeddings }) => await plainSearch.build(await embeddings.load())),
  );
  const detector = createDetector({ groups, search: plainSearch, calibration: [] });
  return { groups, indexes, detector };
}

const images: EmbeddedImages = {
  count: 4,
  grid: { rows: 2, columns: 2 },
  embeddings: randomMatrix({ rows: 16, columns: 3, seed: 7 }),
  semantics: matrixOf([[1, 0], [0, 1], [0.2, 0.9], [3, 1]]),
};

Deno.test("createDetector() scores each image by the group named for it alone", async () => {
  const { indexes, detector } = await twoGroups();
  const assigned = detector.route(images.semantics);
  assert.deepEqual([...assigned], [0, 1, 1, 0]);
  const { scores, patchScores } = await detector.score(images, assigned);
  for (const [image, group] of assigned.entries()) {
    const alone = await scoreByNeighbors(selectImages(images, [image]), {
      index: indexes[group]!,
      numNeighbors: 1,
    });
    assert.equal(scores[image], Math.max(...alone.data));
    assert.deepEqual(patchScores.data.subarray(image * 4, image * 4 + 4), alone.data);
  }
});

Deno.test("createDetector() gives a score of zero to an image whose patches are all kept", async () => {
  const { groups, detector } = await twoGroups();
  const kept = {
    count: 1,
    grid: { rows: 3, columns: 3 },
    embeddings: await groups[1]!.embeddings.load(),
    semantics: matrixOf([[0, 1]]),
  };
  assert.deepEqual([...(await detector.score(kept, Int32Array.of(1))).scores], [0]);
});

Deno.test("createDetector() opens the indexes it needs, and closes every one once", async () => {
  for (const [openIndexes, expected] of [[Infinity, 0], [1, 1]] as const) {
    const { groups } = await twoGroups();
    let opened = 0, closed = 0;
    const search: NeighborSearch = {
      name: "counting",
      build: async (rows) => {
        opened++;
        return { ...await plainSearch.build(rows), close: () => Promise.resolve(void closed++) };
      },
    };
    const detector = createDetector({ groups, search, calibration: [], openIndexes });
    assert.equal(opened, 0);
    await detector.score(images, Int32Array.of(0, 1, 1, 0));
    assert.deepEqual([opened, closed], [2, expected]);
    await detector.close();
    assert.equal(closed, 2);
  }
});

Deno.test("createDetector() refuses no groups, and groups that are not there", async () => {
  const { detector } = await twoGroups();
  assert.throws(() => createDetector({ groups: [], search: plainSearch, calibration: [] }), {
    message: "Cannot create a detector: at least one group is needed, got none",
  });
  await assert.rejects(detector.score(images, Int32Array.of(0, 0, 2, 0)), {
    name: "RangeError",
    message: "Cannot score image 2: its group must be from 0 to 1, got 2",
  });
  await assert.rejects(detector.score(images, Int32Array.of(0)), {
    name: "TypeError",
    message: "Cannot score images: one group per image is needed, got 1 for 4 images",
  });
});

const banks = [1, 2, 3].map((rows) =>
  residentRows(matrixOf(Array.from({ length: rows }, (_, i) => [i])))
);

/** Notes which index is opened and closed, by its number of rows. */
function noting(log: string[]): NeighborSearch {
  return {
    name: "noting",
    build: async (rows) => {
      log.push(`open ${rows.rows}`);
      const index = await plainSearch.build(rows);
      return {
        ...index,
        close: async () => {
          log.push(`close ${rows.rows}`);
          await index.close();
        },
      };
    },
  };
}

const rowsOf = ({ rows }: NeighborIndex): Promise<number> => Promise.resolve(rows);

Deno.test("createIndexShelf() opens each index once, when it is needed, and keeps all open", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log) });
  assert.deepEqual(log, []);
  for (const group of [2, 0, 2, 0]) assert.equal(await shelf.use(group, rowsOf), group + 1);
  await shelf.close();
  assert.deepEqual(log, ["open 3", "open 1", "close 3", "close 1"]);
});

Deno.test("createIndexShelf() closes what was not used for longest", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log), most: 2 });
  for (const group of [0, 1, 0, 2, 1]) await shelf.use(group, rowsOf);
  await shelf.close();
  assert.deepEqual(log, [
    ...["open 1", "open 2", "open 3", "close 2", "open 2", "close 1"],
    ...["close 3", "close 2"],
  ]);
});

Deno.test("createIndexShelf() closes nothing that is being used", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log), most: 1 });
  await shelf.use(0, async (outer) => {
    assert.equal(await shelf.use(1, rowsOf), 2);
    log.push("inside");
    assert.equal(await rowsOf(outer), 1);
  });
  assert.deepEqual(log, ["open 1", "open 2", "close 2", "inside"]);
  await shelf.close();
  assert.deepEqual(log.slice(4), ["close 1"]);
});

Deno.test("createIndexShelf() opens an index once for two who ask at the same time", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log) });
  assert.deepEqual(await Promise.all([shelf.use(1, rowsOf), shelf.use(1, rowsOf)]), [2, 2]);
  assert.deepEqual(log, ["open 2"]);
  await shelf.close();
});

Deno.test("createIndexShelf() tries again to open what could not be opened", async () => {
  let attempts = 0;
  const search: NeighborSearch = {
    name: "flaky",
    build: (rows) =>
      attempts++ === 0 ? Promise.reject(new Error("no memory")) : plainSearch.build(rows),
  };
  const shelf = createIndexShelf(banks, { search });
  await assert.rejects(shelf.use(0, rowsOf), { message: "no memory" });
  assert.equal(await shelf.use(0, rowsOf), 1);
  await shelf.close();
});

Deno.test("scorePatches() averages over the neighbors of a patch", () => {
  // Patches (1 + 3) / 2 = 2, (0 + 10) / 2 = 5; then 1 and 4 for the second image.
  const neighbors = {
    k: 2,
    squaredDistances: Float32Array.of(1, 3, 0, 10, 1, 1, 2, 6),
    indices: new Int32Array(8),
  };
  const patchScores = scorePatches(neighbors, { images: 2 });
  assert.deepEqual([...patchScores.data], [2, 5, 1, 4]);
  assert.deepEqual([0, 1].map((image) => maxScore(rowOf(patchScores, image))), [5, 4]);
});

Deno.test("scorePatches() refuses distances that would hide an anomaly", () => {
  const neighbors = {
    k: 1,
    squaredDistances: Float32Array.of(1, 2, 3, NaN),
    indices: new Int32Array(4),
  };
  assert.throws(() => scorePatches(neighbors, { images: 2 }), {
    name: "RangeError",
    message: "Cannot score patches: distances must be finite, got NaN for patch 1 of image 1",
  });
});

Deno.test("scorePatches() refuses patches that do not divide among the images", () => {
  const neighbors = { k: 1, squaredDistances: new Float32Array(5), indices: new Int32Array(5) };
  assert.throws(() => scorePatches(neighbors, { images: 2 }), {
    name: "TypeError",
    message:
      "Cannot score patches: every image must have the same number of patches, got 5 patches for 2 images",
  });
});
