import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { appendVerdict, type JudgedGroup, type VerdictOptions } from "@/deploy/verdict_graph.ts";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { anomalyMap, smoothedScore } from "@/memory/anomaly_map.ts";
import { assertClose } from "../helpers/mod.ts";

const group = (
  key: readonly number[],
  rows: readonly (readonly number[])[],
  rest: Partial<JudgedGroup> = {},
): JudgedGroup => ({
  key: Float32Array.from(key),
  embeddings: matrixOf(rows),
  threshold: Infinity,
  patchMean: Infinity,
  keyDistance: Infinity,
  ...rest,
});

const plain: Omit<VerdictOptions, "groups"> = {
  grid: { rows: 1, columns: 2 },
  imagesize: 8,
  numNeighbors: 1,
  routedGroups: 1,
  imageScore: "max",
  isHalf: false,
};

/** What the graph makes of one image: numbers and lists by the name of the output. */
async function judge(
  { embeddings, semantics }: { embeddings: ArrayLike<number>; semantics: readonly number[] },
  options: VerdictOptions,
): Promise<Record<string, number[]>> {
  const { rows, columns } = options.grid;
  const dims = [1, rows, columns, options.groups[0]!.embeddings.columns];
  const graph = createGraph({ name: "verdict" });
  appendVerdict(graph, {
    embeddings: graph.input("embeddings", { type: "float32", shape: dims }),
    semantics: graph.input("semantics", { type: "float32", shape: [1, semantics.length] }),
  }, options);
  const session = await ort.InferenceSession.create(graph.encode());
  const results = await session.run({
    embeddings: new ort.Tensor("float32", Float32Array.from(embeddings), dims),
    semantics: new ort.Tensor("float32", Float32Array.from(semantics), [1, semantics.length]),
  });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as never, Number)]),
  );
}

const two = [group([1, 0], [[0, 0], [3, 0]]), group([0, 1], [[0, 4]])];

Deno.test("appendVerdict() searches the rows of the group that the key chooses", async () => {
  // Patches (1, 0) and (3, 1): in group 0 nearest are (0, 0) and (3, 0), 1 and 1 away; in group 1
  // (0, 4) for both: 1 + 16 and 9 + 9.
  const embeddings = [1, 0, 3, 1];
  const first = await judge({ embeddings, semantics: [5, 1] }, { ...plain, groups: two });
  assert.deepEqual([first.group, first.score, first.patch_scores], [[0], [1], [1, 1]]);
  assertClose(first.similarity![0]!, 5 / Math.sqrt(26), 1e-6);
  const second = await judge({ embeddings, semantics: [1, 5] }, { ...plain, groups: two });
  assert.deepEqual([second.group, second.score, second.patch_scores], [[1], [18], [17, 18]]);
  assert.deepEqual(second.patch_mean, [17.5]);
});

Deno.test("appendVerdict() routes ties and what resembles nothing to the lower group", async () => {
  for (const semantics of [[2, 2], [0, 0]]) {
    const { group, similarity } = await judge(
      { embeddings: [0, 0, 0, 0], semantics },
      { ...plain, groups: two },
    );
    assert.deepEqual(group, [0]);
    assertClose(similarity![0]!, semantics[0] === 0 ? 0 : Math.SQRT1_2, 1e-6);
  }
});

Deno.test("appendVerdict() takes the smaller distance to two groups, the nearest keys'", async () => {
  const third = group([0.6, 0.8], [[1, 1]]);
  // Keys by similarity to (3, 1): group 0 with 3, group 2 with 2.6, group 1 with 1.
  const { group: routed, patch_scores } = await judge(
    { embeddings: [0, 0, 1, 2], semantics: [3, 1] },
    { ...plain, groups: [...two, third], routedGroups: 2 },
  );
  // (0, 0): 0 in group 0, 2 in group 2; (1, 2): 1 + 4 in group 0, 1 in group 2.
  assert.deepEqual([routed, patch_scores], [[0], [0, 1]]);
  const alone = await judge(
    { embeddings: [0, 0, 1, 2], semantics: [3, 1] },
    { ...plain, groups: [two[0]!], routedGroups: 2 },
  );
  assert.deepEqual(alone.patch_scores, [0, 5]);
});

Deno.test("appendVerdict() averages over neighbours, as many as there are", async () => {
  const embeddings = [1, 0, 3, 1], groups = two;
  // In group 0: (1 + 4) / 2 and (10 + 1) / 2; group 1 has but one row.
  const many = await judge({ embeddings, semantics: [1, 0] }, {
    ...plain,
    groups,
    numNeighbors: 2,
  });
  assert.deepEqual(many.patch_scores, [2.5, 5.5]);
  const few = await judge({ embeddings, semantics: [0, 1] }, { ...plain, groups, numNeighbors: 2 });
  assert.deepEqual(few.patch_scores, [17, 18]);
});

Deno.test("appendVerdict() decides at the threshold and refuses where both limits are reached", async () => {
  const verdictAt = async (limits: Partial<JudgedGroup>) => {
    const own = group([0.6, 0.8], [[0, 0]], limits);
    const { anomalous, refused } = await judge(
      { embeddings: [2, 0, 0, 0], semantics: [1, 0] },
      { ...plain, groups: [own] },
    );
    return [anomalous![0], refused![0]];
  };
  // Score 4, mean 2, distance to the key 1 − 0.6.
  assert.deepEqual(await verdictAt({}), [0, 0]);
  assert.deepEqual(await verdictAt({ threshold: 4 }), [1, 0]);
  assert.deepEqual(await verdictAt({ threshold: 4.000000001 }), [0, 0]);
  assert.deepEqual(await verdictAt({ patchMean: 2, keyDistance: 0.39 }), [0, 1]);
  assert.deepEqual(await verdictAt({ patchMean: 2.1, keyDistance: 0.39 }), [0, 0]);
  assert.deepEqual(await verdictAt({ patchMean: 2, keyDistance: 0.41 }), [0, 0]);
});

Deno.test("appendVerdict() rounds embeddings to 16 bits where the bank's are", async () => {
  const { patch_scores } = await judge(
    { embeddings: [2049, 0, 0.5, 0], semantics: [1, 0] },
    { ...plain, groups: [two[0]!], isHalf: true },
  );
  // Between 2048 and 4096 half floats are even: 2048; to (3, 0).
  assert.deepEqual(patch_scores, [2045 ** 2, 0.25]);
});

Deno.test("appendVerdict() finds the nearest rows of a large bank, part by part", async () => {
  const random = createRandom(3, "bank");
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.next());
  const bank = toMatrix(numbers(200_000), { rows: 100_000, columns: 2 });
  const queries = numbers(2 * 64);
  const grid = { rows: 8, columns: 8 };
  const own = { ...two[0]!, embeddings: bank };
  const options = { ...plain, grid, imagesize: 32, groups: [own] };
  const { patch_scores, anomaly_map, score } = await judge(
    { embeddings: queries, semantics: [1, 0] },
    options,
  );
  const slow = Float32Array.from({ length: 64 }, (_, q) => {
    let least = Infinity;
    for (let row = 0; row < bank.rows; row++) {
      const x = bank.data[2 * row]! - queries[2 * q]!;
      const y = bank.data[2 * row + 1]! - queries[2 * q + 1]!;
      least = Math.min(least, x * x + y * y);
    }
    return least;
  });
  // Where 32-bit products took another row, it is nearly as near.
  slow.forEach((value, q) => assertClose(patch_scores![q]!, value, 1e-6));
  const given = Float32Array.from(patch_scores!);
  assert.equal(score![0], Math.max(...patch_scores!));
  const shape = { grid, size: { height: 32, width: 32 } };
  anomalyMap(given, shape).forEach((value, i) => assertClose(anomaly_map![i]!, value, 1e-9));
  const smooth = await judge(
    { embeddings: queries, semantics: [1, 0] },
    { ...options, imageScore: "smoothed" },
  );
  assertClose(smooth.score![0]!, smoothedScore(shape)(given), 1e-9);
});
