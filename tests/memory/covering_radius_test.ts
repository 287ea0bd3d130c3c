import assert from "node:assert/strict";
import { matrixOf, selectRows } from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { greedyCoreset } from "@/memory/coreset.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { joinCoverings, measureCovering, openPrefixIndex } from "@/memory/prefix_bank.ts";
import { assertClose, inParts, randomMatrix } from "../helpers/mod.ts";

const features = randomMatrix({ rows: 60, columns: 4, seed: 3 });
const sizes = [1, 2, 5, 20, 60];

Deno.test("measureCovering() gives radius and mean worked by hand", async () => {
  // Kept: (0, 0), then (6, 8). To the first alone: 0, 5, 10. To the nearer of both: 0, 5, 0.
  const kept = matrixOf([[0, 0], [6, 8]]);
  const index = await openPrefixIndex(kept, { sizes: [1, 2], search: plainSearch });
  const coverings = await measureCovering(matrixOf([[0, 0], [3, 4], [6, 8]]), index);
  assert.deepEqual(coverings, [
    { radius: 10, mean: 5, rows: 3 },
    { radius: 5, mean: 5 / 3, rows: 3 },
  ]);
});

Deno.test("measureCovering() agrees with the radii of greedyCoreset(), size by size", async () => {
  const { indices, radii } = greedyCoreset(features, { size: 60 });
  const kept = selectRows(features, indices);
  const index = await openPrefixIndex(kept, { sizes, search: plainSearch });
  const coverings = await measureCovering(features, index);
  sizes.forEach((size, i) => assertClose(coverings[i]!.radius, radii[size - 1]!, 1e-6));
  assert.deepEqual(coverings.at(-1), { radius: 0, mean: 0, rows: 60 });
});

Deno.test("measureCovering() never finds a larger radius or mean with more kept rows", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const kept = selectRows(features, permutation(60, createRandom(seed, "kept")));
    const index = await openPrefixIndex(kept, { sizes, search: plainSearch });
    const coverings = await measureCovering(features, index);
    for (let i = 1; i < coverings.length; i++) {
      assert.ok(coverings[i]!.radius <= coverings[i - 1]!.radius, `seed ${seed}`);
      assert.ok(coverings[i]!.mean <= coverings[i - 1]!.mean, `seed ${seed}`);
      assert.ok(coverings[i]!.mean <= coverings[i]!.radius, `seed ${seed}`);
    }
  }
});

Deno.test("measureCovering() measures rows that come in parts as those at hand", async () => {
  const kept = selectRows(features, [4, 7, 30]);
  const index = await openPrefixIndex(kept, { sizes: [1, 3], search: plainSearch });
  const whole = await measureCovering(features, index);
  assert.deepEqual(await measureCovering(inParts(features, [10, 1, 49]), index), whole);
});

Deno.test("joinCoverings() of parts is the covering of the whole", async () => {
  const kept = selectRows(features, [4, 7, 30]);
  const index = await openPrefixIndex(kept, { sizes: [3], search: plainSearch });
  const part = (from: number, to: number) =>
    measureCovering(
      selectRows(features, Uint32Array.from({ length: to - from }, (_, i) => from + i)),
      index,
    );
  const [whole] = await measureCovering(features, index);
  const joined = joinCoverings([...await part(0, 13), ...await part(13, 60)]);
  assert.equal(joined.radius, whole!.radius);
  assert.equal(joined.rows, 60);
  assertClose(joined.mean, whole!.mean, 1e-12);
});

Deno.test("measureCovering() and joinCoverings() refuse nothing", async () => {
  const kept = selectRows(features, [0]);
  const index = await openPrefixIndex(kept, { sizes: [1], search: plainSearch });
  await assert.rejects(measureCovering(selectRows(features, []), index), {
    name: "RangeError",
    message: "Cannot measure a covering: at least one row is needed, got none",
  });
  assert.throws(() => joinCoverings([]), {
    name: "RangeError",
    message: "Cannot join coverings: at least one is needed, got none",
  });
});
