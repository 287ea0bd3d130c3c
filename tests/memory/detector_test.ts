import assert from "node:assert/strict";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { matrixOf } from "@/math/matrix.ts";
import { createDetector, scoreByNeighbors } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
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
    assert.equal(scores[image], alone.scores[0]);
    assert.deepEqual(
      patchScores.data.subarray(image * 4, image * 4 + 4),
      alone.patchScores.data,
    );
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
