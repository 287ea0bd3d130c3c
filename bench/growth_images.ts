/**
 * Growth of embedding with the images, and of a whole run with the classes.
 *
 * @module
 */
import { join } from "node:path";
import { embedInBatches } from "@/features/mod.ts";
import { repositoryRoot } from "@/files/mod.ts";
import { openWorkbench } from "@/lab/mod.ts";
import { loadConfig } from "@/load_config.ts";
import type { Curve } from "./growth_curve.ts";
import { execute } from "./python.ts";

/**
 * Embedding of more and more images of the sample data by the embedded backbone, files read.
 *
 * @param counts Numbers of images.
 * @returns The curve; close it when done.
 */
export async function embeddingCurve(counts: readonly number[]): Promise<Curve> {
  const config = await loadConfig(null, ["RUNTIME.cache_gigabytes=0"]);
  const { embedder, dataset, train, test, close } = await openWorkbench(config);
  const { batch_size: batchSize } = config.MODEL;
  const reading = { ...config.DATASET, folder: dataset.folder, embedder, batchSize };
  const samples = [...train, ...test];
  const embed = async (count: number): Promise<number> => {
    const begin = performance.now();
    for await (const _batch of embedInBatches(samples.slice(0, count), reading)) continue;
    return (performance.now() - begin) / 1000;
  };
  return {
    series: "embedding by images",
    unit: "s",
    over: "images",
    points: counts.filter((count) => count <= samples.length).map((count) => ({
      way: "read and embed",
      sizes: { images: count },
      open: async () => {
        await embed(Math.min(8, count));
        return () => embed(count);
      },
    })),
    close,
  };
}

/**
 * Whole runs of HierCore on more and more classes of the sample data, a process each.
 *
 * @param counts Numbers of classes.
 * @returns The curve; close it when done.
 */
export async function runCurve(counts: readonly number[]): Promise<Curve> {
  const workbench = await openWorkbench(await loadConfig(null, []));
  const { classes } = workbench.dataset;
  await workbench.close();
  const folder = await Deno.makeTempDir();
  return {
    series: "run by classes",
    unit: "s",
    over: "classes",
    points: counts.filter((count) => count <= classes.length).map((count) => ({
      way: "HierCore",
      sizes: { classes: count },
      open: () =>
        Promise.resolve(async (run) => {
          const begin = performance.now();
          await execute([
            Deno.execPath(),
            "run",
            "-A",
            "-q",
            join(repositoryRoot, "src/cli.ts"),
            "run",
            `DATASET.classname=[${classes.slice(0, count).join(",")}]`,
            `DEFAULT.savedir=${join(folder, `${count}-${run}`)}`,
            "RUNTIME.cache_gigabytes=0",
          ], { stderr: "null" });
          return (performance.now() - begin) / 1000;
        }),
    })),
    close: () => Deno.remove(folder, { recursive: true }),
  };
}
