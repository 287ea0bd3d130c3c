import assert from "node:assert/strict";
import { joinImages, selectImages } from "@/features/embedder.ts";
import { randomMatrix } from "../helpers/mod.ts";

const embedded = {
  count: 4,
  grid: { rows: 2, columns: 3 },
  embeddings: randomMatrix({ rows: 24, columns: 5, seed: 1 }),
  semantics: randomMatrix({ rows: 4, columns: 2, seed: 2 }),
};

Deno.test("selectImages() of all images in order copies everything", () => {
  const copy = selectImages(embedded, [0, 1, 2, 3]);
  assert.deepEqual(copy, embedded);
  assert.notEqual(copy.embeddings.data.buffer, embedded.embeddings.data.buffer);
});

Deno.test("selectImages() takes all rows of an image together", () => {
  const { embeddings, semantics, count } = selectImages(embedded, [3, 1]);
  assert.equal(count, 2);
  assert.deepEqual(embeddings.data.subarray(0, 30), embedded.embeddings.data.subarray(90, 120));
  assert.deepEqual(embeddings.data.subarray(30), embedded.embeddings.data.subarray(30, 60));
  assert.deepEqual(semantics.data.subarray(2), embedded.semantics.data.subarray(2, 4));
});

Deno.test("selectImages() refuses an image that is not there", () => {
  assert.throws(() => selectImages(embedded, [4]), {
    name: "RangeError",
    message: "Cannot read a row: index must be an integer from 0 to 3, got 4",
  });
});

Deno.test("joinImages() undoes selectImages()", () => {
  const parts = [[2], [0, 1]].map((images) => selectImages(embedded, images));
  assert.deepEqual(joinImages(parts), selectImages(embedded, [2, 0, 1]));
  assert.equal(joinImages([embedded]), embedded);
});

Deno.test("joinImages() refuses nothing, and parts that do not fit", () => {
  assert.throws(() => joinImages([]), {
    name: "TypeError",
    message: "Cannot join images: one is needed, got none",
  });
  const other = { ...embedded, grid: { rows: 9, columns: 9 } };
  assert.throws(
    () => joinImages([embedded, other]),
    /^TypeError: Cannot join images: all must have/,
  );
});
