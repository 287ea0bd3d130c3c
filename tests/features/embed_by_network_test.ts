import assert from "node:assert/strict";
import { openDataset } from "@/datasets/registry.ts";
import { embedByNetwork } from "@/features/embed.ts";
import { createStopwatch } from "@/files/stopwatch.ts";
import { countingEmbedder } from "../helpers/counting.ts";
import { makeMpddTree } from "../helpers/layouts.ts";

const datadir = await makeMpddTree({ classes: ["tubes"], width: 40, height: 40 });
const { samples, folder } = await openDataset({ name: "MPDD", datadir, classname: ["tubes"] });
const reading = { folder, resize: 36, imagesize: 32 };

Deno.test("embedByNetwork() sends batches in order and times both stages", async () => {
  const embedder = countingEmbedder(), stopwatch = createStopwatch();
  const options = { ...reading, embedder, batchSize: 3, stopwatch };
  const batches = await Array.fromAsync(embedByNetwork(samples, options));
  assert.deepEqual([batches.map(({ count }) => count), embedder.batches], [[3, 2], [3, 2]]);
  const { decode, embed } = stopwatch.summary();
  assert.deepEqual([decode?.count, embed?.count], [5, 5]);
});

Deno.test("embedByNetwork() passes the geometry on", async () => {
  const embed = async (fit: "short_side" | "square") => {
    const options = { ...reading, embedder: countingEmbedder(), batchSize: 5, fit };
    const wide = await makeMpddTree({ classes: ["tubes"], width: 80, height: 40 });
    const dataset = await openDataset({ name: "MPDD", datadir: wide, classname: ["tubes"] });
    return await Array.fromAsync(embedByNetwork(dataset.samples, { ...options, folder: wide }));
  };
  assert.notDeepEqual(await embed("square"), await embed("short_side"));
});
