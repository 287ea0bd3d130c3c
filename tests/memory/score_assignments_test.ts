import assert from "node:assert/strict";
import { createDetector, scoreAssignments } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { randomMatrix } from "../helpers/mod.ts";

const images = {
  count: 5,
  grid: { rows: 1, columns: 2 },
  embeddings: randomMatrix({ rows: 10, columns: 3, seed: 1 }),
  semantics: randomMatrix({ rows: 5, columns: 2, seed: 2 }),
};

function countingDetector() {
  let searched = 0;
  const groups = [0, 1, 2].map((seed) => ({
    name: `group ${seed}`,
    key: Float32Array.of(1, 0),
    embeddings: residentRows(randomMatrix({ rows: 6, columns: 3, seed })),
    radius: null,
    trainCount: 1,
  }));
  const counting: NeighborSearch = {
    name: "counting",
    build: async (rows) => {
      const index = await plainSearch.build(rows);
      const search: typeof index.search = (queries, k) => {
        searched += queries.rows / 2;
        return index.search(queries, k);
      };
      return { ...index, search };
    },
  };
  const detector = createDetector({ groups, search: counting, calibration: [] });
  return { detector, searched: () => searched };
}

Deno.test("scoreAssignments() equals scoring under each assignment alone", async () => {
  const { detector } = countingDetector();
  const assignments = [
    { groups: Int32Array.of(0, 1, 2, 0, 1), second: null },
    { groups: Int32Array.of(0, 2, 2, 1, 1), second: null },
    { groups: Int32Array.of(1, 2, 2, 0, 0), second: null },
    { groups: Int32Array.of(1, 2, 2, 0, 0), second: Int32Array.of(0, 1, 0, 2, 1) },
  ];
  const together = await scoreAssignments(images, { detector, assignments });
  for (const [number, { groups, second }] of assignments.entries()) {
    assert.deepEqual(together[number], await detector.score(images, groups, second));
  }
});

Deno.test("scoreAssignments() searches no image twice in the same group", async () => {
  const { detector, searched } = countingDetector();
  const assignments = [
    { groups: Int32Array.of(0, 1, 2, 0, 1), second: null },
    { groups: Int32Array.of(0, 1, 2, 0, 1), second: null },
    { groups: Int32Array.of(0, 2, 2, 0, 1), second: null },
    { groups: Int32Array.of(0, 2, 2, 0, 1), second: null },
  ];
  await scoreAssignments(images, { detector, assignments });
  // Five images under the first assignment, one more under the third.
  assert.equal(searched(), 6);
});

Deno.test("scoreAssignments() of no assignment has no result", async () => {
  const { detector } = countingDetector();
  assert.deepEqual(await scoreAssignments(images, { detector, assignments: [] }), []);
});
