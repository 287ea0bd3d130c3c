/**
 * Images a second: read and cropped alone, through the network alone, both together, and from the
 * cache of features.
 *
 *     deno task bench:embedding [runs=3] [images=120] [write=FILE] [KEY=…]
 *
 * Keys of the configuration choose data and backbone, such as `DATASET.name=Folder`,
 * `DATASET.datadir=photos` and `MODEL.backbone=resnet18`; default: the sample data and the embedded
 * backbone. The four are measured in turn; medians and ranges are printed, and ratios to the third.
 *
 * @module
 */
import { join } from "node:path";
import { embedInBatches, openFeatureCache } from "@/features/mod.ts";
import { openBoundedFolder } from "@/files/mod.ts";
import { type ImageBatch, loadBatches } from "@/images/mod.ts";
import { openWorkbench } from "@/lab/mod.ts";
import { loadConfig } from "@/load_config.ts";
import { readArguments } from "./arguments.ts";
import { type Figure, figureLine, openFigures, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";

const defaults = { runs: 3, images: 120, write: "" };
const isOwn = (argument: string): boolean => argument.split("=")[0]! in defaults;
const { runs, images, write } = readArguments(Deno.args.filter(isOwn), defaults);
const overrides = Deno.args.filter((argument) => !isOwn(argument));
const figures = openFigures(write);
const config = await loadConfig(null, [...overrides, "RUNTIME.cache_gigabytes=0"]);
const { batch_size: batchSize, backbone } = config.MODEL;
const workbench = await openWorkbench(config);
const { embedder, dataset } = workbench;
const samples = [...workbench.train, ...workbench.test].slice(0, images);
const paths = samples.map(({ image }) => join(dataset.folder, image));
const reading = { ...config.DATASET, folder: dataset.folder, embedder, batchSize };
const loading = { ...config.DATASET, batchSize, normalization: embedder.normalization };
const folder = await Deno.makeTempDir();
try {
  const cache = openFeatureCache({
    files: openBoundedFolder({ folder, limit: 1e12 }),
    recipe: [embedder.hash],
  });
  const batches: ImageBatch[] = [];
  for await (const batch of loadBatches(paths, loading)) batches.push(batch.images);
  for await (const _batch of embedInBatches(samples, { ...reading, cache })) continue;
  const works: Record<string, () => Promise<void>> = {
    "read and crop": async () => {
      for await (const _batch of loadBatches(paths, loading)) continue;
    },
    "network": async () => {
      for (const batch of batches) await embedder.embed(batch);
    },
    "both": async () => {
      for await (const _batch of embedInBatches(samples, reading)) continue;
    },
    "from the cache": async () => {
      for await (const _batch of embedInBatches(samples, { ...reading, cache })) continue;
    },
  };
  const rates = Object.fromEntries(Object.keys(works).map((name) => [name, [] as number[]]));
  for (let run = 0; run < runs; run++) {
    for (const [name, work] of Object.entries(works)) {
      const begin = performance.now();
      await work();
      rates[name]!.push(1000 * samples.length / (performance.now() - begin));
    }
  }
  print(`${machineLine(await describeMachine())}; ${loadLine()}`);
  print(
    `${samples.length} images of ${dataset.name}, backbone ${backbone}, ${embedder.dimension} values ` +
      `a patch, batches of ${batchSize}, ${runs} runs in turn`,
  );
  const measure = (way: string, against?: Figure): Figure =>
    figures.add({
      series: `embedding, ${backbone}`,
      way,
      sizes: { images: samples.length },
      unit: "images a second",
      values: rates[way]!,
      against,
    });
  const together = measure("both");
  print(figureLine(together));
  for (const way of Object.keys(works)) {
    if (way !== "both") print(figureLine(measure(way, together)));
  }
  await figures.save();
} finally {
  await workbench.close();
  await Deno.remove(folder, { recursive: true });
}
